package buildlog

import (
	"bytes"
	"io"
	"unicode/utf8"
)

const (
	// maxLine is the longest line, in bytes, that is read whole. A longer one
	// comes in pieces that overlap by as much as windows do.
	maxLine = 1 << 20

	// lineBuffer has room for a piece and for a good read behind it.
	lineBuffer = maxLine + 256<<10
)

// rawLine is a line of a log, or a piece of a long one.
type rawLine struct {
	text   []byte // without its line feed; valid until the next one is read
	number int    // from 1
	before int    // characters of the line before text: not 0 for a later piece
}

// lineReader cuts a log into lines.
type lineReader struct {
	r          io.Reader
	buf        []byte
	start, end int // of what is in buf and was not handed out
	err        error

	number int
	before int
	inLine bool // the last piece was not the end of its line
}

// next returns the next line, and whether there is one. r.err tells afterwards
// why there is none.
func (r *lineReader) next() (rawLine, bool) {
	for searched := r.start; ; {
		if i := bytes.IndexByte(r.buf[searched:r.end], '\n'); i >= 0 && searched+i-r.start <= maxLine {
			return r.take(searched+i, searched+i+1, false), true
		}
		if r.end-r.start > maxLine {
			stop := runeStart(r.buf, r.start+maxLine)
			return r.take(stop, runeStart(r.buf, stop-overlap), true), true
		}
		searched = r.end
		if r.err != nil {
			if r.start == r.end {
				return rawLine{}, false
			}
			return r.take(r.end, r.end, false), true
		}
		searched -= r.fill()
	}
}

// take hands out what is up to stop, and goes on at next.
func (r *lineReader) take(stop, next int, more bool) rawLine {
	if !r.inLine {
		r.number++
		r.before = 0
	}
	line := rawLine{r.buf[r.start:stop], r.number, r.before}
	if r.inLine = more; more {
		r.before += utf8.RuneCount(r.buf[r.start:next])
	}
	r.start = next
	return line
}

// fill reads more, and returns by how much it moved what is in the buffer.
func (r *lineReader) fill() (moved int) {
	if len(r.buf)-r.end < lineBuffer-maxLine {
		moved = r.start
		copy(r.buf, r.buf[r.start:r.end])
		r.start, r.end = 0, r.end-moved
	}
	const patience = 100 // reads in a row that bring nothing
	for range patience {
		var n int
		n, r.err = r.r.Read(r.buf[r.end:])
		r.end += n
		if n > 0 || r.err != nil {
			return moved
		}
	}
	r.err = io.ErrNoProgress
	return moved
}

// failure is why the log could not be read to its end; nil at its end.
func (r *lineReader) failure() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// runeStart is where the character begins that lies at i.
func runeStart(b []byte, i int) int {
	for back := range utf8.UTFMax {
		if utf8.RuneStart(b[i-back]) {
			return i - back
		}
	}
	return i
}
