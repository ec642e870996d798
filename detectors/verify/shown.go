package verify

import (
	"errors"
	"strings"
	"unicode"
)

// mostShown bounds, in runes, a text of others that a verdict tells.
const mostShown = 128

// shown is a text that a server or a token says, as it is told to people: on one
// line, without characters that do not print, and bounded.
func shown(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	runes := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text))
	if len(runes) > mostShown {
		return string(runes[:mostShown-1]) + "…"
	}
	return string(runes)
}

// shownError is the failure of a server, whose words may be in it, as it is told to
// people.
func shownError(failure error) error { return errors.New(shown(failure.Error())) }
