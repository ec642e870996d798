package sweep_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestSweepAgain sweeps some repositories again after each of what may happen to their
// refs: those to which nothing happened are not fetched, and not even a mirror of them is
// needed.
func TestSweepAgain(t *testing.T) {
	const quiet = 5
	list := filepath.Join(t.TempDir(), "list")
	var addresses strings.Builder
	var origins []*gitrepo.Repo
	for i := range 1 + quiet {
		o := gitrepo.New(t)
		o.Write("own.env", fmt.Sprintf("TOKEN=%s\n", token())).Commit(fmt.Sprint("repository ", i))
		origins = append(origins, o)
		fmt.Fprintln(&addresses, o.URL())
	}
	if err := os.WriteFile(list, []byte(addresses.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &site{Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), List: list, Pace: quick, Jobs: 2}
	s.refs = func(ctx context.Context, r sweep.Repository) (string, error) {
		mirrors, err := git.OpenMirrors(s.Dir, 1<<30)
		if err != nil {
			return "", err
		}
		return mirrors.Refs(ctx, r.Clone, git.Auth{})
	}
	var mu sync.Mutex
	var fetched []string
	s.fetch = func(ctx context.Context, r sweep.Repository) (*sweep.Copy, error) {
		mu.Lock()
		fetched = append(fetched, r.Clone)
		mu.Unlock()
		return s.mirrored(ctx, r)
	}
	pushed := origins[0]
	base := pushed.Rev("HEAD")
	tests := []struct {
		name   string
		change func()
		read   []string // which are fetched; nil: none is
		found  int      // secrets
	}{
		{"first", func() {}, strings.Fields(addresses.String()), 1 + quiet},
		{"nothing", func() {}, nil, 1 + quiet},
		{"pull request from a fork", func() {
			pushed.Git("checkout", "-q", "--detach")
			pushed.Write("theirs.env", "TOKEN="+token()+"\n").Commit("theirs")
			pushed.Git("update-ref", "refs/pull/1/head", "HEAD")
			pushed.Git("checkout", "-q", "main")
		}, []string{pushed.URL()}, 2 + quiet},
		{"nothing again", func() {}, nil, 2 + quiet},
		{"branch of a known commit", func() { pushed.Git("branch", "old", base) }, []string{pushed.URL()}, 2 + quiet},
		{"branch deleted", func() { pushed.Git("branch", "-D", "old") }, []string{pushed.URL()}, 2 + quiet},
		{"packed refs", func() { pushed.Git("pack-refs", "--all") }, nil, 2 + quiet},
		{"default branch renamed", func() { pushed.Git("branch", "-m", "main", "trunk") }, []string{pushed.URL()}, 2 + quiet},
		{"mirrors dropped", func() { s.Dir = t.TempDir() }, nil, 2 + quiet},
	}
	for _, tt := range tests {
		tt.change()
		fetched = nil
		status := undisturbed(t, s)
		slices.Sort(tt.read)
		slices.Sort(fetched)
		if got := status.Totals(); !slices.Equal(fetched, tt.read) || got.Secrets != tt.found || got.Unchanged != 1+quiet-len(tt.read) {
			t.Errorf("%s: fetched %q, want %q; %+v, want %d secrets", tt.name, fetched, tt.read, got, tt.found)
		}
	}
}
