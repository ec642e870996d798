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

// Forbidden is the repository that the server knows, and refuses to whoever asks.
const Forbidden = "forbidden"

// Shape is how large a fleet is.
type Shape struct {
	Repositories int   // wikis do not count
	Forks        int   // of them; all of "core"
	Commits      int   // of core
	Large        int64 // bytes of "large", which nothing makes smaller; 0: there is none

	Secret func() string // makes one, and never the same
}

// Scaled is a part of it, with 40 repositories at least that are no forks.
func (s Shape) Scaled(part float64) Shape {
	of := func(n int) int { return int(part * float64(n)) }
	s.Forks, s.Commits, s.Large = of(s.Forks), of(s.Commits), int64(part*float64(s.Large))
	s.Repositories = max(of(s.Repositories), s.Forks+40)
	return s
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
// a secret that is gone from every third; some are archived or private. Beside them there
// are one that is empty, one of SHA-256 and one that was renamed, and those that cannot be
// read whole: one lacks an object, one is disabled, one was deleted since it was listed, and
// of one the server refuses to tell. Each repository takes one process of git at most, but
// for the large one.
func New(t testing.TB, s Shape) *Fleet {
	t.Helper()
	gitrepo.Needs(t, 2, 36)
	f := &Fleet{Dir: t.TempDir(), t: t, shape: s, moved: map[string]string{}}
	f.initialise("empty")
	f.add(Repository{Name: "empty"})
	f.core()
	if s.Large > 0 {
		f.large()
	}
	f.add(Repository{Name: "disabled", Disabled: true, Gap: "disabled"})
	f.add(Repository{Name: "deleted", Gap: "no such repository"})
	f.add(Repository{Name: Forbidden, Private: true, Gap: "refuses"})
	f.initialise("sha256", "--object-format=sha256")
	f.ordinary(Repository{Name: "sha256"})
	f.copy("empty", "renamed")
	f.ordinary(Repository{Name: "renamed"})
	f.move("renamed", "another-name")
	f.corrupt()
	for i := len(f.Repositories); i < s.Repositories; i++ {
		r := Repository{Name: fmt.Sprintf("r%04d", i), Private: i%3 == 0, Archived: i%25 == 0, HasWiki: i%10 == 0}
		f.copy("empty", r.Name)
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

// initialise makes an empty repository, with options for git init.
func (f *Fleet) initialise(name string, options ...string) {
	f.t.Helper()
	gitrepo.At(f.t, f.Dir).Git(append(append([]string{"init", "-q", "--bare", "-b", "main"}, options...), f.at(name).Dir)...)
}

// copy makes a repository that is as another, in a tenth of the time that git takes.
func (f *Fleet) copy(of, name string) {
	f.t.Helper()
	if err := os.CopyFS(f.at(name).Dir, os.DirFS(f.at(of).Dir)); err != nil {
		f.t.Fatal(err)
	}
}

// at is the repository of that name.
func (f *Fleet) at(name string) *gitrepo.Repo {
	return gitrepo.At(f.t, filepath.Join(f.Dir, name+".git"))
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
	f.copy("empty", "core")
	s, text := begin(""), f.next()
	for i := range f.shape.Commits {
		s.commit(fmt.Sprintf("Change %d", i)).write(fmt.Sprintf("part%02d/file%03d.go", i%50, i%1000), prose(text, 300))
		if i == f.shape.Commits/2 {
			s.write("shared.env", f.plant(places...))
		}
	}
	s.into(f.at("core"))
	f.add(Repository{Name: "core"})
	for i := range f.shape.Forks {
		name := fmt.Sprintf("fork%02d", i)
		f.copy("core", name)
		s := begin("refs/heads/main^0")
		for j := range 3 {
			s.commit(fmt.Sprintf("Change %d of the fork", j)).write(fmt.Sprintf("own%d.go", j), prose(text, 300))
		}
		s.write("own.env", f.plant(name+" own.env"))
		s.into(f.at(name))
		f.add(Repository{Name: name, Fork: true})
	}
}

// ordinary puts a dozen commits into a repository that is empty.
func (f *Fleet) ordinary(r Repository) {
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
	s.into(f.at(r.Name))
	f.add(r)
}

// wiki makes that of a repository.
func (f *Fleet) wiki(of string) {
	f.t.Helper()
	s := begin("")
	s.commit("The wiki").write("Home.md", f.plant(of+"/wiki Home.md"))
	f.copy("empty", of+".wiki")
	s.into(f.at(of + ".wiki"))
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
	f.copy("empty", "corrupt")
	r, s := f.at("corrupt"), begin("")
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
	f.copy("empty", "large")
	r, from := f.at("large"), ""
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
