package git_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestMirrorsStayInBound has two at a time make more mirrors than there is room for: the
// folder is never larger than its bound, and each mirror is whole while it is held.
func TestMirrorsStayInBound(t *testing.T) {
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	const bound, repositories = 3 << 20, 14 // of 300 KiB each
	s, dir := openMirrors(t, bound)
	origins := make([]*gitrepo.Repo, repositories)
	for i := range origins {
		origins[i] = large(t, uint64(i))
	}
	ended := sampled(t, dir)
	work := make(chan *gitrepo.Repo)
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			for o := range work {
				m, err := s.Update(t.Context(), o.URL(), git.Auth{})
				if err != nil {
					t.Error(err)
					continue
				}
				if _, err := gitrepo.At(t, m.Path).Try("cat-file", "-e", "HEAD:large.bin"); err != nil {
					t.Error(err)
				}
				m.Release()
			}
		})
	}
	for _, o := range origins {
		work <- o
	}
	close(work)
	wait.Wait()
	if most := ended(); most > bound || most < bound/2 {
		t.Errorf("%d bytes at most, want %d to %d", most, bound/2, bound)
	}
}

// sampled looks at the size of a folder again and again, until it is ended.
func sampled(t *testing.T, dir string) (end func() (most int64)) {
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	var most int64
	wait.Go(func() {
		for ctx.Err() == nil {
			var size int64
			err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
				if err == nil && d.Type().IsRegular() {
					var info fs.FileInfo
					if info, err = d.Info(); err == nil {
						size += info.Size()
					}
				}
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			most = max(most, size)
		}
	})
	return func() int64 {
		stop()
		wait.Wait()
		return most
	}
}
