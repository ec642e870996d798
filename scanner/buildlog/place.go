package buildlog

import (
	"context"
	"fmt"
	"sort"

	"github.com/leakguard/leakguard/scanner"
)

// table leads from places in a window's text to those in the raw log. It is kept
// as long as a hit needs it, and so is small: lines that follow each other in
// the log as they do in the text share a span.
type table struct {
	log    *Log
	spans  []span
	cuts   []lineCut
	wheres []Where
}

// span is where a run of text lines, up to the next span, comes from.
type span struct {
	line   int // the first of them, from 0
	raw    int // its line in the log, from 1; those behind it count on
	column int // characters of the raw line before the text, in each of them
	where  int // index into table.wheres
}

// lineCut is a cut in one of the text lines.
type lineCut struct {
	line uint32
	cut
}

// String names the log, for gaps.
func (t *table) String() string { return t.log.Path }

// spanOf is the span that a text line belongs to.
func (t *table) spanOf(line int) span {
	return t.spans[sort.Search(len(t.spans), func(i int) bool { return t.spans[i].line > line })-1]
}

// cutsOf is the cuts in a text line.
func (t *table) cutsOf(line int) []lineCut {
	from := sort.Search(len(t.cuts), func(i int) bool { return int(t.cuts[i].line) >= line })
	to := from
	for to < len(t.cuts) && int(t.cuts[to].line) == line {
		to++
	}
	return t.cuts[from:to]
}

// raw is the place in the log of the character at column, from 1, of a text line,
// from 0.
func (t *table) raw(line, column int) (rawLine, rawColumn int) {
	s := t.spanOf(line)
	rawColumn = s.column + column
	for _, c := range t.cutsOf(line) {
		if int(c.at) < column {
			rawColumn += int(c.n)
		}
	}
	return s.raw + line - s.line, rawColumn
}

// where is the job and step of a text line.
func (t *table) where(line int) Where { return t.wheres[t.spanOf(line).where] }

// joined is the text of a chain of lines that were wrapped at a column.
type joined struct {
	*table
	first int // the first of the lines, from 0
	width int // characters in each but the last
	lines int
}

// place is the handle of a chunk.
type place interface {
	// at resolves a line and a column of the chunk, both from 1, to the text line
	// of the window, from 0, and the column in it, from 1.
	at(line, column int) (textLine, textColumn int)
	// source is the table of the window.
	source() *table
}

func (t *table) at(line, column int) (int, int) { return line - 1, column }
func (t *table) source() *table                 { return t }

func (j *joined) at(_, column int) (int, int) {
	n := min((column-1)/j.width, j.lines-1)
	return j.first + n, column - n*j.width
}

// occurrence is where a hit in a chunk of this place lies in the log.
func occurrence(p place, h *scanner.Hit) scanner.Occurrence {
	t := p.source()
	line, column := p.at(h.Region.StartLine, h.Region.StartColumn)
	where := t.where(line)
	o := scanner.Occurrence{
		Kind: scanner.InLog, Path: t.log.Path, Snippet: h.Snippet, Decoded: h.Decoded,
		Run: t.log.Run, Job: where.Job, Step: where.Step, Variable: where.Variable,
	}
	o.StartLine, o.StartColumn = t.raw(line, column)
	// The end is one behind the last character, which may lie before a cut.
	last := max(h.Region.EndColumn-1, 1)
	line, column = p.at(h.Region.EndLine, last)
	o.EndLine, o.EndColumn = t.raw(line, column)
	o.EndColumn += h.Region.EndColumn - last
	if t.log.Complete != nil {
		t.log.Complete(&o)
	}
	return o
}

// Locate returns the one occurrence of each hit, but for those that only joining
// lines made.
func (s *source) Locate(_ context.Context, hits []scanner.Hit, _ *scanner.Coverage) ([]scanner.Located, error) {
	located := make([]scanner.Located, 0, len(hits))
	for i := range hits {
		p, ok := hits[i].Place.(place)
		if !ok {
			return nil, fmt.Errorf("hit %d of %d is of another source", i+1, len(hits))
		}
		if _, wrapped := p.(*joined); wrapped && hits[i].Rule.Detector != "" {
			// Lines of one width are often no wrapped ones. What has an issuer's form
			// across them is a secret; a value of no known form proves nothing.
			continue
		}
		located = append(located, scanner.Located{Hit: i, Occurrence: occurrence(p, &hits[i])})
	}
	return located, nil
}
