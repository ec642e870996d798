package outcomes

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// inert is s with what would act on a terminal or a build log escaped as JSON
// escapes it: characters that do not print, line ends among them, and the second of
// ## and ::, with which CI systems begin commands. Names come from files that others
// wrote.
func inert(s string) string {
	var out strings.Builder
	last := rune(0)
	for _, r := range s {
		if command := r == last && (r == '#' || r == ':'); unicode.IsPrint(r) && !command {
			out.WriteRune(r)
		} else {
			for _, u := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&out, `\u%04x`, u)
			}
		}
		last = r
	}
	return out.String()
}
