package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// staging is one state of an index. prepare makes it in a repository with one
// commit and returns where in it the secret should be reported: nowhere if nil.
type staging struct {
	name    string
	prepare func(t *testing.T, r *gitrepo.Repo, secret string) []place
}

func TestStaged(t *testing.T) {
	t.Parallel()
	for _, group := range [][]staging{indexStates, knownBefore, oddEntries, stagedLayouts} {
		for _, s := range group {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				secret := token(t, 1)
				r := gitrepo.New(t)
				r.Write("README", "nothing here\n").Commit("begin")
				places := s.prepare(t, r, secret)
				dir := r.Dir
				if len(places) > 0 && places[0].dir != "" {
					dir = places[0].dir
				}
				got, _ := scan(t, dir, []string{secret, token(t, 2)}, "staged")
				if places == nil {
					wantNothing(t, got)
					return
				}
				wantSecret(t, got, places...)
			})
		}
	}
}

// staged is the place of withSecret in a staged file.
func staged(path string) []place {
	return one(place{kind: "staged", path: path, line: secretLine, column: secretColumn})
}

// indexStates are what an index may hold beside HEAD and the worktree.
var indexStates = []staging{
	{"new file", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("conf/app.env", withSecret(secret)).Git("add", ".")
		return staged("conf/app.env")
	}},
	{"line added to a file", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", "first line\nlast line\n").Commit("add")
		r.Write("app.env", withSecret(secret)).Git("add", ".")
		return staged("app.env")
	}},
	{"nothing staged", func(t *testing.T, r *gitrepo.Repo, secret string) []place { return nil }},
	{"changed in the worktree only", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("README", withSecret(secret))
		return nil
	}},
	{"untracked", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret))
		return nil
	}},
	{"staged, then cleaned in the worktree", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Git("add", ".")
		r.Write("app.env", "clean\n")
		return staged("app.env")
	}},
	{"staged, then removed from the worktree", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Git("add", ".")
		r.Remove("app.env")
		return staged("app.env")
	}},
	{"staged clean, then changed in the worktree", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", "clean\n").Git("add", ".")
		r.Write("app.env", withSecret(secret))
		return nil
	}},
	{"intent to add", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Git("add", "-N", "app.env")
		return nil
	}},
	{"deleted", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("rm", "-q", "app.env")
		return nil
	}},
	{"merge with a conflict in another file", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		conflict(t, r)
		r.Write("app.env", withSecret(secret)).Git("add", "app.env")
		return staged("app.env")
	}},
	{"merge whose conflict was resolved", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		conflict(t, r)
		r.Write("README", withSecret(secret)).Git("add", "README")
		return staged("README")
	}},
	{"index of version 4", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("a/one", "x\n").Write("a/two", "x\n").Write("app.env", withSecret(secret)).Git("add", ".")
		r.Git("update-index", "--index-version", "4")
		return staged("app.env")
	}},
	{"split index", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("update-index", "--split-index")
		r.Write("app.env", withSecret(secret)).Git("add", ".")
		return staged("app.env")
	}},
}

// conflict leaves a merge in progress with README in conflict.
func conflict(t *testing.T, r *gitrepo.Repo) {
	t.Helper()
	r.Switch("side").Write("README", "theirs\n").Commit("theirs")
	r.Switch("main").Write("README", "ours\n").Commit("ours")
	if _, err := r.Try("merge", "-q", "side"); err == nil {
		t.Fatal("the merge went through")
	}
	if out := r.Git("ls-files", "--unmerged"); out == "" {
		t.Fatal("nothing is unmerged")
	}
}

// knownBefore are secrets of which HEAD has some already.
var knownBefore = []staging{
	{"first commit", func(t *testing.T, _ *gitrepo.Repo, secret string) []place {
		r := gitrepo.New(t)
		r.Write("app.env", withSecret(secret)).Git("add", ".")
		places := staged("app.env")
		places[0].dir = r.Dir
		return places
	}},
	{"another line of its file changed", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Write("app.env", "new first line\n"+withSecret(secret)+"more\n").Git("add", ".")
		return nil
	}},
	{"pasted into a second file", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Write("copy.env", withSecret(secret)).Git("add", ".")
		return staged("copy.env")
	}},
	{"second secret in a file that has one", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(token(t, 2))).Commit("add")
		r.Write("app.env", withSecret(secret)+withSecret(token(t, 2))).Git("add", ".")
		return staged("app.env")
	}},
	{"renamed", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("mv", "app.env", "renamed.env")
		return nil
	}},
	{"renamed and given a secret", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", "first line\nlast line\n").Commit("add")
		r.Git("mv", "app.env", "renamed.env")
		r.Write("renamed.env", withSecret(secret)).Git("add", ".")
		return staged("renamed.env")
	}},
	{"mode changed", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("update-index", "--chmod=+x", "app.env")
		return nil
	}},
}

// oddEntries are index entries that are no plain files with plain names.
var oddEntries = []staging{
	{"symlink", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Symlink("link", secret).Git("add", ".")
		return one(place{kind: "staged", path: "link", line: 1, column: 1})
	}},
	{"submodule", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Git("update-index", "--add", "--cacheinfo", "160000,"+r.Rev("HEAD")+",module")
		return nil
	}},
	{"file beside a submodule", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("app.env", withSecret(secret)).Git("add", ".")
		r.Git("update-index", "--add", "--cacheinfo", "160000,"+r.Rev("HEAD")+",module")
		return staged("app.env")
	}},
	{"name with a newline", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("two\nlines", withSecret(secret)).Git("add", ".")
		return staged("two\nlines")
	}},
	{"name with quotes and a tab", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("a \"b\"\t'c'", withSecret(secret)).Git("add", ".")
		return staged("a \"b\"\t'c'")
	}},
	{"name beyond ASCII", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("schlüssel/密钥", withSecret(secret)).Git("add", ".")
		return staged("schlüssel/密钥")
	}},
	{"name that is no UTF-8", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("caf\xe9", withSecret(secret)).Git("add", ".")
		return staged("") // how a report writes such a name is the report's affair
	}},
	{"ignored but forced in", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write(".gitignore", "*.env\n").Write("app.env", withSecret(secret)).Git("add", "-f", ".")
		return staged("app.env")
	}},
}

// stagedLayouts are the places from which staged changes are scanned.
var stagedLayouts = []staging{
	{"sub-directory", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("deep/er/file", "x\n").Write("app.env", withSecret(secret)).Git("add", ".")
		places := staged("app.env")
		places[0].dir = r.Path("deep/er")
		return places
	}},
	{"linked worktree", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		w := r.Worktree("-b", "side")
		w.Write("app.env", withSecret(secret)).Git("add", ".")
		places := staged("app.env")
		places[0].dir = w.Dir
		return places
	}},
	{"another worktree than the one scanned", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Worktree("-b", "side").Write("app.env", withSecret(secret)).Git("add", ".")
		return nil
	}},
	{"sparse checkout", func(t *testing.T, r *gitrepo.Repo, secret string) []place {
		r.Write("in/a", "x\n").Write("out/b", "x\n").Commit("add")
		r.Git("sparse-checkout", "set", "in")
		r.Write("in/app.env", withSecret(secret)).Git("add", ".")
		return staged("in/app.env")
	}},
}

// TestStagedMissingBlob wants a staged blob that cannot be read to be a gap.
func TestStagedMissingBlob(t *testing.T) {
	t.Parallel()
	r := gitrepo.New(t)
	r.Write("README", "nothing here\n").Commit("begin")
	r.Write("app.env", "x\n").Git("add", ".")
	remove(t, r.Loose(r.Rev(":app.env")))
	got, code := scan(t, r.Dir, nil, "staged")
	wantGap(t, got, []string{"app.env"})
	if code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
}

// TestPreCommitHook commits under a real hook that runs leakguard as users are
// told to. git gives the hook an index of its own in GIT_INDEX_FILE.
func TestPreCommitHook(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prepare func(r *gitrepo.Repo, secret string)
		commit  []string
		blocked bool
	}{
		{"commit -a with a secret", func(r *gitrepo.Repo, secret string) {
			r.Write("app.env", withSecret(secret))
		}, []string{"-a"}, true},
		{"commit -a without", func(r *gitrepo.Repo, secret string) {
			r.Write("app.env", "changed\n").Write("untracked", withSecret(secret))
		}, []string{"-a"}, false},
		{"commit of the index", func(r *gitrepo.Repo, secret string) {
			r.Write("app.env", withSecret(secret)).Git("add", "app.env")
			r.Write("app.env", "clean again\n")
		}, nil, true},
		{"commit FILE with a secret", func(r *gitrepo.Repo, secret string) {
			r.Write("app.env", withSecret(secret)).Write("other", "changed\n")
		}, []string{"app.env"}, true},
		{"commit FILE while another is staged with a secret", func(r *gitrepo.Repo, secret string) {
			r.Write("app.env", withSecret(secret)).Git("add", "app.env")
			r.Write("other", "changed\n")
		}, []string{"other"}, false},
		{"commit --amend", func(r *gitrepo.Repo, secret string) {
			r.Write("app.env", withSecret(secret)).Git("add", "app.env")
		}, []string{"--amend"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := gitrepo.New(t)
			before := r.Write("app.env", "clean\n").Write("other", "x\n").Commit("begin")
			secret := token(t, 1)
			writeHook(t, r)
			c.prepare(r, secret)
			_, err := r.With(userEnv(t)...).Try(append([]string{"commit", "-q", "-m", "next"}, c.commit...)...)
			committed := r.Rev("HEAD") != before
			if committed == c.blocked || committed != (err == nil) {
				t.Errorf("committed: %t, want %t; git said: %s", committed, !c.blocked, strings.ReplaceAll(fmt.Sprint(err), secret, "(secret)"))
			}
			if c.blocked && err != nil && !strings.Contains(err.Error(), "app.env") {
				t.Errorf("what the user sees does not name app.env: %s", strings.ReplaceAll(err.Error(), secret, "(secret)"))
			}
		})
	}
}

// writeHook makes this test binary the repository's pre-commit hook. Its report
// goes to standard error, as git's own complaints do.
func writeHook(t *testing.T, r *gitrepo.Repo) {
	t.Helper()
	binary, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsRune(binary, '\'') {
		t.Skip("the test binary's path has a quote")
	}
	r.Write(".git/hooks/pre-commit", "#!/bin/sh\n"+actAsLeakguard+" exec '"+binary+"' scan staged >&2\n")
	if err := os.Chmod(r.Path(".git/hooks/pre-commit"), 0o755); err != nil {
		t.Fatal(err)
	}
}
