package decode

import "bytes"

// leastWide is how many characters in UTF-16 must follow each other in a binary
// to be taken for a string.
const leastWide = 16

// findUTF16 finds strings of ASCII characters in UTF-16 (RFC 2781) in binaries.
func (b *Buffer) findUTF16(text []byte, yield func(*Segment)) {
	if bytes.IndexByte(text, 0) < 0 {
		return
	}
	// Every run that is long enough holds two bytes at one of the steps.
	for at, from := 0, 0; at+1 < len(text); at += 2*leastWide - 2 {
		if !isPair(text[at], text[at+1]) {
			continue
		}
		start, end := at, at+2
		for start > from && isPair(text[start-1], text[start]) {
			start--
		}
		for end < len(text) && isPair(text[end-1], text[end]) {
			end++
		}
		b.yieldWide(text, start, end, yield)
		at, from = end, end
	}
}

// isPair reports whether a zero byte and a byte of text stand side by side.
func isPair(c, d byte) bool {
	return c == 0 && isPlain(d) || d == 0 && isPlain(c)
}

// yieldWide yields text[start:end], in which zeros and text alternate, if it is
// long enough. A zero at the start is the high byte of the first character only
// in big endian order, where the last byte is a character's low one.
func (b *Buffer) yieldWide(text []byte, start, end int, yield func(*Segment)) {
	kind, low := "utf-16le", 0
	if text[start] == 0 {
		if text[end-1] == 0 {
			start++
		} else {
			kind, low = "utf-16be", 1
		}
	}
	b.text = b.text[:0]
	for i := start + low; i < end; i += 2 {
		b.text = append(b.text, text[i])
	}
	if len(b.text) < leastWide {
		return
	}
	b.segment = Segment{Kind: kind, Start: start, End: end, Text: b.text, in: 2, out: 1}
	yield(&b.segment)
}
