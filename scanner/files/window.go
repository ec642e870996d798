package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/leakguard/leakguard/detectors/decode"
	"github.com/leakguard/leakguard/scanner"
)

// windowing says how a text that is too large to hold is cut. overlap is far
// more than the longest match, so that what lies across a cut is whole in the
// window behind it.
type windowing struct {
	size    int // most bytes in a window
	overlap int // least bytes that a window shares with the one before
	near    int // how far back a line end is looked for, to cut there
}

var textWindows = windowing{size: 4 << 20, overlap: 64 << 10, near: 4 << 10}

// windowBuffers keeps the buffers of textWindows, one byte larger than a window
// so that a text of exactly one window is known to be whole.
var windowBuffers = sync.Pool{New: func() any {
	buf := make([]byte, textWindows.size+1)
	return &buf
}}

// Windows reads r to its end and hands out its text: whole if it has at most 4
// MiB, else in windows of at most 4 MiB that overlap by at least 64 KiB, cut at
// line ends where there are any near. The chunks have Text, which is valid only
// during the call, and what says where in the text it lies.
//
// A text in UTF-16 or UTF-32 of more than one window is handed out as UTF-8,
// since a window of it would not be known for what it is; a smaller one is left
// as it is.
//
// When reading fails, what came until then is handed out first, and the error
// is returned.
func Windows(ctx context.Context, r io.Reader, emit func(scanner.Chunk)) error {
	buf := windowBuffers.Get().(*[]byte)
	defer windowBuffers.Put(buf)
	return textWindows.cut(ctx, r, *buf, emit)
}

func (w windowing) cut(ctx context.Context, r io.Reader, buf []byte, emit func(scanner.Chunk)) error {
	var c scanner.Chunk // the window, as far as it is known
	held, decoded := 0, false
	for {
		n, err := fill(r, buf[held:w.size+1])
		held += n
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			return ctx.Err()
		}
		if err != nil {
			if held > 0 {
				c.Text = buf[:held]
				emit(c)
			}
			if err == io.EOF {
				err = nil
			}
			return err
		}
		if !decoded {
			decoded = true
			if enc := decode.Encoding(buf[:held]); enc != "" {
				r = decode.Reader(io.MultiReader(bytes.NewReader(bytes.Clone(buf[:held])), r), enc)
				held = 0
				continue
			}
		}
		end := w.boundary(buf, w.size)
		next := w.boundary(buf, end-w.overlap)
		c.Text, c.Back = buf[:end], end-next
		emit(c)
		c.Lines, c.Column = advance(buf[:next], c.Lines, c.Column)
		c.Front, c.Back = end-next, 0
		held = copy(buf, buf[next:held])
	}
}

// boundary is the last place at or before at where a line begins, if one is
// near, else where a character does.
func (w windowing) boundary(buf []byte, at int) int {
	if i := bytes.LastIndexByte(buf[at-w.near:at], '\n'); i >= 0 {
		return at - w.near + i + 1
	}
	for back := 0; back < utf8.UTFMax; back++ {
		if utf8.RuneStart(buf[at-back]) {
			return at - back
		}
	}
	return at
}

// advance moves a position over text.
func advance(text []byte, lines, column int) (int, int) {
	i := bytes.LastIndexByte(text, '\n')
	if i < 0 {
		return lines, column + utf8.RuneCount(text)
	}
	return lines + bytes.Count(text, []byte{'\n'}), utf8.RuneCount(text[i+1:])
}

// fill reads until buf is full. Unlike io.ReadFull it returns the reader's own
// error, so that a truncated stream is told from a short text.
func fill(r io.Reader, buf []byte) (n int, err error) {
	const patience = 100 // reads in a row that bring nothing
	for idle := 0; n < len(buf) && err == nil; {
		var m int
		m, err = r.Read(buf[n:])
		n += m
		if m > 0 {
			idle = 0
		} else if idle++; err == nil && idle == patience {
			err = io.ErrNoProgress
		}
	}
	return n, err
}
