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
	in := &tally{r: s.r}
	buffered := bufio.NewReaderSize(in, 2*headSize)
	head, _ := buffered.Peek(headSize)
	var err error
	if is := formatOf(head); is != noArchive {
		r.unpack(buffered, s.name, is)
	} else {
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
