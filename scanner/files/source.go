// Package files reads texts that lie in no repository's history: working trees,
// single files and standard input, and the archives and documents among them.
// Unpack and Windows, which deal with these and with texts too large to hold,
// serve the readers of git blobs and of build logs too.
//
// Memory is bounded by the number of workers, whatever is read: names are
// listed as they are read, large texts pass through in windows, and archives are
// streamed under Limits.
package files

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/leakguard/leakguard/scanner"
)

// Options settle what is read of the paths, and how.
type Options struct {
	Kind       scanner.Kind // of each occurrence; "" is scanner.InFile
	Repository string       // put into each occurrence

	// GitIgnore leaves out what .gitignore files and .git/info/exclude name. It
	// does not hold for paths that are given themselves.
	GitIgnore bool

	// Exclude, if not nil, tells the files to leave out, by the path that their
	// occurrences would have.
	Exclude func(path string) bool

	MaxSize  int64  // bytes; a larger file is a gap; 0 is without limit
	Archives Limits // of each archive; the zero value stands for DefaultLimits
	Workers  int    // how many files are read at once; 0 is 1
}

// New returns the source of the files and folders at paths. A folder is read
// with all below it, without following symbolic links; a path that is a link
// itself is followed.
//
// Occurrences have slash-separated paths. They are relative to the folder if
// one alone was given, else they begin with the path as given.
func New(paths []string, o Options) scanner.Source {
	if o.Kind == "" {
		o.Kind = scanner.InFile
	}
	return &tree{source: source{o.settled()}, paths: paths}
}

// NewStdin returns the source of the one text, or archive, that r holds. It is
// called name in occurrences, whose kind is scanner.InStdin whatever o says.
func NewStdin(r io.Reader, name string, o Options) scanner.Source {
	o.Kind = scanner.InStdin
	return &stdin{source: source{o.settled()}, r: r, name: name}
}

func (o Options) settled() Options {
	if o.Archives == (Limits{}) {
		o.Archives = DefaultLimits()
	}
	o.Workers = max(o.Workers, 1)
	return o
}

// source is what both sources share.
type source struct{ opts Options }

// place is the handle of a chunk: where its text lies.
type place struct{ path string }

func (p *place) String() string { return p.path }

// Locate returns the one occurrence of each hit.
func (s *source) Locate(_ context.Context, hits []scanner.Hit, _ *scanner.Coverage) ([]scanner.Located, error) {
	located := make([]scanner.Located, 0, len(hits))
	for i, h := range hits {
		p, ok := h.Place.(*place)
		if !ok {
			return nil, fmt.Errorf("hit %d of %d is of another source", i+1, len(hits))
		}
		located = append(located, scanner.Located{Hit: i, Occurrence: scanner.Occurrence{
			Kind:       s.opts.Kind,
			Repository: s.opts.Repository,
			Path:       p.path,
			Region:     h.Region,
			Snippet:    h.Snippet,
			Decoded:    h.Decoded,
		}})
	}
	return located, nil
}

// reading is one call of Read.
type reading struct {
	*source
	ctx  context.Context
	scan func(scanner.Chunk) int
	cov  *scanner.Coverage
}

// chunk hands c, a text of its Path, to the pipeline.
func (r *reading) chunk(c scanner.Chunk) {
	c.Place = &place{c.Path}
	r.scan(c)
}

// text hands out all of in under path.
func (r *reading) text(in io.Reader, path string) error {
	return Windows(r.ctx, in, func(c scanner.Chunk) {
		c.Path = path
		r.chunk(c)
	})
}

// unpacker is one that unpacks one file.
func (r *reading) unpacker() *unpacker {
	return &unpacker{ctx: r.ctx, limits: r.opts.Archives, emit: r.chunk, cov: r.cov}
}

// Kind is the kind of its occurrences.
func (t *tree) Kind() scanner.Kind { return t.opts.Kind }

// Name is the paths that are read.
func (t *tree) Name() string { return nameOf(t.paths) }

func nameOf(paths []string) string {
	const shown = 3
	if n := len(paths) - shown; n > 0 {
		return fmt.Sprintf("files of %s and %d more", strings.Join(paths[:shown], ", "), n)
	}
	return "files of " + strings.Join(paths, ", ")
}
