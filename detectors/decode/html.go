package decode

import (
	"bytes"
	"unicode/utf8"
)

// html is the character references that escaping produces: numbers, and the
// names of the five characters of markup and of the apostrophe.
// https://html.spec.whatwg.org/multipage/syntax.html#character-references
var html = syntax{
	kind:    "html",
	trigger: '&',
	ends:    func(c byte) bool { return c == '\n' || c == '\r' || c == 0 },
	enough:  1,
	decode:  decodeReference,
}

var references = []struct {
	name string
	char byte
}{
	{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''},
}

func decodeReference(dst, src []byte) (out []byte, size int, weak bool) {
	if len(src) < 2 || bytes.IndexByte([]byte("#algq"), src[1]) < 0 {
		return dst, 0, false // most are an operator of a program
	}
	if src[1] == '#' {
		r, n := decodeNumber(src[2:])
		if n == 0 {
			return dst, 0, false
		}
		return utf8.AppendRune(dst, r), 2 + n, false
	}
	for _, ref := range references {
		if n := len(ref.name); len(src) >= n && string(src[:n]) == ref.name {
			return append(dst, ref.char), n, false
		}
	}
	return dst, 0, false
}

// decodeNumber reads the code point behind "&#", up to its semicolon. n is 0 if
// it is none.
func decodeNumber(src []byte) (r rune, n int) {
	base, most := rune(10), 7
	if len(src) > 0 && src[0]|0x20 == 'x' {
		base, most, n = 16, 7, 1
	}
	for ; n < len(src) && n <= most; n++ {
		c := src[n]
		if c == ';' {
			break
		}
		digit, ok := hexValue(src[n:], 1)
		if !ok || rune(digit) >= base {
			return 0, 0
		}
		r = r*base + rune(digit)
	}
	if n == len(src) || src[n] != ';' || r == 0 || !utf8.ValidRune(r) {
		return 0, 0
	}
	return r, n + 1
}
