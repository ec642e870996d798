package main

import (
	"os"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// withHooks is r for a user whose hooks run this test binary as leakguard.
func withHooks(t *testing.T, r *gitrepo.Repo, env ...string) *gitrepo.Repo {
	t.Helper()
	return r.With(append(append(userEnv(t), actAsLeakguard), env...)...)
}

// pushing is a repository with one commit, which its remote origin has too.
func pushing(t *testing.T) (r, server *gitrepo.Repo) {
	t.Helper()
	server, r = gitrepo.New(t, "--bare"), repository(t)
	r.Git("remote", "add", "origin", server.Dir)
	r.Git("push", "-q", "origin", "main")
	return r, server
}

// installed installs hooks of those kinds.
func installed(t *testing.T, r *gitrepo.Repo, kinds string) {
	t.Helper()
	if _, stderr, code := run(t, r.Dir, "hook", "install", "--kind", kinds); code != exitClean {
		t.Fatalf("hook install: exit code %d, stderr %q", code, stderr)
	}
}

// prePushes are pushes of a repository whose remote origin has its first commit.
// build returns what follows "git push" and what the user reads where the push is
// to be stopped; "" where it is to go through.
var prePushes = []struct {
	name  string
	build func(t *testing.T, r *gitrepo.Repo, secret string) (args []string, says string)
}{
	{"clean", func(_ *testing.T, r *gitrepo.Repo, _ string) ([]string, string) {
		r.Write("more", "x\n").Commit("more")
		return []string{"origin", "main"}, ""
	}},
	{"nothing new", func(*testing.T, *gitrepo.Repo, string) ([]string, string) { return []string{"origin", "main"}, "" }},
	{"secret", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"origin", "main"}, "app.env:2:9"
	}},
	{"secret in the middle commit", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Write("more", "x\n").Commit("more")
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Remove("app.env").Commit("remove")
		return []string{"origin", "main"}, "app.env:2:9"
	}},
	{"secret in a commit message", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Commit("use " + secret)
		return []string{"origin", "main"}, "message of commit"
	}},
	{"secret in the merge itself", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Switch("side").Write("side", "x\n").Commit("side")
		r.Switch("main").Write("more", "x\n").Commit("more")
		r.Merge("side").Write("app.env", withSecret(secret)).Commit("merge")
		return []string{"origin", "main"}, "app.env:2:9"
	}},
	{"new branch", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Switch("side").Write("app.env", withSecret(secret)).Commit("add")
		return []string{"origin", "side"}, "app.env:2:9"
	}},
	{"several branches, secret in the second", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Switch("one").Write("one", "x\n").Commit("one")
		r.Switch("main").Switch("two").Write("app.env", withSecret(secret)).Commit("two")
		return []string{"origin", "one", "two"}, "app.env:2:9"
	}},
	{"another branch than the one with the secret", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Switch("side").Write("app.env", withSecret(secret)).Commit("add")
		r.Switch("main").Write("more", "x\n").Commit("more")
		return []string{"origin", "main"}, ""
	}},
	{"secret in a tag message", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Git("tag", "-a", "v1", "-m", "the key is "+secret)
		return []string{"origin", "v1"}, "tag message of commit"
	}},
	{"secret in the message of a tag's tag", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Git("tag", "-a", "inner", "-m", "the key is "+secret)
		r.Git("tag", "-a", "outer", "-m", "outer", "inner")
		return []string{"origin", "outer"}, "tag message of commit"
	}},
	{"tag on a new commit", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("tag", "v1")
		return []string{"origin", "v1"}, "app.env:2:9"
	}},
	{"tag on a blob", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Git("tag", "loose", r.Object("blob", withSecret(secret)))
		return []string{"origin", "loose"}, ":2:9"
	}},
	{"tag on a tree", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Git("tag", "loose", r.Tree(gitrepo.Entry{Mode: "100644", Name: "app.env", ID: r.Object("blob", withSecret(secret))}))
		return []string{"origin", "loose"}, "app.env:2:9"
	}},
	{"deleted", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Switch("side").Write("app.env", withSecret(secret)).Commit("add")
		r.Git("push", "-q", "--no-verify", "origin", "side")
		return []string{"origin", ":side"}, ""
	}},
	{"known to the remote already", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("push", "-q", "--no-verify", "origin", "main")
		r.Write("app.env", "# changed\n"+withSecret(secret)).Commit("edit")
		return []string{"origin", "main"}, ""
	}},
	{"known to the remote on another branch", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("push", "-q", "--no-verify", "origin", "main")
		r.Switch("side").Write("more", "x\n").Commit("more")
		return []string{"origin", "side"}, ""
	}},
	{"forced", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Git("push", "-q", "--no-verify", "origin", "main:side")
		r.Git("commit", "-q", "--amend", "-m", "begin anew")
		r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"--force", "origin", "main:side"}, "app.env:2:9"
	}},
	{"forced, the secret taken out", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		r.Git("push", "-q", "--no-verify", "origin", "main")
		r.Git("reset", "-q", "--hard", "HEAD~1")
		r.Write("more", "x\n").Commit("more")
		return []string{"--force", "origin", "main"}, ""
	}},
	{"forced over what is not known here", func(t *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		other := r.Clone(r.Git("remote", "get-url", "origin"))
		other.Write("theirs", "x\n").Commit("theirs")
		other.Git("push", "-q", "origin", "main")
		r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"--force", "origin", "main"}, "app.env:2:9"
	}},
	{"to an address", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"file://" + r.Git("remote", "get-url", "origin"), "main"}, "app.env:2:9"
	}},
	{"of a revision with blanks in its name", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, string) {
		r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"origin", "HEAD@{0 seconds ago}:refs/heads/side"}, "app.env:2:9"
	}},
}

func TestPrePush(t *testing.T) {
	t.Parallel()
	for _, c := range prePushes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			secret := token(t, 1)
			r, _ := pushing(t)
			args, says := c.build(t, r, secret)
			installed(t, r, hookPrePush)
			_, err := withHooks(t, r).Try(append([]string{"push", "-q"}, args...)...)
			switch {
			case says == "" && err != nil:
				t.Errorf("the push was stopped: %s", masked(err.Error(), secret))
			case says != "" && err == nil:
				t.Error("the push went through")
			case says != "" && (!strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "nothing was sent")):
				t.Errorf("the user does not read %q: %s", says, masked(err.Error(), secret))
			case says != "" && strings.Contains(err.Error(), secret):
				t.Error("the output holds the secret in clear")
			}
		})
	}
}

// TestPrePushIncomplete wants a push whose objects cannot be read to be stopped.
func TestPrePushIncomplete(t *testing.T) {
	t.Parallel()
	r, _ := pushing(t)
	base := r.Rev("HEAD")
	tip := r.Write("more", "more\n").Commit("more")
	remove(t, r.Loose(r.Rev("HEAD:more")))
	line := "refs/heads/main " + tip + " refs/heads/main " + base + "\n"
	stdout, stderr, code := command{dir: r.Dir, stdin: strings.NewReader(line), args: []string{"hook", "run", hookPrePush, "origin"}}.run(t)
	if code != exitIncomplete || stdout != "" || !strings.Contains(stderr, `path "more"`) || !strings.Contains(stderr, "not everything could be read") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

// TestPrePushInput wants input that is no hook's to be wrong usage.
func TestPrePushInput(t *testing.T) {
	t.Parallel()
	r, _ := pushing(t)
	for _, c := range []struct {
		name, stdin, says string
		code              int
	}{
		{"nothing", "", "", exitClean},
		{"empty lines", "\n\n", "", exitClean},
		{"too few words", "refs/heads/main abc\n", "standard input: ", exitUsage},
		{"no object name", "a b c d\n", `revision "b" is not known`, exitUsage},
		{"an option", "a --all c d\n", `revision "--all" is not known`, exitUsage},
		{"an object that is not here", "a " + strings.Repeat("12", 20) + " c " + strings.Repeat("0", 40) + "\n", "not everything could be read", exitIncomplete},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := command{dir: r.Dir, stdin: strings.NewReader(c.stdin), args: []string{"hook", "run", hookPrePush, "origin"}}.run(t)
			if code != c.code || !strings.Contains(stderr, c.says) {
				t.Errorf("exit code %d, want %d; stderr %q", code, c.code, stderr)
			}
		})
	}
	t.Run("no pipe", func(t *testing.T) {
		t.Parallel()
		if _, stderr, code := run(t, r.Dir, "hook", "run", hookPrePush, "origin"); code != exitUsage || !strings.Contains(stderr, "use_stdin") {
			t.Errorf("exit code %d, stderr %q", code, stderr)
		}
	})
}

// TestPrePushKept wants a hook that was there to read the same standard input.
func TestPrePushKept(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"sh", "bash"} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			r, _ := pushing(t)
			r.Write(".git/hooks/pre-push", "#!/usr/bin/env "+shell+"\nset -eu\ncat >seen\necho \"$1\" >>seen\n")
			if err := os.Chmod(r.Path(".git/hooks/pre-push"), 0o755); err != nil {
				t.Fatal(err)
			}
			installed(t, r, hookPrePush)
			base := r.Rev("HEAD")
			tip := r.Write("more", "x\n").Commit("more")
			r.Git("branch", "side")
			withHooks(t, r).Git("push", "-q", "origin", "main", "side")
			want := "refs/heads/main " + tip + " refs/heads/main " + base + "\n" +
				"refs/heads/side " + tip + " refs/heads/side " + strings.Repeat("0", 40) + "\norigin\n"
			if got := string(read(t, r.Path("seen"))); got != want {
				t.Errorf("the hook read %q, want %q", got, want)
			}
			withHooks(t, r).Git("push", "-q", "origin", "main")
			if got := string(read(t, r.Path("seen"))); got != "origin\n" {
				t.Errorf("with nothing to push the hook read %q", got)
			}
		})
	}
}

// TestPrePushSkipped wants SKIP to be understood by each hook of those who commit
// and push.
func TestPrePushSkipped(t *testing.T) {
	t.Parallel()
	r, server := pushing(t)
	installed(t, r, "pre-commit,commit-msg,pre-push")
	r.Write("app.env", withSecret(token(t, 1))).Git("add", ".")
	skip := withHooks(t, r, "SKIP=leakguard")
	skip.Git("commit", "-q", "-m", "use "+token(t, 2))
	skip.Git("push", "-q", "origin", "main")
	if server.Rev("main") != r.Rev("HEAD") {
		t.Error("the push did not arrive")
	}
}
