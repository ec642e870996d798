package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// hook runs leakguard hook in the repository.
func hook(t *testing.T, r *gitrepo.Repo, command string) (stdout, stderr string, code int) {
	t.Helper()
	return run(t, r.Dir, "hook", command)
}

// commits reports whether git, with the hook, makes a commit of app.env with
// that text. env is given to git. said is what the user reads.
func commits(t *testing.T, r *gitrepo.Repo, text string, env ...string) (committed bool, said string) {
	t.Helper()
	before, _ := r.Try("rev-parse", "--verify", "HEAD")
	r.Write("app.env", text).Git("add", ".")
	_, err := r.With(append(append(userEnv(t), actAsLeakguard), env...)...).Try("commit", "-q", "-m", "next")
	after, _ := r.Try("rev-parse", "--verify", "HEAD")
	if (err == nil) != (before != after) {
		t.Fatalf("HEAD moved: %t, but git ended with %v", before != after, err)
	}
	if err != nil {
		said = err.Error()
	}
	return before != after, said
}

// wantGuarded wants a commit with a secret to be stopped, with its place named,
// and one without to pass. n tells its secrets from others of the test.
func wantGuarded(t *testing.T, r *gitrepo.Repo, n uint64) {
	t.Helper()
	secret := token(t, n)
	committed, said := commits(t, r, withSecret(secret))
	if committed {
		t.Error("a secret was committed")
	} else if !strings.Contains(said, "app.env:2:9") {
		t.Errorf("the place is not named: %s", masked(said, secret))
	}
	if committed, said := commits(t, r, "clean "+expand(t, "${lower:4}", n)+"\n"); !committed {
		t.Errorf("a clean commit was stopped: %s", said)
	}
}

// wantUnguarded wants a commit with a secret to pass, to show that it was the
// hook that stopped others.
func wantUnguarded(t *testing.T, r *gitrepo.Repo, n uint64) {
	t.Helper()
	if committed, said := commits(t, r, withSecret(token(t, n))); !committed {
		t.Errorf("the commit was stopped: %s", masked(said, token(t, n)))
	}
}

func TestHookFresh(t *testing.T) {
	t.Parallel()
	r := gitrepo.New(t)
	file := r.Path(".git/hooks/pre-commit")
	stdout, stderr, code := hook(t, r, "install")
	if code != exitClean || stderr != "" || !strings.HasPrefix(stdout, "wrote ") || !strings.HasSuffix(stdout, filepath.FromSlash("hooks/pre-commit\n")) {
		t.Fatalf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	wantGuarded(t, r, 1)
	text := string(read(t, file))
	if _, _, code := hook(t, r, "install"); code != exitClean || string(read(t, file)) != text {
		t.Errorf("exit code %d; a second install changed the hook", code)
	}
	wantGuarded(t, r, 2)
	if stdout, _, code := hook(t, r, "uninstall"); code != exitClean || !strings.HasPrefix(stdout, "removed ") {
		t.Errorf("uninstall: exit code %d, stdout %q", code, stdout)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the hook is still there: %v", err)
	}
	wantUnguarded(t, r, 3)
	if stdout, _, code := hook(t, r, "uninstall"); code != exitClean || !strings.HasPrefix(stdout, "nothing to change ") {
		t.Errorf("uninstall once more: exit code %d, stdout %q", code, stdout)
	}
}

// TestHookKept wants what a hook does that is there to be done as well, and the
// hook to be as before once ours is taken out.
func TestHookKept(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"sh":               "#!/bin/sh\n: > ran\n",
		"sh with a flag":   "#!/bin/sh -e\n: > ran\n",
		"env":              "#!/usr/bin/env bash\nset -euo pipefail\n: > ran\n",
		"that execs":       "#!/bin/sh\nexec touch ran\n",
		"no last line end": "#!/bin/sh\n: > ran",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := repository(t)
			file := r.Path(".git/hooks/pre-commit")
			r.Write(".git/hooks/pre-commit", text)
			if err := os.Chmod(file, 0o755); err != nil {
				t.Fatal(err)
			}
			if _, stderr, code := hook(t, r, "install"); code != exitClean {
				t.Fatalf("exit code %d, stderr %q", code, stderr)
			}
			wantGuarded(t, r, 1)
			if _, err := os.Stat(r.Path("ran")); err != nil {
				t.Errorf("the old hook did not run: %v", err)
			}
			if stdout, stderr, code := hook(t, r, "uninstall"); code != exitClean || !strings.HasPrefix(stdout, "wrote ") {
				t.Fatalf("uninstall: exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			if got := string(read(t, file)); got != text {
				t.Errorf("the hook is now %q, it was %q", got, text)
			}
			wantUnguarded(t, r, 2)
		})
	}
}

// TestHookFails wants the commit to be stopped by the old hook as before.
func TestHookFails(t *testing.T) {
	t.Parallel()
	r := repository(t)
	r.Write(".git/hooks/pre-commit", "#!/bin/sh\necho no >&2\nexit 1\n")
	if _, _, code := hook(t, r, "install"); code != exitClean {
		t.Fatalf("exit code %d", code)
	}
	if committed, said := commits(t, r, "clean\n"); committed || !strings.Contains(said, "no") {
		t.Errorf("committed: %t, git said %q", committed, said)
	}
}

// TestHookRefused wants a hook that is no shell script to be left alone.
func TestHookRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"python":        "#!/usr/bin/env python3\nprint('hello')\n",
		"fish":          "#!/usr/bin/fish\necho hello\n",
		"no first line": "echo hello\n",
		"binary":        "\x7fELF\x02\x01\x01",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := repository(t)
			r.Write(".git/hooks/pre-commit", text)
			_, stderr, code := hook(t, r, "install")
			want := `the hook that is there is no shell script; call "leakguard hook run pre-commit" from it yourself`
			if code != exitUsage || !strings.Contains(stderr, want) || !strings.Contains(stderr, filepath.FromSlash("hooks/pre-commit: ")) {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
			before, err := os.Stat(r.Path(".git/hooks/pre-commit"))
			if err != nil {
				t.Fatal(err)
			}
			if stdout, _, code := hook(t, r, "uninstall"); code != exitClean || !strings.HasPrefix(stdout, "nothing to change ") {
				t.Errorf("uninstall: exit code %d, stdout %q", code, stdout)
			}
			after, err := os.Stat(r.Path(".git/hooks/pre-commit"))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(read(t, r.Path(".git/hooks/pre-commit"))); got != text || after.Mode() != before.Mode() {
				t.Errorf("the hook was changed to %q, mode %v", got, after.Mode())
			}
		})
	}
}

// TestHookBroken wants a hook whose lines of ours lost their end to be left for
// a person to correct.
func TestHookBroken(t *testing.T) {
	t.Parallel()
	r := repository(t)
	r.Write(".git/hooks/pre-commit", "#!/bin/sh\n"+hookBegin+"\nleakguard scan staged\n")
	for _, command := range []string{"install", "uninstall"} {
		if _, stderr, code := hook(t, r, command); code != exitUsage || !strings.Contains(stderr, hookEnd) {
			t.Errorf("%s: exit code %d, stderr %q", command, code, stderr)
		}
	}
}

// TestHookPlace wants the hook where git looks for it, and to guard from there.
func TestHookPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		make func(t *testing.T, r *gitrepo.Repo) (at *gitrepo.Repo, file string)
	}{
		{"core.hooksPath", func(_ *testing.T, r *gitrepo.Repo) (*gitrepo.Repo, string) {
			r.Git("config", "core.hooksPath", ".githooks")
			return r, r.Path(".githooks/pre-commit")
		}},
		{"core.hooksPath elsewhere", func(t *testing.T, r *gitrepo.Repo) (*gitrepo.Repo, string) {
			dir := t.TempDir()
			r.Git("config", "core.hooksPath", dir)
			return r, filepath.Join(dir, "pre-commit")
		}},
		{"linked worktree", func(_ *testing.T, r *gitrepo.Repo) (*gitrepo.Repo, string) {
			return r.Worktree("-b", "side"), r.Path(".git/hooks/pre-commit")
		}},
		{"folder with a quote", func(t *testing.T, r *gitrepo.Repo) (*gitrepo.Repo, string) {
			dir := filepath.Join(t.TempDir(), "it's here")
			r.Git("clone", "-q", r.Dir, dir)
			return gitrepo.At(t, dir), filepath.Join(dir, ".git/hooks/pre-commit")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at, file := tt.make(t, repository(t))
			if _, stderr, code := hook(t, at, "install"); code != exitClean {
				t.Fatalf("exit code %d, stderr %q", code, stderr)
			}
			if _, err := os.Stat(file); err != nil {
				t.Error(err)
			}
			wantGuarded(t, at, 1)
		})
	}
}

func TestHookNoRepository(t *testing.T) {
	t.Parallel()
	_, stderr, code := run(t, t.TempDir(), "hook", "install")
	if want := "leakguard: .: not a git repository\n"; code != exitUsage || stderr != want {
		t.Errorf("exit code %d, stderr %q, want 2, %q", code, stderr, want)
	}
}

// TestHookSkipped wants SKIP to be understood as the pre-commit framework does.
func TestHookSkipped(t *testing.T) {
	t.Parallel()
	for skip, passes := range map[string]bool{
		"leakguard": true, "lint,leakguard": true, "leakguard,lint": true, "lint": false, "leakguards": false, "": false,
	} {
		t.Run("SKIP="+skip, func(t *testing.T) {
			t.Parallel()
			r := repository(t)
			hook(t, r, "install")
			if committed, _ := commits(t, r, withSecret(token(t, 1)), "SKIP="+skip); committed != passes {
				t.Errorf("committed: %t, want %t", committed, passes)
			}
		})
	}
}

// TestHookKinds wants a hook where it makes sense, and a word where it does not.
func TestHookKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, kinds   string
		bare          bool
		files         string // that are there then, in the folder hooks
		code          int
		stdout, error string
	}{
		{"several", "commit-msg,pre-push", false, "commit-msg pre-push", exitClean, "hooks/pre-push", ""},
		{"pre-receive of a bare repository", "pre-receive", true, "pre-receive", exitClean, "hooks/pre-receive", ""},
		{"pre-receive of a working tree", "pre-receive", false, "pre-receive", exitClean, "note: pre-receive runs only when somebody pushes", ""},
		{"pre-commit of a bare repository", "pre-receive,pre-commit", true, "", exitUsage, "", "nobody commits in the bare repository"},
		{"no hook", "pre-push,post-push", false, "", exitUsage, "", "--kind post-push: want one of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, hooks := gitrepo.New(t), ".git/hooks"
			if c.bare {
				r, hooks = gitrepo.New(t, "--bare"), "hooks"
			}
			stdout, stderr, code := run(t, r.Dir, "hook", "install", "--kind", c.kinds)
			if code != c.code || !strings.Contains(filepath.ToSlash(stdout), c.stdout) || !strings.Contains(stderr, c.error) {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			var names []string
			entries, err := os.ReadDir(r.Path(hooks))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			for _, e := range entries {
				names = append(names, e.Name())
			}
			if got := strings.Join(names, " "); got != c.files {
				t.Errorf("the hooks are %q, want %q", got, c.files)
			}
		})
	}
}
