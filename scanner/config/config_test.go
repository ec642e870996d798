package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/leakguard/leakguard/detectors/rules"
)

const full = `
[scan]
min-confidence = "high"
max-size = "64MiB"
archive-depth = 0
decode-depth = 2
unreachable = false
include-ignored = true
exclude = ["vendor/**"]

[rules]
disable = ["github-pat"]
enable-only = ["aws-key"]
severity = {"aws-key" = "low"}

[[allow]]
reason = "made up"
paths = ['^testdata/']
rules = ["github-pat"]

[suppress]
inline = false
ignore-file = "ci/ignore"
baseline = "ci/baseline.json"

[[allow]]
regexes = ['^x']
stopwords = ["Sample"]
all = true
even-live = true
`

func TestParse(t *testing.T) {
	c, err := Parse("c.toml", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	glob, err := NewGlob("vendor/**")
	if err != nil {
		t.Fatal(err)
	}
	wantScan := Scan{rules.Certain, 64 << 20, 0, 2, false, true, []Glob{glob}}
	if !reflect.DeepEqual(c.Scan, wantScan) {
		t.Errorf("Scan = %+v, want %+v", c.Scan, wantScan)
	}
	wantRules := Rules{[]string{"github-pat"}, []string{"aws-key"}, Severities{"aws-key": rules.Low}}
	if !reflect.DeepEqual(c.Rules, wantRules) {
		t.Errorf("Rules = %+v, want %+v", c.Rules, wantRules)
	}
	if want := (Suppress{false, "ci/ignore", "ci/baseline.json"}); c.Suppress != want {
		t.Errorf("Suppress = %+v, want %+v", c.Suppress, want)
	}
	if len(c.Allow) != 2 {
		t.Fatalf("%d allowlists, want 2", len(c.Allow))
	}
	first, second := c.Allow[0], c.Allow[1]
	if first.Where != "c.toml:16" || first.Reason != "made up" || len(first.Rules) != 1 || first.EvenLive || first.Shape.All {
		t.Errorf("first allowlist = %+v", first)
	}
	if !first.Shape.Admits("v", "testdata/a") || first.Shape.Admits("v", "src/a") {
		t.Error("the first allowlist does not go by its path")
	}
	if second.Where != "c.toml:26" || !second.EvenLive || !second.Shape.Admits("xxsample", "") || second.Shape.Admits("sample", "") {
		t.Errorf("second allowlist = %+v", second)
	}
}

func TestParseEmpty(t *testing.T) {
	c, err := Parse("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("an empty file = %+v, want the defaults %+v", c, Default())
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "[scan]\nmax-sise = 1", `c.toml:2:1: unknown key "scan.max-sise"`},
		{"unknown table", "[scna]\n", `c.toml:1:1: unknown key "scna"`},
		{"unknown key of an allowlist", "[[allow]]\nstopwords = ['abc']\n  path = 'x'", `c.toml:3:3: unknown key "allow.path"`},
		{"string for a truth value", "[scan]\n  unreachable = 'yes'", `c.toml:2:3: key "scan.unreachable": a string: want true or false`},
		{"string for a list", "[rules]\ndisable = 'x'", `c.toml:2:1: key "rules.disable": a string: want a list`},
		{"number in a list", "[rules]\ndisable = [1]", `c.toml:2:1: key "rules.disable": a whole number: want a string`},
		{"number for a table", "scan = 1", `c.toml:1:1: key "scan": a whole number: want a table`},
		{"list for a table", "[[scan]]", `c.toml:1:1: key "scan": a list of tables: want a table`},
		{"number for allowlists", "allow = 1", `c.toml:1:1: key "allow": a whole number: want a list`},
		{"number for a table of severities", "[rules]\nseverity = 1", `c.toml:2:12: key "rules.severity": 1: want a table such as "rule-id" = "low"`},
		{"no such severity, dotted", "[rules]\n severity.a = 'awful'", `c.toml: key "rules.severity": rule "a": severity "awful": want one of info, low, medium, high, critical`},
		{"number for a severity", "[rules.severity]\na = 1", `c.toml:1:1: key "rules.severity": rule "a": 1: want a severity such as "low"`},
		{"wrong type in the first of two allowlists", "[[allow]]\nreason = 1\n[[allow]]\nreason = 'x'", `c.toml:2:1: key "allow.reason": a whole number: want a string`},
		{"confidence", "[scan]\nmin-confidence = 'sure'", `c.toml:2:19: key "scan.min-confidence": confidence "sure": want one of low, medium, high`},
		{"no such severity", "[rules.severity]\na = 'awful'", `c.toml:1:1: key "rules.severity": rule "a": severity "awful": want one of info, low, medium, high, critical`},
		{"size", "[scan]\nmax-size = '1 gig'", `c.toml:2:13: key "scan.max-size": "1 gig": want a size such as "64MiB" or "1GiB"`},
		{"depth", "[scan]\narchive-depth = -1", `c.toml:2:17: key "scan.archive-depth": -1: want a whole number from 0 to 32`},
		{"glob", "[scan]\nexclude = ['!a']", `c.toml:2:12: key "scan.exclude": glob "!a": ! is not supported; name only what is to be left out`},
		{"glob of the wrong type", "[scan]\nexclude = [7]", `c.toml:2:12: key "scan.exclude": 7: want a string`},
		{"syntax", "[scan]\nmax-size = 1 2", `c.toml:2:13: key "scan": expected a top-level item to end with a newline, comment, or EOF, but got '2' instead`},
		{"regex", "[[allow]]\nregexes = ['a']\n[[allow]]\nregexes = ['a', '(b']", "c.toml:4:18: [[allow]] 2: regexes: error parsing regexp: missing closing ): `(b`; want a regular expression of RE2"},
		{"path regex, escaped", "\n[[allow]]\npaths = [\"(\\u0062\"]", "c.toml:2:1: [[allow]] 1: paths: error parsing regexp: missing closing ): `(b`; want a regular expression of RE2"},
		{"regex in an inline table", "allow = [{regexes = ['(b']}]", "c.toml:1:23: [[allow]] 1: regexes: error parsing regexp: missing closing ): `(b`; want a regular expression of RE2"},
		{"empty allowlist", "[[allow]]\nreason = 'x'", `c.toml:1:1: [[allow]] 1: an allowlist needs paths, regexes or stopwords`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("c.toml", []byte(tt.text))
			if err == nil {
				t.Fatal("no error")
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

func TestAllowHeads(t *testing.T) {
	tests := []struct {
		name, text string
		want       []int
	}{
		{"none", "[scan]\n", nil},
		{"two", "[[allow]]\na=1\n [[ allow ]]\n", []int{0, 14}},
		{"in a comment", "# [[allow]]\n[[allow]]", []int{12}},
		{"in a string", "[[allow]]\nreason = '''\n[[allow]]\n'''\n[[allow]]\n", []int{0, 37}},
		{"behind broken text", "= 1\n[[allow]]\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := allowHeads([]byte(tt.text)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("allowHeads = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTemplate(t *testing.T) {
	c, err := Parse(FileName, []byte(Template))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Name = FileName
	// An empty list that is written is not nil, and means the same.
	want.Scan.Exclude = []Glob{}
	want.Rules = Rules{[]string{}, []string{}, Severities{}}
	want.Verify.Hosts, want.Verify.Networks = []string{}, []Network{}
	want.Verify.Endpoints, want.Verify.JWKS = Endpoints{}, map[string]string{}
	want.Ledger.Deadlines, want.Issues.Escalate = map[string]Deadlines{}, []string{}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("the template = %+v, want the defaults %+v", c, want)
	}
}

// TestTemplateExamples puts each commented example in the place of the default
// below it: the file must still be right.
func TestTemplateExamples(t *testing.T) {
	var out []string
	example := ""
	for _, line := range strings.Split(Template, "\n") {
		code, commented := strings.CutPrefix(line, "#")
		key, _, _ := strings.Cut(code, "=")
		switch {
		case commented && code != "" && !strings.HasPrefix(code, " "):
			out = append(out, code)
			example = key
		case example == "" || key != example:
			out = append(out, line)
			example = ""
		}
	}
	text := strings.Join(out, "\n")
	c, err := Parse(FileName, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Allow) != 1 || len(c.Scan.Exclude) != 2 || c.Suppress.Baseline == "" || len(c.Rules.Severity) != 1 || len(c.Verify.Hosts) != 2 || len(c.Verify.SSH) != 1 {
		t.Errorf("the examples are not all there: %+v", c)
	}
	md, err := toml.Decode(text, &map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keysOf(reflect.TypeFor[document](), nil) {
		if !md.IsDefined(key...) {
			t.Errorf("the template does not mention %s", strings.Join(key, "."))
		}
	}
}

// keysOf returns every key that a file may have, but not those within lists.
func keysOf(typ reflect.Type, prefix []string) [][]string {
	var keys [][]string
	for i := range typ.NumField() {
		f := typ.Field(i)
		key := append(append([]string(nil), prefix...), f.Tag.Get("toml"))
		if f.Type.Kind() == reflect.Struct {
			keys = append(keys, keysOf(f.Type, key)...)
		} else {
			keys = append(keys, key)
		}
	}
	return keys
}

const provider = `
id = "acme"
name = "Acme"
[[credential]]
id = "key"
name = "Acme key"
regex = '%s'
keywords = ["acme_"]
`

// write lays out files in a new folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	good := strings.Replace(provider, "%s", `\bacme_[a-z]{20}\b`, 1)
	dir := write(t, map[string]string{
		FileName:           "[scan]\ndecode-depth = 1\n",
		"rules.d/b.toml":   good,
		"rules.d/a.toml":   strings.Replace(good, `"acme"`, `"zeta"`, 1),
		"rules.d/note.txt": "not read",
	})
	path, ok := Find(dir)
	if !ok {
		t.Fatal("the config file is not found")
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != path || c.Scan.DecodeDepth != 1 {
		t.Errorf("Load = %+v", c)
	}
	if len(c.Providers) != 2 || c.Providers[0].ID != "zeta" || c.Providers[1].ID != "acme" {
		t.Errorf("providers = %+v, want zeta and acme, in the order of their files", c.Providers)
	}
}

func TestLoadErrors(t *testing.T) {
	good := strings.Replace(provider, "%s", `\bacme_[a-z]{20}\b`, 1)
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"broken config", map[string]string{FileName: "[scan]\nx = 1"}, `DIR/.leakguard.toml:2:1: unknown key "scan.x"`},
		{"config is a folder", map[string]string{FileName + "/x": ""}, `DIR/.leakguard.toml: want a regular file`},
		{"config is too large", map[string]string{FileName: strings.Repeat("#", maxFile+1)}, `DIR/.leakguard.toml: 1048577 bytes: want at most 1048576`},
		{"broken provider", map[string]string{FileName: "", "rules.d/a.toml": "id = 'a'\nnmae = 'A'"}, `DIR/rules.d/a.toml:2:1: unknown key "nmae"`},
		{"broken rule", map[string]string{FileName: "", "rules.d/a.toml": strings.Replace(provider, "%s", "acme_(", 1)},
			"DIR/rules.d/a.toml:7:10: rule acme-key: error parsing regexp: missing closing ): `acme_(`; want a regular expression of RE2"},
		{"provider twice", map[string]string{FileName: "", "rules.d/a.toml": good, "rules.d/b.toml": good},
			`DIR/rules.d/b.toml: provider "acme" stands in DIR/rules.d/a.toml too`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, tt.files)
			_, err := Load(filepath.Join(dir, FileName))
			if err == nil {
				t.Fatal("no error")
			}
			got := filepath.ToSlash(strings.ReplaceAll(err.Error(), dir, "DIR"))
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestFindNone(t *testing.T) {
	if path, ok := Find(t.TempDir()); ok {
		t.Errorf("Find = %q in an empty folder", path)
	}
}

func TestCheck(t *testing.T) {
	c, err := Parse("c.toml", []byte(`
[rules]
disable = ["github-pat", "gone"]
enable-only = ["slack-bot"]
severity = {"b-x" = "low", "a-x" = "low", "acme-key" = "high"}
[[allow]]
rules = ["github-pat", "old"]
stopwords = ["sample"]
`))
	if err != nil {
		t.Fatal(err)
	}
	c.Providers = []*rules.Provider{{ID: "acme", Rules: []*rules.Rule{{ID: "acme-key"}}}}
	got := c.Check([]*rules.Provider{{ID: "github", Rules: []*rules.Rule{{ID: "github-pat"}}}})
	want := []string{
		`c.toml: rules.disable: no rule has the id "gone"`,
		`c.toml: rules.enable-only: no rule has the id "slack-bot"`,
		`c.toml: rules.severity: no rule has the id "a-x"`,
		`c.toml: rules.severity: no rule has the id "b-x"`,
		`c.toml:6: allow.rules: no rule has the id "old"`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(Template))
	f.Add([]byte("[[allow]]\nreason = 1\n[[allow]]\npaths = ['(']"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// A key of thousands of dots takes the decoder minutes.
		if len(data) > 4096 {
			return
		}
		c, err := Parse("c.toml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "c.toml:") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		if c.Scan.MaxSize <= 0 || c.Scan.ArchiveDepth < 0 || c.Scan.ArchiveDepth > maxDepth {
			t.Errorf("limits out of range: %+v", c.Scan)
		}
		for _, a := range c.Allow {
			if !strings.HasPrefix(a.Where, "c.toml") {
				t.Errorf("allowlist at %q", a.Where)
			}
		}
	})
}
