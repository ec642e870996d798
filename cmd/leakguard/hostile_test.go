package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestHostileConfig wants no scan to run what a repository's own configuration
// names.
func TestHostileConfig(t *testing.T) {
	t.Parallel()
	secret := token(t, 1)
	r := gitrepo.New(t)
	r.Write("README", "nothing here\n").Commit("begin")
	r.Write("app.txt", withSecret(secret)).Write("gone.env", "x\n").Write(".gitattributes", "*.env filter=trap diff=trap\n").Commit("add")
	gone := r.Rev("HEAD:gone.env")
	r.Write("app.txt", "# changed\n"+withSecret(secret)).Write("new.env", withSecret(secret)).Write("gone.env", "y\n").Git("add", ".")
	marker := setTraps(t, r, gone)

	// What real git does shows that the traps are set.
	for _, args := range [][]string{{"status"}, {"diff", "HEAD~1", "HEAD"}, {"cat-file", "-p", gone}} {
		r.With("GIT_NO_LAZY_FETCH=0").Try(args...)
		if _, err := os.Stat(marker); err != nil {
			t.Fatalf("git %s did not spring the trap", args[0])
		}
		remove(t, marker)
	}

	for _, args := range [][]string{
		{},
		{"git"},
		{"git", "--range", "HEAD~1..HEAD"},
		{"git", "--since", "HEAD~1"},
		{"staged"},
		{"files", "."},
	} {
		got, code := scan(t, r.Dir, []string{secret}, args...)
		if code != 1 || len(got.Secrets) != 1 {
			t.Errorf("scan %q: exit code %d with %d secrets, want 1 with 1", args, code, len(got.Secrets))
		}
		if _, err := os.Stat(marker); err == nil {
			t.Errorf("scan %q ran a command of the repository's", args)
			remove(t, marker)
		}
	}
}

// setTraps makes the repository's configuration name a command wherever git
// allows one, and takes away a blob that git would then fetch through another.
// The commands make the file whose name is returned.
func setTraps(t *testing.T, r *gitrepo.Repo, missing string) (marker string) {
	t.Helper()
	marker = filepath.Join(t.TempDir(), "marker")
	trap := filepath.Join(t.TempDir(), "trap.sh")
	overwrite(t, trap, []byte("#!/bin/sh\n: > '"+marker+"'\n"))
	if err := os.Chmod(trap, 0o755); err != nil {
		t.Fatal(err)
	}
	hooks := t.TempDir()
	for _, name := range []string{"pre-commit", "post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"} {
		overwrite(t, filepath.Join(hooks, name), read(t, trap))
		if err := os.Chmod(filepath.Join(hooks, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	included := filepath.Join(t.TempDir(), "included")
	overwrite(t, included, fmt.Appendf(nil, "[core]\n\tfsmonitor = %[1]s\n[diff]\n\texternal = %[1]s\n", trap))
	config := fmt.Sprintf(`
[core]
	hooksPath = %[2]s
	pager = %[1]s
	editor = %[1]s
	sshCommand = %[1]s
	askPass = %[1]s
	gitProxy = %[1]s
	alternateRefsCommand = %[1]s
[filter "trap"]
	clean = %[1]s
	smudge = %[1]s
	process = %[1]s
	required = true
[diff "trap"]
	textconv = %[1]s
	command = %[1]s
[alias]
	status = !%[1]s
	scan = !%[1]s
[credential]
	helper = !%[1]s
[gpg]
	program = %[1]s
[uploadpack]
	packObjectsHook = %[1]s
[protocol "ext"]
	allow = always
[remote "origin"]
	url = "ext::%[1]s"
	promisor = true
	partialCloneFilter = blob:none
[include]
	path = %[3]s
`, trap, hooks, included)
	remove(t, r.Loose(missing))
	overwrite(t, r.Path(".git/config"), append(read(t, r.Path(".git/config")), config...))
	r.Git("config", "core.repositoryFormatVersion", "1")
	r.Git("config", "extensions.partialClone", "origin")
	return marker
}

// TestHostileNames wants what stands in names, lines and identities to reach a
// terminal without its control characters.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const control = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\b"
	secret, other := token(t, 1), token(t, 2)
	r := gitrepo.New(t)
	r.Write("README", "nothing here\n").Commit("begin")
	content := control + "\n" + control + " token = " + secret + " " + control + "\n\u009b31m\u202e\n"
	r.Write("esc\x1b[31m\x07\r\n::error::owned", content)
	r.Write("bad\xff\xfe\x9b31m", content)
	r.With("GIT_AUTHOR_NAME=" + control + "Eve").Commit(control + "subject")
	blob := r.Object("blob", content)
	parent := r.Tree(gitrepo.Entry{Mode: "100644", Name: "..", ID: blob}, gitrepo.Entry{Mode: "100644", Name: "../../up", ID: blob})
	r.CommitTree(r.Tree(gitrepo.Entry{Mode: "40000", Name: "..", ID: parent}, gitrepo.Entry{Mode: "40000", Name: ".git", ID: parent}), "up")
	r.Git("tag", "-a", "v1", "-m", control)
	r.Write("new\x1b[31m", strings.ReplaceAll(content, secret, other)).Git("add", ".")
	for _, args := range [][]string{{"git"}, {"files", "."}, {"staged"}, {}} {
		stdout, stderr, code := run(t, r.Dir, append([]string{"scan"}, args...)...)
		if code != 1 {
			t.Errorf("scan %q: exit code %d, want 1", args, code)
		}
		for name, out := range map[string]string{"stdout": stdout, "stderr": stderr} {
			shown := strings.NewReplacer(secret, "(secret)", other, "(secret)").Replace(out)
			if shown != out {
				t.Errorf("scan %q: %s holds the secret in clear", args, name)
			}
			if i := unprintable(shown); i >= 0 {
				t.Errorf("scan %q: %s holds an unprintable character at byte %d: %q", args, name, i, shown[max(0, i-30):i+1])
			}
		}
	}
}

// unprintable is the offset of the first byte of out that a terminal could take
// for anything but text; -1 if there is none.
func unprintable(out string) int {
	for i, c := range out {
		switch {
		case c == '\n' || c == '\t':
		case c == utf8.RuneError && !strings.HasPrefix(out[i:], "\ufffd"):
			return i
		case unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c):
			return i
		}
	}
	return -1
}

// badObject is an object that git itself would never write. make stores it and
// returns where the secret should be found; incomplete says that the object
// cannot be read whole.
type badObject struct {
	name       string
	make       func(t *testing.T, r *gitrepo.Repo, secret string) place
	incomplete bool
}

var badObjects = []badObject{
	{name: "tree with a name twice", make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		harmless, blob := r.Object("blob", "x\n"), r.Object("blob", withSecret(secret))
		c := r.CommitTree(r.Tree(file("app.txt", harmless), file("app.txt", blob)), "twice")
		return place{commit: c, path: "app.txt", line: secretLine, column: secretColumn}
	}},
	{name: "tree out of order", make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		harmless, blob := r.Object("blob", "x\n"), r.Object("blob", withSecret(secret))
		c := r.CommitTree(r.Tree(file("z", harmless), file("app.txt", blob), file("m", harmless)), "unsorted")
		return place{commit: c, path: "app.txt", line: secretLine, column: secretColumn}
	}},
	{name: "tree that ends within an entry", incomplete: true, make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		blob := r.Object("blob", withSecret(secret))
		tree := r.Object("tree", treeOf(r, file("app.txt", blob))+"100644 cut\x00\x01\x02")
		return place{commit: r.CommitTree(tree, "cut"), path: "app.txt", line: secretLine, column: secretColumn}
	}},
	{name: "tree that is garbage", incomplete: true, make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		c := r.Write("app.txt", withSecret(secret)).Commit("add")
		r.CommitTree(r.Object("tree", "no entries at all"), "garbage")
		return place{commit: c, path: "app.txt", line: secretLine, column: secretColumn}
	}},
	{name: "tree entry with a mode that is none", make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		blob := r.Object("blob", withSecret(secret))
		c := r.CommitTree(r.Tree(gitrepo.Entry{Mode: "107777", Name: "app.txt", ID: blob}), "mode")
		return place{commit: c, path: "app.txt", line: secretLine, column: secretColumn}
	}},
	{name: "folder entry that names a blob", make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		blob := r.Object("blob", withSecret(secret))
		r.CommitTree(r.Tree(gitrepo.Entry{Mode: "40000", Name: "app", ID: blob}), "folder")
		return place{blob: blob, line: secretLine, column: secretColumn}
	}},
	{name: "commit without a tree", incomplete: true, make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		c := r.Object("commit", "author nobody\n\nuse "+secret+"\n")
		r.SetRef("refs/heads/broken", c)
		return place{commit: c, field: "message", line: 1, column: 5}
	}},
	{name: "commit that ends within its header", make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		c := r.Object("commit", "tree "+r.Rev("HEAD^{tree}")+"\nauthor "+secret)
		r.SetRef("refs/heads/broken", c)
		return place{commit: c}
	}},
	{name: "commit with a header of its own", make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		header, body, _ := strings.Cut(r.Git("cat-file", "commit", "HEAD"), "\n\n")
		c := r.Object("commit", header+"\nx-deploy first\n use "+secret+"\n\n"+body+"\n")
		r.SetRef("refs/heads/odd", c)
		return place{commit: c}
	}},
	{name: "tag that names a missing object", incomplete: true, make: func(t *testing.T, r *gitrepo.Repo, secret string) place {
		tag := r.Object("tag", "object "+strings.Repeat("12", 20)+"\ntype commit\ntag v1\ntagger E <e@example.com> 1700000000 +0000\n\nuse "+secret+"\n")
		r.SetRef("refs/tags/v1", tag)
		return place{blob: tag, field: "tag message", line: 1, column: 5}
	}},
}

func file(name, blob string) gitrepo.Entry {
	return gitrepo.Entry{Mode: "100644", Name: name, ID: blob}
}

// treeOf is the body of a tree, for trees that go wrong behind it.
func treeOf(r *gitrepo.Repo, entries ...gitrepo.Entry) string {
	return r.GitRaw("cat-file", "tree", r.Tree(entries...))
}

func TestMalformedObjects(t *testing.T) {
	t.Parallel()
	for _, b := range badObjects {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			secret := token(t, 1)
			r := gitrepo.New(t)
			r.Write("README", "nothing here\n").Commit("begin")
			want := b.make(t, r, secret)
			got, _ := scan(t, r.Dir, []string{secret}, "git")
			if len(got.Secrets) != 1 || len(got.Secrets[0].Occurrences) != 1 {
				t.Fatalf("want one secret at one place, got %v; gaps: %v", got.Secrets, got.gaps())
			}
			o := got.Secrets[0].Occurrences[0]
			want.inHead, want.unreachable = o.InHead, o.Unreachable // not settled for such objects
			if d := want.differs(o); d != "" {
				t.Error(d)
			}
			if got.Complete == b.incomplete {
				t.Errorf("complete is %t, want %t; gaps: %v", got.Complete, !b.incomplete, got.gaps())
			}
		})
	}
}

// TestHostileWorktree wants what lies about in a folder neither to stop a scan
// nor to lead it out of the folder.
func TestHostileWorktree(t *testing.T) {
	t.Parallel()
	secret, outside := token(t, 1), token(t, 2)
	r := gitrepo.New(t)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	overwrite(t, elsewhere, []byte(withSecret(outside)))
	r.Symlink("loop-a", "loop-b").Symlink("loop-b", "loop-a").Symlink("up", "..").Symlink("self", ".")
	r.Symlink("out", elsewhere).Symlink("out-folder", filepath.Dir(elsewhere))
	if err := exec.Command("mkfifo", r.Path("fifo")).Run(); err != nil {
		t.Logf("without a FIFO: %v", err)
	}
	deep := strings.Repeat("d/", 200) + "app.txt"
	r.Write(deep, withSecret(secret))
	for _, args := range [][]string{{"files", "."}, {}} {
		got, _ := scan(t, r.Dir, []string{secret, outside}, args...)
		wantSecret(t, got, place{kind: "file", path: deep, line: secretLine, column: secretColumn})
	}
}

// TestLongLine wants a secret at the end of a line of 100 MB to be found, or
// the file to be named as a gap: never to pass for clean.
func TestLongLine(t *testing.T) {
	t.Parallel()
	const length = 100 << 20
	secret := token(t, 1)
	r := gitrepo.New(t)
	r.Write("line.txt", strings.Repeat("x ", length/2)+secret+"\n")
	want := place{path: "line.txt", line: 1, column: length + 1}
	check := func(args ...string) {
		got, code := scan(t, r.Dir, []string{secret}, args...)
		if code == 3 {
			wantGap(t, got, []string{"line.txt"})
			return
		}
		wantSecret(t, got, want)
	}
	check("files", ".")
	r.Git("config", "core.compression", "1")
	want.commit = r.Commit("add")
	want.inHead = true
	check("git")
}
