package remediate

import (
	"strings"
	"testing"
	"unicode"
)

func TestPlain(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a name", "Ada Lovelace", "Ada Lovelace"},
		{"letters of other scripts", "Zoë 山田", "Zoë 山田"},
		{"an address", "ada+x@example.com", "ada+x@example.com"},
		{"mentions nobody", "@ceo and @acme/all", "ceo and acme/all"},
		{"an address with more", "ada@example.com @ceo", "adaexample.com ceo"},
		{"a command of a workflow", "a\n::error::b\r", "a ::error::b"},
		{"Markdown and HTML", "[a](x) `b` *c* <img src=x> | #1", "a(x) b c img srcx 1"},
		{"no link", "https://example.com/x", "https:example.com/x"},
		{"controls", "a\x1b[31m\u202eb\x00", "a31mb"},
		{"long", strings.Repeat("é", 200), strings.Repeat("é", 99) + "…"},
		{"nothing", "<>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := plain(tt.text)
			if got != tt.want || strings.ContainsFunc(got, unicode.IsControl) {
				t.Errorf("plain(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}
