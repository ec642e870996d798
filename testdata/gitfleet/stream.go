package gitfleet

import (
	"bytes"
	"fmt"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// stream is the input of git fast-import: commits on a branch, each upon the one before.
type stream struct {
	bytes.Buffer
	branch string
	from   string // what the next commit is put upon, if it is not the last one of the stream
	clock  int64
}

// begin begins one on main, upon a commit if from is not "".
func begin(from string) *stream {
	return &stream{branch: "main", from: from, clock: 1_700_000_000}
}

// on goes on with another branch, from where it is.
func (s *stream) on(branch string) *stream {
	s.branch, s.from = branch, "refs/heads/"+s.branch
	return s
}

// commit begins a commit: what follows is in it.
func (s *stream) commit(message string) *stream {
	s.clock += 60
	fmt.Fprintf(s, "commit refs/heads/%s\ncommitter %s <%s> %d +0000\ndata %d\n%s\n", s.branch, gitrepo.Name, gitrepo.Email, s.clock, len(message), message)
	if s.from != "" {
		fmt.Fprintf(s, "from %s\n", s.from)
		s.from = ""
	}
	return s
}

func (s *stream) write(path, content string) {
	fmt.Fprintf(s, "M 100644 inline %s\ndata %d\n%s\n", path, len(content), content)
}

func (s *stream) remove(path string) { fmt.Fprintf(s, "D %s\n", path) }

// into imports it as one pack, with options for git fast-import.
func (s *stream) into(r *gitrepo.Repo, options ...string) {
	args := []string{"-c", "fastimport.unpackLimit=1", "-c", "core.compression=1", "fast-import", "--quiet"}
	r.GitIn(s.Bytes(), append(args, options...)...)
}
