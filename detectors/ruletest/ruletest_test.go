package ruletest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
)

// good is a provider in which nothing is wrong.
const good = `id = "acme"
name = "Acme"
[[credential]]
id = "key"
name = "Acme key"
regex = '\b(acme_[0-9a-z]{24})\b'
keywords = ["acme_"]
match = ["key: acme_${loweralnum:24}"]
ignore = ["acme_${loweralnum:23}"]
`

// other takes what Acme's key looks like, and proves it.
const other = `id = "other"
name = "Other"
[[credential]]
id = "key"
name = "Other key"
near = ["zebra key"]
value = 'acme_[0-9a-z]{24}'
match = ["zebra key: acme_${loweralnum:24}"]
ignore = ["zebra key: acme_${loweralnum:23}"]
`

func provider(t *testing.T, text string) *rules.Provider {
	t.Helper()
	p, err := rules.ReadProvider("acme.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// problems are those of the first of the providers.
func problems(t *testing.T, texts ...string) []string {
	t.Helper()
	var all []*rules.Provider
	for _, text := range texts {
		all = append(all, provider(t, text))
	}
	s, err := New(all)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Test(all[0])
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range found {
		out = append(out, p.String())
	}
	return out
}

// with is good with one text replaced.
func with(t *testing.T, old, text string) string {
	t.Helper()
	if strings.Count(good, old) != 1 {
		t.Fatalf("%q is not there once", old)
	}
	return strings.Replace(good, old, text, 1)
}

func TestProblems(t *testing.T) {
	wide := "regex = '\\b(acme_[0-9a-z]{24})\\b(?:[a-z]{1,900}=[a-z]{1,900})?'"
	for _, tt := range []struct{ name, text, want string }{
		{"none", good, ""},
		{"pattern does not match", with(t, "key: acme_${loweralnum:24}", "key: acme_${loweralnum:22}"),
			`FAIL acme-key: match "key: acme_${loweralnum:22}": the pattern does not match`},
		{"no keyword", with(t, `keywords = ["acme_"]`, `keywords = ["acmekey"]`),
			`FAIL acme-key: match "key: acme_${loweralnum:24}": none of the keywords ["acmekey"] stands in it`},
		{"ignore is found", with(t, "${loweralnum:23}", "${loweralnum:24}"),
			`FAIL acme-key: ignore "acme_${loweralnum:24}": the rule finds something`},
		{"no ignore", with(t, `ignore = ["acme_${loweralnum:23}"]`, ""),
			"FAIL acme-key: it needs at least one match and one ignore template"},
		{"placeholder", with(t, "key: acme_${loweralnum:24}", "key: acme_${repeat:x:24}"),
			`FAIL acme-key: match "key: acme_${repeat:x:24}": the secret looks like a placeholder, an allowlist lets it pass, or another rule of the file takes it`},
		{"low confidence", with(t, `keywords =`, "confidence = \"low\"\nkeywords ="),
			`FAIL acme-key: match "key: acme_${loweralnum:24}": confidence low is not reported`},
		{"checksum", with(t, `keywords =`, "checksum = \"crc32-base62\"\nkeywords ="),
			`FAIL acme-key: match "key: acme_${loweralnum:24}": the checksum crc32-base62 does not hold: write ${token:crc32-base62:PREFIX}`},
		{"floor that no secret reaches", with(t, `keywords =`, "entropy = 5.5\nkeywords ="),
			`FAIL acme-key: match "key: acme_${loweralnum:24}": 200 of 200 secrets lie below entropy = 5.5, down to `},
		{"short keyword", with(t, `"acme_"`, `"e_ "`) + "[[credential.allow]]\nstopwords=['sample']\n",
			`FAIL acme-key: match "key: acme_${loweralnum:24}": none of the keywords ["e_ "] stands in it` + "\n" +
				`warn acme-key: keywords of fewer than three letters and digits, ["e_ "]: longer ones stand in less text`},
		{"common keyword", with(t, `keywords = ["acme_"]`, `keywords = ["acme_", "the"]`),
			`warn acme-key: keyword "the" stands `},
		{"large program", with(t, `regex = '\b(acme_[0-9a-z]{24})\b'`, wide),
			"warn acme-key: the pattern is a program of "},
		{"reads on and on", with(t, `regex = '\b(acme_[0-9a-z]{24})\b'`, `regex = '(acme_[0-9a-z]{24})(?:(?s:.*)!!)?'`),
			"warn acme-key: the pattern reads each byte of hostile text "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(problems(t, tt.text), "\n")
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestTakenByAnother(t *testing.T) {
	// A rule with a shape of its own goes before one that goes by a name.
	template := `"zebra key: acme_${loweralnum:24}"`
	want := []string{"warn other-key: match " + template + ": with all rules, acme-key takes it"}
	if got := problems(t, other, good); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	want = []string{"warn acme-key: it takes a match example of other-key: " + template}
	if got := problems(t, good, other); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestErrors(t *testing.T) {
	if _, err := New([]*rules.Provider{provider(t, good), provider(t, good)}); err == nil || !strings.Contains(err.Error(), "acme-key") {
		t.Errorf("a rule that is there twice: %v", err)
	}
	p := provider(t, with(t, "key: acme_${loweralnum:24}", "key: acme_${letters:24}"))
	s, err := New([]*rules.Provider{p})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.Test(p); err == nil || !strings.Contains(err.Error(), `rule acme-key: template ${letters:24}: unknown name "letters"`) {
		t.Errorf("an unknown template: %v", err)
	}
}

// TestBuiltin wants the examples of all built-in rules to hold, and each to be taken
// by its own rule.
func TestBuiltin(t *testing.T) {
	s, err := New(providers.Read())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.all {
		own, err := detectors.New([]*rules.Provider{p}, detectors.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rules {
			found, err := examples(own, r)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range found {
				if !problem.Warning {
					t.Error(problem)
				}
			}
			if found, err = s.overlaps(r); len(found) > 0 || err != nil {
				t.Error(found, err)
			}
		}
	}
}

func TestReads(t *testing.T) {
	text := []byte(strings.Repeat("ab ", 1000))
	for _, tt := range []struct {
		pattern  string
		min, max int // times the text
	}{
		{"ab", 1, 2},
		{"nothing", 1, 1},
		{"a(?:[^!]*!)?", 100, 1000}, // reads on to the end behind each a
	} {
		if n := reads(regexp.MustCompile(tt.pattern), text) / len(text); n < tt.min || n > tt.max {
			t.Errorf("%s reads the text %d times, want %d to %d", tt.pattern, n, tt.min, tt.max)
		}
	}
}

// TestSample wants the sample to be text, in which a common word is common.
func TestSample(t *testing.T) {
	text := sample()
	if len(text) < 256<<10 {
		t.Errorf("%d bytes", len(text))
	}
	p := provider(t, with(t, `["acme_"]`, `["acme_", "the", "qzxqzx"]`))
	s, err := New([]*rules.Provider{p})
	if err != nil {
		t.Fatal(err)
	}
	if hits := s.hits(); hits["the"] < mostHits || hits["qzxqzx"] != 0 {
		t.Errorf("the: %v, qzxqzx: %v in a megabyte", hits["the"], hits["qzxqzx"])
	}
}

func TestInstructions(t *testing.T) {
	narrow := Instructions(provider(t, good).Rules[0])
	wide := Instructions(provider(t, with(t, "{24}", "{240}")).Rules[0])
	if narrow == 0 || wide <= narrow {
		t.Error(fmt.Sprint("24 letters: ", narrow, ", 240 letters: ", wide))
	}
}
