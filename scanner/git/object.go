package git

import (
	"bytes"
	"strconv"
	"time"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// commit is what a commit object says, as far as scanning needs it.
type commit struct {
	tree    pack.ID
	parents []pack.ID
	time    int64 // the committer's, in Unix seconds
}

// parseCommit reads a commit's header. What is malformed is left zero: a commit
// with a broken line still has its others.
func parseCommit(data []byte, hash pack.Hash) commit {
	var c commit
	for line := range headerLines(data) {
		key, value, _ := bytes.Cut(line, []byte{' '})
		switch string(key) {
		case "tree":
			c.tree, _ = hash.Parse(string(value))
		case "parent":
			if id, err := hash.Parse(string(value)); err == nil {
				c.parents = append(c.parents, id)
			}
		case "committer":
			c.time = parsePerson(value).when.Unix()
		}
	}
	return c
}

// headerLines yields the lines before the first empty one.
func headerLines(data []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines(data) {
			line = bytes.TrimSuffix(line, []byte{'\n'})
			if len(line) == 0 || !yield(line) {
				return
			}
		}
	}
}

// header is the value of the first header line with that key.
func header(data []byte, key string) []byte {
	for line := range headerLines(data) {
		if v, ok := bytes.CutPrefix(line, []byte(key+" ")); ok {
			return v
		}
	}
	return nil
}

// person is an author, committer or tagger.
type person struct {
	name, email string
	when        time.Time
}

// parsePerson reads "Name <email> 1700000000 +0100"; a part that is broken stays
// zero.
func parsePerson(b []byte) person {
	open, shut := bytes.IndexByte(b, '<'), bytes.LastIndexByte(b, '>')
	if open < 0 || shut < open {
		return person{name: string(bytes.TrimSpace(b))}
	}
	p := person{name: string(bytes.TrimSpace(b[:open])), email: string(b[open+1 : shut])}
	fields := bytes.Fields(b[shut+1:])
	if len(fields) > 0 {
		if sec, err := strconv.ParseInt(string(fields[0]), 10, 64); err == nil && sec >= 0 && sec < 1<<40 {
			p.when = time.Unix(sec, 0).UTC()
		}
	}
	return p
}

// tagTarget reads what an annotated tag points at.
func tagTarget(data []byte, hash pack.Hash) (id pack.ID, ok bool) {
	id, err := hash.Parse(string(header(data, "object")))
	return id, err == nil
}

// fieldAt says which part of a commit or tag a line, counted from 1, lies in,
// which line of that part it is, and how many columns of it are the part's name.
func fieldAt(data []byte, line int, isTag bool) (field string, fieldLine, skipped int) {
	n := 0
	last := ""
	for l := range headerLines(data) {
		n++
		skipped = 1 // a continued line begins with a blank
		if len(l) > 0 && l[0] != ' ' {
			key, _, _ := bytes.Cut(l, []byte{' '})
			last = string(key)
			skipped += len(key)
		}
		if n == line {
			return last, 1, skipped
		}
	}
	// The message begins behind the empty line.
	if isTag {
		return "tag message", max(1, line-n-1), 0
	}
	return "message", max(1, line-n-1), 0
}

// treeEntry is one line of a tree.
type treeEntry struct {
	mode string
	name []byte
	id   pack.ID
}

const (
	modeTree    = "40000"
	modeGitlink = "160000"
)

// eachEntry yields a tree's entries; it reports false if the tree is malformed
// from some point on.
func eachEntry(data []byte, hash pack.Hash, yield func(treeEntry)) bool {
	for len(data) > 0 {
		sp := bytes.IndexByte(data, ' ')
		if sp <= 0 || sp > 8 {
			return false
		}
		nul := bytes.IndexByte(data[sp:], 0)
		if nul < 0 || len(data) < sp+nul+1+int(hash) {
			return false
		}
		e := treeEntry{mode: modeOf(data[:sp]), name: data[sp+1 : sp+nul]}
		e.id = hash.ID(data[sp+nul+1 : sp+nul+1+int(hash)])
		yield(e)
		data = data[sp+nul+1+int(hash):]
	}
	return true
}

// modeOf spares an allocation for the modes that git writes.
func modeOf(b []byte) string {
	switch string(b) {
	case modeTree, "040000":
		return modeTree
	case "100644":
		return "100644"
	case "100755":
		return "100755"
	case "120000":
		return "120000"
	case modeGitlink:
		return modeGitlink
	}
	return string(b)
}
