package buildlog

import "bytes"

const (
	// Lines are taken for wrapped ones if so many follow each other that have
	// exactly one width in this range, or if a line has a usual width of terminals.
	wrapLines              = 3
	leastWidth, mostWidth  = 60, 250
	terminal, wideTerminal = 80, 132

	// leastCut is how long a word must be, in bytes, that is cut by a line end, so
	// that it may be a secret. Prose rarely has one.
	leastCut = 16
)

// wrapped finds chains of lines in which a long word goes on from line to line
// because a terminal wrapped them, and hands each out as one line.
func (w *window) wrapped(emit func(text []byte, j joined)) {
	var text []byte
	for from := 0; from < len(w.starts)-1; {
		width := w.width(from)
		if width < leastWidth || width > mostWidth {
			from++
			continue
		}
		to := from + 1 // the line behind those of that width
		for to < len(w.starts) && w.width(to) == width {
			to++
		}
		if to-from >= wrapLines || width == terminal || width == wideTerminal {
			for at := from; at < to; {
				end := w.chain(at, min(to+1, len(w.starts)))
				if end > at+1 {
					text = w.join(text[:0], at, end)
					emit(text, joined{w.table, at, width, end - at})
				}
				at = end
			}
		}
		from = to
	}
}

// chain is the line behind those that go on from line from, before line to.
func (w *window) chain(from, to int) int {
	width := w.width(from)
	end := from + 1
	for end < to && w.width(end) <= width && w.goesOn(end-1) {
		end++
	}
	return end
}

// goesOn reports whether a long word begins in a line, reaches its end, and may
// go on in the next line.
func (w *window) goesOn(line int) bool {
	a, b := w.line(line), w.line(line+1)
	before := len(a) - 1 - bytes.LastIndexAny(a, " \t")
	after := bytes.IndexAny(b, " \t")
	if after < 0 {
		after = len(b)
	}
	return before > 0 && after > 0 && before+after >= leastCut && isASCII(a) && isASCII(b)
}

func (w *window) join(dst []byte, from, to int) []byte {
	for line := from; line < to; line++ {
		dst = append(dst, w.line(line)...)
	}
	return dst
}

// line is the text of a line, without its line end.
func (w *window) line(i int) []byte { return w.text[w.starts[i] : w.starts[i]+w.width(i)] }

// width is how many bytes a line has.
func (w *window) width(i int) int {
	end := len(w.text)
	if i+1 < len(w.starts) {
		end = w.starts[i+1]
	}
	return end - 1 - w.starts[i]
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
