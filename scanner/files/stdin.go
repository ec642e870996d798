package files

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/leakguard/leakguard/scanner"
)

// stdin is standard input, or another stream, as a source.
type stdin struct {
	source
	r    io.Reader
	name string
}

// Name says what is read.
func (s *stdin) Name() string { return "standard input" }

// Kind is the kind of its occurrences.
func (s *stdin) Kind() scanner.Kind { return s.opts.Kind }

// Read reads the stream to its end.
func (s *stdin) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	r := &reading{&s.source, ctx, scan, cov}
	in := &tally{r: &interruptible{ctx: ctx, r: s.r}}
	buffered := bufio.NewReaderSize(in, HeadSize)
	head, _ := buffered.Peek(HeadSize)
	var err error
	switch c := ContentOf(head, s.name); {
	case c.Archive():
		r.unpacker().archive(nil, s.name, buffered, c)
	case c.Packed():
		r.unpacker().nestedDocument(nil, s.name, buffered, c.document)
	default:
		err = r.text(buffered, s.name)
	}
	cov.Count("bytes", in.n)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("standard input ended early: %w", err)
	}
	return nil
}

// interruptible is a reader whose reads end with its context, for one of a
// terminal or a pipe may wait for ever. The read under way is left behind.
type interruptible struct {
	ctx context.Context
	r   io.Reader
	buf []byte // of the read under way, which may outlive the call
}

func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	if i.buf == nil {
		i.buf = make([]byte, max(64<<10, len(p)))
	}
	buf := i.buf[:min(len(p), len(i.buf))]
	type outcome struct {
		n   int
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		n, err := i.r.Read(buf)
		done <- outcome{n, err}
	}()
	select {
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	case o := <-done:
		return copy(p, buf[:o.n]), o.err
	}
}
