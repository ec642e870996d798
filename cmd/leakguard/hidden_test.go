package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// hidden is one place in which a secret can hide. hide puts it there, and only
// there, in a repository with one commit, and returns where it should be found.
type hidden struct {
	name string
	hide func(t *testing.T, r *gitrepo.Repo, secret string) []place
}

func TestHidden(t *testing.T) {
	t.Parallel()
	for _, group := range [][]hidden{inContent, inFields, offBranches, unreachable, encoded, storage, layouts} {
		for _, h := range group {
			t.Run(h.name, func(t *testing.T) {
				t.Parallel()
				secret := token(t, 1)
				r := gitrepo.New(t)
				r.Write("README", "nothing here\n").Commit("begin")
				places := h.hide(t, r, secret)
				dir := r.Dir
				if places[0].dir != "" {
					dir = places[0].dir
				}
				got, _ := scan(t, dir, []string{secret}, "git")
				wantSecret(t, got, places...)
				for _, g := range got.gaps() {
					t.Errorf("gap: %s: %s", g.What, g.Why)
				}
			})
		}
	}
}

// at is the place of withSecret in a file of a commit.
func at(commit, path string) place {
	return place{kind: "git", commit: commit, path: path, line: secretLine, column: secretColumn,
		author: gitrepo.Name + " <" + gitrepo.Email + ">"}
}

func one(p place) []place { return []place{p} }

// atHead is p where HEAD still has it.
func (p place) atHead() place { p.inHead = true; return p }

// lost is p where no ref leads to it.
func (p place) lost() place { p.unreachable = true; return p }

// in is p in the repository at dir.
func (p place) in(dir string) place { p.dir = dir; return p }

func (p place) withDecoded(names ...string) place { p.decoded = names; return p }

// inContent are the files of commits that a branch leads to.
var inContent = []hidden{
	{"commit", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		return one(at(r.Write("conf/app.env", withSecret(secret)).Commit("add"), "conf/app.env").atHead())
	}},
	{"root commit", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("checkout", "-q", "--orphan", "fresh")
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("branch", "-q", "-D", "main")
		return one(at(c, "app.env").atHead())
	}},
	{"deleted later", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Remove("app.env").Commit("remove")
		return one(at(c, "app.env"))
	}},
	{"kept while other lines change", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Write("app.env", withSecret(secret)+"more\n").Commit("append")
		r.Write("app.env", withSecret(secret)+"much more\n").Commit("edit")
		return one(at(c, "app.env").atHead())
	}},
	{"renamed", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c1 := r.Write("old.env", withSecret(secret)).Commit("add")
		r.Git("mv", "old.env", "new.env")
		c2 := r.Commit("rename")
		return []place{at(c1, "old.env"), at(c2, "new.env").atHead()}
	}},
	{"pasted twice", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c1 := r.Write("a.env", withSecret(secret)).Commit("add")
		c2 := r.Write("b.env", withSecret(secret)).Commit("add again")
		return []place{at(c1, "a.env").atHead(), at(c2, "b.env").atHead()}
	}},
	{"branch merged", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Switch("side").Write("app.env", withSecret(secret)).Commit("add")
		r.Switch("main").Write("other", "x\n").Commit("meanwhile")
		r.Merge("side").Commit("merge")
		return one(at(c, "app.env").atHead())
	}},
	{"evil merge", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Switch("side").Write("side", "x\n").Commit("side")
		r.Switch("main").Write("app.env", "first line\nlast line\n").Commit("main")
		c := r.Merge("side").Write("app.env", withSecret(secret)).Commit("merge")
		return one(at(c, "app.env").atHead())
	}},
	{"octopus merge", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("branch", "side2")
		r.Switch("side1").Write("one", "x\n").Commit("one")
		r.Switch("side2").Write("two", "x\n").Commit("two")
		r.Switch("main").Write("three", "x\n").Commit("three")
		c := r.Merge("side1", "side2").Write("app.env", withSecret(secret)).Commit("merge")
		if n := len(strings.Fields(r.Git("rev-list", "--parents", "-1", "HEAD"))); n != 4 {
			t.Fatalf("the merge has %d parents, want 3", n-1)
		}
		return one(at(c, "app.env").atHead())
	}},
	{"symlink target", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Symlink("link", secret).Commit("add")
		return one(place{kind: "git", commit: c, path: "link", line: 1, column: 1, inHead: true})
	}},
	{"file name with a newline", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("two\nlines", withSecret(secret)).Commit("add")
		return one(at(c, "two\nlines").atHead())
	}},
	{"submodule present", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("update-index", "--add", "--cacheinfo", "160000,"+r.Rev("HEAD")+",a-module")
		r.Git("commit", "-q", "-m", "add a submodule")
		r.Write("z.env", withSecret(secret)).Git("add", "z.env")
		r.Git("commit", "-q", "-m", "add")
		return one(at(r.Rev("HEAD"), "z.env").atHead())
	}},
	{"other branch", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Switch("side").Write("app.env", withSecret(secret)).Commit("add")
		r.Switch("main")
		return one(at(c, "app.env"))
	}},
	{"detached head", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("checkout", "-q", "--detach")
		return one(at(r.Write("app.env", withSecret(secret)).Commit("add"), "app.env").atHead())
	}},
}

// inFields are the parts of commits and tags that are no files.
var inFields = []hidden{
	{"commit message", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("a", "x\n").Commit("subject\n\nuse " + secret + " for now\n")
		return one(place{kind: "git", commit: c, field: "message", line: 3, column: 5}.atHead())
	}},
	{"message of an empty commit", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Commit("rebuild with " + secret)
		return one(place{kind: "git", commit: c, field: "message", line: 1, column: 14}.atHead())
	}},
	{"message of a merge", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Switch("side").Write("side", "x\n").Commit("side")
		c := r.Switch("main").Merge("side").Commit("merge " + secret)
		return one(place{kind: "git", commit: c, field: "message", line: 1, column: 7}.atHead())
	}},
	{"annotated tag's message", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("tag", "-a", "v1", "-m", "release\n\nbuilt with "+secret)
		return one(place{kind: "git", commit: r.Rev("HEAD"), blob: r.Rev("v1"), field: "tag message", line: 3, column: 12})
	}},
	{"author's name", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.With("GIT_AUTHOR_NAME=" + secret).Commit("x")
		return one(place{kind: "git", commit: c, field: "author", line: 1, column: 1}.atHead())
	}},
	{"committer's e-mail", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.With("GIT_COMMITTER_EMAIL=" + secret + "@example.com").Commit("x")
		return one(place{kind: "git", commit: c, field: "committer"}.atHead())
	}},
	{"tagger's name", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.With("GIT_COMMITTER_NAME="+secret).Git("tag", "-a", "v1", "-m", "release")
		return one(place{kind: "git", blob: r.Rev("v1"), field: "tagger"})
	}},
	{"tag of a tag of a tag", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("tag", "-a", "inner", "-m", "signed by "+secret)
		inner := r.Rev("inner")
		r.Git("tag", "-a", "middle", "-m", "second", "inner")
		r.Git("tag", "-a", "outer", "-m", "third", "middle")
		r.Git("tag", "-d", "inner", "middle")
		return one(place{kind: "git", blob: inner, field: "tag message", line: 1, column: 11})
	}},
}

// offBranches are what a ref leads to that is no branch.
var offBranches = []hidden{
	{"note", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("notes", "add", "-m", withSecret(secret))
		return one(at(r.Rev("refs/notes/commits"), r.Rev("HEAD")))
	}},
	{"stash", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("README", withSecret(secret)).Git("stash", "-q")
		return one(at(r.Rev("stash@{0}"), "README"))
	}},
	{"second stash", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("README", withSecret(secret)).Git("stash", "-q")
		r.Write("README", "harmless\n").Git("stash", "-q")
		// Only the reflog leads there, but git stash list shows it: it is not lost.
		return one(at(r.Rev("stash@{1}"), "README"))
	}},
	{"staged part of a stash", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("README", withSecret(secret)).Git("add", "README")
		r.Write("README", "harmless\n").Git("stash", "-q")
		return one(at(r.Rev("stash@{0}^2"), "README"))
	}},
	{"untracked part of a stash", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("new.env", withSecret(secret)).Git("stash", "-q", "-u")
		return one(at(r.Rev("stash@{0}^3"), "new.env"))
	}},
	{"ref straight to a blob", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		blob := r.Object("blob", withSecret(secret))
		r.Git("update-ref", "refs/misc/key", blob)
		return one(place{kind: "git", blob: blob, line: secretLine, column: secretColumn})
	}},
	{"tag of a tree", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		blob := r.Object("blob", withSecret(secret))
		r.Git("tag", "-a", "-m", "a tree", "tree", r.Tree(gitrepo.Entry{Mode: "100644", Name: "app.env", ID: blob}))
		return one(place{kind: "git", blob: blob, path: "app.env", line: secretLine, column: secretColumn})
	}},
	{"pull request ref", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("update-ref", "refs/pull/7/head", c)
		r.Drop()
		return one(at(c, "app.env"))
	}},
	{"remote branch", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("update-ref", "refs/remotes/origin/main", c)
		r.Drop()
		return one(at(c, "app.env"))
	}},
}

// unreachable are objects to which no ref leads.
var unreachable = []hidden{
	{"dangling commit, loose", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := dangling(t, r, secret)
		if _, err := os.Stat(r.Loose(c)); err != nil {
			t.Fatal(err)
		}
		return one(at(c, "app.env").lost())
	}},
	{"dangling commit, packed", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("repack", "-q", "-d")
		r.Drop().Git("repack", "-q", "-a", "-d", "-k")
		wantPacked(t, r, c)
		return one(at(c, "app.env").lost())
	}},
	{"dangling commit, cruft pack", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		gitrepo.Needs(t, 2, 37)
		c := dangling(t, r, secret)
		r.Git("repack", "-q", "--cruft", "-d")
		wantPacked(t, r, c)
		return one(at(c, "app.env").lost())
	}},
	{"dangling commit in a reflog", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("reset", "-q", "--hard", "HEAD~1")
		r.Git("update-ref", "-d", "ORIG_HEAD")
		return one(at(c, "app.env").lost())
	}},
	{"amended away", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Write("app.env", "clean\n").Git("commit", "-q", "-a", "--amend", "-m", "add")
		return one(at(c, "app.env").lost())
	}},
	{"second of two dangling commits", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Write("app.env", withSecret(secret)+"more\n").Commit("append")
		r.Drop().Drop()
		return one(at(c, "app.env").lost())
	}},
	{"message of a dangling commit", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Commit("with " + secret)
		r.Drop()
		return one(place{kind: "git", commit: c, field: "message", line: 1, column: 6}.lost())
	}},
	{"deleted tag", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("tag", "-a", "v1", "-m", "built with "+secret)
		tag := r.Rev("v1")
		r.Git("tag", "-d", "v1")
		return one(place{kind: "git", blob: tag, field: "tag message", line: 1, column: 12}.lost())
	}},
	{"dangling blob", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Git("add", "app.env")
		blob := r.Rev(":app.env")
		r.Git("reset", "-q")
		r.Remove("app.env")
		return one(place{kind: "git", blob: blob, line: secretLine, column: secretColumn}.lost())
	}},
	{"dangling tree", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		blob := r.Object("blob", withSecret(secret))
		r.Tree(gitrepo.Entry{Mode: "100644", Name: "app.env", ID: blob})
		return one(place{kind: "git", blob: blob, path: "app.env", line: secretLine, column: secretColumn}.lost())
	}},
}

// dangling makes a commit with the secret in app.env to which nothing leads.
func dangling(t *testing.T, r *gitrepo.Repo, secret string) (commit string) {
	t.Helper()
	commit = r.Write("app.env", withSecret(secret)).Commit("add")
	r.Drop()
	if out := r.Git("for-each-ref", "--contains", commit); out != "" {
		t.Fatalf("still reachable: %s", out)
	}
	return commit
}

// wantPacked wants the object to be in a pack and nowhere else.
func wantPacked(t *testing.T, r *gitrepo.Repo, id string) {
	t.Helper()
	if _, err := os.Stat(r.Loose(id)); err == nil {
		t.Fatalf("%s is loose", id)
	}
	r.Git("cat-file", "-e", id)
}

// encoded are files that do not hold the secret as plain text.
var encoded = []hidden{
	{"UTF-16LE with byte order mark", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.ini", inUTF16(binary.LittleEndian, withSecret(secret))).Commit("add")
		return one(at(c, "app.ini").atHead())
	}},
	{"UTF-16BE with byte order mark", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.ini", inUTF16(binary.BigEndian, withSecret(secret))).Commit("add")
		return one(at(c, "app.ini").atHead())
	}},
	{"UTF-8 with byte order mark", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.ini", "\xef\xbb\xbf"+withSecret(secret)).Commit("add")
		return one(at(c, "app.ini").atHead())
	}},
	{"behind letters of several bytes", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.ini", "größe\nschlüssel = "+secret+"\n").Commit("add")
		return one(place{kind: "git", commit: c, path: "app.ini", line: 2, column: 13, inHead: true})
	}},
	{"file with NUL bytes", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("core.bin", "\x00\x01\x02\n"+withSecret(secret)+"\x00\x00").Commit("add")
		p := at(c, "core.bin").atHead()
		p.line++
		return one(p)
	}},
	{"CRLF file", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", strings.ReplaceAll(withSecret(secret), "\n", "\r\n")).Commit("add")
		return one(at(c, "app.env").atHead())
	}},
	{"no line end at the end", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", secret).Commit("add")
		return one(place{kind: "git", commit: c, path: "app.env", line: 1, column: 1, inHead: true})
	}},
	{"zip in tar.gz", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		inner := zipOf(t, "conf/app.env", withSecret(secret))
		c := r.Write("bundle.tar.gz", tarGzOf(t, "inner.zip", inner)).Commit("add")
		return one(at(c, "bundle.tar.gz!inner.zip!conf/app.env").atHead())
	}},
	{"base64 in JSON", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		// Each group of four digits is three bytes: those that hold a byte of the
		// secret are the 3rd, which begins with the user's last letters, to the last.
		b64 := base64.StdEncoding.EncodeToString([]byte("deploy:" + secret))
		c := r.Write("docker.json", "{\n  \"auth\": \""+b64+"\"\n}\n").Commit("add")
		p := place{kind: "git", commit: c, path: "docker.json", line: 2, column: 12 + 8, endColumn: 12 + len(b64), inHead: true}
		return one(p.withDecoded("base64"))
	}},
}

func inUTF16(order binary.AppendByteOrder, s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func zipOf(t *testing.T, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, content)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func tarGzOf(t *testing.T, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	w := tar.NewWriter(g)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// storage are the ways in which git stores objects and refs.
var storage = []hidden{
	{"packed by gc", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Remove("app.env").Commit("remove")
		r.Git("gc", "-q")
		wantPacked(t, r, c)
		return one(at(c, "app.env"))
	}},
	{"deltas", deepInDeltas},
	{"three packs", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		return one(at(threePacks(t, r, secret), "app.env"))
	}},
	{"multi-pack-index", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := threePacks(t, r, secret)
		r.Git("multi-pack-index", "write")
		return one(at(c, "app.env"))
	}},
	{"object both loose and packed", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("repack", "-q", "-a")
		if _, err := os.Stat(r.Loose(c)); err != nil {
			t.Fatal(err)
		}
		return one(at(c, "app.env").atHead())
	}},
	{"commit-graph", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Remove("app.env").Commit("remove")
		r.Git("commit-graph", "write", "--reachable")
		return one(at(c, "app.env"))
	}},
	{"packed refs", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Switch("side").Write("app.env", withSecret(secret)).Commit("add")
		r.Switch("main").Git("pack-refs", "--all")
		if _, err := os.Stat(r.Path(".git/refs/heads/side")); err == nil {
			t.Fatal("the ref is still loose")
		}
		return one(at(c, "app.env"))
	}},
	{"reftable", func(t *testing.T, _ *gitrepo.Repo, secret string) []place {
		gitrepo.Needs(t, 2, 45)
		r := gitrepo.New(t, "--ref-format=reftable")
		return one(at(r.Write("app.env", withSecret(secret)).Commit("add"), "app.env").atHead().in(r.Dir))
	}},
	{"SHA-256", func(t *testing.T, _ *gitrepo.Repo, secret string) []place {
		r := gitrepo.New(t, "--object-format=sha256")
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		if len(c) != 64 {
			t.Fatalf("commit id %s, want 64 digits", c)
		}
		return one(at(c, "app.env").atHead().in(r.Dir))
	}},
	{"SHA-256, packed with deltas", func(t *testing.T, _ *gitrepo.Repo, secret string) []place {
		r := gitrepo.New(t, "--object-format=sha256")
		r.Commit("begin")
		places := deepInDeltas(t, r, secret)
		places[0].dir = r.Dir
		return places
	}},
}

// threePacks leaves the history in three packs, the secret in the second of
// them and gone from HEAD.
func threePacks(t *testing.T, r *gitrepo.Repo, secret string) (commit string) {
	t.Helper()
	r.Git("repack", "-q", "-d")
	commit = r.Write("app.env", withSecret(secret)).Commit("add")
	r.Git("repack", "-q", "-d")
	r.Remove("app.env").Commit("remove")
	r.Git("repack", "-q", "-d")
	if n := len(r.Packs()); n != 3 {
		t.Fatalf("%d packs, want 3", n)
	}
	wantPacked(t, r, commit)
	return commit
}

// deepInDeltas hides the secret in the 20th of 50 versions of a file of 30 kB,
// packed so that this version is a delta.
func deepInDeltas(t *testing.T, r *gitrepo.Repo, secret string) []place {
	rng := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, 600)
	for i := range lines {
		lines[i] = fmt.Sprintf("row %d holds the numbers %d and %d", i, rng.IntN(1e9), rng.IntN(1e9))
	}
	var stream strings.Builder
	for version := 1; version <= 50; version++ {
		lines[version*7] = fmt.Sprintf("row changed in version %d: %d", version, rng.IntN(1e9))
		kept := lines[300]
		if version == 20 {
			lines[300] = "token = " + secret
		}
		content := strings.Join(lines, "\n") + "\n"
		lines[300] = kept
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter %s <%s> %d +0000\ndata 0\n", gitrepo.Name, gitrepo.Email, 1_800_000_000+version)
		if version == 1 {
			stream.WriteString("from refs/heads/main^0\n")
		}
		fmt.Fprintf(&stream, "M 100644 inline rows.txt\ndata %d\n%s\n", len(content), content)
	}
	r.GitIn([]byte(stream.String()), "fast-import", "--quiet")
	commit, blob := r.Rev("HEAD~30"), r.Rev("HEAD~30:rows.txt")
	r.Git("gc", "-q", "--aggressive")
	for _, e := range r.PackEntries(r.Packs()[0]) {
		if e.ID == blob && e.Depth > 0 {
			return one(place{kind: "git", commit: commit, path: "rows.txt", line: 301, column: secretColumn})
		}
	}
	t.Fatal("git stored that version whole")
	return nil
}

// layouts are the ways in which a repository lies on the disk.
var layouts = []hidden{
	{"bare", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		return one(at(c, "app.env").atHead().in(r.Clone(r.Dir, "--bare").Dir))
	}},
	{"mirror", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("update-ref", "refs/pull/7/head", c)
		r.Drop()
		return one(at(c, "app.env").in(r.Clone(r.URL(), "--mirror").Dir))
	}},
	{"sub-directory", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Write("deep/er/file", "x\n").Commit("add")
		return one(at(c, "app.env").atHead().in(r.Path("deep/er")))
	}},
	{"linked worktree", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		return one(at(c, "app.env").atHead().in(r.Worktree("-b", "side").Dir))
	}},
	{"linked worktree's own branch", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		w := r.Worktree("-b", "side")
		c := w.Write("app.env", withSecret(secret)).Commit("add")
		return one(at(c, "app.env").atHead().in(w.Dir))
	}},
	{"detached head of another worktree", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Worktree("--detach").Write("app.env", withSecret(secret)).Commit("add")
		return one(at(c, "app.env"))
	}},
	{"shared clone", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		clone := r.Clone(r.Dir, "--shared")
		if _, err := os.Stat(clone.Path(".git/objects/info/alternates")); err != nil {
			t.Fatal(err)
		}
		return one(at(c, "app.env").atHead().in(clone.Dir))
	}},
	{"clone with a reference", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		clone := r.Clone(r.URL(), "--reference", r.Dir)
		if _, err := os.Stat(clone.Loose(c)); err == nil || len(clone.Packs()) > 0 {
			t.Fatal("the clone has objects of its own")
		}
		return one(at(c, "app.env").atHead().in(clone.Dir))
	}},
	{"separate git directory", func(t *testing.T, _ *gitrepo.Repo, secret string) []place {
		r := gitrepo.New(t, "--separate-git-dir", filepath.Join(t.TempDir(), "elsewhere"))
		return one(at(r.Write("app.env", withSecret(secret)).Commit("add"), "app.env").atHead().in(r.Dir))
	}},
	{"sparse checkout", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("in/a", "x\n").Write("out/app.env", withSecret(secret)).Commit("add")
		r.Git("sparse-checkout", "set", "in")
		if _, err := os.Stat(r.Path("out")); err == nil {
			t.Fatal("the checkout is not sparse")
		}
		return one(at(c, "out/app.env").atHead())
	}},
	{"sparse index", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		c := r.Write("in/a", "x\n").Write("out/app.env", withSecret(secret)).Commit("add")
		r.Git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
		return one(at(c, "out/app.env").atHead())
	}},
}
