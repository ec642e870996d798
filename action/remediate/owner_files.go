package remediate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/leakguard/leakguard/scanner/git"
)

// GitFiles returns a Fetch for the clone at dir. It reads what HEAD has, from the
// object database: the working tree has no say, and no hook or filter runs. It knows
// the one repository only; all others are ErrNoCopy.
func GitFiles(dir string) func(ctx context.Context, repository, path string) ([]byte, error) {
	open := sync.OnceValues(func() (*git.Repository, error) { return git.Open(dir) })
	return func(ctx context.Context, repository, path string) ([]byte, error) {
		r, err := open()
		if err != nil {
			return nil, err
		}
		if repository != r.WebOrRoot() {
			return nil, ErrNoCopy
		}
		return r.FileAt(ctx, "HEAD", path)
	}
}

// ownerFiles reads files that name owners, and remembers them: many secrets are of
// few repositories.
type ownerFiles struct {
	fetch func(ctx context.Context, repository, path string) ([]byte, error)

	mu   sync.Mutex
	read map[[2]string]ownerFile // by repository and path
}

// ownerFile is a file, or why there is none that can be used.
type ownerFile struct {
	path    string
	data    []byte
	without string
}

// mostFiles bounds how many files are remembered.
const mostFiles = 128

// first reads the first of the files of a repository that exists.
func (f *ownerFiles) first(ctx context.Context, u *use, limit int, paths ...string) (ownerFile, error) {
	if f.fetch == nil || u.address == "" {
		return ownerFile{without: fmt.Sprintf("files of %s: there is no way to read them", u.title())}, nil
	}
	for _, path := range paths {
		file, err := f.one(ctx, u, limit, path)
		if err != nil || file.data != nil || file.without != "" {
			return file, err
		}
	}
	return ownerFile{without: fmt.Sprintf("%s has no %s", u.title(), filepath.Base(paths[0]))}, nil
}

// one reads one file; that it does not exist is no error.
func (f *ownerFiles) one(ctx context.Context, u *use, limit int, path string) (ownerFile, error) {
	key := [2]string{u.address, path}
	f.mu.Lock()
	file, known := f.read[key]
	f.mu.Unlock()
	if known {
		return file, nil
	}
	data, err := f.fetch(ctx, u.address, path)
	file = ownerFile{path: path}
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, ErrNoCopy):
		file.without = fmt.Sprintf("files of %s: %v", u.title(), ErrNoCopy)
	case errors.Is(err, git.ErrTooLarge), len(data) > limit:
		file.without = fmt.Sprintf("%s of %s is larger than %d MB and not used", path, u.title(), limit>>20)
	case err != nil:
		return file, fmt.Errorf("%s of %s: %w", path, u.title(), err)
	case bytes.IndexByte(data, 0) >= 0:
		file.without = fmt.Sprintf("%s of %s is no text", path, u.title())
	default:
		file.data = append([]byte{}, data...) // never nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.read == nil || len(f.read) >= mostFiles {
		f.read = map[[2]string]ownerFile{}
	}
	f.read[key] = file
	return file, nil
}
