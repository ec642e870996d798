package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// ref is a name for an object.
type ref struct {
	name string
	id   pack.ID
}

// refs lists all refs: HEAD first, then branches, tags, remotes and whatever
// else there is, then what only other working trees and the stash's reflog name.
// head is HEAD's commit, if it has one.
func (r *Repository) refs(ctx context.Context, cov *scanner.Coverage) (all []ref, head *pack.ID) {
	named, headID, err := r.storedRefs()
	if r.reftable || r.hash != pack.SHA1 || err != nil {
		var cliErr error
		if named, headID, cliErr = r.refsFromGit(ctx); cliErr != nil {
			if err == nil {
				err = cliErr
			}
			cov.Gap("refs of "+r.Root, err.Error(), "repair the refs (git fsck names them), and have git on the PATH")
		}
	}
	for _, n := range named {
		if n.id == (pack.ID{}) {
			cov.Gap("ref "+n.name, "it holds no object name", "delete or repair the ref: git update-ref -d "+n.name)
			continue
		}
		all = append(all, n)
	}
	sort.SliceStable(all, func(i, j int) bool {
		if a, b := rank(all[i].name), rank(all[j].name); a != b {
			return a < b
		}
		return all[i].name < all[j].name
	})
	if headID != (pack.ID{}) {
		head = &headID
		all = append([]ref{{"HEAD", headID}}, all...)
	}
	all = append(all, r.worktreeHeads()...)
	return append(all, r.stashes()...), head
}

func rank(name string) int {
	for i, prefix := range []string{"refs/heads/", "refs/tags/", "refs/remotes/"} {
		if strings.HasPrefix(name, prefix) {
			return i
		}
	}
	return 3
}

// storedRefs reads loose and packed refs through go-git.
func (r *Repository) storedRefs() (all []ref, head pack.ID, err error) {
	if head, err = r.storedHead(); err != nil {
		return nil, head, err
	}
	it, err := r.storage.IterReferences()
	if err != nil {
		return nil, head, err
	}
	err = it.ForEach(func(p *plumbing.Reference) error {
		if p.Type() == plumbing.HashReference && p.Name() != plumbing.HEAD {
			hash := p.Hash()
			all = append(all, ref{p.Name().String(), r.hash.ID(hash[:])})
		}
		return nil
	})
	return all, head, err
}

// storedHead is the commit that HEAD names; a branch without commits has none.
func (r *Repository) storedHead() (id pack.ID, err error) {
	h, err := r.storage.Reference(plumbing.HEAD)
	if err == nil && h.Type() == plumbing.SymbolicReference {
		if h, err = r.storage.Reference(h.Target()); errors.Is(err, plumbing.ErrReferenceNotFound) {
			return id, nil
		}
	}
	if err != nil {
		return id, fmt.Errorf("HEAD: %w", err)
	}
	hash := h.Hash()
	if id = r.hash.ID(hash[:]); id == (pack.ID{}) {
		return id, errors.New("HEAD holds no object name and names no branch")
	}
	return id, nil
}

// refsFromGit asks git itself, which reads every format of refs.
func (r *Repository) refsFromGit(ctx context.Context) (all []ref, head pack.ID, err error) {
	out, err := git(ctx, r.gitDir, "for-each-ref", "--format=%(objectname) %(refname)")
	if err != nil {
		return nil, head, err
	}
	for line := range bytes.Lines(out) {
		hex, name, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		id, err := r.hash.Parse(hex)
		if err == nil {
			all = append(all, ref{name, id})
		}
	}
	if out, err := git(ctx, r.gitDir, "rev-parse", "--verify", "--quiet", "HEAD"); err == nil {
		head, _ = r.hash.Parse(strings.TrimSpace(string(out)))
	} else if _, err := git(ctx, r.gitDir, "symbolic-ref", "--quiet", "HEAD"); err != nil {
		return all, head, errors.New("HEAD names neither a commit nor a branch")
	}
	return all, head, nil
}

// worktreeHeads are the HEADs of linked working trees that name a commit.
func (r *Repository) worktreeHeads() []ref {
	var all []ref
	heads, _ := filepath.Glob(filepath.Join(r.commonDir, "worktrees", "*", "HEAD"))
	for _, h := range heads {
		data, err := os.ReadFile(h)
		if err != nil {
			continue
		}
		if id, err := r.hash.Parse(strings.TrimSpace(string(data))); err == nil {
			all = append(all, ref{"worktrees/" + filepath.Base(filepath.Dir(h)) + "/HEAD", id})
		}
	}
	return all
}

// stashes are the stashes below the newest, which only its reflog names.
func (r *Repository) stashes() []ref {
	f, err := os.Open(filepath.Join(r.commonDir, "logs", "refs", "stash"))
	if err != nil {
		return nil
	}
	defer f.Close()
	var all []ref
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 {
			if id, err := r.hash.Parse(fields[1]); err == nil {
				all = append(all, ref{"refs/stash reflog", id})
			}
		}
	}
	return all
}

// selected keeps the refs that match a pattern: a glob as git for-each-ref has
// them, on the full name or on the name without refs/heads/ and its like.
func selected(all []ref, patterns []string) []ref {
	if len(patterns) == 0 {
		return all
	}
	var kept []ref
	for _, r := range all {
		for _, p := range patterns {
			if matchRef(p, r.name) {
				kept = append(kept, r)
				break
			}
		}
	}
	return kept
}

func matchRef(pattern, name string) bool {
	for _, prefix := range []string{"", "refs/", "refs/heads/", "refs/tags/", "refs/remotes/"} {
		short, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if ok, _ := path.Match(pattern, short); ok || strings.HasPrefix(short, strings.TrimSuffix(pattern, "/")+"/") {
			return true
		}
	}
	return false
}
