package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible returns s as one line that is safe to print on a terminal and in a
// build log. Control characters, line ends, bidirectional and other invisible
// characters, and bytes that are not UTF-8 are written as escapes: \n, \x1b,
// \u202e. So is what a CI system would take for a command: "::" at the start
// and "##[", "##vso[" and their like anywhere.
func visible(s string) string {
	var out strings.Builder
	done := 0 // s[:done] is in out
	start := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		bad := r == utf8.RuneError && n == 1
		command := commandAt(s[i:]) || i == start && strings.HasPrefix(s[i:], "::")
		if bad || command || !unicode.IsPrint(r) {
			out.WriteString(s[done:i])
			if bad {
				fmt.Fprintf(&out, `\x%02x`, s[i])
			} else {
				out.WriteString(escape(r))
			}
			done = i + n
		}
		i += n
	}
	return out.String() + s[done:]
}

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// commandAt reports whether s begins like a log command that CI systems obey
// wherever it stands in a line: ##[group], ##vso[task], ##teamcity[x].
func commandAt(s string) bool {
	rest, ok := strings.CutPrefix(s, "##")
	if !ok {
		return false
	}
	rest = strings.TrimLeftFunc(rest, func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	})
	return strings.HasPrefix(rest, "[")
}
