package generic

import "bytes"

// rawStrings follows the raw strings of a program: between backticks (Go, JavaScript)
// and triple quotes (Python, Java, Scala …). What stands in one is of another syntax:
// a configuration, a query, a script.
type rawStrings struct {
	read   int // of the text
	inside byte
}

// within reports whether text[at] lies in a raw string. Calls must come in the order of
// the places.
func (r *rawStrings) within(text []byte, at int) bool {
	for r.read < at {
		i := bytes.IndexAny(text[r.read:at], "`\"'")
		if i < 0 {
			r.read = at
			break
		}
		i += r.read
		c := text[i]
		r.read = i + 1
		if c != '`' {
			if i+2 >= len(text) || text[i+1] != c || text[i+2] != c {
				continue
			}
			r.read = i + 3
		}
		switch r.inside {
		case 0:
			r.inside = c
		case c:
			r.inside = 0
		}
	}
	return r.inside != 0
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
