package buildlog

import (
	"bytes"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

// assembler turns the raw lines of one log into windows of the text that the job
// printed.
type assembler struct {
	log    *Log
	lines  Lines
	window *window
	ready  func(*window) // takes a window that is done

	cleaner cleaner
	text    bool // whether the last line had text
}

// line adds a raw line, or a piece of one.
func (a *assembler) line(l rawLine) {
	for len(l.text) > 0 && l.text[len(l.text)-1] == '\r' {
		l.text = l.text[:len(l.text)-1]
	}
	first := control(l.text)
	if first == len(l.text) {
		a.segment(l.number, l.before > 0, segment{text: l.text, column: l.before})
		return
	}
	for _, s := range a.cleaner.clean(l.text, first) {
		s.column += l.before
		a.segment(l.number, l.before > 0, s)
	}
}

// segment adds a segment of a raw line. What belongs to the CI system or to a
// tool is left out of it; later pieces of a line begin with text.
func (a *assembler) segment(number int, later bool, s segment) {
	later = later || s.hidden
	start := 0
	if !later {
		if bytes.HasPrefix(s.text, []byte(byteOrderMark)) {
			start = len(byteOrderMark)
		}
		var n int
		n, a.text = a.lines.Line(s.text[start:])
		start += n
	}
	if !a.text && !s.hidden {
		return
	}
	if !later {
		start += toolPrefix(s.text[start:])
	}
	if a.window.full(len(s.text)) {
		w := a.window
		a.window = w.next()
		a.ready(w)
	}
	column, cuts := s.behind(start)
	a.window.add(s.text[start:], number, column, a.where(), cuts)
}

// behind is the column of the text behind the first bytes of s, and its cuts.
func (s *segment) behind(start int) (column int, cuts []cut) {
	if start == 0 {
		return s.column, s.cuts
	}
	chars := utf8.RuneCount(s.text[:start])
	column = s.column + chars
	cuts = s.cuts
	for len(cuts) > 0 && int(cuts[0].at) <= chars {
		column += int(cuts[0].n)
		cuts = cuts[1:]
	}
	for i := range cuts {
		cuts[i].at -= uint32(chars)
	}
	return column, cuts
}

// where is where the last line belongs: what is known of the log, and else what
// its lines say.
func (a *assembler) where() Where {
	where := a.lines.Where()
	if a.log.Where.Job != "" {
		where.Job = a.log.Where.Job
	}
	if a.log.Where.Step != "" {
		where.Step = a.log.Where.Step
	}
	return where
}

// end hands out the last window.
func (a *assembler) end() { a.ready(a.window) }
