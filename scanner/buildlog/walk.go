package buildlog

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
)

// tree is files and folders as a source of logs.
type tree struct {
	source
	paths []string
}

// Name is the paths that are read.
func (t *tree) Name() string {
	const shown = 3
	if n := len(t.paths) - shown; n > 0 {
		return fmt.Sprintf("build logs of %s and %d more", strings.Join(t.paths[:shown], ", "), n)
	}
	return "build logs of " + strings.Join(t.paths, ", ")
}

// Read walks the paths and reads the logs in them, several at once.
func (t *tree) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	format, err := t.opts.format()
	if err != nil {
		return err
	}
	r := newReading(ctx, t.opts, scan, cov)
	defer r.wait()
	logs := pool.New().WithMaxGoroutines(t.opts.Workers)
	defer logs.Wait()
	for _, path := range t.paths {
		for _, f := range r.list(path, len(t.paths) == 1) {
			logs.Go(func() { r.file(f.name, Log{Path: f.path, Run: t.opts.Run, Format: format}) })
		}
	}
	return ctx.Err()
}

// found is a file that holds a log.
type found struct{ name, path string }

// list finds the files at and below name. alone leaves name out of their paths.
func (r *reading) list(name string, alone bool) []found {
	info, err := os.Stat(name)
	if err != nil {
		r.missed(filepath.ToSlash(name), "found", err)
		return nil
	}
	if !info.IsDir() {
		return []found{{name, filepath.ToSlash(name)}}
	}
	var all []found
	var paths []string
	err = filepath.WalkDir(name, func(at string, e fs.DirEntry, err error) error {
		path := filepath.ToSlash(at)
		if rel, err := filepath.Rel(name, at); err == nil && alone {
			path = filepath.ToSlash(rel)
		}
		switch {
		case err != nil:
			r.missed(path, "listed", err)
		case e.Type().IsRegular():
			all = append(all, found{at, path})
			paths = append(paths, path)
		case !e.IsDir():
			r.cov.Exclude("symbolic links, FIFOs, sockets and devices", "they are not followed or read below a folder", "name what they lead to", 1)
		}
		return r.ctx.Err()
	})
	if err != nil {
		return nil // the scan was interrupted
	}
	repeated := r.repeated(paths)
	kept := all[:0]
	for _, f := range all {
		if !repeated[f.path] {
			kept = append(kept, f)
		}
	}
	return kept
}

// file reads the log, or the archive of logs, called name.
func (r *reading) file(name string, l Log) {
	f, err := os.Open(name)
	if err != nil {
		r.missed(l.Path, "opened", err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		r.missed(l.Path, "read", err)
	case !info.Mode().IsRegular():
		r.stream(f, l)
	case r.opts.MaxSize > 0 && info.Size() > r.opts.MaxSize:
		r.cov.Gap(l.Path, fmt.Sprintf("it is larger than the limit of %d bytes", r.opts.MaxSize), "raise it with --max-size")
	default:
		head := make([]byte, files.HeadSize)
		n, err := f.ReadAt(head, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			r.missed(l.Path, "read", err)
			return
		}
		switch content := files.ContentOf(head[:n], l.Path); {
		case content.Archive():
			r.archive(f, info.Size(), l)
		case content.Packed():
			r.note(r.document(f, l), l.Path)
		default:
			r.note(r.log(f, l), l.Path)
		}
	}
}

// stream reads a log, or an archive of logs, that can only be read once.
func (r *reading) stream(in io.Reader, l Log) {
	buffered := bufio.NewReaderSize(in, files.HeadSize)
	head, _ := buffered.Peek(files.HeadSize)
	switch content := files.ContentOf(head, l.Path); {
	case content.Archive():
		r.held(buffered, l)
	case content.Packed():
		r.note(r.document(buffered, l), l.Path)
	default:
		r.note(r.log(buffered, l), l.Path)
	}
}

// note records err, if it is one, as the reason why a log was not read whole.
func (r *reading) note(err error, path string) {
	if err != nil && r.ctx.Err() == nil {
		r.missed(path, "read to its end", err)
	}
}

// missed records that path could not be found, opened, read, …
func (r *reading) missed(path, done string, err error) {
	var in *fs.PathError
	if errors.As(err, &in) {
		err = in.Err // the gap names the path
	}
	fix := "correct the cause and scan again"
	switch {
	case errors.Is(err, fs.ErrPermission):
		fix = "scan as a user who may read it"
	case errors.Is(err, fs.ErrNotExist):
		fix = "correct the path"
	}
	r.cov.Gap(path, fmt.Sprintf("it could not be %s: %s", done, err), fix)
}

// stream is standard input, or another stream, as a source.
type stream struct {
	source
	r    io.Reader
	name string
}

// Name says what is read.
func (s *stream) Name() string { return "build log in standard input" }

// Read reads the stream to its end.
func (s *stream) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	format, err := s.opts.format()
	if err != nil {
		return err
	}
	r := newReading(ctx, s.opts, scan, cov)
	defer r.wait()
	r.stream(s.r, Log{Path: s.name, Run: s.opts.Run, Format: format})
	return ctx.Err()
}
