package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// change is a file that a commit, or the index, changed.
type change struct {
	commit int32 // into graph.commits; -1 for the index
	path   string
	new    pack.ID   // zero: deleted
	old    []pack.ID // what was at the path before
}

// changePlace is where a chunk of a change comes from.
type changePlace struct {
	commit int32
	path   string
	member string
	blob   pack.ID
	gone   bool // of a Before chunk: the file was deleted, perhaps renamed
}

func (p changePlace) String() string { return fmt.Sprintf("path %q", p.path) }

// How paths that the user leaves out are accounted for.
const (
	excludedPaths = "excluded paths"
	excludedWhy   = "scan.exclude or --exclude names them"
	excludedFix   = "take the pattern away"
)

// changes scans files as they are after a change and, where one holds a secret,
// as they were before: only what the change brought is reported.
type changes struct {
	ctx      context.Context
	reader   *pack.Reader
	hash     pack.Hash
	archives files.Limits
	exclude  func(path string) bool
	scan     func(scanner.Chunk) int
	cov      *scanner.Coverage

	// elsewhere is asked for a blob or a tree that the repository does not have.
	// nil: nobody is.
	elsewhere func(want pack.Type, id pack.ID) ([]byte, error)
}

// get reads a blob or a tree.
func (c *changes) get(want pack.Type, id pack.ID) (pack.Type, []byte, error) {
	typ, data, err := c.reader.Get(id)
	if c.elsewhere != nil && errors.Is(err, pack.ErrMissing) {
		data, err = c.elsewhere(want, id)
		return want, data, err
	}
	return typ, data, err
}

// between scans what tree now has and no tree before has.
func (c *changes) between(commit int32, now pack.ID, before []pack.ID) {
	var list []change
	c.treeDiff(commit, now, before, "", func(ch change) { list = append(list, ch) })
	slices.SortFunc(list, func(a, b change) int { return strings.Compare(a.path, b.path) })
	c.commit(list)
}

// commit scans all the changes of one commit.
func (c *changes) commit(list []change) {
	found := 0
	for _, ch := range list {
		if ch.new == (pack.ID{}) || c.ctx.Err() != nil {
			continue
		}
		if c.exclude != nil && c.exclude(ch.path) {
			c.cov.Exclude(excludedPaths, excludedWhy, excludedFix, 1)
			continue
		}
		n := c.blob(ch, ch.new, false)
		found += n
		if n > 0 {
			for _, old := range ch.old {
				c.blob(ch, old, true)
			}
		}
	}
	if found == 0 {
		return
	}
	// A secret that only moved with its file is not new.
	for _, ch := range list {
		if ch.new == (pack.ID{}) {
			for _, old := range ch.old {
				c.blob(ch, old, true)
			}
		}
	}
}

// blob scans one version of a file and returns how many matches it holds.
func (c *changes) blob(ch change, id pack.ID, before bool) int {
	_, data, err := c.get(pack.Blob, id)
	if err != nil {
		c.cov.Gap(fmt.Sprintf("blob %s (path %q)", c.hash.Hex(id), ch.path), err.Error(), fixOf(err))
		return 0
	}
	place := changePlace{ch.commit, ch.path, "", id, ch.new == (pack.ID{})}
	if !before {
		c.cov.Count("files", 1)
		c.cov.Count("bytes", int64(len(data)))
	}
	found := 0
	content := files.ContentOf(data, ch.path)
	if content.Packed() {
		files.Unpack(c.ctx, ch.path, data, c.archives, func(chunk scanner.Chunk) {
			p := place
			p.member = strings.TrimPrefix(chunk.Path, ch.path)
			chunk.Place, chunk.Before = p, before
			found += c.scan(chunk)
		}, c.cov)
	}
	if !content.Plain() {
		return found
	}
	return found + c.scan(scanner.Chunk{Text: data, Place: place, Path: ch.path, Before: before})
}

// fresh are the indexes of the hits that a change brought: whose value was not
// in the file before it, nor in a file that the same commit deleted.
func fresh(hits []scanner.Hit) []int {
	type known struct {
		commit      int32
		path, value string
	}
	old := map[known]int{}
	for i := range hits {
		if h := &hits[i]; h.Before {
			p := h.Place.(changePlace)
			k := known{p.commit, p.path + p.member, string(h.Value)}
			if p.gone {
				k.path = ""
			}
			old[k]++
		}
	}
	var out []int
	for i := range hits {
		h := &hits[i]
		p, ok := h.Place.(changePlace)
		if h.Before || !ok {
			continue
		}
		if old[known{p.commit, p.path + p.member, string(h.Value)}] > 0 || old[known{p.commit, "", string(h.Value)}] > 0 {
			continue
		}
		out = append(out, i)
	}
	return out
}

// occurrence is where a hit of a change is, as far as that goes without its commit.
func (p changePlace) occurrence(r *Repository, h *scanner.Hit) scanner.Occurrence {
	occ := occurrence(r, h)
	occ.Path = p.path + p.member
	occ.Blob = r.hash.Hex(p.blob)
	return occ
}

// holds reports whether a tree has at the path of a change a file with the secret.
func (c *changes) holds(tree pack.ID, hits []scanner.Hit, p changePlace, value string) bool {
	id, ok := c.lookup(tree, p.path)
	return ok && slices.ContainsFunc(hits, func(h scanner.Hit) bool {
		q, ok := h.Place.(changePlace)
		return ok && !h.Before && q.path == p.path && q.blob == id && string(h.Value) == value
	})
}

// fixOf is what helps where an object cannot be read.
func fixOf(err error) string {
	var f scanner.Fixer
	if errors.As(err, &f) {
		return f.Fix()
	}
	return fetchMissing
}

// treeDiff lists the files of tree now that are in none of the trees before, at
// the same path, and, against a single tree before, those that are gone.
func (c *changes) treeDiff(commit int32, now pack.ID, before []pack.ID, path string, emit func(change)) {
	olds := make([]map[string]treeEntry, len(before))
	for i, id := range before {
		if id == now {
			return
		}
		olds[i] = c.entries(id, path)
	}
	for name, e := range c.entries(now, path) {
		ch := change{commit: commit, path: join(path, name), new: e.id}
		var subtrees []pack.ID
		same := false
		for _, old := range olds {
			o, ok := old[name]
			switch {
			case !ok:
			case o.id == e.id:
				same = true
			case o.mode == modeTree:
				subtrees = append(subtrees, o.id)
			case o.mode != modeGitlink:
				ch.old = append(ch.old, o.id)
			}
		}
		switch {
		case same || e.mode == modeGitlink:
		case e.mode == modeTree:
			c.treeDiff(commit, e.id, subtrees, ch.path, emit)
		default:
			emit(ch)
		}
	}
	if len(olds) == 1 {
		c.gone(commit, now, olds[0], path, emit)
	}
}

// gone lists the files that were there and are not any more.
func (c *changes) gone(commit int32, now pack.ID, old map[string]treeEntry, path string, emit func(change)) {
	left := map[string]treeEntry{}
	if now != (pack.ID{}) {
		left = c.entries(now, path)
	}
	for name, o := range old {
		if n, still := left[name]; still && (n.mode == modeTree) == (o.mode == modeTree) || o.mode == modeGitlink {
			continue
		}
		if o.mode == modeTree {
			c.gone(commit, pack.ID{}, c.entries(o.id, join(path, name)), join(path, name), emit)
			continue
		}
		emit(change{commit: commit, path: join(path, name), old: []pack.ID{o.id}})
	}
}

// entries reads a tree; what cannot be read is a gap.
func (c *changes) entries(id pack.ID, path string) map[string]treeEntry {
	all := map[string]treeEntry{}
	typ, data, err := c.get(pack.Tree, id)
	if err == nil && typ != pack.Tree {
		err = fmt.Errorf("it is a %s", typ)
	}
	if err != nil {
		c.cov.Gap(fmt.Sprintf("tree %s (path %q)", c.hash.Hex(id), path), err.Error(), fixOf(err))
		return all
	}
	if !eachEntry(data, c.hash, func(e treeEntry) { all[string(e.name)] = e }) {
		c.cov.Gap(fmt.Sprintf("tree %s (path %q)", c.hash.Hex(id), path), "it is malformed", "run git fsck")
	}
	return all
}

// lookup is the blob at a path of a tree; ok is false if there is none.
func (c *changes) lookup(tree pack.ID, path string) (id pack.ID, ok bool) {
	dir, rest, deep := strings.Cut(path, "/")
	typ, data, err := c.get(pack.Tree, tree)
	if err != nil || typ != pack.Tree {
		return id, false
	}
	var hit treeEntry
	eachEntry(data, c.hash, func(e treeEntry) {
		if string(e.name) == dir {
			hit, ok = e, true
		}
	})
	switch {
	case !ok || deep != (hit.mode == modeTree):
		return id, false
	case deep:
		return c.lookup(hit.id, rest)
	}
	return hit.id, true
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
