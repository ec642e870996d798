package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/leakguard/leakguard/scanner"
)

// fileIn reads the file called name in f.
func (r *reading) fileIn(f *folder, name, path string) {
	// Not opened before it is known to be a file still: to open a FIFO may take
	// for ever.
	info, err := f.root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		r.cov.Gap(path, "it was a file when its folder was listed, and is none any more", fixChanged)
		return
	}
	if err != nil {
		r.missed(path, "opened", err)
		return
	}
	file, err := f.root.Open(name)
	r.file(file, err, path)
}

// file reads f, which is to be closed, unless opening it gave an error.
func (r *reading) file(f *os.File, err error, path string) {
	if err != nil {
		r.missed(path, "opened", err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		r.missed(path, "read", err)
		return
	case r.opts.MaxSize > 0 && info.Size() > r.opts.MaxSize:
		r.cov.Gap(path, fmt.Sprintf("it is larger than the limit of %d bytes", r.opts.MaxSize), "raise the limit")
		return
	}
	r.cov.Count("files", 1)
	head := make([]byte, HeadSize)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		r.missed(path, "read", err)
		return
	}
	c := ContentOf(head[:n], path)
	if c.Packed() {
		r.unpacker().file(path, io.NewSectionReader(f, 0, info.Size()), c)
	}
	if !c.Plain() {
		r.cov.Count("bytes", info.Size())
		return
	}
	in := &tally{r: f}
	err = r.text(in, path)
	r.cov.Count("bytes", in.n)
	if err != nil && r.ctx.Err() == nil {
		r.missed(path, "read to its end", err)
	}
}

// linkIn reads the symbolic link called name in f: where it leads to, and not
// what is there.
func (r *reading) linkIn(f *folder, name, path string) {
	target, err := f.root.Readlink(name)
	if err != nil {
		r.missed(path, "read", err)
		return
	}
	r.cov.Count("symbolic links", 1)
	r.cov.Exclude("symbolic links, not followed", "what they lead to lies elsewhere; their own text is read", "name what they lead to", 1)
	r.chunk(scanner.Chunk{Text: []byte(target), Path: path})
}

const fixChanged = "scan again while nothing changes the files"

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
	case errors.Is(err, fs.ErrNotExist) && done == "found":
		fix = "correct the path"
	case errors.Is(err, fs.ErrNotExist):
		fix = fixChanged
	}
	r.cov.Gap(path, fmt.Sprintf("it could not be %s: %s", done, err), fix)
}
