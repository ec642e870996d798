package scanner

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseMark(t *testing.T) {
	const allow = "leakguard:allow"
	tests := []struct {
		name, line string
		want       *Mark
	}{
		{"bare", "x = 1 # leakguard:allow", &Mark{Word: allow}},
		{"touching the comment sign", "x=1 --leakguard:allow", &Mark{Word: allow}},
		{"touching //", "f()//leakguard:allow", &Mark{Word: allow}},
		{"gitleaks", "x # gitleaks:allow", &Mark{Word: "gitleaks:allow"}},
		{"betterleaks", "x # betterleaks:allow", &Mark{Word: "betterleaks:allow"}},
		{"trufflehog", "x # trufflehog:ignore", &Mark{Word: "trufflehog:ignore"}},
		{"reason", "x # leakguard:allow made up for a test", &Mark{Word: allow, Reason: "made up for a test"}},
		{"reason behind a colon", "x # leakguard:allow: made up", &Mark{Word: allow, Reason: "made up"}},
		{"reason behind a dash", "x # leakguard:allow - made up", &Mark{Word: allow, Reason: "made up"}},
		{"block comment", "x /* leakguard:allow made up */ + y", &Mark{Word: allow, Reason: "made up"}},
		{"block comment, touching", "x /*leakguard:allow*/", &Mark{Word: allow}},
		{"markup comment", "<a> <!-- leakguard:allow made up --> <b>", &Mark{Word: allow, Reason: "made up"}},
		{"markup comment, touching", "<!--leakguard:allow-->", &Mark{Word: allow}},
		{"one rule", "x # leakguard:allow=github-pat", &Mark{Word: allow, Rules: []string{"github-pat"}}},
		{"one rule in a markup comment", "<!-- leakguard:allow=github-pat-->", &Mark{Word: allow, Rules: []string{"github-pat"}}},
		{"everything", "x # leakguard:allow=a-b,c until=2030-01-31 old key", &Mark{Word: allow, Rules: []string{"a-b", "c"}, Until: "2030-01-31", Reason: "old key"}},
		{"until alone", "x # leakguard:allow until=2030-01-31", &Mark{Word: allow, Until: "2030-01-31"}},
		{"until is no date", "x # leakguard:allow until=soon", &Mark{Word: allow, Until: "soon"}},
		{"until inside a reason", "x # leakguard:allow kept until=2030", &Mark{Word: allow, Reason: "kept until=2030"}},
		{"in a string", `{"k": "v", "comment": "leakguard:allow"},`, &Mark{Word: allow}},
		{"carriage return", "x # leakguard:allow\r", &Mark{Word: allow}},
		{"ends with the line", "x # leakguard:allow why\nnext line", &Mark{Word: allow, Reason: "why"}},
		{"first of two", "x # gitleaks:allow leakguard:allow", &Mark{Word: "gitleaks:allow", Reason: "leakguard:allow"}},
		{"a real one behind a longer word", "xleakguard:allow # gitleaks:allow", &Mark{Word: "gitleaks:allow"}},
		{"invalid UTF-8", "x # leakguard:allow a\xffb", &Mark{Word: allow, Reason: "a\uFFFDb"}},
		{"long reason", "x # leakguard:allow " + strings.Repeat("é", 300), &Mark{Word: allow, Reason: strings.Repeat("é", 199) + "…"}},
		{"on a later line", "x\ny # leakguard:allow why\nz", &Mark{Word: allow, Reason: "why"}},
		{"rule list ends with the line", "# leakguard:allow=a-b\nc", &Mark{Word: allow, Rules: []string{"a-b"}}},
		{"none", "x = 1 # allow", nil},
		{"longer word in front", "notleakguard:allow", nil},
		{"longer word behind", "x # leakguard:allowed", nil},
		{"hyphenated in front", "x # non-leakguard:allow", nil},
		{"hyphenated behind", "x # leakguard:allow-list", nil},
		{"in an address", "https://example.com/leakguard:allow", nil},
		{"letter of another script behind", "x # leakguard:allowé", nil},
		{"other case", "x # Leakguard:Allow", nil},
		{"empty rule list", "x # leakguard:allow= reason", nil},
		{"empty rule id", "x # leakguard:allow=a,, reason", nil},
		{"no rule id", "x # leakguard:allow='a'", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ParseMark([]byte(tt.line)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParseMark(%q) = %+v, want %+v", tt.line, got, tt.want)
			}
		})
	}
}

func FuzzParseMark(f *testing.F) {
	for _, s := range []string{
		"x # leakguard:allow=a,b until=2030-01-31 why */", "<!--gitleaks:allow-->", "trufflehog:ignore\xff", "-leakguard:allow=",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		m := ParseMark(line)
		if m == nil {
			return
		}
		if !strings.Contains(string(line), m.Word) {
			t.Errorf("ParseMark(%q): word %q is not in the line", line, m.Word)
		}
		if !utf8.ValidString(m.Reason+m.Until) || strings.ContainsAny(m.Reason+m.Until, "\n") {
			t.Errorf("ParseMark(%q): reason %q or until %q is not one line of text", line, m.Reason, m.Until)
		}
		for _, id := range m.Rules {
			if id == "" {
				t.Errorf("ParseMark(%q): empty rule id", line)
			}
		}
	})
}
