package buildlog

import (
	"slices"
	"sort"
	"sync"

	"github.com/leakguard/leakguard/scanner"
)

const (
	// windowSize is about how many bytes of text are scanned at once.
	windowSize = 1 << 20

	// windowLines is the most lines in a window: short lines cost memory too.
	windowLines = 128 << 10

	// overlap is how many bytes, at least, a window shares with the one before:
	// far more than the longest match.
	overlap = 64 << 10
)

// window is a stretch of a log's text as the job printed it.
type window struct {
	text   []byte
	starts []int // where each line begins in text
	front  int   // bytes that the window before has too
	back   int   // and the window behind
	*table
}

var windows = sync.Pool{New: func() any { return &window{text: make([]byte, 0, windowSize+2*overlap)} }}

// newWindow returns an empty window of l.
func newWindow(l *Log) *window {
	w := windows.Get().(*window)
	w.text, w.starts, w.front, w.back = w.text[:0], w.starts[:0], 0, 0
	if w.table == nil {
		w.table = new(table)
	}
	w.log, w.spans, w.cuts, w.wheres = l, w.spans[:0], w.cuts[:0], w.wheres[:0]
	return w
}

// full reports whether a line of n bytes is better put into the next window.
func (w *window) full(n int) bool {
	return len(w.starts) == windowLines || len(w.starts) > 0 && len(w.text)+n >= windowSize
}

// add appends a line of text. Its cuts are in characters of that text.
func (w *window) add(text []byte, raw, column int, where Where, cuts []cut) {
	line := len(w.starts)
	w.starts = append(w.starts, len(w.text))
	w.text = append(w.text, text...)
	w.text = append(w.text, '\n')
	w.addSpan(line, raw, column, w.addWhere(where))
	for _, c := range cuts {
		w.cuts = append(w.cuts, lineCut{uint32(line), c})
	}
}

// addSpan says where a line is from, unless the last span says so already.
func (w *window) addSpan(line, raw, column, where int) {
	if n := len(w.spans); n > 0 {
		if s := &w.spans[n-1]; s.column == column && s.where == where && s.raw+line-s.line == raw {
			return
		}
	}
	w.spans = append(w.spans, span{line, raw, column, where})
}

// addWhere returns the index of a place that is mostly the one of the line before.
func (w *window) addWhere(where Where) int {
	if n := len(w.wheres); n == 0 || w.wheres[n-1] != where {
		w.wheres = append(w.wheres, where)
	}
	return len(w.wheres) - 1
}

// next returns the window behind w, which begins with the last lines of w.
func (w *window) next() *window {
	n := newWindow(w.log)
	from := sort.Search(len(w.starts), func(i int) bool { return len(w.text)-w.starts[i] <= overlap })
	if from > 0 && len(w.text)-w.starts[from-1] <= 2*overlap {
		from--
	}
	if from == 0 || from == len(w.starts) {
		return n // a few long lines, which overlap by themselves
	}
	base := w.starts[from]
	w.back, n.front = len(w.text)-base, len(w.text)-base
	n.text = append(n.text, w.text[base:]...)
	for line := from; line < len(w.starts); line++ {
		n.starts = append(n.starts, w.starts[line]-base)
	}
	for line := from; line < len(w.starts); line++ {
		s := w.spanOf(line)
		n.addSpan(line-from, s.raw+line-s.line, s.column, n.addWhere(w.wheres[s.where]))
	}
	cuts, _ := slices.BinarySearchFunc(w.cuts, uint32(from), func(c lineCut, line uint32) int { return int(c.line) - int(line) })
	for _, c := range w.cuts[cuts:] {
		n.cuts = append(n.cuts, lineCut{c.line - uint32(from), c.cut})
	}
	return n
}

// scan hands out the text, and what was wrapped in it once more. w is not to be
// used any more.
func (w *window) scan(scan func(scanner.Chunk) int) {
	found := scan(scanner.Chunk{Text: w.text, Place: w.table, Front: w.front, Back: w.back})
	w.wrapped(func(text []byte, j joined) {
		found += scan(scanner.Chunk{Text: text, Place: &j})
	})
	if found > 0 {
		w.table = nil // its hits have it
	}
	windows.Put(w)
}
