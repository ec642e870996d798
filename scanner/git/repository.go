// Package git reads the places of a git repository where secrets hide: its whole
// history, a range of it, and the index. It opens repositories through go-git,
// but reads objects with package pack, and never runs anything that the
// repository configures.
package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// ErrNotRepository is the error of Open where there is no git repository.
var ErrNotRepository = errors.New("not a git repository")

// errNoTarget is apart from ErrNotRepository: there should be one.
var errNoTarget = errors.New("there is no git repository")

// Repository is an opened repository.
type Repository struct {
	Root      string // of the working tree, or the bare repository itself
	Bare      bool
	gitDir    string // of this working tree
	commonDir string // shared by all working trees
	hash      pack.Hash
	reftable  bool
	partial   bool   // a partial clone: a remote holds what is missing here
	web       string // the remote's web address, or ""
	storage   *filesystem.Storage
}

// Open finds the repository that holds path, in it or above it.
func Open(path string) (*Repository, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(abs); err != nil {
		return nil, err
	}
	for dir := abs; ; dir = filepath.Dir(dir) {
		r, err := openAt(dir)
		if err == nil || !errors.Is(err, ErrNotRepository) {
			return r, err
		}
		if dir == filepath.Dir(dir) {
			return nil, fmt.Errorf("%s: %w", path, ErrNotRepository)
		}
	}
}

// openAt opens the repository whose root is dir.
func openAt(dir string) (*Repository, error) {
	dot := filepath.Join(dir, ".git")
	info, err := os.Stat(dot)
	switch {
	case err == nil && info.IsDir():
		if !isGitDir(dot) {
			if _, err := os.ReadDir(dot); err != nil {
				return nil, err
			}
			return nil, ErrNotRepository
		}
		return open(dir, dot, false)
	case err == nil && info.Mode().IsRegular():
		target, err := gitFile(dot)
		if err != nil {
			return nil, err
		}
		if !isGitDir(target) {
			return nil, fmt.Errorf("%s: it points to %s: %w", dot, target, errNoTarget)
		}
		return open(dir, target, false)
	case err != nil && !os.IsNotExist(err):
		return nil, err
	case isGitDir(dir):
		return open(dir, dir, true)
	}
	return nil, ErrNotRepository
}

// isGitDir reports whether dir has what git demands of its own directory.
func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	_, objects := os.Stat(filepath.Join(dir, "objects"))
	_, common := os.Stat(filepath.Join(dir, "commondir"))
	return objects == nil || common == nil
}

// gitFile follows a .git file, as linked working trees and submodules have.
func gitFile(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	target, ok := strings.CutPrefix(strings.TrimSpace(string(data)), "gitdir:")
	if !ok {
		return "", fmt.Errorf("%s: want a line \"gitdir: PATH\"", path)
	}
	return relativeTo(filepath.Dir(path), strings.TrimSpace(target)), nil
}

func relativeTo(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

func open(root, gitDir string, bare bool) (*Repository, error) {
	r := &Repository{Root: root, Bare: bare, gitDir: gitDir, commonDir: gitDir, hash: pack.SHA1}
	if data, err := os.ReadFile(filepath.Join(gitDir, "commondir")); err == nil {
		r.commonDir = relativeTo(gitDir, strings.TrimSpace(string(data)))
	}
	var fs billy.Filesystem = osfs.New(gitDir)
	if r.commonDir != gitDir {
		fs = dotgit.NewRepositoryFilesystem(fs, osfs.New(r.commonDir))
	}
	// The storage is opened without git.Open, which refuses repositories for
	// harmless extensions such as the one that a sparse checkout sets.
	r.storage = filesystem.NewStorage(fs, cache.NewObjectLRU(cache.MiByte))
	cfg, err := r.storage.Config()
	if err != nil {
		// A configuration that cannot be read only costs what it would tell.
		cfg = config.NewConfig()
	}
	r.configure(cfg)
	return r, nil
}

// configure takes from the configuration the few facts that reading needs.
func (r *Repository) configure(cfg *config.Config) {
	ext := cfg.Raw.Section("extensions")
	if strings.EqualFold(ext.Option("objectformat"), "sha256") {
		r.hash = pack.SHA256
	}
	r.reftable = strings.EqualFold(ext.Option("refstorage"), "reftable")
	r.partial = ext.Option("partialclone") != ""
	for name, remote := range cfg.Remotes {
		if cfg.Raw.Section("remote").Subsection(name).Option("promisor") == "true" {
			r.partial = true
		}
		if len(remote.URLs) > 0 && (r.web == "" || name == "origin") {
			r.web = webAddress(remote.URLs[0])
		}
	}
}

// WebOrRoot is how the repository is called in occurrences: by its remote's web
// address or, without one, its path.
func (r *Repository) WebOrRoot() string {
	if r.web != "" {
		return r.web
	}
	return filepath.ToSlash(r.Root)
}

// objects opens the object database.
func (r *Repository) objects(limit int64, report func(pack.Fault)) (*pack.Store, error) {
	s, err := pack.Open(filepath.Join(r.commonDir, "objects"), r.hash, limit, report)
	if err != nil {
		return nil, err
	}
	s.Promisor = s.Promisor || r.partial
	return s, nil
}

// shallow lists the commits behind which a shallow clone has no history.
func (r *Repository) shallow() ([]string, error) {
	data, err := os.ReadFile(filepath.Join(r.commonDir, "shallow"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return strings.Fields(string(data)), nil
}

// HasWorktrees reports whether working trees are linked to the repository: a bare
// one is committed to from these.
func (r *Repository) HasWorktrees() bool {
	linked, _ := filepath.Glob(filepath.Join(r.commonDir, "worktrees", "*"))
	return len(linked) > 0
}

// HooksDir is where git looks for the repository's hooks: core.hooksPath, or the
// folder hooks.
func (r *Repository) HooksDir(ctx context.Context) (string, error) {
	out, err := plainGit(ctx, r.Root, "rev-parse", "--path-format=absolute", "--git-path", "hooks")
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
