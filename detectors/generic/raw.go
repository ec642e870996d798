package generic

import "bytes"

// rawReach is how far back the beginning of a raw string is looked for, in bytes. It is
// bounded so that what is said of a place does not depend on where the text round it
// was cut.
const rawReach = 8 << 10

// rawMarks begin and end the raw strings of programs: Go's and JavaScript's, Python's,
// Java's and Scala's. What stands in one is of another syntax: a configuration, a
// query, a script.
var rawMarks = [...]string{"`", `"""`, "'''"}

// inRawString reports whether text[place] lies in a raw string.
func inRawString(text []byte, place int) bool {
	text = text[max(0, place-rawReach):place]
	var next [len(rawMarks)]int
	inside := -1 // the mark that opened it
	for at := 0; ; {
		first := 0
		for i, mark := range rawMarks {
			if at == 0 || next[i] < at {
				next[i] = indexFrom(text, at, mark)
			}
			if next[i] < next[first] {
				first = i
			}
		}
		if next[first] >= len(text) {
			return inside >= 0
		}
		mark := next[first]
		at = mark + len(rawMarks[first])
		switch {
		case inside == first:
			inside = -1
		case inside < 0 && opens(text, mark, at):
			inside = first
		}
	}
}

// opens reports whether a mark can begin a raw string: it is not in a comment, where
// marks need not be closed, and no code follows as behind a string's end.
func opens(text []byte, start, end int) bool {
	if end < len(text) && bytes.IndexByte([]byte(");,]}."), text[end]) >= 0 {
		return false
	}
	return !startsComment(bytes.TrimLeft(lineBefore(text, start), " \t"))
}

// indexFrom is where word stands in text from i on; len(text) if it does not.
func indexFrom(text []byte, i int, word string) int {
	if at := bytes.Index(text[i:], []byte(word)); at >= 0 {
		return i + at
	}
	return len(text)
}

// place says of a value without quotes whether it lies in a string or a comment of a
// program: there it is no identifier.
func (s *Scanner) place(c *Candidate) {
	at := c.WholeStart
	if c.syntax.quotedName && at > 0 && is(s.text[at-1], quote) {
		at-- // the quote of the name itself
	}
	if c.Bare && (embedded(s.text, at) || inRawString(s.text, c.WholeStart)) {
		c.Bare, c.syntax.raw = false, true
	}
}

// embedded reports whether what begins at start is text within a line of a program: in
// a string, in the query of a URL, or in a comment.
func embedded(text []byte, start int) bool {
	if start > 0 && (text[start-1] == '?' || text[start-1] == '&') {
		return true
	}
	line := lineBefore(text, start)
	if startsComment(bytes.TrimLeft(line, " \t")) {
		return true
	}
	return openQuote(line) != 0
}

// openQuote is the quote of the string that is open at the end of a line, or 0.
func openQuote(line []byte) byte {
	var open byte
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case open == 0 && is(c, quote):
			open = c
		case c == open:
			open = 0
		}
	}
	return open
}
