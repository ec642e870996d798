package decode

import "unicode/utf8"

// isText reports whether c is printable ASCII, a tab or a line end.
func isText(c byte) bool {
	return ' ' <= c && c <= '~' || c == '\n' || c == '\r' || c == '\t'
}

// junk counts the bytes of b that are not text: control characters and what is
// not UTF-8. A character that the end of b cuts short is no junk.
func junk(b []byte) int {
	bad := 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			if !isText(b[i]) {
				bad++
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			if !utf8.FullRune(b[i:]) {
				break
			}
			bad++
		}
		i += size
	}
	return bad
}

// isWide reports whether b starts with six ASCII characters in UTF-16, as what
// PowerShell takes for -EncodedCommand does.
func isWide(b []byte) bool {
	if len(b) < 12 {
		return false
	}
	zero := 0
	if b[1] == 0 {
		zero = 1
	}
	for i := 0; i < 12; i += 2 {
		if b[i+zero] != 0 || !isText(b[i+1-zero]) {
			return false
		}
	}
	return true
}
