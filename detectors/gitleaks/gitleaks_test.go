package gitleaks_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/gitleaks"
	"github.com/leakguard/leakguard/detectors/rules"
)

// scan returns what is found in text, as "rule:secret".
func scan(t *testing.T, config string, text gitleaks.Text) []string {
	t.Helper()
	p, _, err := rules.ReadGitleaks("test.toml", []byte(config), func(string) ([]byte, error) { return nil, errors.New("no file") })
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range gitleaks.New(p, gitleaks.Options{Depth: gitleaks.DefaultDepth}).Scan(text) {
		if !f.Allowed {
			all = append(all, fmt.Sprintf("%s:%s", f.Rule.ID, f.Secret))
		}
	}
	return all
}

// rule is a rule that takes what stands behind prefix= for the secret.
func rule(id, prefix string) string {
	return fmt.Sprintf("[[rules]]\nid = '%s'\nregex = '''%s=(\\w+)'''\n", id, prefix)
}

func in64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// Each case is what gitleaks 8.30.1 does with the same config and text.
func TestScan(t *testing.T) {
	b64, mark := in64("K=decoded and more"), "gitleaks"+":allow"
	tests := []struct {
		name, config, text string
		want               []string
	}{
		{"plain", rule("a", "K"), "K=one K=two", []string{"a:one", "a:two"}},
		{"keyword elsewhere, any case", rule("a", "K") + "keywords = ['zed']", "K=one\nZeD", []string{"a:one"}},
		{"keyword missing", rule("a", "K") + "keywords = ['zed']", "K=one", nil},
		{"first group that is not empty", "[[rules]]\nid = 'a'\nregex = 'K=(x)?(y)(z)'", "K=yz", []string{"a:y"}},
		{"group by number", "[[rules]]\nid = 'a'\nregex = 'K=(x)?(y)(z)'\nsecretGroup = 3", "K=yz", []string{"a:z"}},
		{"groups see the match alone", "[[rules]]\nid = 'a'\nregex = '\\bK=(y+)\\B'", "K=yyyzz", []string{"a:yy"}},
		{"entropy must be greater", rule("a", "K") + "entropy = 1", "K=abab K=abc", []string{"a:abc"}},
		{"generic beside a specific one", rule("generic-a", "K") + rule("b", "L"), "K=abc L=zabcz", []string{"b:zabcz"}},
		{"generic on another line", rule("generic-a", "K") + rule("b", "L"), "K=abc\nL=abc", []string{"b:abc", "generic-a:abc"}},
		{"mark on its line", rule("a", "K"), "K=one x" + mark + "x\nK=two", []string{"a:two"}},
		{"mark within base64", rule("a", "K"), in64("K=xyzzy " + mark), []string{"a:xyzzy"}},
		{"base64", rule("a", "K"), b64, []string{"a:decoded"}},
		{"base64 five times", rule("a", "K"), in64(in64(in64(in64(b64)))), []string{"a:decoded"}},
		{"base64 six times", rule("a", "K"), in64(in64(in64(in64(in64(b64))))), nil},
		{"hexadecimal of 32", rule("a", "K"), hex.EncodeToString([]byte("K=decoded sixtee")), []string{"a:decoded"}},
		{"hexadecimal of 30", rule("a", "K"), hex.EncodeToString([]byte("K=decoded fifte")), nil},
		{"percent", rule("a", "K"), "K%3Done%20", []string{"a:one"}},
		{"percent of no plain text", rule("a", "K"), "K%3Done%80", nil},
		{"percent before base64 that it touches", rule("a", "K"), in64("K=decoded and ab") + "%20", []string{"a:decoded"}},
		{"beside what was decoded", "[[rules]]\nid = 'a'\nregex = '\\bK=\\w+'", "q%2dK=one", []string{"a:K=one"}},
		{"escapes of Unicode", rule("a", "K"), `K\u003done KU+003D two`, []string{"a:one", "a:two"}},
		{"required near", rule("a", "K") + "[[rules.required]]\nid = 'b'\nwithinLines = 1\n" + rule("b", "L") + "skipReport = true", "K=far\n\nL=x\nK=near", []string{"a:near"}},
		{"required in another pass", rule("a", "K") + "[[rules.required]]\nid = 'b'\n" + rule("b", "L") + "skipReport = true", "L=x " + b64, nil},
		{"stopword", rule("a", "K") + "[[rules.allowlists]]\nstopwords = ['OO']", "K=foo K=bar", []string{"a:bar"}},
		{"flag of a regex goes on", rule("a", "K") + "[[rules.allowlists]]\nregexes = ['(?i)^x', 'b']", "K=ABC K=cde", []string{"a:cde"}},
		{"line begins with a line end", rule("a", "K") + "[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['^z']", "z K=one\nz K=two", []string{"a:two"}},
		{"all must hold", rule("a", "K") + "[[rules.allowlists]]\ncondition = 'AND'\nregexes = ['a']\nstopwords = ['b']", "K=ax K=ab K=bx", []string{"a:ax", "a:bx"}},
		{"target rules", rule("a", "K") + rule("c", "L") + "[[allowlists]]\ntargetRules = ['a']\nregexes = ['b']", "K=ab L=ab", []string{"c:ab"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := scan(t, tt.config, gitleaks.Text{Data: []byte(tt.text)})
			if slices.Sort(got); !slices.Equal(got, tt.want) {
				t.Errorf("found %d secrets in a made text, want %d", len(got), len(tt.want))
			}
		})
	}
}

func TestPathsAndCommits(t *testing.T) {
	commit := strings.Repeat("ab", 20)
	tests := []struct {
		name, config string
		from         gitleaks.Text
		want         int
	}{
		{"path alone", "[[rules]]\nid = 'p'\npath = '\\.p12$'", gitleaks.Text{Path: "a/b.p12"}, 1},
		{"other path", "[[rules]]\nid = 'p'\npath = '\\.p12$'", gitleaks.Text{Path: "a/b.p1"}, 0},
		{"path and text", rule("a", "K") + "path = 'x'", gitleaks.Text{Path: "x"}, 1},
		{"text, other path", rule("a", "K") + "path = 'x'", gitleaks.Text{Path: "y"}, 0},
		{"allowed path", rule("a", "K") + "[allowlist]\npaths = ['^y']", gitleaks.Text{Path: "y"}, 0},
		{"no path is no allowed path", rule("a", "K") + "[allowlist]\npaths = ['']", gitleaks.Text{}, 1},
		{"allowed commit", rule("a", "K") + "[allowlist]\ncommits = [' " + strings.ToUpper(commit) + "']", gitleaks.Text{Commit: commit}, 0},
		{"commit and path, one of them", rule("a", "K") + "[[allowlists]]\ncondition = 'AND'\ncommits = ['" + commit + "']\npaths = ['x']", gitleaks.Text{Commit: commit, Path: "y"}, 1},
		{"commit and path, both", rule("a", "K") + "[[allowlists]]\ncondition = 'AND'\ncommits = ['" + commit + "']\npaths = ['x']", gitleaks.Text{Commit: commit, Path: "x"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.from.Data = []byte("K=one")
			if got := scan(t, tt.config, tt.from); len(got) != tt.want {
				t.Errorf("found %d, want %d", len(got), tt.want)
			}
		})
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("\\u0041%41%42U+0041 K=" + in64("K=decoded and more")))
	p, _, err := rules.ReadGitleaks("test.toml", []byte(rule("a", "K")), nil)
	if err != nil {
		f.Fatal(err)
	}
	m := gitleaks.New(p, gitleaks.Options{Depth: gitleaks.DefaultDepth})
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, got := range m.Scan(gitleaks.Text{Data: text}) {
			if got.Start < 0 || got.End < got.Start || got.End > len(text) {
				t.Errorf("a finding at %d to %d of %d bytes", got.Start, got.End, len(text))
			}
		}
	})
}
