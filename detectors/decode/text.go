package decode

import "unicode/utf8"

// isPlain reports whether c is printable ASCII, a tab or a line end.
func isPlain(c byte) bool {
	return ' ' <= c && c <= '~' || c == '\n' || c == '\r' || c == '\t'
}

// isText reports whether no more than junk bytes of b are control characters or
// not UTF-8. A character that the end of b cuts short is neither.
func isText(b []byte, junk int) bool {
	for i := 0; i < len(b) && junk >= 0; {
		if b[i] < utf8.RuneSelf {
			if !isPlain(b[i]) {
				junk--
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			if !utf8.FullRune(b[i:]) {
				break
			}
			junk--
		}
		i += size
	}
	return junk >= 0
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
		if b[i+zero] != 0 || !isPlain(b[i+1-zero]) {
			return false
		}
	}
	return true
}
