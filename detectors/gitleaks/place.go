package gitleaks

import "bytes"

// place is the line of a match that begins at start, from 0 in the text, and its
// column. A line begins with the line end before it, which is its column 1: so
// columns are one more than on the first line, and a match that begins with a line
// end is on the line behind it.
func place(text []byte, start int) (line, column int) {
	head := text[:min(start+1, len(text))]
	line = bytes.Count(head, []byte{'\n'})
	return line, start - max(bytes.LastIndexByte(head, '\n'), 0) + 1
}

// lines is the text of the lines that a match lies on, with the line end before the
// first and without that behind the last.
func lines(text []byte, start, end int) []byte {
	from := max(bytes.LastIndexByte(text[:min(start+1, len(text))], '\n'), 0)
	last := max(end-1, from+1)
	if last >= len(text) {
		return text[from:]
	}
	if n := bytes.IndexByte(text[last:], '\n'); n >= 0 {
		return text[from : last+n]
	}
	return text[from:]
}

// trimLineEnds narrows a match: one line end at its beginning, all at its end.
func trimLineEnds(text []byte, start, end int) (int, int) {
	if start < end && text[start] == '\n' {
		start++
	}
	for end > start && text[end-1] == '\n' {
		end--
	}
	return start, end
}
