package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// prJob is a job of GitHub Actions in a checkout.
type prJob struct {
	dir  string // of the checkout
	temp string // RUNNER_TEMP
	env  []string
}

// newPRJob is a job for an event, with what its payload has beside the repository.
func newPRJob(t *testing.T, checkout, name string, payload map[string]any, env ...string) *prJob {
	t.Helper()
	j := &prJob{dir: checkout, temp: t.TempDir()}
	all := map[string]any{"repository": map[string]any{
		"full_name": "acme/shop", "html_url": "https://github.com/acme/shop", "default_branch": "main",
	}}
	maps.Copy(all, payload)
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	event := filepath.Join(j.temp, "event.json")
	if err := os.WriteFile(event, data, 0o600); err != nil {
		t.Fatal(err)
	}
	j.env = append([]string{
		"GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=" + name, "GITHUB_EVENT_PATH=" + event, "GITHUB_REPOSITORY=acme/shop",
		"GITHUB_SERVER_URL=https://github.com", "GITHUB_STEP_SUMMARY=" + j.file("summary"), "GITHUB_OUTPUT=" + j.file("output"),
		"RUNNER_TEMP=" + j.temp, offlineVariable + "=1",
	}, env...)
	return j
}

func (j *prJob) file(name string) string { return filepath.Join(j.temp, name) }

// pr runs leakguard pr in the job.
func (j *prJob) pr(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	for _, name := range []string{"summary", "output"} {
		_ = os.Remove(j.file(name))
	}
	stdout, stderr, code := command{dir: j.dir, env: j.env, args: append([]string{"pr"}, args...)}.run(t)
	if stderr != "" {
		t.Logf("standard error: %s", stderr)
	}
	return stdout, code
}

func (j *prJob) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(j.file(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// pullRequest is the payload of an event of a pull request.
func pullRequest(base, head string, fork bool) map[string]any {
	from := "acme/shop"
	if fork {
		from = "mallory/shop"
	}
	return map[string]any{
		"action": "synchronize", "number": 7,
		"pull_request": map[string]any{
			"number": 7, "base": map[string]any{"sha": base, "ref": "main"},
			"head": map[string]any{"sha": head, "ref": "feature", "repo": map[string]any{"full_name": from, "fork": fork}},
		},
	}
}

// shop is a repository with one commit on main, and what a branch adds to it.
func shop(t *testing.T, commits ...map[string]string) (origin *gitrepo.Repo, base, head string) {
	t.Helper()
	origin = repository(t)
	base = origin.Write("README", "a shop\n").Commit("first")
	origin.Git("branch", "-M", "main")
	origin.Switch("feature")
	for _, files := range commits {
		for name, text := range files {
			if text == "" {
				origin.Remove(name)
				continue
			}
			origin.Write(name, text)
		}
		head = origin.Commit("change")
	}
	origin.SetRef("refs/pull/7/head", head)
	origin.Git("switch", "-q", "main")
	return origin, base, head
}

// A checkout of depth 1 gets what it lacks, and a secret that was added and taken away
// again is found.
func TestPullRequest(t *testing.T) {
	secret := token(t, 7)
	origin, base, head := shop(t, map[string]string{"a.txt": "more\n"}, map[string]string{"app.env": withSecret(secret)}, map[string]string{"app.env": ""})
	checkout := origin.Clone(origin.URL(), "--depth", "1")
	j := newPRJob(t, checkout.Dir, "pull_request", pullRequest(base, head, false))
	stdout, code := j.pr(t)
	if code != exitFound {
		t.Fatalf("exit code %d, want %d", code, exitFound)
	}
	first, rest, _ := strings.Cut(stdout, "\n")
	if first != "::add-mask::"+secret {
		t.Error("the first line does not mask the secret")
	}
	wantConcealed(t, "what is told", rest+j.read(t, "summary")+j.read(t, "output")+j.read(t, "report.json")+j.read(t, "report.sarif"), secret)
	for _, want := range []string{"::stop-commands::", "\n::error file=app.env,line=2,", "history"} {
		if !strings.Contains(rest, want) {
			t.Errorf("standard output lacks %q:\n%s", want, rest)
		}
	}
	for _, want := range []string{"found=1\n", "unverified=1\n", "live=0\n", "complete=true\n", "report=" + j.file("report.json") + "\n"} {
		if out := j.read(t, "output"); !strings.Contains(out, want) {
			t.Errorf("the outputs lack %q: %s", want, out)
		}
	}
	if !strings.Contains(j.read(t, "report.sarif"), `"leakguard/pr/`) {
		t.Error("the SARIF report passes for that of a whole scan")
	}
	if !strings.Contains(j.read(t, "summary"), "app.env") {
		t.Error("the summary does not name the file")
	}
}

// What a pull request changes in the settings does not count in it, and is told.
func TestPullRequestSettings(t *testing.T) {
	secret := token(t, 8)
	marked := "token = " + secret + " # leakguard:allow: of a test\n"
	allow := "[[allow]]\nreason = \"x\"\npaths = ['.']\n"
	fingerprint := func(t *testing.T) string {
		_, r, _ := strings.Cut(mustScan(t, folder(t, map[string]string{"a.env": withSecret(secret)})), "to ignore: ")
		line, _, _ := strings.Cut(r, "\n")
		return line + "\n"
	}
	for name, c := range map[string]struct {
		files  map[string]string
		before map[string]string // in main
		code   int
		told   string
	}{
		"nothing":              {files: map[string]string{"a.env": withSecret(secret)}, code: exitFound},
		"its own config":       {files: map[string]string{"a.env": withSecret(secret), ".leakguard.toml": allow}, code: exitFound, told: "`.leakguard.toml` is new"},
		"its own ignore file":  {files: map[string]string{"a.env": withSecret(secret), ".leakguardignore": fingerprint(t)}, code: exitFound, told: "`.leakguardignore` is new"},
		"its own mark":         {files: map[string]string{"a.env": marked}, code: exitFound},
		"its own rule":         {files: map[string]string{"a.env": withSecret(secret), "rules.d/github.toml": "id = \"x\"\n"}, code: exitFound, told: "`rules.d/github.toml` is new"},
		"the config of main":   {before: map[string]string{".leakguard.toml": allow}, files: map[string]string{"a.env": withSecret(secret)}},
		"the ignores of main":  {before: map[string]string{".leakguardignore": fingerprint(t)}, files: map[string]string{"a.env": withSecret(secret)}},
		"marks if main agrees": {before: map[string]string{".leakguard.toml": "[pull-request]\ninline = true\n"}, files: map[string]string{"a.env": marked}},
		"taken away": {before: map[string]string{".leakguard.toml": allow}, files: map[string]string{"a.env": withSecret(secret), ".leakguard.toml": ""},
			told: "`.leakguard.toml` is taken away"},
	} {
		t.Run(name, func(t *testing.T) {
			origin := repository(t)
			origin.Write("README", "a shop\n")
			for file, text := range c.before {
				origin.Write(file, text)
			}
			base := origin.Commit("first")
			origin.Git("branch", "-M", "main")
			for file, text := range c.files {
				if text == "" {
					origin.Remove(file)
					continue
				}
				origin.Write(file, text)
			}
			head := origin.Commit("change")
			j := newPRJob(t, origin.Dir, "pull_request", pullRequest(base, head, false))
			stdout, code := j.pr(t)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if !strings.Contains(j.read(t, "summary"), c.told) {
				t.Errorf("the summary does not say %q:\n%s", c.told, j.read(t, "summary"))
			}
			wantConcealed(t, "standard output", strings.ReplaceAll(stdout, "::add-mask::"+secret, ""), secret)
		})
	}
}

// mustScan is the text of a scan.
func mustScan(t *testing.T, dir string) string {
	t.Helper()
	stdout, _, code := run(t, dir, "scan", "files", ".")
	if code != exitFound {
		t.Fatalf("exit code %d", code)
	}
	return stdout
}

// Each event is scanned for what it brings in.
func TestEvents(t *testing.T) {
	old, fresh := token(t, 1), token(t, 2)
	origin := repository(t)
	origin.Write("old.env", withSecret(old)).Commit("old")
	origin.Git("branch", "-M", "main")
	base := origin.Write("README", "x\n").Commit("base")
	clean := origin.Write("README", "y\n").Commit("clean")
	head := origin.Write("new.env", withSecret(fresh)).Commit("new")
	zero := strings.Repeat("0", 40)
	push := func(before, after, ref string, more ...string) map[string]any {
		p := map[string]any{"before": before, "after": after, "ref": ref, "created": before == zero, "deleted": after == zero, "forced": false}
		for _, m := range more {
			p[m] = true
		}
		return p
	}
	origin.Git("update-ref", "refs/remotes/origin/main", clean)
	for name, c := range map[string]struct {
		event   string
		payload map[string]any
		code    int
		found   []string
		spared  []string
	}{
		"pull request":       {"pull_request", pullRequest(base, head, false), exitFound, []string{fresh}, []string{old}},
		"without a secret":   {"pull_request", pullRequest(base, clean, false), exitClean, nil, []string{old, fresh}},
		"nothing new":        {"pull_request", pullRequest(head, head, false), exitClean, nil, []string{old, fresh}},
		"from a fork":        {"pull_request", pullRequest(base, head, true), exitFound, []string{fresh}, []string{old}},
		"for the target":     {"pull_request_target", pullRequest(base, head, true), exitFound, []string{fresh}, []string{old}},
		"push":               {"push", push(base, head, "refs/heads/topic"), exitFound, []string{fresh}, []string{old}},
		"push of clean ones": {"push", push(base, clean, "refs/heads/topic"), exitClean, nil, []string{old, fresh}},
		"new branch":         {"push", push(zero, head, "refs/heads/topic"), exitFound, []string{fresh}, []string{old}},
		"deleted branch":     {"push", push(head, zero, "refs/heads/topic"), exitClean, nil, []string{old, fresh}},
		"merge queue": {"merge_group", map[string]any{"action": "checks_requested", "merge_group": map[string]any{
			"head_sha": head, "base_sha": base, "base_ref": "refs/heads/main", "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-" + base,
		}}, exitFound, []string{fresh}, []string{old}},
		"schedule":    {"schedule", map[string]any{"schedule": "0 3 * * *"}, exitFound, []string{old, fresh}, nil},
		"run by hand": {"workflow_dispatch", map[string]any{"ref": "refs/heads/main"}, exitFound, []string{old, fresh}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			j := newPRJob(t, origin.Dir, c.event, c.payload)
			stdout, code := j.pr(t)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, s := range c.found {
				if !strings.Contains(stdout, "::add-mask::"+s) {
					t.Error("a secret is not found")
				}
			}
			for _, s := range c.spared {
				if strings.Contains(stdout, "::add-mask::"+s) {
					t.Error("a secret is found that the event does not bring in")
				}
			}
		})
	}
}

// A range that cannot be had whole is incomplete, never clean.
func TestPullRequestIncomplete(t *testing.T) {
	origin, base, head := shop(t, map[string]string{"a.txt": "more\n"}, map[string]string{"b.txt": "more\n"})
	checkout := origin.Clone(origin.URL(), "--depth", "1", "--branch", "feature")
	checkout.Git("remote", "set-url", "origin", filepath.ToSlash(filepath.Join(t.TempDir(), "gone")))
	j := newPRJob(t, checkout.Dir, "pull_request", pullRequest(base, head, false))
	if _, code := j.pr(t); code != exitIncomplete {
		t.Errorf("exit code %d, want %d", code, exitIncomplete)
	}
	if out := j.read(t, "output"); !strings.Contains(out, "complete=false\n") {
		t.Errorf("outputs: %s", out)
	}
	if s := j.read(t, "summary"); !strings.Contains(s, "fetch-depth") {
		t.Errorf("the summary does not say what to do:\n%s", s)
	}
}

// Variables that the workflow hands over are read.
func TestPullRequestVariables(t *testing.T) {
	secret := token(t, 3)
	origin, base, head := shop(t, map[string]string{"a.txt": "more\n"})
	j := newPRJob(t, origin.Dir, "pull_request", pullRequest(base, head, false), variablesVariable+`={"GITHUB_PAT": "`+secret+`", "REGION": "eu"}`)
	stdout, code := j.pr(t, "--variables")
	if code != exitFound {
		t.Errorf("exit code %d, want %d", code, exitFound)
	}
	if !strings.Contains(stdout, "GITHUB_PAT") {
		t.Error("the variable is not named")
	}
}

// Outside of CI it scans what the default branch has not.
func TestPullRequestByHand(t *testing.T) {
	secret := token(t, 4)
	origin, _, _ := shop(t, map[string]string{"app.env": withSecret(secret)})
	clone := origin.Clone(origin.URL())
	clone.Git("switch", "-q", "feature")
	if stdout, _, code := run(t, clone.Dir, "pr"); code != exitFound || !strings.Contains(stdout, "app.env") || strings.Contains(stdout, "::") {
		t.Errorf("exit code %d:\n%s", code, masked(stdout, secret))
	}
	clone.Git("switch", "-q", "main")
	if _, _, code := run(t, clone.Dir, "pr"); code != exitClean {
		t.Errorf("exit code %d on main", code)
	}
	for _, args := range [][]string{{"pr", "--reveal"}, {"pr", "--issues"}, {"pr", "--fail-on", "verified"}} {
		if _, _, code := run(t, clone.Dir, args...); code != exitUsage {
			t.Errorf("%v: exit code %d, want %d", args, code, exitUsage)
		}
	}
}

// What goes wrong is an annotation, and no text of it a command.
func TestPullRequestFails(t *testing.T) {
	origin, base, head := shop(t, map[string]string{"a.txt": "more\n"})
	j := newPRJob(t, origin.Dir, "pull_request", pullRequest(base, "--upload-pack=x\n::add-path::/x", false))
	stdout, code := j.pr(t)
	if code != exitUsage || !strings.HasPrefix(stdout, "::error title=leakguard::") || strings.Count(stdout, "\n") != 1 {
		t.Errorf("exit code %d:\n%s", code, stdout)
	}
	origin.Git("switch", "-q", "main")
	origin.Write(".leakguard.toml", "wrong").Commit("config")
	j = newPRJob(t, origin.Dir, "pull_request", pullRequest(origin.Rev("HEAD"), head, false))
	stdout, code = j.pr(t)
	if code != exitUsage || !strings.Contains(stdout, origin.Rev("HEAD")+":.leakguard.toml") {
		t.Errorf("exit code %d: the config of main is not named:\n%s", code, stdout)
	}
}
