package rules

import (
	"regexp/syntax"
	"testing"
)

func TestReach(t *testing.T) {
	tests := []struct {
		name, credential string
		before, after    int
	}{
		{"keyword begins the pattern", `regex = '\bacme_[a-z]{20}'`, 5 + 1, 25 + 1},
		{"something stands before", `regex = '[a-z]{3,10}-acme_[a-z]{20}'`, 16 + 1, 36 + 1},
		{"keyword is part of a literal", `regex = 'my-acme_[a-z]{20}'` + "\nkeywords = ['acme']", 7 + 1, 28 + 1},
		{"two keywords", `regex = 'abcd[0-9]efghi'` + "\nkeywords = ['abc', 'efg']", 8 + 1, 10 + 1},
		{"letters of four bytes", `regex = 'acme[^x]{2}'`, 4 + 1, 12 + 1},
		{"no bound behind", `regex = 'acme[a-z]+'`, 4 + 1, longest + 1},
		{"no bound before", `regex = '[a-z]+acme'`, longest + 1, longest + 1},
		{"keywords in a choice", `regex = '(?:acme|ecma-)[a-z]{5}'`, 5 + 1, 10 + 1},
		{"choice before a keyword", `regex = '(?:my-)?(?:acme|ecma)_[a-z]{5}'`, 7 + 1, 13 + 1},
		{"near", "near = ['acme key', 'acme']\nvalue = '[0-9a-f]{3}'", 8 + 1, 154 + 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ReadProvider("f.toml", []byte(provider(tt.credential)))
			if err != nil {
				t.Fatal(err)
			}
			s, err := p.Rules[0].Shape()
			if err != nil {
				t.Fatal(err)
			}
			if s.Before != tt.before || s.After != tt.after {
				t.Errorf("window -%d+%d, want -%d+%d", s.Before, s.After, tt.before, tt.after)
			}
		})
	}
}

func TestMaxLen(t *testing.T) {
	tests := []struct {
		pattern string
		want    int
	}{
		{`abc`, 3}, {`é`, 2}, {`[a-z]`, 1}, {`[^a]`, 4}, {`.`, 4}, {`a?`, 1}, {`a*`, longest + 1}, {`a{2,}`, longest + 1},
		{`(abc){4}`, 12}, {`(?:ab|abcd)e`, 5}, {`\ba$`, 1}, {``, 0}, {`(?:a{500}a{500}){1}`, 1000}, {`(?:.{1000}){1}.{1000}.{1000}.{1000}.{1000}`, longest + 1},
	}
	for _, tt := range tests {
		tree, err := syntax.Parse(tt.pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := maxLen(tree); got != tt.want {
			t.Errorf("maxLen(%s) = %d, want %d", tt.pattern, got, tt.want)
		}
	}
}

func TestSecretGroup(t *testing.T) {
	tests := []struct {
		pattern string
		want    int
	}{
		{`acme_[a-z]{20}`, 0}, {`acme_([a-z]{20})`, 1}, {`(acme)_(?P<secret>[a-z]{20})`, 2}, {`(?P<id>acme)_([a-z]{20})`, 1},
	}
	for _, tt := range tests {
		s, err := (&Rule{ID: "x", Pattern: tt.pattern, Keywords: []string{"acme"}}).Shape()
		if err != nil {
			t.Fatal(err)
		}
		if s.Secret != tt.want {
			t.Errorf("%s: the secret is group %d, want %d", tt.pattern, s.Secret, tt.want)
		}
	}
}

func TestAllowShapeAdmits(t *testing.T) {
	paths, regexes, words := []string{`^docs/`, `\.md$`}, []string{`^x+$`}, []string{"Sample"}
	tests := []struct {
		name         string
		allow        Allow
		secret, path string
		want         bool
	}{
		{"path", Allow{Paths: paths}, "s", "docs/a", true},
		{"second path", Allow{Paths: paths}, "s", "a.md", true},
		{"other path", Allow{Paths: paths}, "s", "src/a", false},
		{"path not known", Allow{Paths: []string{``}}, "s", "", false},
		{"regex", Allow{Regexes: regexes}, "xxx", "", true},
		{"other secret", Allow{Regexes: regexes}, "xyx", "", false},
		{"stopword in any case", Allow{Stopwords: words}, "mySAMPLEkey", "", true},
		{"other word", Allow{Stopwords: words}, "simple", "", false},
		{"any of them", Allow{Paths: paths, Regexes: regexes}, "s", "docs/a", true},
		{"all of them", Allow{Paths: paths, Regexes: regexes, All: true}, "xxx", "docs/a", true},
		{"all but one", Allow{Paths: paths, Regexes: regexes, All: true}, "s", "docs/a", false},
		{"all, path not known", Allow{Paths: paths, Regexes: regexes, All: true}, "xxx", "", false},
		{"nothing", Allow{}, "s", "docs/a", false},
		{"all of nothing", Allow{All: true}, "s", "docs/a", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := tt.allow.Compile()
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Admits(tt.secret, tt.path); got != tt.want {
				t.Errorf("admits %t, want %t", got, tt.want)
			}
		})
	}
}
