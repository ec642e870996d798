package decode

import "bytes"

// leastWidth is the shortest line, in characters, that is taken for one of a
// wrapped run. MIME wraps at 76 (RFC 2045, section 6.8), PEM at 64 (RFC 7468),
// hex dumps at 60.
const leastWidth = 56

// unwrap returns the characters of the run text[start:end] together with those
// of the lines that go on from it, and where the last of them ends. The lines
// are of equal width, but for the last. b.lines is empty if there is only one.
func (b *Buffer) unwrap(text []byte, start, end int, abc *alphabet) (chars []byte, stop int) {
	b.lines = b.lines[:0]
	width := end - start
	if width < leastWidth || start < b.unwrapped {
		return text[start:end], end
	}
	stop = end
	for more := true; more; {
		from := stop + lineBreak(text[stop:])
		n := 0
		for from+n < len(text) && n <= width && classOf[text[from+n]]&abc.class != 0 {
			n++
		}
		more = n == width
		if from == stop || n == 0 || n > width || !more && !endsValue(text[from+n:]) {
			break
		}
		if len(b.lines) == 0 {
			b.chars = append(b.chars[:0], text[start:end]...)
			b.lines = append(b.lines, line{0, start})
		}
		b.lines = append(b.lines, line{len(b.chars), from})
		b.chars = append(b.chars, text[from:from+n]...)
		stop = from + n
	}
	if len(b.lines) == 0 {
		return text[start:end], end
	}
	return b.chars, stop
}

// lineBreak is the length of the line end that s starts with, as it is or as an
// escape in a string, and of the next line's indentation. It is 0 if s starts
// with none.
func lineBreak(s []byte) int {
	for _, end := range []string{"\n", "\r\n", `\n`, `\r\n`} {
		if len(s) >= len(end) && string(s[:len(end)]) == end {
			n := len(end)
			for n < len(s) && (s[n] == ' ' || s[n] == '\t') {
				n++
			}
			return n
		}
	}
	return 0
}

// endsValue reports whether a value can end before rest: the short last line of
// a wrapped run must not be the first word of what follows the run.
func endsValue(rest []byte) bool {
	return len(rest) == 0 || bytes.IndexByte([]byte("=\r\n\"'`\\<,;)]}"), rest[0]) >= 0
}
