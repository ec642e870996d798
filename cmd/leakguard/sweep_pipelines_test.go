package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/testdata/fakegithub"
	"github.com/leakguard/leakguard/testdata/githttp"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// ofPipelines reports whether a path of GitHub's API is of runs, variables or secrets.
func ofPipelines(path string) bool {
	parts := strings.Split(path, "/")
	return slices.ContainsFunc([]string{"actions", "agents", "dependabot", "environments"}, func(of string) bool { return slices.Contains(parts, of) })
}

// ciHost keeps what the pipelines of a gitHubHost have.
type ciHost struct {
	host      *gitHubHost
	variables map[string]string // the values of one variable each, by path: "/orgs/acme/actions/variables"
	refuse    string            // a repository of which nothing may be read

	mu    sync.Mutex
	asked map[string]int // by path
}

func (h *gitHubHost) withPipelines() *ciHost {
	c := &ciHost{host: h, variables: map[string]string{}, asked: map[string]int{}}
	h.pipelines = c
	return c
}

func (c *ciHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.asked[r.URL.Path]++
	c.mu.Unlock()
	list := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	value, has := c.variables[r.URL.Path]
	switch {
	case c.refuse != "" && strings.HasPrefix(r.URL.Path, "/repos/"+c.refuse+"/"):
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"message": "Resource not accessible by personal access token"}`)
	case strings.Contains(r.URL.Path, "/actions/runs"):
		c.host.api.ServeHTTP(w, r)
	case has:
		fmt.Fprintf(w, `{"total_count": 1, "variables": [{"name": "DEPLOY_TOKEN", "value": %q}]}`, value)
	case list == "variables" || list == "secrets" || list == "environments":
		fmt.Fprintf(w, `{"total_count": 0, %q: []}`, list)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// calls is how often a path was asked for.
func (c *ciHost) calls(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[path]
}

// runs gives a repository runs with a log of one line each, the newest first.
func (c *ciHost) runs(repo string, lines ...string) {
	first := int64(len(c.host.orgs.Repos)*100 + 1)
	for i, line := range lines {
		id := first + int64(i)
		c.host.orgs.Repos[repo] = append(c.host.orgs.Repos[repo], fakegithub.Run{
			ID: id, Workflow: "ci.yml", Branch: "main", Created: time.Now().Add(-time.Hour - time.Duration(i)*time.Minute),
			Attempts: []fakegithub.Attempt{{
				Zip:  fakegithub.Zip(c.host.t, map[string]string{"build/1_Make.txt": fakegithub.Log(line)}),
				Jobs: []fakegithub.Job{{ID: id + 1000, Name: "build", Steps: []string{"Make"}}},
			}},
		})
	}
}

// pipelineStatus is what these tests read of sweep status.
type pipelineStatus struct {
	Complete     bool
	Totals       struct{ Secrets, Requests int }
	Repositories []struct {
		Name, Kind, State string
		Error             string
		Gaps              []struct{ Why string }
		Secrets           []struct{ ID string }
	}
}

// String is a line for each reading of logs and variables.
func (s pipelineStatus) String() string {
	var lines []string
	for _, r := range s.Repositories {
		if r.Kind != "history" {
			lines = append(lines, fmt.Sprintf("%s %s %s: %d secrets, %d gaps", r.Name, r.Kind, r.State, len(r.Secrets), len(r.Gaps)))
		}
	}
	return strings.Join(lines, "\n")
}

func pipelinesOf(t *testing.T, dir string) (s pipelineStatus) {
	t.Helper()
	out, errs, code := run(t, dir, "sweep", "status", "--db", "state.db", "--format", "json")
	if code != exitClean {
		t.Fatal(errs)
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// placesOf are the kinds and places of all occurrences in a ledger, sorted.
func placesOf(t *testing.T, dir string) []string {
	t.Helper()
	out, errs, code := run(t, dir, "ledger", "export", "--ledger", "state.db")
	if code != exitClean {
		t.Fatal(errs)
	}
	var export struct {
		Secrets []struct {
			Occurrences []struct{ Kind, Path, Job, Variable, Scope string }
		}
	}
	if err := json.Unmarshal([]byte(out), &export); err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, s := range export.Secrets {
		for _, o := range s.Occurrences {
			places = append(places, strings.TrimSpace(strings.Join([]string{o.Kind, o.Path + o.Variable, o.Job + o.Scope}, " ")))
		}
	}
	slices.Sort(places)
	return places
}

// TestSweepPipelines finds what is in a log, in a variable and in an organisation's, once
// each, and reads no log twice.
func TestSweepPipelines(t *testing.T) {
	h := newGitHubHost(t)
	c := h.withPipelines()
	for _, name := range []string{"acme/shop", "acme/web", "acme/closed"} {
		h.add(name, nil, "nothing\n")
	}
	c.runs("acme/shop", "nothing", "x="+token(t, 1))
	c.runs("acme/web", "nothing")
	c.runs("acme/closed")
	c.variables["/repos/acme/web/actions/variables"] = token(t, 2)
	c.variables["/orgs/acme/actions/variables"] = token(t, 3)
	c.refuse = "acme/closed"
	dir, state := t.TempDir(), t.TempDir()
	const want = `acme variables done: 1 secrets, 0 gaps
acme/closed logs done: 0 secrets, 1 gaps
acme/closed variables done: 0 secrets, 3 gaps
acme/shop logs done: 1 secrets, 0 gaps
acme/shop variables done: 0 secrets, 0 gaps
acme/web logs done: 0 secrets, 0 gaps
acme/web variables done: 1 secrets, 0 gaps`
	for n, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			sweep := h.sweep(dir, "--org", "acme", "--logs", "--variables", "--api-budget", "1000")
			sweep.env = append(sweep.env, "XDG_STATE_HOME="+state)
			out, errs, code := sweep.run(t)
			s := pipelinesOf(t, dir)
			if code != exitFound || s.Complete || s.String() != want || s.Totals.Secrets != 3 {
				t.Errorf("exit code %d, %d secrets, complete %t:\n%s\nwant\n%s\nit says %s%s", code, s.Totals.Secrets, s.Complete, s, want, out, masked(errs, fakegithub.Token))
			}
			if s.Totals.Requests == 0 || !strings.Contains(out, fmt.Sprintf("API: %d requests, %.1f for each repository", s.Totals.Requests, float64(s.Totals.Requests)/3)) {
				t.Errorf("%d requests: %s", s.Totals.Requests, out)
			}
			if asked := c.calls("/orgs/acme/actions/variables"); asked != n+1 {
				t.Errorf("the organisation's variables were asked for %d times in %d sweeps", asked, n+1)
			}
		})
	}
	for path, n := range h.orgs.Fetched() {
		if n != 1 {
			t.Errorf("%s was fetched %d times", path, n)
		}
	}
	places := placesOf(t, dir)
	if want := []string{
		"log run-2-attempt-1.zip!build/1_Make.txt build", "variable DEPLOY_TOKEN organization acme", "variable DEPLOY_TOKEN repository acme/web",
	}; !slices.Equal(places, want) {
		t.Errorf("the ledger has %q, want %q", places, want)
	}
}

// TestSweepPipelinesInterrupted ends a sweep within the logs of a repository: what was read
// is not read again, and a secret in it is not lost.
func TestSweepPipelinesInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals can be sent here")
	}
	h := newGitHubHost(t)
	c := h.withPipelines()
	h.add("acme/shop", nil, "nothing\n")
	c.runs("acme/shop", "x="+token(t, 1), "nothing", "the third", "x="+token(t, 2))
	const third = "/repos/acme/shop/actions/runs/3/attempts/1/logs"
	reached, hold := make(chan struct{}), make(chan struct{})
	var once sync.Once
	serve := h.pipelines
	h.pipelines = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == third {
			once.Do(func() { close(reached) })
			select {
			case <-hold:
			case <-r.Context().Done():
				return
			}
		}
		serve.ServeHTTP(w, r)
	})
	dir, state := t.TempDir(), t.TempDir()
	sweep := h.sweep(dir, "--org", "acme", "--logs")
	sweep.env = append(sweep.env, "XDG_STATE_HOME="+state)
	p := sweep.start(t)
	select {
	case <-reached:
	case <-time.After(hang):
		t.Fatal("no log is asked for")
	}
	endedBy(t, p, exitInterrupted)
	if s := pipelinesOf(t, dir); s.String() != "acme/shop logs running: 1 secrets, 0 gaps" {
		t.Errorf("after the signal: %s", s)
	}
	close(hold)
	out, errs, code := sweep.run(t)
	if s := pipelinesOf(t, dir); code != exitFound || !s.Complete || s.String() != "acme/shop logs done: 2 secrets, 0 gaps" {
		t.Errorf("exit code %d: %s\n%s%s", code, s, out, masked(errs, fakegithub.Token))
	}
	for id := 1; id <= 4; id++ {
		path := fmt.Sprintf("/repos/acme/shop/actions/runs/%d/attempts/1/logs", id)
		if n := h.orgs.Fetched()[path]; n != 1 {
			t.Errorf("%s was fetched %d times", path, n)
		}
	}
	if places := placesOf(t, dir); len(places) != 2 {
		t.Errorf("the ledger has %q", places)
	}
}

// gitlabHost is a GitLab with one project of one group: its API answers from a table, by
// the request's path.
func gitlabHost(t *testing.T, answers map[string]string) *httptest.Server {
	repo := gitrepo.New(t)
	repo.Write("a.txt", "nothing\n").Commit("first")
	git := githttp.Handler(t, "/acme/web.git", repo.CommonDir())
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/acme/web.git/") {
			git.ServeHTTP(w, r)
			return
		}
		answer, ok := answers[strings.TrimPrefix(r.URL.EscapedPath(), "/api/v4/")]
		switch {
		case r.Header.Get("PRIVATE-TOKEN") != "glpat":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Query().Get("source") == "parent_pipeline":
			io.WriteString(w, "[]")
		case ok:
			io.WriteString(w, strings.ReplaceAll(answer, "HOST", server.URL))
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func TestSweepPipelinesGitLab(t *testing.T) {
	server := gitlabHost(t, map[string]string{
		"groups/acme/projects":                 `[{"path_with_namespace": "acme/web", "http_url_to_repo": "HOST/acme/web.git", "web_url": "HOST/acme/web", "visibility": "private"}]`,
		"projects/acme%2Fweb/pipelines":        `[{"id": 5}]`,
		"projects/acme%2Fweb/pipelines/5/jobs": `[{"id": 7, "name": "build", "status": "success", "started_at": "2026-08-20T23:51:25Z", "web_url": "HOST/acme/web/-/jobs/7"}]`,
		"projects/acme%2Fweb/jobs/7/trace":     "x=" + token(t, 1) + "\n",
		"projects/acme%2Fweb/variables":        `[{"key": "A", "value": "` + token(t, 2) + `"}]`,
		"groups/acme/variables":                `[{"key": "B", "value": "` + token(t, 3) + `"}]`,
	})
	dir := t.TempDir()
	sweep := command{dir: dir, env: []string{"GITLAB_TOKEN=glpat"}, args: []string{
		"sweep", "--gitlab-group", "acme", "--url", server.URL, "--logs", "--variables", "--db", "state.db", "--mirrors", "mirrors",
	}}
	out, errs, code := sweep.run(t)
	const want = "acme variables done: 1 secrets, 0 gaps\nacme/web logs done: 1 secrets, 0 gaps\nacme/web variables done: 1 secrets, 0 gaps"
	if s := pipelinesOf(t, dir); code != exitFound || !s.Complete || s.String() != want {
		t.Errorf("exit code %d:\n%s\nwant\n%s\nit says %s%s", code, s, want, out, errs)
	}
}

// TestSweepPipelinesOfList reads those of a list as far as they are on a forge.
func TestSweepPipelinesOfList(t *testing.T) {
	h := newGitHubHost(t)
	c := h.withPipelines()
	h.put("acme/shop", "nothing\n")
	c.runs("acme/shop", "x="+token(t, 1))
	local := gitrepo.New(t)
	local.Write("a.txt", "nothing\n").Commit("first")
	dir := folder(t, map[string]string{"repositories": h.URL + "/acme/shop.git\n" + local.URL() + "\n"})
	out, errs, code := h.sweep(dir, "--repos", "repositories", "--logs").run(t)
	s := pipelinesOf(t, dir)
	want := h.URL + "/acme/shop.git logs done: 1 secrets, 0 gaps"
	if other := local.URL() + " logs done: 0 secrets, 1 gaps"; code != exitFound || s.Complete || !strings.Contains(s.String(), want) || !strings.Contains(s.String(), other) {
		t.Errorf("exit code %d: %s\n%s%s", code, s, out, masked(errs, fakegithub.Token))
	}
	if !strings.Contains(out, "it is on no forge") {
		t.Errorf("the gap is not told: %s", out)
	}
}

// TestSweepBudget has a sweep spend its budget: what is left waits, and says so, and the
// same sweep with more ends it.
func TestSweepBudget(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals can be sent here")
	}
	h := newGitHubHost(t)
	c := h.withPipelines()
	const repositories = 22 // of five requests each
	for i := range repositories {
		name := fmt.Sprintf("acme/r%d", i)
		h.add(name, nil, "nothing\n")
		c.variables["/repos/"+name+"/actions/variables"] = token(t, uint64(i))
	}
	dir := t.TempDir()
	p := h.sweep(dir, "--org", "acme", "--variables", "--api-budget", "100").start(t)
	waiting := func() (n int) {
		if _, complaint := askStatus(t, filepath.Join(dir, "state.db")); complaint != "" {
			return 0
		}
		for _, r := range pipelinesOf(t, dir).Repositories {
			if r.State == "waiting" && strings.Contains(r.Error, "the budget of 100 requests an hour is used up until") {
				n++
			}
		}
		return n
	}
	for until := time.Now().Add(hang); waiting() == 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("nothing waits for the budget")
		}
	}
	endedBy(t, p, exitInterrupted)
	if s := pipelinesOf(t, dir); s.Totals.Requests > 100 || s.Totals.Secrets == 0 || s.Totals.Secrets == repositories {
		t.Errorf("%d requests, %d secrets:\n%s", s.Totals.Requests, s.Totals.Secrets, s)
	}
	out, errs, code := h.sweep(dir, "--org", "acme", "--variables").run(t)
	if s := pipelinesOf(t, dir); code != exitFound || !s.Complete || s.Totals.Secrets != repositories {
		t.Errorf("exit code %d, %d secrets: %s%s", code, s.Totals.Secrets, out, masked(errs, fakegithub.Token))
	}
}

func TestSweepPipelinesRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"too small a budget":  {[]string{"--org", "acme", "--api-budget", "99"}, "--api-budget 99: want at least 100"},
		"a budget below zero": {[]string{"--org", "acme", "--api-budget", "-1"}, "--api-budget -1"},
		"a window of no logs": {[]string{"--org", "acme", "--since", "3d"}, "--since is how far back logs are read"},
		"no window":           {[]string{"--org", "acme", "--logs", "--since", "0"}, "--since"},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, code := run(t, dir, append([]string{"sweep", "--db", "state.db", "--mirrors", "mirrors"}, tc.args...)...)
			if code != exitUsage || !strings.Contains(errs, tc.want) {
				t.Errorf("exit code %d, want %q: %s%s", code, tc.want, out, errs)
			}
		})
	}
}
