package git_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

func openRepository(t *testing.T, dir string) *git.Repository {
	t.Helper()
	r, err := git.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFileAt(t *testing.T) {
	g := gitrepo.New(t)
	g.Write("CODEOWNERS", "* @old\n").Commit("old")
	g.Git("tag", "v1")
	g.Write("CODEOWNERS", "* @new\n").Write("a/b/c.txt", "deep").Write("empty", "").Write("large", strings.Repeat("x", 17<<20))
	g.Symlink("link", "CODEOWNERS").Commit("new")
	g.Write("CODEOWNERS", "* @worktree\n").Write("untracked", "x")

	tests := []struct {
		name, rev, path, want string
		err                   error
	}{
		{"what HEAD has, not the working tree", "HEAD", "CODEOWNERS", "* @new\n", nil},
		{"an older commit", "HEAD~1", "CODEOWNERS", "* @old\n", nil},
		{"a tag", "v1", "CODEOWNERS", "* @old\n", nil},
		{"in folders", "HEAD", "a/b/c.txt", "deep", nil},
		{"an empty file", "HEAD", "empty", "", nil},
		{"not tracked", "HEAD", "untracked", "", fs.ErrNotExist},
		{"not there yet", "v1", "a/b/c.txt", "", fs.ErrNotExist},
		{"a folder", "HEAD", "a/b", "", fs.ErrNotExist},
		{"below a file", "HEAD", "CODEOWNERS/x", "", fs.ErrNotExist},
		{"a symbolic link", "HEAD", "link", "", fs.ErrNotExist},
		{"out of the repository", "HEAD", "../CODEOWNERS", "", fs.ErrNotExist},
		{"no path", "HEAD", "", "", fs.ErrNotExist},
		{"too large", "HEAD", "large", "", git.ErrTooLarge},
	}
	read := func(t *testing.T, r *git.Repository) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				got, err := r.FileAt(t.Context(), tt.rev, tt.path)
				if string(got) != tt.want || !errors.Is(err, tt.err) {
					t.Errorf("%q, %v; want %q, %v", got, err, tt.want, tt.err)
				}
			})
		}
	}
	t.Run("loose", func(t *testing.T) { read(t, openRepository(t, g.Dir)) })
	g.Git("gc", "-q")
	t.Run("packed", func(t *testing.T) { read(t, openRepository(t, g.Dir)) })
	t.Run("bare", func(t *testing.T) { read(t, openRepository(t, g.Clone(g.Dir, "--bare").Dir)) })
}

func TestFileAtSHA256(t *testing.T) {
	gitrepo.Needs(t, 2, 45)
	g := gitrepo.New(t, "--object-format=sha256")
	g.Write("a.txt", "text").Commit("a")
	if got, err := openRepository(t, g.Dir).FileAt(t.Context(), "HEAD", "a.txt"); string(got) != "text" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFileAtErrors wants what cannot be read to be told from what does not exist.
func TestFileAtErrors(t *testing.T) {
	g := gitrepo.New(t)
	g.Write("a.txt", "text").Commit("a")
	r := openRepository(t, g.Dir)
	for _, rev := range []string{"nowhere", "--all", ""} {
		if _, err := r.FileAt(t.Context(), rev, "a.txt"); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("revision %q: %v, want another error", rev, err)
		}
	}
	blob := g.Rev("HEAD:a.txt")
	if err := os.Remove(filepath.Join(g.Dir, ".git", "objects", blob[:2], blob[2:])); err != nil {
		t.Fatal(err)
	}
	if _, err := r.FileAt(t.Context(), "HEAD", "a.txt"); err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), blob) {
		t.Errorf("the blob is gone: %v, want an error that names it", err)
	}
}
