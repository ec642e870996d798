package decode

import "bytes"

// The first and the last line of a private key in PEM (RFC 7468), written
// backwards, begin with keyWord and end with keyBegin and keyEnd.
const (
	keyWord  = "-----YEK "
	keyBegin = "NIGEB-----"
	keyEnd   = "DNE-----"

	// longestLabel is the longest of these lines that is read, in bytes.
	longestLabel = 64
)

// reversedKey yields the key that the run text[start:end] is a line of, if it is
// written backwards and the run stands next to its first line.
func (b *Buffer) reversedKey(text []byte, start, end int, yield func(*Segment)) bool {
	if end < len(text) && (text[end] == '\n' || text[end] == '\r') {
		label := end + lineBreak(text[end:])
		if line := firstLine(text[label:]); bytes.HasPrefix(line, []byte(keyWord)) && bytes.HasSuffix(line, []byte(keyBegin)) {
			return b.keyAsWhole(text, start, label+len(line), yield)
		}
	}
	if start == 0 || text[start-1] != '\n' {
		return false
	}
	from := max(0, start-longestLabel)
	head := bytes.TrimRight(text[from:start], "\r\n")
	if !bytes.HasSuffix(head, []byte(keyBegin)) {
		return false
	}
	if i := bytes.LastIndex(head, []byte(keyWord)); i >= 0 {
		return b.keyByLine(text, from+i, yield)
	}
	return false
}

// firstLine is the line that s starts with, as far as a label may reach.
func firstLine(s []byte) []byte {
	s = s[:min(len(s), longestLabel)]
	if i := bytes.IndexAny(s, "\r\n"); i >= 0 {
		return s[:i]
	}
	return s
}

// keyAsWhole yields the key that is written backwards from its last byte to its
// first: its last line stands before the run at start, its first ends at end.
func (b *Buffer) keyAsWhole(text []byte, start, end int, yield func(*Segment)) bool {
	b.left.reversed--
	from := max(b.reversedTo, start-maxReversed)
	i := bytes.LastIndex(text[from:start], []byte(keyEnd))
	if i < 0 {
		return false
	}
	i = bytes.LastIndex(text[from:from+i], []byte(keyWord))
	if i < 0 {
		return false
	}
	b.mirrors = append(b.mirrors[:0], mirror{start: from + i, end: end})
	b.yieldReversed(text, yield)
	return true
}

// keyByLine yields the key whose lines stand in their order, each of them
// written backwards, as rev prints them. The first of them is at start.
func (b *Buffer) keyByLine(text []byte, start int, yield func(*Segment)) bool {
	b.left.reversed--
	rest := text[start:min(len(text), start+maxReversed)]
	i := bytes.Index(rest, []byte(keyEnd))
	if i < 0 {
		return false
	}
	b.mirrors = b.mirrors[:0]
	end := start + i + len(keyEnd)
	for start < end {
		n := bytes.IndexByte(text[start:end], '\n')
		if n < 0 {
			n = end - start
		}
		if n > 0 {
			b.mirrors = append(b.mirrors, mirror{start: start, end: start + n})
		}
		if start += n; start < end {
			b.mirrors = append(b.mirrors, mirror{start: start, end: start + 1})
			start++
		}
	}
	b.yieldReversed(text, yield)
	return true
}
