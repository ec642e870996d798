package rules

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// files opens configs that a test made.
func files(all map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if text, ok := all[name]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("no such file")
	}
}

func TestReadGitleaksDefault(t *testing.T) {
	p, warnings, err := ReadGitleaks("default", GitleaksDefault, files(nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) > 0 || len(p.Rules) != 222 || len(p.GitleaksAllow) != 1 {
		t.Errorf("%d rules, %d allowlists, warnings %q; want 222, 1 and none", len(p.Rules), len(p.GitleaksAllow), warnings)
	}
}

func TestReadGitleaksLoosely(t *testing.T) {
	const config = `
TITLE = "mine"
[[Rules]]
ID = "a"
Regex = "x(y)"
SecretGroup = "1"
ENTROPY = "2.5"
Keywords = "AB,cd"
tags = [1, true]
colour = "red"
allowlist = { stopwords = "One,two" }
`
	p, warnings, err := ReadGitleaks("f.toml", []byte(config), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := p.Rules[0]
	if p.Name != "mine" || r.Entropy != 2.5 || r.Gitleaks.SecretGroup != 1 || !slices.Equal(r.Keywords, []string{"ab", "cd"}) ||
		!slices.Equal(r.Gitleaks.Tags, []string{"1", "1"}) || !slices.Equal(r.Gitleaks.Allow[0].Stopwords, []string{"one", "two"}) {
		t.Errorf("read as %+v, %+v", r, r.Gitleaks)
	}
	if want := []string{`f.toml: unknown key "rules.colour" has no effect`}; !slices.Equal(warnings, want) {
		t.Errorf("warnings %q, want %q", warnings, want)
	}
}

func TestReadGitleaksExtends(t *testing.T) {
	open := files(map[string]string{
		"1.toml": "[extend]\npath = '2.toml'\ndisabledRules = ['off', 'none']\n[[rules]]\nid = 'r'\nregex = 'one'\ntags = ['one']\n[[allowlists]]\ntargetRules = ['r']\nregexes = ['lost']",
		"2.toml": "[extend]\npath = '3.toml'\n[[rules]]\nid = 'r'\nregex = 'two'\nentropy = 2\ntags = ['two']\nskipReport = true\n[[rules]]\nid = 'off'\nregex = 'off'",
		"3.toml": "[[rules]]\nid = 'too-far'\nregex = 'x'",
	})
	p, warnings, err := ReadGitleaks("0.toml", []byte("[extend]\npath = '1.toml'\n[[rules]]\nid = 'r'\ndescription = 'zero'"), open)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rules) != 1 {
		t.Fatalf("%d rules, want 1", len(p.Rules))
	}
	r := p.Rules[0]
	if r.Name != "zero" || r.Pattern != "one" || r.Entropy != 2 || !slices.Equal(r.Gitleaks.Tags, []string{"two", "one"}) || !r.Gitleaks.SkipReport || r.Gitleaks.Allow != nil {
		t.Errorf("merged to %+v, %+v", r, r.Gitleaks)
	}
	for _, want := range []string{"at most 2 files", `no rule "none"`, "targetRules"} {
		if !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, want) }) {
			t.Errorf("no warning says %q: %q", want, warnings)
		}
	}
}

func TestReadGitleaksErrors(t *testing.T) {
	const r = "[[rules]]\nid = 'a'\nregex = 'x'\n"
	tests := []struct{ name, config, want string }{
		{"broken TOML", "[[rules", "f.toml:1"},
		{"no id", "[[rules]]\nregex = 'x'", "rule 1: id is missing"},
		{"nothing to look for", "[[rules]]\nid = 'a'", "rule a: regex and path are missing"},
		{"no RE2", "[[rules]]\nid = 'a'\nregex = '(?=x)'", "rule a: regex"},
		{"path is no RE2", r + "path = '('", "rule a: path"},
		{"group that is not there", r + "secretGroup = 1", "rule a: secretGroup 1: the regex has 0 groups"},
		{"required is not there", r + "[[rules.required]]\nid = 'b'", `rule a: required rule "b" is not in this file`},
		{"required nameless", r + "[[rules.required]]\nwithinLines = 1", "id is missing"},
		{"allowlist of nothing", r + "[[rules.allowlists]]\ndescription = 'x'", "rule a: rules.allowlists: an allowlist needs"},
		{"both spellings", "[allowlist]\nregexes = ['a']\n[[allowlists]]\nregexes = ['b']", "exclude each other"},
		{"unknown condition", "[[allowlists]]\ncondition = 'xor'\nregexes = ['a']", `condition "XOR": want AND or OR`},
		{"unknown target", "[[allowlists]]\nregexTarget = 'lines'\nregexes = ['a']", `regexTarget "lines"`},
		{"target rule is not there", "[[allowlists]]\ntargetRules = ['b']\nregexes = ['a']", `no rule "b"`},
		{"two ways to extend", "[extend]\npath = 'x'\nuseDefault = true", "exclude each other"},
		{"extended file is not there", "[extend]\npath = 'x'", "extend.path: no such file"},
		{"keys that differ in case", "Title = 'x'\ntitle = 'y'", "differ in case"},
		{"no number", r + "entropy = 'much'", "rule a: entropy: want a number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := ReadGitleaks("f.toml", []byte(tt.config), files(nil))
			var at *ConfigError
			if !errors.As(err, &at) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func FuzzReadGitleaks(f *testing.F) {
	f.Add([]byte("[extend]\nuseDefault = true\n[[rules]]\nid = 'a'\nregex = 'x'\n[rules.allowlist]\nstopwords = 'b,c'"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, _, err := ReadGitleaks("f.toml", data, files(nil))
		if (p == nil) == (err == nil) {
			t.Errorf("provider %v, error %v", p, err)
		}
	})
}
