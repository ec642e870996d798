package decode

import (
	"bytes"
	"unicode/utf8"
)

// backslash is the escapes of strings: \uXXXX with surrogate pairs (RFC 8259,
// section 7), \u{X…}, \UXXXXXXXX and \xXX of programming languages, \/ as PHP
// writes it in each URL, octal numbers, and beside those the escapes for quotes
// and line ends.
var backslash = syntax{
	kind:    "unicode",
	other:   kindOfOctal,
	trigger: '\\',
	ends: func(c byte) bool {
		return c < ' ' && c != '\t' || c == '"' || c == '\'' || c == '`'
	},
	enough: 3,
	decode: decodeBackslash,
}

// maxBackslashes bounds how deep strings in strings in strings are followed.
const maxBackslashes = 16

// decodeBackslash takes any number of backslashes for one: a string that was
// escaped twice is as readable.
func decodeBackslash(dst, src []byte) (out []byte, size int, weak bool) {
	k := 1
	for k < len(src) && k < maxBackslashes && src[k] == '\\' {
		k++
	}
	if k == len(src) {
		return dst, 0, false
	}
	if out, n := decodeCodePoint(dst, src[k:]); n > 0 {
		return out, k + n, false
	}
	switch c := src[k]; {
	case c == 'n':
		return append(dst, '\n'), k + 1, true
	case c == 'r':
		return append(dst, '\r'), k + 1, true
	case c == 't':
		return append(dst, '\t'), k + 1, true
	case c == '/':
		return append(dst, c), k + 1, false
	case k%2 == 1 && (c == '"' || c == '\'' || c == '`'):
		return append(dst, c), k + 1, true
	case k > 1:
		return append(dst, '\\'), 2, true
	}
	return dst, 0, false
}

// decodeCodePoint decodes an escape whose backslash is behind us.
func decodeCodePoint(dst, src []byte) (out []byte, size int) {
	var v uint32
	var ok bool
	switch {
	case '0' <= src[0] && src[0] <= '3':
		if v, n := octalValue(src); n > 0 {
			return append(dst, v), n
		}
	case src[0] == 'x':
		if v, ok = hexValue(src[1:], 2); ok {
			return append(dst, byte(v)), 3
		}
	case src[0] == 'U':
		v, ok = hexValue(src[1:], 8)
		size = 9
	case src[0] == 'u' && len(src) > 1 && src[1] == '{':
		digits := bytes.IndexByte(src[2:min(len(src), 9)], '}')
		v, ok = hexValue(src[2:], max(digits, 0))
		ok, size = ok && digits > 0, digits+3
	case src[0] == 'u':
		v, ok = hexValue(src[1:], 4)
		size = 5
		if ok && 0xD800 <= v && v < 0xDC00 {
			low, n := lowSurrogate(src[5:])
			if n > 0 {
				v = 0x10000 + (v-0xD800)<<10 + (low - 0xDC00)
			}
			size += n
		}
	}
	if !ok || v > utf8.MaxRune {
		return dst, 0
	}
	return utf8.AppendRune(dst, rune(v)), size
}

// lowSurrogate reads the escape of a pair's second half at the start of src; n
// is 0 if there is none.
func lowSurrogate(src []byte) (low uint32, n int) {
	for n < len(src) && n < maxBackslashes && src[n] == '\\' {
		n++
	}
	if n == 0 || n == len(src) || src[n] != 'u' {
		return 0, 0
	}
	low, ok := hexValue(src[n+1:], 4)
	if !ok || low < 0xDC00 || low > 0xDFFF {
		return 0, 0
	}
	return low, n + 5
}
