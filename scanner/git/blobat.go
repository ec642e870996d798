package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// maxFileAt bounds the files that FileAt returns, in bytes.
const maxFileAt = 16 << 20

// ErrTooLarge is the error of FileAt for a file of more than 16 MiB.
var ErrTooLarge = errors.New("it is larger than 16 MiB")

// FileAt returns a file as the commit that rev names has it, read from the object
// database: neither the working tree nor any filter has a say in it. The path is
// slash-separated, from the repository's root. The error is fs.ErrNotExist if the
// commit has no regular file there, and ErrTooLarge for one that is too large.
func (r *Repository) FileAt(ctx context.Context, rev, path string) ([]byte, error) {
	out, err := git(ctx, r.Root, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("%s: %q names no commit: %w", r.Root, rev, err)
	}
	id, err := r.hash.Parse(strings.TrimSpace(string(out)))
	if err != nil {
		return nil, fmt.Errorf("%s: git rev-parse %q: %w", r.Root, rev, err)
	}
	w := &treeWalk{hash: r.hash}
	store, err := r.hookObjectsForGet(maxFileAt, func(f pack.Fault) { w.faults = append(w.faults, f.Err) })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Root, err)
	}
	defer store.Close()
	w.reader = store.Reader()
	data, err := w.file(id, path)
	if err != nil {
		return nil, fmt.Errorf("%s: %s:%s: %w", r.Root, rev, path, err)
	}
	return data, nil
}

// treeWalk goes from a commit down to one file.
type treeWalk struct {
	hash   pack.Hash
	reader *pack.Reader
	faults []error // of the object database
}

func (w *treeWalk) file(id pack.ID, path string) ([]byte, error) {
	data, err := w.get(id, pack.Commit)
	if err != nil {
		return nil, err
	}
	tree := parseCommit(data, w.hash).tree
	for {
		name, rest, deep := strings.Cut(path, "/")
		e, err := w.entry(tree, name)
		switch {
		case err != nil:
			return nil, err
		case deep && e.mode == modeTree:
			tree, path = e.id, rest
		case deep || !strings.HasPrefix(e.mode, "100"): // a folder, a symbolic link or a submodule
			return nil, fs.ErrNotExist
		default:
			return w.get(e.id, pack.Blob)
		}
	}
}

// entry is the entry of a tree with that name.
func (w *treeWalk) entry(tree pack.ID, name string) (found treeEntry, err error) {
	data, err := w.get(tree, pack.Tree)
	if err != nil {
		return found, err
	}
	whole := eachEntry(data, w.hash, func(e treeEntry) {
		if string(e.name) == name {
			found = e
		}
	})
	switch {
	case found.name != nil:
		return found, nil
	case !whole:
		return found, fmt.Errorf("tree %s is malformed; run git fsck", w.hash.Hex(tree))
	}
	return found, fs.ErrNotExist
}

func (w *treeWalk) get(id pack.ID, want pack.Type) ([]byte, error) {
	typ, data, err := w.reader.Get(id)
	switch {
	case err == nil && typ == want:
		return data, nil
	case err == nil:
		err = fmt.Errorf("it is a %s, want a %s", typ, want)
	case pack.Fault{Err: err}.TooLarge():
		err = ErrTooLarge
	}
	return nil, fmt.Errorf("object %s: %w", w.hash.Hex(id), errors.Join(append([]error{err}, w.faults...)...))
}
