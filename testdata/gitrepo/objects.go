package gitrepo

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Object stores an object as it is, well formed or not, and returns its id.
// kind is blob, tree, commit or tag.
func (r *Repo) Object(kind, body string) string {
	r.t.Helper()
	return r.GitIn([]byte(body), "hash-object", "-w", "-t", kind, "--literally", "--stdin")
}

// Entry is one line of a tree.
type Entry struct {
	Mode string // "100644", "40000", …
	Name string
	ID   string
}

// Tree stores a tree of the entries in the order given, which may be one that
// git would never write.
func (r *Repo) Tree(entries ...Entry) string {
	r.t.Helper()
	var body bytes.Buffer
	for _, e := range entries {
		id, err := hex.DecodeString(e.ID)
		if err != nil {
			r.t.Fatalf("tree entry %q: %v", e.Name, err)
		}
		fmt.Fprintf(&body, "%s %s\x00%s", e.Mode, e.Name, id)
	}
	return r.Object("tree", body.String())
}

// CommitTree commits a tree onto HEAD and moves the branch there, past the
// worktree and the index.
func (r *Repo) CommitTree(tree, message string) string {
	r.t.Helper()
	id := r.Git("commit-tree", tree, "-p", "HEAD", "-m", message)
	r.SetRef(r.Git("symbolic-ref", "HEAD"), id)
	return id
}

// SetRef writes a ref without a look at what it points to.
func (r *Repo) SetRef(name, id string) *Repo {
	r.t.Helper()
	file := filepath.Join(r.CommonDir(), filepath.FromSlash(name))
	r.mkdir(filepath.Dir(file))
	if err := os.WriteFile(file, []byte(id+"\n"), 0o644); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// CommonDir is the folder that holds objects and refs: ".git", mostly.
func (r *Repo) CommonDir() string {
	r.t.Helper()
	dir := r.Git("rev-parse", "--git-common-dir")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.Dir, dir)
	}
	return dir
}

// Loose is the file in which a loose object stands.
func (r *Repo) Loose(id string) string {
	r.t.Helper()
	return filepath.Join(r.CommonDir(), "objects", id[:2], id[2:])
}

// Packs are the repository's pack files, sorted by name.
func (r *Repo) Packs() []string {
	r.t.Helper()
	packs, err := filepath.Glob(filepath.Join(r.CommonDir(), "objects", "pack", "*.pack"))
	if err != nil {
		r.t.Fatal(err)
	}
	return packs
}

// PackEntry is where and how an object stands in a pack.
type PackEntry struct {
	ID     string
	Kind   string // of the object that comes out, never "ofs-delta"
	Offset int64  // of the entry in the pack, in bytes
	Size   int64  // that the entry takes in the pack, in bytes
	Depth  int    // how many deltas lie between it and a whole object
}

// PackEntries lists what a pack holds, in the order of the pack. The test fails
// if git finds the pack broken.
func (r *Repo) PackEntries(pack string) []PackEntry {
	r.t.Helper()
	var entries []PackEntry
	for line := range strings.Lines(r.Git("verify-pack", "-v", pack)) {
		var e PackEntry
		var size int64
		if n, _ := fmt.Sscan(line, &e.ID, &e.Kind, &size, &e.Size, &e.Offset, &e.Depth); n >= 5 {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b PackEntry) int { return int(a.Offset - b.Offset) })
	return entries
}
