package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestPreCommitFramework goes the way of docs/pre-commit.md with the real
// pre-commit, which builds leakguard from a clone of this repository.
func TestPreCommitFramework(t *testing.T) {
	t.Parallel()
	f, source := newFramework(t), ownSource(t)
	t.Run("try-repo", func(t *testing.T) {
		secret := token(t, 1)
		r := repository(t)
		r.Write("app.env", withSecret(secret)).Git("add", ".")
		out, err := f.run(t, r, "try-repo", source.Dir, "leakguard")
		if err == nil || !strings.Contains(out, "app.env:2:9") || strings.Contains(out, secret) {
			t.Errorf("%v; pre-commit said:\n%s", err, masked(out, secret))
		}
	})
	r := repository(t)
	r.Write(".pre-commit-config.yaml", hookConfig(source, "leakguard")).Commit("guard")
	if out, err := f.run(t, r, "install", "--install-hooks"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r.Write("other", "x\n").Commit("add") // Commit goes past hooks
	for n, c := range frameworkCommits {
		t.Run(c.name, func(t *testing.T) {
			secret := token(t, uint64(n))
			c.change(r, secret)
			before := r.Rev("HEAD")
			_, err := r.With(f.env...).Try(append([]string{"commit", "-q", "-m", "next"}, c.args...)...)
			said := masked(fmt.Sprint(err), secret)
			if committed := r.Rev("HEAD") != before; committed == c.stopped || committed != (err == nil) {
				t.Errorf("committed: %t, want %t; pre-commit said: %s", committed, !c.stopped, said)
			}
			if c.stopped && !strings.Contains(said, "to ignore:") {
				t.Errorf("what the user reads is no report: %s", said)
			}
			r.Git("reset", "-q", "--hard")
			r.Git("clean", "-q", "-d", "-f")
		})
	}
}

// frameworkCommits are made one after the other in a repository whose last
// commit has the files README and other.
var frameworkCommits = []struct {
	name    string
	change  func(r *gitrepo.Repo, secret string)
	args    []string
	stopped bool
}{
	{"secret", func(r *gitrepo.Repo, secret string) { r.Write("app.env", withSecret(secret)).Git("add", ".") }, nil, true},
	{"clean", func(r *gitrepo.Repo, _ string) { r.Write("app.env", "clean\n").Git("add", ".") }, nil, false},
	{"commit -a with a secret", func(r *gitrepo.Repo, secret string) { r.Write("other", withSecret(secret)) }, []string{"-a"}, true},
	{"commit -a, secret untracked", func(r *gitrepo.Repo, secret string) {
		r.Write("other", "changed\n").Write("new.env", withSecret(secret))
	}, []string{"-a"}, false},
	{"secret not staged", func(r *gitrepo.Repo, secret string) {
		r.Write("README", "changed\n").Git("add", ".")
		r.Write("README", withSecret(secret))
	}, nil, false},
	{"secret staged, taken away from the file", func(r *gitrepo.Repo, secret string) {
		r.Write("README", withSecret(secret)).Git("add", ".")
		r.Write("README", "clean\n")
	}, nil, true},
	{"link alone", func(r *gitrepo.Repo, secret string) { r.Symlink("link", secret).Git("add", ".") }, nil, true},
	{"clean rename", func(r *gitrepo.Repo, _ string) { r.Git("mv", "other", "renamed") }, nil, false},
	{"rename with a secret", func(r *gitrepo.Repo, secret string) {
		r.Git("mv", "renamed", "other")
		r.Write("other", withSecret(secret)).Git("add", ".")
	}, nil, true},
	{"submodule beside a secret", func(r *gitrepo.Repo, secret string) {
		r.Git("update-index", "--add", "--cacheinfo", "160000,"+r.Rev("HEAD")+",module")
		r.Write("README", withSecret(secret)).Git("add", "README")
	}, nil, true},
	{"merge with a secret of its own", func(r *gitrepo.Repo, secret string) {
		branch := r.Git("branch", "--show-current")
		r.Switch("side").Write("side", "x\n").Commit("side")
		r.Switch(branch).Write("more", "x\n").Commit("more")
		r.Merge("side").Write("app.env", withSecret(secret)).Git("add", ".")
	}, nil, true},
	{"cherry-pick of a conflict, resolved with a secret", func(r *gitrepo.Repo, secret string) {
		branch := r.Git("branch", "--show-current")
		c := r.Switch("pick").Write("README", "theirs\n").Commit("theirs")
		r.Switch(branch).Write("README", "ours\n").Commit("ours")
		_, _ = r.Try("cherry-pick", c) // stops at the conflict
		r.Write("README", withSecret(secret)).Git("add", ".")
	}, nil, true},
	{"commit --amend", func(r *gitrepo.Repo, secret string) { r.Write("other", withSecret(secret)).Git("add", ".") }, []string{"--amend"}, true},
}

// TestPreCommitInstalled runs, by each of git's hooks, those that use the leakguard
// of the PATH.
func TestPreCommitInstalled(t *testing.T) {
	t.Parallel()
	f := newFramework(t)
	f.env = append(f.env, "PATH="+onPath(t)+string(os.PathListSeparator)+os.Getenv("PATH"))
	source := gitrepo.New(t)
	source.Write(hooksFile, string(read(t, filepath.Join("..", "..", hooksFile)))).Commit("hooks")
	r, _ := pushing(t)
	r.Write(".pre-commit-config.yaml", hookConfig(source, "leakguard-system", "leakguard-commit-msg-system", "leakguard-push-system")).Commit("guard")
	if out, err := f.run(t, r, "install", "--hook-type", hookPreCommit, "--hook-type", hookCommitMsg, "--hook-type", hookPrePush); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	secret := token(t, 1)
	f.env = append(f.env, "GIT_AUTHOR_NAME="+gitrepo.Name, "GIT_AUTHOR_EMAIL="+gitrepo.Email, "GIT_COMMITTER_NAME="+gitrepo.Name, "GIT_COMMITTER_EMAIL="+gitrepo.Email)
	git := &framework{"git", f.env}
	wantStopped := func(by *gitrepo.Repo, says string, args ...string) {
		t.Helper()
		if out, err := git.run(t, by, args...); err == nil || !strings.Contains(out, says) || strings.Contains(out, secret) {
			t.Errorf("git %s: it is not stopped with %q: %v: %s", args[0], says, err, masked(out, secret))
		}
	}
	r.Write("app.env", withSecret(secret)).Git("add", ".")
	wantStopped(r, "app.env:2:9", "commit", "-m", "next")
	linked := r.Worktree("-b", "linked")
	linked.Write("linked.env", withSecret(secret)).Git("add", ".")
	wantStopped(linked, "linked.env:2:9", "commit", "-m", "next")
	r.Write("app.env", "clean\n").Git("add", ".")
	wantStopped(r, "message:1:5", "commit", "-m", "use "+secret)
	r.With(f.env...).Git("commit", "-q", "-m", "clean")
	r.With(f.env...).Git("push", "-q", "origin", "main")

	r.Write("app.env", withSecret(secret)).Commit("goes past hooks")
	r.Remove("app.env").Commit("remove")
	wantStopped(r, "app.env:2:9", "push", "origin", "main")
	wantStopped(r, "app.env:2:9", "push", "origin", "main:refs/heads/new")
	r.Git("checkout", "-q", "--orphan", "fresh")
	r.Commit("root with all files")
	r.Commit("use " + secret)
	wantStopped(r, "message of commit", "push", "origin", "fresh")
}

// framework is pre-commit, or git under its hooks, with a home of its own.
type framework struct {
	program string
	env     []string
}

// newFramework skips the test where pre-commit is not installed, unless all
// tests are required to run.
func newFramework(t *testing.T) *framework {
	t.Helper()
	program, err := exec.LookPath("pre-commit")
	if err != nil {
		if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
			t.Fatal("pre-commit is not installed, and LEAKGUARD_REQUIRE_ALL=1 requires it")
		}
		t.Skip("pre-commit is not installed")
	}
	env := append(userEnv(t), "PRE_COMMIT_HOME="+t.TempDir(), "PRE_COMMIT_COLOR=never")
	return &framework{program, append(env, goEnv(t, "GOMODCACHE", "GOCACHE", "GOPROXY", "GOSUMDB")...)}
}

// goEnv are settings of the go command, which it otherwise finds by HOME. With
// the module cache that these tests were built from, nothing is fetched.
func goEnv(t *testing.T, names ...string) (env []string) {
	t.Helper()
	out, err := exec.Command("go", append([]string{"env", "-json"}, names...)...).Output()
	if err != nil {
		t.Skipf("go is not installed: %v", err)
	}
	var values map[string]string
	if err := json.Unmarshal(out, &values); err != nil {
		t.Fatal(err)
	}
	for name, v := range values {
		env = append(env, name+"="+v)
	}
	return env
}

// ownSource is a repository with the files of this one as they stand now, also
// those that are not committed.
func ownSource(t *testing.T) *gitrepo.Repo {
	t.Helper()
	root := filepath.Join("..", "..")
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Skipf("the tests do not run in a git repository: %v", err)
	}
	r := gitrepo.New(t)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		info, err := os.Lstat(filepath.Join(root, name))
		if err != nil || !info.Mode().IsRegular() {
			continue // deleted, and not committed yet
		}
		r.Write(filepath.ToSlash(name), string(read(t, filepath.Join(root, name))))
	}
	r.Commit("as it stands")
	return r
}

// run runs the program in the repository and returns all that it prints.
func (f *framework) run(t *testing.T, r *gitrepo.Repo, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*hang) // it may build leakguard
	defer cancel()
	cmd := exec.CommandContext(ctx, f.program, args...)
	cmd.Dir, cmd.Env = r.Dir, f.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("%s %s: still running after %v", f.program, args[0], 4*hang)
	}
	return out.String(), err
}

// hooksFile is where pre-commit looks for the hooks of a repository.
const hooksFile = ".pre-commit-hooks.yaml"

// hookConfig is a .pre-commit-config.yaml with hooks of that repository.
func hookConfig(source *gitrepo.Repo, hooks ...string) string {
	return fmt.Sprintf("repos:\n- repo: %q\n  rev: %s\n  hooks:\n  - id: %s\n", source.Dir, source.Rev("HEAD"), strings.Join(hooks, "\n  - id: "))
}
