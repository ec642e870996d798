package git_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/githttp"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// newOrigin is a repository as a forge has it, whose branch main has 6 commits.
func newOrigin(t *testing.T, options ...string) *gitrepo.Repo {
	t.Helper()
	// What Complete runs reads the config of whoever runs the tests, too.
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	o := gitrepo.New(t, options...)
	o.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	chain(t, o, "main", "", 6)
	o.Git("reset", "-q", "--hard")
	return o
}

// clock dates the commits of chains, in seconds: each is younger than those before.
var clock atomic.Int64

// chain puts n commits onto a branch, each with a file of its own whose content
// is "branch i"; the branch begins at from if that is not "".
func chain(t *testing.T, o *gitrepo.Repo, branch, from string, n int) string {
	t.Helper()
	var b strings.Builder
	for i := 1; i <= n; i++ {
		name := fmt.Sprintf("%s %d", branch, i)
		fmt.Fprintf(&b, "commit refs/heads/%s\ncommitter %s <%s> %d +0000\ndata %d\n%s\n", branch, gitrepo.Name, gitrepo.Email, 1_700_000_000+clock.Add(60), len(name), name)
		switch {
		case i > 1:
		case from != "":
			fmt.Fprintf(&b, "from %s\n", from)
		default:
			if id, err := o.Try("rev-parse", "-q", "--verify", "refs/heads/"+branch); err == nil {
				fmt.Fprintf(&b, "from %s\n", id)
			}
		}
		fmt.Fprintf(&b, "M 100644 inline %s-%d.txt\ndata %d\n%s\n", strings.ReplaceAll(branch, "/", "-"), i, len(name), name)
	}
	o.GitIn([]byte(b.String()), "fast-import", "--quiet", "--force")
	return o.Rev("refs/heads/" + branch)
}

// pull makes the refs that a forge has of a pull request into main.
func pull(o *gitrepo.Repo, head string) {
	o.Git("checkout", "-q", "--detach", "main")
	o.Git("merge", "-q", "--no-ff", "-m", "Merge", head)
	o.Git("update-ref", "refs/pull/7/merge", "HEAD")
	o.Git("update-ref", "refs/pull/7/head", head)
	o.Git("checkout", "-q", "main")
}

// checkout is what a CI system checks out: one commit of the remote, cut off as
// the options say.
func checkout(t *testing.T, o *gitrepo.Repo, rev string, options ...string) *gitrepo.Repo {
	t.Helper()
	c := gitrepo.New(t)
	c.Git("remote", "add", "origin", o.URL())
	id := o.Rev(rev)
	c.Git(append(append([]string{"fetch", "-q", "--no-tags"}, options...), "origin", "+"+id+":refs/remotes/pull/7/merge")...)
	c.Git("checkout", "-q", "--detach", id)
	return c
}

// around is all that a git directory holds beside objects.
func around(t *testing.T, r *gitrepo.Repo) map[string]string {
	t.Helper()
	files := map[string]string{}
	root := r.CommonDir()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == filepath.Join(root, "objects") {
			return cmp.Or(err, fs.SkipDir)
		}
		if d.IsDir() {
			files[path] = "a folder"
			return nil
		}
		data, err := os.ReadFile(path)
		files[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// read is what a range reads: how many commits, the contents of files in order
// of their text, and what is missing.
func read(t *testing.T, r *git.Repository, base, head string) (commits int64, texts []string, gaps []scanner.Gap) {
	t.Helper()
	g, err := git.NewRange(t.Context(), r, base+".."+head, git.Options{MaxSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	cov := scanner.NewCoverage(g.Name(), scanner.InGit)
	err = g.Read(t.Context(), func(c scanner.Chunk) int {
		if c.Path != "" {
			texts = append(texts, strings.TrimSpace(string(c.Text)))
		}
		return 0
	}, cov)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(texts)
	return cov.Read["commits"], texts, cov.Gaps
}

// completes fetches what is wanted and compares what the range then reads with
// what it reads where nothing is missing. It returns the range's base.
func completes(t *testing.T, c, o *gitrepo.Repo, w git.Wanted) string {
	t.Helper()
	before := around(t, c)
	r := openRepository(t, c.Dir)
	base, head, err := r.Complete(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(before, around(t, c)) {
		t.Errorf("files of the git directory changed: %v, %v", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(around(t, c))))
	}
	commits, texts, gaps := read(t, r, base, head)
	if len(gaps) > 0 {
		t.Errorf("gaps: %v", gaps)
	}
	wantCommits, wantTexts, _ := read(t, openRepository(t, o.Dir), base, head)
	if commits != wantCommits || !slices.Equal(texts, wantTexts) {
		t.Errorf("read %d commits, %q; where nothing is missing %d, %q", commits, texts, wantCommits, wantTexts)
	}
	return base
}

func TestComplete(t *testing.T) {
	const ref = "refs/pull/7/head"
	tests := []struct {
		name string
		// make makes a pull request, or whatever it is, and the checkout of the job.
		make    func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted)
		base    string // of the result, as origin names it; "" if all is new
		commits string // how many are in the range
	}{
		{"pull request, depth 1 of the merge", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "feature", "main", 3)
			pull(o, head)
			return checkout(t, o, "refs/pull/7/merge", "--depth=1"), git.Wanted{Base: o.Rev("main"), Head: head, Ref: ref, Commits: 3}
		}, "main", "3"},
		{"pull request, depth 2", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "feature", "main", 3)
			pull(o, head)
			return checkout(t, o, "refs/pull/7/merge", "--depth=2"), git.Wanted{Base: o.Rev("main"), Head: head, Ref: ref, Commits: 3}
		}, "main", "3"},
		{"number of commits not known", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "feature", "main", 40)
			pull(o, head)
			return checkout(t, o, "refs/pull/7/merge", "--depth=1"), git.Wanted{Base: o.Rev("main"), Head: head, Ref: ref}
		}, "main", "40"},
		{"300 commits", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "feature", "main", 300)
			pull(o, head)
			return checkout(t, o, "refs/pull/7/merge", "--depth=1"), git.Wanted{Base: o.Rev("main"), Head: head, Ref: ref, Commits: 300}
		}, "main", "300"},
		{"the count is a lie", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "feature", "main", 70)
			pull(o, head)
			return checkout(t, o, "refs/pull/7/merge", "--depth=1"), git.Wanted{Base: o.Rev("main"), Head: head, Ref: ref, Commits: 1}
		}, "main", "70"},
		{"the base went on meanwhile", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "feature", "main", 3)
			chain(t, o, "main", "", 50)
			o.Git("reset", "-q", "--hard")
			pull(o, head)
			return checkout(t, o, "refs/pull/7/merge", "--depth=1"), git.Wanted{Base: o.Rev("main"), Head: head, Ref: ref, Commits: 3}
		}, "main", "3"},
		{"the base went on with a merge of an old branch", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			chain(t, o, "old", "main~5", 1)
			head := chain(t, o, "feature", "main", 3)
			chain(t, o, "main", "", 30)
			o.Git("reset", "-q", "--hard")
			o.Merge("old").Commit("merge of an old branch")
			pull(o, head)
			return checkout(t, o, "refs/pull/7/merge", "--depth=1"), git.Wanted{Base: o.Rev("main"), Head: head, Ref: ref, Commits: 3}
		}, "main", "3"},
		{"the base merged into the pull request", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			chain(t, o, "feature", "main", 2)
			chain(t, o, "main", "", 9)
			o.Git("reset", "-q", "--hard")
			o.Switch("feature").Merge("main").Commit("merge of main")
			o.Write("last.txt", "last").Commit("last")
			head := o.Rev("feature")
			o.Switch("main")
			pull(o, head)
			return checkout(t, o, "refs/pull/7/merge", "--depth=1"), git.Wanted{Base: o.Rev("main"), Head: head, Ref: ref, Commits: 4}
		}, "main", "4"},
		{"full clone without the head", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			c := o.Clone(o.URL())
			head := chain(t, o, "feature", "main", 3)
			pull(o, head)
			return c, git.Wanted{Base: o.Rev("main"), Head: head, Ref: ref, Commits: 3}
		}, "main", "3"},
		{"deep clone of main, head cut deeper", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			c := o.Clone(o.URL(), "--depth=4")
			head := chain(t, o, "feature", "main~5", 3)
			return c, git.Wanted{Base: o.Rev("main"), Head: head, Commits: 3}
		}, "main", "3"},
		{"head of no history in common", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "orphan", "", 5)
			return checkout(t, o, "orphan", "--depth=1"), git.Wanted{Base: o.Rev("main"), Head: head, Commits: 5}
		}, "main", "5"},
		{"base is head", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			return checkout(t, o, "main", "--depth=1"), git.Wanted{Base: o.Rev("main"), Head: o.Rev("main")}
		}, "main", "0"},
		{"push", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			before := o.Rev("main")
			head := chain(t, o, "main", "", 2)
			return checkout(t, o, "main", "--depth=1"), git.Wanted{Base: before, Head: head, Ref: "refs/heads/main", Fallback: "main"}
		}, "main~2", "2"},
		{"new branch", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "topic", "main~2", 3)
			return checkout(t, o, "topic", "--depth=1"), git.Wanted{Head: head, Ref: "refs/heads/topic", Fallback: "main"}
		}, "main~2", "3"},
		{"new branch in a full clone", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "topic", "main~2", 3)
			return o.Clone(o.URL(), "--branch=topic"), git.Wanted{Head: head, Ref: "refs/heads/topic", Fallback: "main"}
		}, "main~2", "3"},
		{"first push of the default branch", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			return checkout(t, o, "main", "--depth=1"), git.Wanted{Head: o.Rev("main"), Ref: "refs/heads/main", Fallback: "main"}
		}, "", "6"},
		{"a branch before there is a default branch", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			return checkout(t, o, "main", "--depth=1"), git.Wanted{Head: o.Rev("main"), Ref: "refs/heads/main", Fallback: "trunk"}
		}, "", "6"},
		{"new annotated tag", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			chain(t, o, "release", "main", 2)
			o.Git("tag", "-a", "-m", "release", "v1", "release")
			return checkout(t, o, "main", "--depth=1"), git.Wanted{Head: o.Rev("v1"), Ref: "refs/tags/v1", Fallback: "main"}
		}, "main", "2"},
		{"forced push, the old head still at origin", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			before := chain(t, o, "topic", "main~3", 2)
			o.Git("update-ref", "refs/hidden/old", before)
			head := chain(t, o, "topic", "main~2", 3)
			return checkout(t, o, "topic", "--depth=1"), git.Wanted{Base: before, Head: head, Ref: "refs/heads/topic", Fallback: "main"}
		}, "refs/hidden/old", "4"},
		{"forced push, the old head lost", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "topic", "main~2", 3)
			return checkout(t, o, "topic", "--depth=1"), git.Wanted{Base: strings.Repeat("5", 40), Head: head, Ref: "refs/heads/topic", Fallback: "main"}
		}, "main~2", "3"},
		{"forced push of the default branch, the old head lost", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			return checkout(t, o, "main", "--depth=1"), git.Wanted{Base: strings.Repeat("5", 40), Head: o.Rev("main"), Ref: "refs/heads/main", Fallback: "main"}
		}, "", "6"},
		{"partial clone", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			o.Git("config", "uploadpack.allowFilter", "true")
			head := chain(t, o, "feature", "main~1", 3)
			return o.Clone(o.URL(), "--no-checkout", "--filter=blob:none"), git.Wanted{Base: o.Rev("main"), Head: head, Commits: 3}
		}, "main", "3"},
		{"linked worktree", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "feature", "main", 3)
			c := checkout(t, o, "feature", "--depth=1")
			return c.Worktree("--detach"), git.Wanted{Base: o.Rev("main"), Head: head, Commits: 3}
		}, "main", "3"},
		{"sparse checkout", func(t *testing.T, o *gitrepo.Repo) (*gitrepo.Repo, git.Wanted) {
			head := chain(t, o, "feature", "main", 3)
			c := checkout(t, o, "feature", "--depth=1")
			c.Git("sparse-checkout", "set", "docs")
			if c.Git("config", "extensions.worktreeConfig") != "true" {
				t.Fatal("git sets no extensions.worktreeConfig any more")
			}
			return c, git.Wanted{Base: o.Rev("main"), Head: head, Commits: 3}
		}, "main", "3"},
	}
	origin := newOrigin(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := gitrepo.At(t, filepath.Join(t.TempDir(), "origin"))
			if err := os.CopyFS(o.Dir, os.DirFS(origin.Dir)); err != nil {
				t.Fatal(err)
			}
			c, w := tt.make(t, o)
			base := completes(t, c, o, w)
			want := ""
			if tt.base != "" {
				want = o.Rev(tt.base)
			}
			if base != want {
				t.Errorf("base %q, want %q", base, want)
			}
			commits := o.Git(rangeCount(base, o.Rev(w.Head+"^{commit}"))...)
			if commits != tt.commits {
				t.Errorf("%s commits in the range, want %s", commits, tt.commits)
			}
		})
	}
}

func rangeCount(base, head string) []string {
	if base == "" {
		return []string{"rev-list", "--count", head}
	}
	return []string{"rev-list", "--count", base + ".." + head}
}

// TestCompleteTwice wants a second job in the same checkout to find what the
// first fetched, and what came since.
func TestCompleteTwice(t *testing.T) {
	o := newOrigin(t)
	head := chain(t, o, "feature", "main~3", 3)
	pull(o, head)
	c := checkout(t, o, "refs/pull/7/merge", "--depth=1")
	w := git.Wanted{Base: o.Rev("main"), Head: head, Ref: "refs/pull/7/head", Commits: 3}
	completes(t, c, o, w)
	completes(t, c, o, w)
	w.Head = chain(t, o, "feature", "", 2)
	completes(t, c, o, w)
}

// TestCompleteMergedHere is the checkout of a CI system that merges by itself:
// the remote does not know HEAD.
func TestCompleteMergedHere(t *testing.T) {
	o := newOrigin(t)
	head := chain(t, o, "feature", "main~3", 8)
	c := o.Clone(o.URL(), "--depth=2", "--no-single-branch")
	c.Git("merge", "-q", "--allow-unrelated-histories", "-m", "merged here", head)
	r := openRepository(t, c.Dir)
	base, got, err := r.Complete(t.Context(), git.Wanted{Head: "HEAD", Fallback: "main"})
	if err != nil {
		t.Fatal(err)
	}
	if base != o.Rev("main") || got != c.Rev("HEAD") {
		t.Errorf("%s..%s", base, got)
	}
	if commits, _, gaps := read(t, r, base, got); commits != 9 || len(gaps) > 0 {
		t.Errorf("%d commits, gaps %v; want the 8 of the branch and the merge", commits, gaps)
	}
}

// TestCompleteAsksNobody has no remote: what is there needs none.
func TestCompleteAsksNobody(t *testing.T) {
	o := newOrigin(t)
	head := chain(t, o, "feature", "main", 3)
	c := checkout(t, o, "feature", "--depth=4")
	c.Git("remote", "remove", "origin")
	completes(t, c, o, git.Wanted{Base: o.Rev("main"), Head: head})
	_, _, err := openRepository(t, c.Dir).Complete(t.Context(), git.Wanted{Base: o.Rev("main~1"), Head: head})
	if err == nil || !strings.Contains(err.Error(), "origin") || !strings.Contains(err.Error(), "fetch-depth: 0") {
		t.Errorf("a commit is missing: %v, want an error that says what to do", err)
	}
}

func TestCompleteSHA256(t *testing.T) {
	gitrepo.Needs(t, 2, 36)
	o := newOrigin(t, "--object-format=sha256")
	head := chain(t, o, "feature", "main~2", 3)
	c := o.Clone(o.URL(), "--depth=1")
	completes(t, c, o, git.Wanted{Base: o.Rev("main"), Head: head, Commits: 3})
}

func TestCompleteErrors(t *testing.T) {
	gone := strings.Repeat("5", 40)
	tests := []struct {
		name   string
		origin string // another address of the remote
		w      git.Wanted
		want   []string
	}{
		{"head gone", "", git.Wanted{Head: gone}, []string{"head: commit " + gone, gone + ": git fetch: ", "fetch-depth: 0"}},
		{"head and ref gone", "", git.Wanted{Head: gone, Ref: "refs/pull/8/head"}, []string{gone, "refs/pull/8/head: git fetch: "}},
		{"the ref went on", "", git.Wanted{Head: gone, Ref: "refs/heads/main"}, []string{"refs/heads/main at origin does not lead to it"}},
		{"head is an option", "", git.Wanted{Head: "--upload-pack=x"}, []string{`revision "--upload-pack=x" is not known`}},
		{"ref is an option", "", git.Wanted{Ref: "--upload-pack=x"}, []string{`ref "--upload-pack=x"`}},
		{"ref is a refspec", "", git.Wanted{Ref: "refs/heads/main:refs/heads/main"}, []string{"git allows no such name"}},
		{"ref of two lines", "", git.Wanted{Ref: "refs/heads/a\nrefs/heads/b"}, []string{`ref "refs/heads/a\nrefs/heads/b"`}},
		{"branch is an option", "", git.Wanted{Fallback: "-x"}, []string{`branch "-x"`}},
		{"remote gone", "file:///nowhere/at/all", git.Wanted{}, []string{"history before commit", "/nowhere/at/all", "fetch-depth: 0"}},
	}
	o := newOrigin(t)
	head := chain(t, o, "feature", "main", 3)
	c := checkout(t, o, "feature", "--depth=1")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.origin != "" {
				c.Git("remote", "set-url", "origin", tt.origin)
			}
			w := tt.w
			if w.Head == "" {
				w.Head = head
			}
			before := around(t, c)
			_, _, err := openRepository(t, c.Dir).Complete(t.Context(), w)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nwant it to hold %q", err, want)
				}
			}
			if !maps.Equal(before, around(t, c)) {
				t.Error("files of the git directory changed")
			}
		})
	}
}

func TestCompleteInterrupted(t *testing.T) {
	o := newOrigin(t)
	head := chain(t, o, "feature", "main", 3)
	c := checkout(t, o, "feature", "--depth=1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := openRepository(t, c.Dir).Complete(ctx, git.Wanted{Base: o.Rev("main"), Head: head}); err == nil {
		t.Error("no error")
	}
}

// TestCompleteRunsNothing has checkouts whose config would make git run a
// program. That it would is seen by letting git fetch itself afterwards.
func TestCompleteRunsNothing(t *testing.T) {
	tests := []struct {
		name   string
		config [][2]string // CANARY stands for a program that leaves a file
		hook   string
		fails  bool // because the remote is not to be reached without the program
		always bool // whether git's own fetch runs the program
	}{
		{name: "upload-pack", config: [][2]string{{"remote.origin.uploadpack", "CANARY; git-upload-pack"}}, always: true},
		{name: "remote helper", config: [][2]string{{"protocol.ext.allow", "always"}, {"remote.origin.url", "ext::CANARY"}}, fails: true, always: true},
		{name: "another address", config: [][2]string{{"protocol.ext.allow", "always"}, {"url.ext::CANARY .insteadOf", "file://"}}, fails: true, always: true},
		{name: "vcs", config: [][2]string{{"remote.origin.vcs", "ext"}, {"protocol.ext.allow", "always"}}},
		{name: "ssh", config: [][2]string{{"core.sshCommand", "CANARY"}, {"remote.origin.url", "ssh://127.0.0.1:1/x"}}, fails: true, always: true},
		{name: "git proxy", config: [][2]string{{"core.gitProxy", "CANARY"}, {"remote.origin.url", "git://127.0.0.1:1/x"}}, fails: true, always: true},
		{name: "hook", hook: "reference-transaction", always: true},
		{name: "file system monitor", config: [][2]string{{"core.fsmonitor", "CANARY"}}},
		{name: "refs of alternates", config: [][2]string{{"core.alternateRefsCommand", "CANARY"}}, always: true},
		{name: "pager", config: [][2]string{{"core.pager", "CANARY"}, {"pager.fetch", "CANARY"}}},
	}
	o := newOrigin(t)
	head := chain(t, o, "feature", "main", 3)
	other := gitrepo.New(t)
	other.Commit("of another repository")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := checkout(t, o, "feature", "--depth=1")
			seen := filepath.Join(t.TempDir(), "seen")
			program := filepath.Join(t.TempDir(), "canary")
			if err := os.WriteFile(program, []byte("#!/bin/sh\necho ran >> '"+seen+"'\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			for _, kv := range tt.config {
				c.Git("config", "--replace-all", strings.ReplaceAll(kv[0], "CANARY", program), strings.ReplaceAll(kv[1], "CANARY", program))
			}
			c.Write(".git/objects/info/alternates", filepath.Join(other.CommonDir(), "objects")+"\n")
			if tt.hook != "" {
				c.Git("config", "core.hooksPath", filepath.Dir(program))
				if err := os.Rename(program, filepath.Join(filepath.Dir(program), tt.hook)); err != nil {
					t.Fatal(err)
				}
			}
			_, _, err := openRepository(t, c.Dir).Complete(t.Context(), git.Wanted{Base: o.Rev("main"), Head: head, Commits: 3})
			if (err != nil) != tt.fails {
				t.Errorf("error %v, want one: %v", err, tt.fails)
			}
			if _, err := os.Stat(seen); err == nil {
				t.Error("a program ran that the checkout's config names")
			}
			// git's own exit status does not matter here, only what it ran.
			_, _ = c.Try("fetch", "-q", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*")
			if _, err := os.Stat(seen); tt.always && err != nil {
				t.Error("git fetch does not run the program either: the test shows nothing")
			}
		})
	}
}

// TestCompleteSignsIn fetches over HTTP, from a server that wants to know who
// asks, by the checkout's own header and by a token.
func TestCompleteSignsIn(t *testing.T) {
	o := newOrigin(t)
	head := chain(t, o, "feature", "main", 3)
	secret := strings.Repeat("s3", 12)
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte("x-access-token:"+secret))
	var refused atomic.Int32
	server := newGitServer(t, o, func(r *http.Request) bool {
		ok := len(r.Header.Values("Authorization")) == 1 && r.Header.Get("Authorization") == login
		if !ok {
			refused.Add(1)
		}
		return ok
	})
	tests := []struct {
		name          string
		user          string // in origin's address
		header        string // that the checkout's config sends to the server
		token, server string
		ok            bool
	}{
		{"the checkout's own header", "", "AUTHORIZATION: " + login, "", "", true},
		{"a token", "", "", secret, server, true},
		{"a token instead of the checkout's own header", "", "AUTHORIZATION: basic other", secret, server + "/", true},
		{"a token for another server", "", "", secret, "https://github.example", false},
		{"nothing", "", "", "", "", false},
		{"a token that is refused", "", "", secret + "x", server, false},
		{"a password that is refused", "someone:" + secret + "@", "", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := checkout(t, o, "feature", "--depth=1")
			c.Git("remote", "set-url", "origin", strings.Replace(server, "//", "//"+tt.user, 1)+"/repo")
			if tt.header != "" {
				c.Git("config", "http."+server+"/.extraheader", tt.header)
			}
			refused.Store(0)
			w := git.Wanted{Base: o.Rev("main"), Head: head, Commits: 3, Token: tt.token, Server: tt.server}
			_, _, err := openRepository(t, c.Dir).Complete(t.Context(), w)
			if (err == nil) != tt.ok {
				t.Errorf("works: %v, want %v", err == nil, tt.ok)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Error("the error holds the secret")
			}
			if !tt.ok && refused.Load() == 0 {
				t.Error("the server was not asked")
			}
		})
	}
}

// newGitServer serves a repository by git http-backend, and refuses requests that
// are not allowed.
func newGitServer(t *testing.T, o *gitrepo.Repo, allowed func(*http.Request) bool) string {
	t.Helper()
	handler := githttp.Handler(t, "/repo", o.CommonDir())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allowed(r) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestRangeReadsMerges has a merge commit that brings what neither parent has,
// and a text that was there and gone again before the merge.
func TestRangeReadsMerges(t *testing.T) {
	o := newOrigin(t)
	base := o.Rev("main")
	o.Switch("feature").Write("a.txt", "added").Commit("add")
	o.Write("a.txt", "changed").Commit("change")
	o.Switch("main").Write("b.txt", "of main").Commit("main goes on")
	o.Switch("feature").Merge("main").Write("evil.txt", "only in the merge").Write("b.txt", "of main, and more")
	head := o.Commit("merge")
	want := []string{"added", "changed", "of main, and more", "only in the merge"}

	_, texts, _ := read(t, openRepository(t, o.Dir), o.Rev("main"), head)
	if !slices.Equal(texts, want) {
		t.Errorf("read %q, want %q", texts, want)
	}
	c := checkout(t, o, "feature", "--depth=1")
	completes(t, c, o, git.Wanted{Base: o.Rev("main"), Head: head})
	completes(t, c, o, git.Wanted{Base: base, Head: head})
}
