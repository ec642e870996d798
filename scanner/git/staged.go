package git

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// Staged is the source of what git commit would commit now: the files of the
// index that differ from HEAD.
type Staged struct {
	// Options are looked at when Read is called.
	Options Options

	repo *Repository
	hash pack.Hash
	diff func() ([]byte, error)
}

// NewStaged returns what is staged in the repository. It asks git for it at once
// and does not wait: a caller who has something else to prepare saves git's time.
func NewStaged(ctx context.Context, r *Repository) *Staged {
	s := &Staged{repo: r, hash: r.hash}
	type answer struct {
		raw []byte
		err error
	}
	done := make(chan answer, 1)
	go func() {
		raw, err := s.askGit(ctx)
		done <- answer{raw, err}
	}()
	s.diff = sync.OnceValues(func() ([]byte, error) {
		a := <-done
		return a.raw, a.err
	})
	return s
}

// Name says what is read.
func (s *Staged) Name() string { return "staged changes of " + s.repo.Root }

// Kind is the kind of its occurrences.
func (s *Staged) Kind() scanner.Kind { return scanner.InStaged }

// Read scans each staged file. The index is read by git itself, which knows all
// its formats and honours GIT_INDEX_FILE as in a hook.
func (s *Staged) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	raw, err := s.diff()
	if err != nil {
		return err
	}
	cov.Count("files", 0)
	if len(raw) == 0 {
		return nil
	}
	store := pack.OpenForGet(s.repo.objectDir(), s.hash, s.Options.MaxSize, func(f pack.Fault) { gapOf(f, cov) })
	defer store.Close()
	c := &changes{ctx: ctx, reader: store.Reader(), hash: s.hash, archives: s.Options.Archives, exclude: s.Options.Exclude, scan: scan, cov: cov}
	list, unmerged := parseRaw(raw, s.hash)
	if unmerged > 0 {
		cov.Exclude("unmerged paths", "git does not commit them", "resolve the conflict and stage the result", unmerged)
	}
	c.commit(s.ownOf(c, list))
	return ctx.Err()
}

// askGit asks git which files of the index differ from HEAD, or from nothing
// before the first commit.
func (s *Staged) askGit(ctx context.Context) ([]byte, error) {
	dir := s.repo.Root
	args := []string{"diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv"}
	raw, err := git(ctx, dir, append(args, "HEAD", "--")...)
	if err == nil {
		return raw, nil
	}
	if _, unborn := git(ctx, dir, "rev-parse", "--verify", "--quiet", "HEAD"); unborn == nil {
		return nil, err
	}
	empty, eerr := git(ctx, dir, "hash-object", "-t", "tree", os.DevNull)
	if eerr != nil {
		return nil, err
	}
	return git(ctx, dir, append(args, strings.TrimSpace(string(empty)), "--")...)
}

// parseRaw reads git's raw diff format with -z: ":mode mode old new status", NUL,
// path, NUL.
func parseRaw(raw []byte, hash pack.Hash) (list []change, unmerged int) {
	fields := bytes.Split(bytes.TrimSuffix(raw, []byte{0}), []byte{0})
	for i := 0; i+1 < len(fields); i += 2 {
		f := strings.Fields(strings.TrimPrefix(string(fields[i]), ":"))
		if len(f) < 5 {
			continue
		}
		if f[4] == "U" {
			unmerged++
			continue
		}
		ch := change{commit: -1, path: string(fields[i+1])}
		if f[1] != modeGitlink {
			ch.new, _ = hash.Parse(f[3])
		}
		if old, _ := hash.Parse(f[2]); old != (pack.ID{}) && f[0] != modeGitlink {
			ch.old = append(ch.old, old)
		}
		list = append(list, ch)
	}
	return list, unmerged
}

// ownOf leaves out, while a merge is being made, the files that are as the other
// side of the merge has them: committing them adds nothing to the history.
func (s *Staged) ownOf(c *changes, list []change) []change {
	data, err := os.ReadFile(filepath.Join(s.repo.gitDir, "MERGE_HEAD"))
	if err != nil {
		return list
	}
	var trees []pack.ID
	for _, line := range strings.Fields(string(data)) {
		id, err := s.hash.Parse(line)
		if err != nil {
			continue
		}
		if _, body, err := c.reader.Get(id); err == nil {
			trees = append(trees, parseCommit(body, s.hash).tree)
		}
	}
	var own []change
	for _, ch := range list {
		theirs := false
		for _, t := range trees {
			if id, ok := c.lookup(t, ch.path); ok {
				theirs = theirs || id == ch.new
				ch.old = append(ch.old, id)
			}
		}
		if !theirs {
			own = append(own, ch)
		}
	}
	return own
}

// Locate turns the hits that the index adds into occurrences.
func (s *Staged) Locate(_ context.Context, hits []scanner.Hit, _ *scanner.Coverage) ([]scanner.Located, error) {
	var out []scanner.Located
	for _, i := range fresh(hits) {
		p := hits[i].Place.(changePlace)
		occ := occurrence(s.repo, &hits[i])
		occ.Kind = scanner.InStaged
		occ.Path = p.path + p.member
		occ.Blob = s.hash.Hex(p.blob)
		out = append(out, scanner.Located{Hit: i, Occurrence: occ})
	}
	return out, nil
}

// objectDir is where the repository's objects are; a hook may be told of another
// place.
func (r *Repository) objectDir() string {
	if dir := os.Getenv("GIT_OBJECT_DIRECTORY"); dir != "" {
		return relativeTo(r.Root, dir)
	}
	return filepath.Join(r.commonDir, "objects")
}
