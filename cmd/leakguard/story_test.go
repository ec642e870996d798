package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/testdata/fakegithub"
	"github.com/leakguard/leakguard/testdata/gitrepo"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// story is an organisation with two repositories, a build log and an issuer, in
// which one key leaks.
type story struct {
	t         *testing.T
	github    *fakegithub.Issues
	issuer    *fakeGitLab
	key       string
	config    string
	db        string
	env       []string // the ledger's key, of a shared one
	shop, web *gitrepo.Repo
	log       string
}

// newStory begins a story whose ledger is at dsn; "": a SQLite file.
func newStory(t *testing.T, dsn string) *story {
	s := &story{t: t, key: expand(t, "glpat-${alnum:20}", 1)}
	s.issuer = newFakeGitLab(t, s.key)
	s.github = fakegithub.NewIssues(t, nil)
	s.github.SetRepo("acme/shop", fakegithub.Repo{Assignable: []string{"ada"}})
	dir := t.TempDir()
	if s.db = dsn; dsn == "" {
		s.db = filepath.Join(dir, "ledger.db")
	} else {
		s.env = []string{ledger.KeyVariable + "=" + strings.Repeat("5f", 32)}
	}
	s.config, s.log = filepath.Join(dir, "config.toml"), filepath.Join(dir, "build.log")
	text := fmt.Sprintf(`[verify.endpoints]
"gitlab.com" = %q
[issues]
repository = "acme/shop"
confirm-after = "1ms"
[owners]
order = ["config"]
[[owners.rule]]
repositories = ["acme/*"]
owner = "@ada"
`, s.issuer.URL)
	for name, text := range map[string]string{s.config: text, s.log: "step 1\nTOKEN=" + s.key + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.shop, s.web = repository(t), repository(t)
	s.shop.Git("remote", "add", "origin", "https://github.com/acme/shop.git")
	s.web.Git("remote", "add", "origin", "https://github.com/acme/web.git")
	s.shop.Write("app.conf", "token = "+s.key+"\n").Commit("add")
	s.shop.Git("rm", "-q", "app.conf")
	s.shop.Commit("gone from the tree, not from history")
	s.web.Write(".env", "GITLAB_TOKEN="+s.key+"\n").Commit("env")
	return s
}

// scan scans all places with verification, into the ledger.
func (s *story) scan() {
	s.t.Helper()
	for _, c := range []command{
		{dir: s.shop.Dir, args: []string{"scan", "git"}},
		{dir: s.web.Dir, args: []string{"scan", "variables"}},
		{dir: filepath.Dir(s.log), args: []string{"scan", "logs", s.log}},
	} {
		c.env, c.args = s.env, append(c.args, "--verify", "--config", s.config, "--ledger", s.db)
		stdout, stderr, code := c.run(s.t)
		if code != exitFound {
			s.t.Fatalf("%v: exit code %d: %s%s", c.args, code, masked(stdout, s.key), masked(stderr, s.key))
		}
		wantConcealed(s.t, "a scan", stdout+stderr, s.key)
	}
}

// sync makes the tracker agree with the ledger and returns what it says.
func (s *story) sync(args ...string) string {
	s.t.Helper()
	out, code := s.trySync(args...)
	if code != exitClean {
		s.t.Fatalf("sync: exit code %d: %s", code, out)
	}
	return out
}

// syncing is the command that does.
func (s *story) syncing(args ...string) command {
	return command{
		dir: s.t.TempDir(), env: append([]string{"GITHUB_TOKEN=" + fakegithub.Token}, s.env...),
		args: append([]string{"issues", "sync", "--config", s.config, "--ledger", s.db, "--url", s.github.URL, "--host", "github.com"}, args...),
	}
}

func (s *story) trySync(args ...string) (out string, code int) {
	stdout, stderr, code := s.syncing(args...).run(s.t)
	wantConcealed(s.t, "issues sync", stdout+stderr, s.key, fakegithub.Token)
	return stdout + stderr, code
}

// issue is the one issue that there is to be.
func (s *story) issue() fakegithub.Issue {
	s.t.Helper()
	all := s.github.List("acme/shop")
	if len(all) != 1 {
		s.t.Fatalf("%d issues, want 1", len(all))
	}
	wantConcealed(s.t, "the issue", all[0].Title+all[0].Body+strings.Join(all[0].Comments, "\n"), s.key)
	return all[0]
}

// wrote is how many writes there were since it was called last.
func (s *story) wrote(since *int) int {
	n := len(s.github.Writes()) - *since
	*since += n
	return n
}

// unescaped is a Markdown text as a reader sees it.
func unescaped(text string) string { return strings.ReplaceAll(text, "\\", "") }

// TestStory tells the whole story: a key leaks in history, a log and a variable of
// two repositories; it gets one issue, with its owner; it is rotated, seen dead twice,
// and closed with proof; it is leaked again, and opened again.
func TestStory(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { tellStory(t, newStory(t, "")) })
	t.Run("postgresql", func(t *testing.T) { tellStory(t, newStory(t, postgresql.Start(t))) })
}

func tellStory(t *testing.T, s *story) {
	writes := 0

	s.scan()
	if out := s.sync("--dry-run"); !strings.Contains(out, "acme/shop") || s.wrote(&writes) != 0 {
		t.Errorf("a dry run wrote something, or does not say what it would: %s", out)
	}
	s.sync()
	i := s.issue()
	if i.Closed || len(i.Assignees) != 1 || i.Assignees[0] != "ada" || len(i.Labels) == 0 || s.wrote(&writes) == 0 {
		t.Errorf("assignees %v, labels %v", i.Assignees, i.Labels)
	}
	for _, want := range []string{"acme/web", "GITLAB_TOKEN", "build.log", "live", "ada", "<!-- leakguard:lgk1-", "leakguard revoke"} {
		if !strings.Contains(unescaped(i.Body), want) {
			t.Errorf("the issue does not say %q:\n%s", want, i.Body)
		}
	}

	if s.sync(); s.wrote(&writes) != 0 {
		t.Error("a second sync wrote something")
	}

	s.issuer.mu.Lock()
	delete(s.issuer.live, s.key) // it is rotated at its issuer
	s.issuer.mu.Unlock()
	shopOnly := command{dir: s.shop.Dir, env: s.env, args: []string{"scan", "git", "--verify", "--config", s.config, "--ledger", s.db}}
	shopOnly.run(t)
	if s.sync(); s.issue().Closed {
		t.Error("closed on one refusal")
	}
	time.Sleep(1100 * time.Millisecond) // verdicts have the time in seconds
	shopOnly.run(t)
	if s.sync(); !s.issue().Closed || s.issue().Reason != "completed" {
		t.Errorf("not closed after two refusals: %+v", s.issue())
	}
	proof := unescaped(strings.Join(s.issue().Comments, "\n"))
	if !strings.Contains(proof, "gitlab.com/api/v4/personal_access_tokens/self") || s.wrote(&writes) == 0 {
		t.Errorf("closed without proof: %s", proof)
	}

	s.issuer.mu.Lock()
	s.issuer.live[s.key] = true // somebody brought it back
	s.issuer.mu.Unlock()
	s.shop.Write("again.conf", "token = "+s.key+"\n").Commit("again")
	shopOnly.run(t)
	if s.sync(); s.issue().Closed || s.issue().Reason != "reopened" {
		t.Errorf("not opened again: %+v", s.issue())
	}
}

// TestStoryAtOnce makes one issue although three make it at once.
func TestStoryAtOnce(t *testing.T) {
	s := newStory(t, "")
	s.scan()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if out, code := s.trySync(); code != exitClean {
				t.Errorf("exit code %d: %s", code, out)
			}
		})
	}
	all.Wait()
	s.issue()
}
