// Package gitfleet makes the repositories of an organisation, by git itself, with
// secrets in them that are known, and serves them over HTTP as a forge does.
package gitfleet

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// Shape is how large a fleet is.
type Shape struct {
	Repositories int   // wikis do not count
	Forks        int   // of them; all of "core"
	Commits      int   // of core
	Large        int64 // bytes of "large", which nothing makes smaller; 0: there is none

	Secret func() string // makes one, and never the same
}

// Repository is one of a fleet, as a forge lists it. That of a wiki is not listed.
type Repository struct {
	Name                              string // without that of its owner
	Private, Archived, Disabled, Fork bool
	HasWiki                           bool   // or so the forge says: some have none
	Gap                               string // a word of why it cannot be read whole; "": it can
}

// Fleet is a folder of bare repositories, NAME.git each.
type Fleet struct {
	Dir          string
	Repositories []Repository
	NoWiki       []string // repositories of which the forge says that they have a wiki, and none is there

	// Planted are the places of each secret, "REPOSITORY PATH"; that of a wiki is
	// called REPOSITORY/wiki.
	Planted [][]string

	t     testing.TB
	shape Shape
	moved map[string]string // where a repository is now, by its old name
	made  uint64            // seeds
}

// New makes a fleet. The ordinary ones among its repositories have a dozen commits, and
// a secret that is gone from every third; there are an empty one and one of SHA-256
// among them, such as are disabled, renamed, or lack an object, and some are archived or
// private.
func New(t testing.TB, s Shape) *Fleet {
	t.Helper()
	gitrepo.Needs(t, 2, 36)
	f := &Fleet{Dir: t.TempDir(), t: t, shape: s, moved: map[string]string{}}
	f.lay("empty")
	f.add(Repository{Name: "empty"})
	f.core()
	if s.Large > 0 {
		f.large()
	}
	f.add(Repository{Name: "disabled", Disabled: true, Gap: "disabled"})
	f.ordinary(Repository{Name: "sha256"}, "--object-format=sha256")
	f.ordinary(Repository{Name: "renamed"})
	f.move("renamed", "another-name")
	f.corrupt()
	for i := len(f.Repositories); i < s.Repositories; i++ {
		r := Repository{Name: fmt.Sprintf("r%04d", i), Private: i%3 == 0, Archived: i%25 == 0, HasWiki: i%10 == 0}
		f.ordinary(r)
		switch {
		case i%20 == 0:
			f.wiki(r.Name)
		case r.HasWiki:
			f.NoWiki = append(f.NoWiki, r.Name)
		}
	}
	return f
}

// lay makes an empty repository. Those without options for git init are copies of the
// first, which saves half of the time that a fleet takes.
func (f *Fleet) lay(name string, options ...string) *gitrepo.Repo {
	f.t.Helper()
	r := gitrepo.At(f.t, filepath.Join(f.Dir, name+".git"))
	if first := filepath.Join(f.Dir, "empty.git"); name != "empty" && len(options) == 0 {
		if err := os.CopyFS(r.Dir, os.DirFS(first)); err != nil {
			f.t.Fatal(err)
		}
		return r
	}
	gitrepo.At(f.t, f.Dir).Git(append(append([]string{"init", "-q", "--bare", "-b", "main"}, options...), r.Dir)...)
	return r
}

func (f *Fleet) add(r Repository) { f.Repositories = append(f.Repositories, r) }

// plant notes a new secret and its places, and returns the file that holds it.
func (f *Fleet) plant(places ...string) string {
	f.Planted = append(f.Planted, places)
	return "TOKEN=" + f.shape.Secret() + "\n"
}

// next is a source of bytes that no other repository has.
func (f *Fleet) next() *rand.Rand {
	f.made++
	return rand.New(rand.NewPCG(f.made, 0))
}

// core is the repository of which there are forks: all have its secret, and one of their
// own.
func (f *Fleet) core() {
	f.t.Helper()
	places := []string{"core shared.env"}
	for i := range f.shape.Forks {
		places = append(places, fmt.Sprintf("fork%02d shared.env", i))
	}
	r, text := f.lay("core"), f.next()
	s := begin("")
	for i := range f.shape.Commits {
		s.commit(fmt.Sprintf("Change %d", i)).write(fmt.Sprintf("part%02d/file%03d.go", i%50, i%1000), prose(text, 300))
		if i == f.shape.Commits/2 {
			s.write("shared.env", f.plant(places...))
		}
	}
	s.into(r)
	f.add(Repository{Name: "core"})
	for i := range f.shape.Forks {
		name := fmt.Sprintf("fork%02d", i)
		fork := gitrepo.At(f.t, filepath.Join(f.Dir, name+".git"))
		r.Git("clone", "-q", "--bare", r.Dir, fork.Dir)
		s := begin("refs/heads/main^0")
		for j := range 3 {
			s.commit(fmt.Sprintf("Change %d of the fork", j)).write(fmt.Sprintf("own%d.go", j), prose(text, 300))
		}
		s.write("own.env", f.plant(name+" own.env"))
		s.into(fork)
		f.add(Repository{Name: name, Fork: true})
	}
}

// ordinary is a repository with a dozen commits.
func (f *Fleet) ordinary(r Repository, options ...string) {
	f.t.Helper()
	s, text := begin(""), f.next()
	for i := range 12 {
		s.commit(fmt.Sprintf("Change %d", i)).write(fmt.Sprintf("src/file%d.go", i%8), prose(text, 4000))
		switch {
		case i == 5:
			s.write("own.env", f.plant(r.Name+" own.env"))
		case i == 11 && len(f.Planted)%3 == 0:
			s.remove("own.env")
		}
	}
	repo := f.lay(r.Name, options...)
	s.into(repo)
	f.add(r)
}

// wiki makes that of a repository.
func (f *Fleet) wiki(of string) {
	f.t.Helper()
	s := begin("")
	s.commit("The wiki").write("Home.md", f.plant(of+"/wiki Home.md"))
	s.into(f.lay(of + ".wiki"))
}

// move moves a repository away from its name.
func (f *Fleet) move(name, to string) {
	f.t.Helper()
	f.moved[name] = to
	if err := os.Rename(filepath.Join(f.Dir, name+".git"), filepath.Join(f.Dir, to+".git")); err != nil {
		f.t.Fatal(err)
	}
}

// corrupt is a repository that lacks a blob of one of its branches.
func (f *Fleet) corrupt() {
	f.t.Helper()
	r := f.lay("corrupt")
	s := begin("")
	s.commit("A start").write("own.env", f.plant("corrupt own.env"))
	s.on("bad").commit("What gets lost").write("lost.txt", "lost\n")
	r.GitIn(s.Bytes(), "fast-import", "--quiet") // loose objects, as there are few
	if err := os.Remove(r.Loose(r.Rev("bad:lost.txt"))); err != nil {
		f.t.Fatal(err)
	}
	f.add(Repository{Name: "corrupt", Gap: "corruption"})
}

// large is a repository of random bytes.
func (f *Fleet) large() {
	f.t.Helper()
	const blob, part = 512 << 10, 64 << 20
	r, from := f.lay("large"), ""
	r.Git("config", "pack.window", "0")
	data, seed := make([]byte, blob), [32]byte{1}
	random := rand.NewChaCha8(seed)
	for at := int64(0); at < f.shape.Large; {
		s := begin(from)
		s.commit("More")
		for end := min(at+part, f.shape.Large); at < end; at += blob {
			random.Read(data)
			s.write(fmt.Sprintf("data/%05d.bin", at/blob), string(data))
		}
		if from == "" {
			s.write("own.env", f.plant("large own.env"))
		}
		s.into(r, "--depth=0") // no deltas: there are none
		from = "refs/heads/main^0"
	}
	f.add(Repository{Name: "large"})
}

// prose is about n bytes of text in lines, as of source code.
func prose(r *rand.Rand, n int) string {
	words := strings.Fields("request answer index handler buffer cache order basket price user page list next value count error return close open read write")
	var b strings.Builder
	for b.Len() < n {
		for range 2 + r.IntN(6) {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%d\n", r.IntN(10000))
	}
	return b.String()
}
