package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestVisible(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "config/prod.env", "config/prod.env"},
		{"empty", "", ""},
		{"other scripts and emoji", "grüße/日本語 🔑", "grüße/日本語 🔑"},
		{"line ends and tab", "a\nb\r\n\tc", `a\nb\r\n\tc`},
		{"escape sequence", "\x1b[2J", `\x1b[2J`},
		{"delete", "\x7f", `\x7f`},
		{"C1", "\u009b2J", `\u009b2J`},
		{"bidi override", "\u202egnp", `\u202egnp`},
		{"zero width", "a\u200bb", `a\u200bb`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"tag character", "\U000e0041", `\U000e0041`},
		{"not UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"replacement character", "\ufffd", "\ufffd"},
		{"workflow command", "::error::x", `\x3a:error::x`},
		{"indented workflow command", "  ::error::x", `  \x3a:error::x`},
		{"colons within", "a::b", "a::b"},
		{"old workflow command", "x ##[error]y", `x \x23#[error]y`},
		{"pipeline command", "##vso[task.setvariable]y", `\x23#vso[task.setvariable]y`},
		{"many hashes", "###[x]", `#\x23#[x]`},
		{"heading", "## title [x]", "## title [x]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := visible(c.in); got != c.want {
				t.Errorf("visible(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func FuzzVisible(f *testing.F) {
	for _, e := range evil {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := visible(s)
		if bad := harm(got); bad != "" || !utf8.ValidString(got) || strings.Contains(got, "\n") {
			t.Errorf("visible(%q) = %q holds %q", s, got, bad)
		}
		if again := visible(got); again != got {
			t.Errorf("visible(%q) = %q, and that gives %q", s, got, again)
		}
	})
}
