package remediate

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlainText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "config/prod.env line 3", "config/prod.env line 3"},
		{"nothing", "", ""},
		{"mention", "@ada of @acme/payments", "@\u200bada of @\u200bacme/payments"},
		{"e-mail", "ada@acme.com", "ada@\u200bacme.com"},
		{"issue", "#12, acme/shop#3 and GH-4", "\\#\u200b12, acme/shop\\#\u200b3 and GH-\u200b4"},
		{"no issue", "high-entropy", "high-entropy"},
		{"merge request", "!7", "\\!\u200b7"},
		{"html", "<img src=x>&lt;", `\<img src=x\>\&lt;`},
		{"our mark", endMark, "\\<\\!\u200b-- /leakguard --\\>"},
		{"link", "[a](https://b.example)", `\[a\](https\://b.example)`},
		{"bare link", "see www.acme.com and ftp://x", `see www\.acme.com and ftp\://x`},
		{"emphasis", "a*b*_c_~~d~~`e`", "a\\*b\\*\\_c\\_\\~\\~d\\~\\~\\`e\\`"},
		{"table", "a|b", `a\|b`},
		{"backslash", `a\*b`, `a\\\*b`},
		{"lines", "a\n\n# b\r\n\tc\u2028d", "a \\#\u200b b c d"},
		{"list", "- a", `\- a`},
		{"numbered list", "12. a", `12\. a`},
		{"version", "v1.2.0", "v1.2.0"},
		{"quick action", "/close", `\/close`},
		{"code block", "    a", "a"},
		{"direction", "a\u202eb\u2066c\u200bd", "abcd"},
		{"terminal", "a\x1b[31mb", `a\[31mb`},
		{"no UTF-8", "a\xffb", "a\uFFFDb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := PlainText(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzPlainText wants nothing in a text to be more than text, and all of it to be
// there.
func FuzzPlainText(f *testing.F) {
	for _, s := range []string{"@ada <b> `x` [y](z) #1 | ~ \\ --> ! & $ www.a.b http://c", "1) x", "GH-3\n/close", "\\\\@", "a\xff\u202e", "- [ ] x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := PlainText(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\t") {
			t.Errorf("%q: lines or broken UTF-8: %q", s, got)
		}
		var shown strings.Builder
		escaped := false
		for i, r := range got {
			switch {
			case escaped:
				escaped = false
			case r == '\\':
				escaped = true
				continue
			case strings.ContainsRune("`*_[]<>|~&$#!", r):
				t.Fatalf("%q: %q is not escaped in %q", s, r, got)
			}
			if rest := got[i:]; r == '@' && !strings.HasPrefix(rest, "@"+zeroWidth) {
				t.Fatalf("%q: a mention in %q", s, got)
			}
			shown.WriteRune(r)
		}
		if escaped {
			t.Errorf("%q: %q escapes what follows it", s, got)
		}
		if text := strings.ReplaceAll(shown.String(), zeroWidth, ""); text != oneLine(s) {
			t.Errorf("%q is shown as %q", s, text)
		}
	})
}

func TestCodeSpan(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "@ada_lovelace|x", "`@ada_lovelace|x`"},
		{"nothing", "\u200b", ""},
		{"backquotes", "a``b`c", "``` a``b`c ```"},
		{"lines", "a\nb", "`a b`"},
		{"our mark", endMark, "`<\u200b!-- /leakguard --\u200b>`"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := codeSpan(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestQuietMarkdown(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "See **this**.", "See **this**."},
		{"mention", "Send it to @BotFather.", "Send it to @\u200bBotFather."},
		{"placeholder", "DELETE /keys/<id> and <https://a.example>", `DELETE /keys/\<id> and <https://a.example>`},
		{"code", "`ssh git@host <x>` of @ada, ``a`@b`` <x>", "`ssh git@host <x>` of @\u200bada, ``a`@b`` \\<x>"},
		{"no end", "`@ada", "`@\u200bada"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := quietMarkdown(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
