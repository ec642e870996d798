package generic

import "bytes"

// rawStrings follows the raw strings of a program: between backticks (Go, JavaScript)
// and triple quotes (Python, Java, Scala …). What stands in one is of another syntax:
// a configuration, a query, a script.
type rawStrings struct {
	read   int                // of the text
	inside int                // 1 + the index of the mark that opened the string; 0: in none
	next   [len(rawMarks)]int // where each mark stands next, as far as that is known
	known  bool
}

// rawMarks begin and end raw strings.
var rawMarks = [...]string{"`", `"""`, "'''"}

// within reports whether text[place] lies in a raw string. Calls must come in the order of
// the places.
func (r *rawStrings) within(text []byte, place int) bool {
	for r.read < place {
		first := 0
		for i := range r.next {
			if !r.known || r.next[i] < r.read {
				r.next[i] = indexFrom(text, r.read, rawMarks[i])
			}
			if r.next[i] < r.next[first] {
				first = i
			}
		}
		r.known = true
		if r.next[first] >= place {
			break
		}
		at := r.next[first]
		r.read = at + len(rawMarks[first])
		switch r.inside {
		case 0:
			if !startsComment(bytes.TrimLeft(lineBefore(text, at), " \t")) { // where marks need not be closed
				r.inside = first + 1
			}
		case first + 1:
			r.inside = 0
		}
	}
	return r.inside != 0
}

// indexFrom is where word stands in text from i on; behind the text if it does not.
func indexFrom(text []byte, i int, word string) int {
	if at := bytes.Index(text[min(i, len(text)):], []byte(word)); at >= 0 {
		return i + at
	}
	return len(text) + len(word)
}

// place says of a value without quotes whether it lies in a string or a comment of a
// program: there it is no identifier.
func (s *Scanner) place(c *Candidate) {
	at := c.WholeStart
	if c.syntax.quotedName && at > 0 && is(s.text[at-1], quote) {
		at-- // the quote of the name itself
	}
	if c.Bare && (embedded(s.text, at) || s.raw.within(s.text, c.WholeStart)) {
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
	return open != 0
}
