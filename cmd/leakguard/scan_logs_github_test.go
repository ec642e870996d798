package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// github is a fake GitHub with a user who scans its logs.
type github struct {
	*fakegithub.Server
	t      *testing.T
	env    []string
	secret string
}

// newGitHub has a repository of clean runs, and a last one that leaks.
func newGitHub(t *testing.T, clean int) *github {
	t.Helper()
	g := &github{Server: fakegithub.New(t), t: t, secret: token(t, 1)}
	g.env = append(userEnv(t), actAsLeakguard, "GITHUB_API_URL="+g.URL, "GITHUB_TOKEN="+fakegithub.Token)
	for id := range clean + 1 {
		line := "nothing"
		if id == clean {
			line = "x=" + g.secret
		}
		g.Repos["acme/app"] = append(g.Repos["acme/app"], fakegithub.Run{
			ID: int64(id + 1), Workflow: "ci.yml", Branch: "main",
			Created: time.Now().Add(-time.Hour - time.Duration(id)*time.Second),
			Attempts: []fakegithub.Attempt{{
				Zip:  fakegithub.Zip(t, map[string]string{"build/1_Make.txt": fakegithub.Log(line)}),
				Jobs: []fakegithub.Job{{ID: int64(100 + id), Name: "build", Steps: []string{"Make"}}},
			}},
		})
	}
	return g
}

// command is a scan of the repository's logs.
func (g *github) command(args ...string) *exec.Cmd {
	g.Ready()
	cmd := exec.CommandContext(g.t.Context(), os.Args[0], append([]string{"scan", "logs", "--from", "github"}, args...)...)
	cmd.Dir, cmd.Env = g.t.TempDir(), g.env
	return cmd
}

func (g *github) scan(stdin string, args ...string) (stdout, stderr string, code int) {
	g.t.Helper()
	cmd := g.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		g.t.Fatal(err)
	}
	if strings.Contains(out.String()+errs.String(), g.secret) {
		g.t.Error("the output holds the secret")
	}
	if strings.Contains(out.String()+errs.String(), fakegithub.Token) {
		g.t.Error("the output holds the token")
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestScanLogsFromGitHub(t *testing.T) {
	g := newGitHub(t, 1)
	out, errs, code := g.scan("", "--repo", "acme/app")
	if code != exitFound || !strings.Contains(out, "https://github.example/acme/app/actions/runs/2/job/101#step:1:1") {
		t.Errorf("exit code %d, want %d and a link to the line:\n%s%s", code, exitFound, out, errs)
	}
	out, _, code = g.scan("", "--repo", "acme/app")
	if code != exitClean || !strings.Contains(out, "an earlier report has what was found in them") {
		t.Errorf("a second scan: exit code %d, want %d and that a log was read before:\n%s", code, exitClean, out)
	}
	if _, _, code = g.scan("", "--repo", "acme/app", "--no-state"); code != exitFound {
		t.Errorf("a scan without state: exit code %d, want %d", code, exitFound)
	}
}

// TestScanLogsKilled kills the process, as with kill -9, and scans again.
func TestScanLogsKilled(t *testing.T) {
	const clean = 4
	g := newGitHub(t, clean)
	var fetched atomic.Int64
	reached := make(chan struct{})
	g.Intercept = func(_ http.ResponseWriter, r *http.Request) bool {
		if !g.AtStore(r) || fetched.Add(1) != 3 {
			return false
		}
		close(reached)
		<-r.Context().Done() // until the process is gone
		return true
	}
	cmd := g.command("--repo", "acme/app")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-reached
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if _, errs, code := g.scan("", "--repo", "acme/app"); code != exitFound {
		t.Errorf("exit code %d, want %d: %s", code, exitFound, errs)
	}
	again := 0
	for _, n := range g.Fetched() {
		again += n - 1
	}
	if again != 1 || len(g.Fetched()) != clean+1 {
		t.Errorf("%d logs of %d were fetched again, want only the one that was cut off", again, len(g.Fetched()))
	}
}

func TestScanLogsDeletes(t *testing.T) {
	const deletion = "DELETE /repos/acme/app/actions/runs/2/logs"
	for _, tc := range []struct {
		name, stdin string
		args        []string
		code        int
		deleted     int
		says        string
	}{
		{"with --yes", "", []string{"--yes"}, exitFound, 1, "deleted the logs of https://github.example/acme/app/actions/runs/2"},
		{"typed", "delete 1\n", nil, exitFound, 1, "deleted the logs"},
		{"typed otherwise", "yes\n", nil, exitFound, 0, "nothing was deleted"},
		{"not typed", "", nil, exitFound, 0, "nothing was deleted"},
		{"no report to keep", "", []string{"--yes", "--report", "text"}, exitUsage, 0, "--report FORMAT=FILE"},
		{"a report in clear", "", []string{"--yes", "--reveal"}, exitUsage, 0, "not --reveal"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGitHub(t, 1)
			report := filepath.Join(t.TempDir(), "report.json")
			args := append([]string{"--repo", "acme/app", "--delete-leaking-logs"}, tc.args...)
			if !strings.Contains(fmt.Sprint(tc.args), "--report") {
				args = append(args, "--report", "json="+report)
			}
			var written atomic.Bool
			g.Intercept = func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodDelete {
					data, err := os.ReadFile(report)
					written.Store(err == nil && strings.Contains(string(data), "actions/runs/2/") && !strings.Contains(string(data), g.secret))
				}
				return false
			}
			_, errs, code := g.scan(tc.stdin, args...)
			if code != tc.code || !strings.Contains(errs, tc.says) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, tc.code, tc.says, errs)
			}
			if n := g.Calls(deletion); n != tc.deleted {
				t.Errorf("%d deletions, want %d", n, tc.deleted)
			}
			if tc.deleted > 0 && !written.Load() {
				t.Error("the logs were deleted before the evidence was written")
			}
		})
	}
}

func TestScanLogsFromUsage(t *testing.T) {
	for _, tc := range []struct {
		args string
		want string
	}{
		{"--from github", "give --repo OWNER/NAME or --org ORG"},
		{"--from github --repo acme/app --org acme", "give --repo OWNER/NAME or --org ORG"},
		{"--from github --repo acme", "want OWNER/NAME"},
		{"--from github --repo acme/app run.zip", "not both"},
		{"--from github --org acme --run 5", "--run: a run is one of a repository"},
		{"--from github --repo acme/app --yes", "--yes is for --delete-leaking-logs alone"},
		{"--from github --repo acme/app --state a --no-state", "do not go together"},
		{"--from github --repo acme/app --since yesterday", "want a time such as 7d"},
		{"--from github --repo acme/app --since 0d", "want a number of days"},
		{"--from nowhere --repo acme/app", "nowhere"},
		{"--from gitlab --repo acme/app --artifacts", "--artifacts is for --from github alone"},
		{"--repo acme/app run.zip", "say from where with --from"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			_, errs, code := run(t, t.TempDir(), append([]string{"scan", "logs"}, strings.Fields(tc.args)...)...)
			if code != exitUsage || !strings.Contains(errs, tc.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, exitUsage, tc.want, errs)
			}
		})
	}
}
