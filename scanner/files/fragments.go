package files

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/scanner"
)

// The pieces into which gitleaks cuts a file, in bytes: one is read, and as much more
// until a blank line as is looked through for one.
const (
	fragmentSize = 100_000
	fragmentMore = 25_000
)

// fragmentBuffer is the buffer through which gitleaks reads. What it has left over
// from the search for a blank line is a piece of its own: so it shows in where the
// cuts are.
const fragmentBuffer = 4096

// fragments is files and folders as a source, cut as gitleaks cuts them.
type fragments struct {
	source
	paths []string
	skip  func(path string) bool
}

// NewFragments returns the source of files and folders as gitleaks reads them: in
// pieces, archives and other binary formats left out, .git folders not, symbolic
// links not followed. Paths begin as given. skip says of a file, or of a folder with
// all in it, whether it is passed over.
func NewFragments(paths []string, skip func(path string) bool, o Options) scanner.Source {
	if o.Kind == "" {
		o.Kind = scanner.InFile
	}
	return &fragments{source: source{o.settled()}, paths: paths, skip: skip}
}

// Name is the paths that are read.
func (f *fragments) Name() string { return nameOf(f.paths) }

// Kind is the kind of its occurrences.
func (f *fragments) Kind() scanner.Kind { return f.opts.Kind }

// Read walks the paths.
func (f *fragments) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	r := &reading{&f.source, ctx, scan, cov}
	for _, p := range f.paths {
		if err := f.walk(r, filepath.Clean(p)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// walk reads the files at or below name, several at once.
func (f *fragments) walk(r *reading, name string) error {
	info, err := os.Stat(name)
	if err != nil {
		r.missed(filepath.ToSlash(name), "found", err)
		return nil
	}
	dir, file := name, "."
	if !info.IsDir() {
		dir, file = filepath.Dir(name), filepath.Base(name)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		r.missed(filepath.ToSlash(name), "opened", err)
		return nil
	}
	defer root.Close()
	workers := pool.New().WithMaxGoroutines(f.opts.Workers)
	defer workers.Wait()
	return fs.WalkDir(root.FS(), file, func(within string, e fs.DirEntry, err error) error {
		at := path.Join(filepath.ToSlash(dir), within)
		switch {
		case r.ctx.Err() != nil:
			return r.ctx.Err()
		case err != nil:
			r.missed(at, "listed", err)
		case f.skip(at):
			r.cov.Exclude("paths that the config passes over", "a global allowlist of the gitleaks config matches them; a folder counts as one", "change the allowlist", 1)
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.IsDir() || r.opts.Exclude != nil && r.opts.Exclude(at):
		case e.Type() == fs.ModeSymlink:
			r.cov.Exclude("symbolic links, not followed", "what they lead to lies elsewhere", "name what they lead to", 1)
		case e.Type().IsRegular():
			workers.Go(func() { r.fragmentsOf(root, within, at) })
		}
		return nil
	})
}

// fragmentsOf reads the file called within under root.
func (r *reading) fragmentsOf(root *os.Root, within, at string) {
	in, err := root.Open(within)
	if err != nil {
		r.missed(at, "opened", err)
		return
	}
	defer in.Close()
	r.cov.Count("files", 1)
	t := &tally{r: in}
	err = r.cut(t, at)
	r.cov.Count("bytes", t.n)
	if err != nil && r.ctx.Err() == nil {
		r.missed(at, "read to its end", err)
	}
}

// cut hands out the pieces of in, which is called at.
func (r *reading) cut(in io.Reader, at string) error {
	buffered := bufio.NewReaderSize(in, fragmentBuffer)
	buf := make([]byte, fragmentSize, fragmentSize+fragmentMore)
	for lines, first := 0, true; r.ctx.Err() == nil; first = false {
		n, err := buffered.Read(buf[:fragmentSize])
		if n == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if first && binaryFormat(buf[:n]) {
			r.cov.Exclude("files in binary formats", "gitleaks knows them by their first bytes and does not read them", "scan them without --rules gitleaks", 1)
			return nil
		}
		piece, err := toBlankLine(buf[:n], buffered)
		r.chunk(scanner.Chunk{Text: piece, Path: at, Lines: lines})
		lines += bytes.Count(piece, []byte("\n"))
		if err != nil {
			return err
		}
	}
	return nil
}

// toBlankLine lengthens a piece up to the end of a blank line, if one is near.
func toBlankLine(piece []byte, in *bufio.Reader) ([]byte, error) {
	blank := 0 // line ends with nothing but white space between
	for i := len(piece) - 1; i >= 0 && isBlank(piece[i]); i-- {
		if piece[i] == '\n' {
			blank++
		}
	}
	for more := 0; blank < 2 && more < fragmentMore; more++ {
		c, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return piece, err
		}
		piece = append(piece, c)
		switch {
		case c == '\n':
			blank++
		case !isBlank(c):
			blank = 0
		}
	}
	return piece, nil
}

func isBlank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// fragmentStream is a stream as a source, cut as gitleaks cuts it.
type fragmentStream struct {
	source
	in io.Reader
	at string
}

// NewFragmentStream returns the source of the text that in holds, in pieces as
// NewFragments cuts a file; its path is at, which may be "".
func NewFragmentStream(in io.Reader, at string, o Options) scanner.Source {
	o.Kind = scanner.InStdin
	return &fragmentStream{source{o.settled()}, in, at}
}

// Name says what is read.
func (f *fragmentStream) Name() string { return "standard input" }

// Kind is the kind of its occurrences.
func (f *fragmentStream) Kind() scanner.Kind { return f.opts.Kind }

// Read reads the stream to its end.
func (f *fragmentStream) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	r := &reading{&f.source, ctx, scan, cov}
	in := &tally{r: &interruptible{ctx: ctx, r: f.in}}
	err := r.cut(in, f.at)
	cov.Count("bytes", in.n)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("standard input ended early: %w", err)
	}
	return nil
}
