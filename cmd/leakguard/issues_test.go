package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestIssues has the issues of two secrets written to a folder, until one is dead.
func TestIssues(t *testing.T) {
	r, live, dead := gitlabTokens(t)
	g := newFakeGitLab(t, live)
	dir := t.TempDir()
	db, folder := filepath.Join(dir, "l.db"), filepath.Join(dir, "issues")
	scan := func() {
		t.Helper()
		if _, stderr, code := run(t, r.Dir, "scan", "--verify", "--config", g.config, "--ledger", db); code != exitFound {
			t.Fatalf("scan: exit code %d: %s", code, stderr)
		}
	}
	scan()
	sync := func(t *testing.T, args ...string) (string, int) {
		t.Helper()
		stdout, stderr, code := run(t, dir, append([]string{"issues", "sync", "--ledger", db, "--output", "markdown=" + folder}, args...)...)
		wantConcealed(t, "the output", stdout+stderr, live, dead)
		return stdout + stderr, code
	}
	files := func() int {
		list, err := filepath.Glob(filepath.Join(folder, "lgk1-*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range list {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			wantConcealed(t, "an issue", string(text), live, dead)
		}
		return len(list)
	}
	for _, step := range []struct {
		name  string
		do    func()
		args  []string
		code  int
		want  string
		files int
	}{
		{"dry run", nil, []string{"--dry-run"}, exitClean, "a dry run, nothing was written: 2 created", 0},
		{"no more than one", nil, []string{"--most", "1"}, exitIncomplete, "1 left to another run", 1},
		{"the other", nil, nil, exitClean, "1 created", 2},
		{"again", nil, nil, exitClean, "0 created, 0 updated", 2},
		{"dead twice, too soon", func() { time.Sleep(1100 * time.Millisecond); scan() }, nil, exitClean, "0 closed", 2},
		{"dead twice", nil, []string{"--confirm-after", "1ms"}, exitClean, "1 closed", 2},
	} {
		t.Run(step.name, func(t *testing.T) {
			if step.do != nil {
				step.do()
			}
			out, code := sync(t, step.args...)
			if code != step.code || !strings.Contains(out, step.want) {
				t.Errorf("exit code %d, want %d, and %q in\n%s", code, step.code, step.want, out)
			}
			if n := files(); n != step.files {
				t.Errorf("%d issues, want %d", n, step.files)
			}
		})
	}
}

func TestIssuesUsage(t *testing.T) {
	r := gitrepo.New(t)
	for _, test := range []struct {
		name string
		args []string
		env  []string
		want string
	}{
		{"offline", []string{"--output", "github"}, []string{offlineVariable + "=1"}, "--offline: github is not asked"},
		{"no such tracker", []string{"--output", "jira"}, nil, `no tracker "jira"`},
		{"a folder for GitHub", []string{"--output", "github=x"}, nil, "markdown=FOLDER"},
		{"no folder", []string{"--output", "markdown="}, nil, "markdown=FOLDER"},
		{"at once", []string{"--output", "markdown", "--confirm-after", "0s"}, nil, "--confirm-after"},
		{"none at most", []string{"--output", "markdown", "--most", "0"}, nil, "--most"},
		{"a webhook without an address", []string{"--output", "webhook"}, []string{webhookVariable + "=" + strings.Repeat("k", 32)}, "address"},
		{"GitLab without a token", []string{"--output", "gitlab"}, nil, "GITLAB_TOKEN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"issues", "sync", "--ledger", filepath.Join(t.TempDir(), "l.db")}, test.args...)
			_, stderr, code := command{dir: r.Dir, env: test.env, args: args}.run(t)
			if code != exitUsage || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, want %d, and %q in %s", code, exitUsage, test.want, stderr)
			}
		})
	}
}
