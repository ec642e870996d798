package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/scanner/config"
	"github.com/leakguard/leakguard/scanner/git"
)

// base is leakguard's own settings as a commit has them: what decides what is found in
// changes must not be one of them.
type base struct {
	repo *git.Repository
	rev  string // "": there is no such commit, and the defaults hold
	dir  string // a temporary folder, laid out as the repository

	// named is the config file that the user gave, if it lies in the repository: its
	// path from the root.
	named string
	files []string // that were laid out, and that could have been
}

// newBase lays out the settings of a commit. The config file is the one that was named,
// if that is in the repository, else the usual one. remove is to be called in the end.
func newBase(ctx context.Context, repo *git.Repository, rev, named string) (b *base, remove func(), err error) {
	dir, err := os.MkdirTemp("", "leakguard-base-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	b = &base{repo: repo, rev: rev, dir: dir}
	if named != "" {
		if b.named, err = inRepository(repo, named); err != nil {
			remove()
			return nil, nil, err
		}
	}
	if err := b.layOutConfig(ctx); err != nil {
		remove()
		return nil, nil, err
	}
	return b, remove, nil
}

// inRepository is a path from the repository's root, "" for one outside of it.
func inRepository(repo *git.Repository, name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	root, err := filepath.EvalSymlinks(repo.Root)
	if err != nil {
		return "", err
	}
	// The folder may be a link into the repository; the file may not be there.
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		abs = filepath.Join(dir, filepath.Base(abs))
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", nil
	}
	return filepath.ToSlash(rel), nil
}

// configFile is the path, from the repository's root, of the config file.
func (b *base) configFile() string {
	if b.named != "" {
		return b.named
	}
	return configName
}

// config is the config file that is to be read in place of the one that was named: "" is
// the usual one in the folder.
func (b *base) config(given string) string {
	if b.named == "" {
		return given
	}
	return filepath.Join(b.dir, filepath.FromSlash(b.named))
}

// says is a text about the files that were laid out, with the names that they have in
// the commit.
func (b *base) says(text string) string {
	return strings.ReplaceAll(text, b.dir+string(filepath.Separator), b.rev+":")
}

// layOutConfig writes the config file and all that it refers to into the folder.
func (b *base) layOutConfig(ctx context.Context) error {
	at := path.Dir(b.configFile())
	if err := b.layOut(ctx, b.configFile()); err != nil {
		return err
	}
	if err := b.layOutFolder(ctx, path.Join(at, "rules.d"), ".toml"); err != nil {
		return err
	}
	c, err := b.parse()
	if err != nil {
		return nil // load says what is wrong with it
	}
	for _, name := range []string{c.Suppress.IgnoreFile, c.Suppress.Baseline, c.Verify.Roots} {
		if name == "" || filepath.IsAbs(name) {
			continue
		}
		if err := b.layOut(ctx, path.Join(at, filepath.ToSlash(name))); err != nil {
			return err
		}
	}
	return b.layOutFolder(ctx, path.Join(at, filepath.ToSlash(c.Issues.Runbooks)), ".md")
}

func (b *base) parse() (*config.Config, error) {
	name := filepath.Join(b.dir, filepath.FromSlash(b.configFile()))
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return config.Default(), nil
	}
	if err != nil {
		return nil, err
	}
	return config.Parse(name, data)
}

func (b *base) layOutFolder(ctx context.Context, dir, extension string) error {
	if b.rev == "" || !fs.ValidPath(dir) {
		return nil
	}
	names, err := b.repo.NamesAt(ctx, b.rev, dir)
	if err != nil {
		return err
	}
	b.files = append(b.files, dir+"/")
	for _, name := range names {
		if strings.HasSuffix(name, extension) {
			if err := b.layOut(ctx, path.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// layOut writes a file of the commit into the folder, if there is one.
func (b *base) layOut(ctx context.Context, name string) error {
	if !fs.ValidPath(name) {
		return fmt.Errorf("%s: it lies outside of the repository, and so not in the branch that the changes are going to", name)
	}
	if !slices.Contains(b.files, name) {
		b.files = append(b.files, name)
	}
	if b.rev == "" {
		return nil
	}
	data, err := b.repo.FileAt(ctx, b.rev, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	to := filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

// pending says what a commit changes in the settings: it counts only once
// it is in the branch that they are read from.
func (b *base) pending(ctx context.Context, head string) ([]string, error) {
	var all []string
	for _, name := range b.files {
		if dir, isDir := strings.CutSuffix(name, "/"); isDir {
			names, err := b.repo.NamesAt(ctx, head, dir)
			if err != nil {
				return nil, err
			}
			for _, n := range names {
				if p := path.Join(dir, n); !slices.Contains(b.files, p) {
					all = append(all, "`"+p+"` is new")
				}
			}
			continue
		}
		before, err1 := orNone(os.ReadFile(filepath.Join(b.dir, filepath.FromSlash(name))))
		after, err2 := orNone(b.repo.FileAt(ctx, head, name))
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		if what := changed(before, after); what != "" {
			all = append(all, "`"+name+"` "+what)
		}
	}
	return all, nil
}

// orNone is a file that was read, nil if there is none.
func orNone(data []byte, err error) ([]byte, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}

// changed says what became of a file, in terms of its lines; "" if nothing did.
func changed(before, after []byte) string {
	switch {
	case bytes.Equal(before, after) && (before == nil) == (after == nil):
		return ""
	case before == nil:
		return "is new"
	case after == nil:
		return "is taken away"
	}
	count := map[string]int{}
	for line := range bytes.Lines(before) {
		count[string(line)]--
	}
	for line := range bytes.Lines(after) {
		count[string(line)]++
	}
	added, removed := 0, 0
	for _, n := range count {
		added += max(n, 0)
		removed -= min(n, 0)
	}
	return fmt.Sprintf("has %d lines more and %d less", added, removed)
}
