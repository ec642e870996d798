package buildlog_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/seen"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// now is when the tests look.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func githubToken(t *testing.T, seed int64) string {
	t.Helper()
	token, err := rules.Expand("${token:crc32-base62:ghp_}", rand.New(rand.NewPCG(uint64(seed), 1)))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// client returns a client of the fake that waits for nothing, and what it was
// told to wait.
func client(t *testing.T, url string) (*forge.Client, *[]time.Duration) {
	t.Helper()
	return newClient(t, url, time.Minute)
}

func newClient(t *testing.T, url string, patience time.Duration) (*forge.Client, *[]time.Duration) {
	t.Helper()
	var waits []time.Duration
	c, err := forge.NewGitHub(forge.GitHubOptions{
		URL: url, Rate: 1e6, Patience: patience,
		Getenv: func(name string) string {
			if name == "GH_TOKEN" {
				return fakegithub.Token
			}
			return ""
		},
		Sleep: func(ctx context.Context, d time.Duration) error {
			waits = append(waits, d)
			return ctx.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, &waits
}

var githubEngine = sync.OnceValues(func() (*detectors.Engine, error) {
	return detectors.New(providers.Load(), detectors.Options{})
})

func scanRuns(t *testing.T, ctx context.Context, url string, o buildlog.GitHubOptions) (*scanner.Result, *buildlog.GitHubRuns) {
	t.Helper()
	c, _ := client(t, url)
	return scanWith(t, ctx, c, o)
}

func scanWith(t *testing.T, ctx context.Context, c *forge.Client, o buildlog.GitHubOptions) (*scanner.Result, *buildlog.GitHubRuns) {
	t.Helper()
	engine, err := githubEngine()
	if err != nil {
		t.Fatal(err)
	}
	if o.Now.IsZero() {
		o.Now = now
	}
	if o.Repo == "" && o.Org == "" {
		o.Repo = "acme/app"
	}
	o.Ruleset = engine.Hash()
	src := buildlog.NewGitHub(c, o)
	return scanner.Run(ctx, []scanner.Source{src}, scanner.Options{Engine: engine}), src
}

// run is a completed run of an hour ago whose attempts print the lines.
func run(t *testing.T, id int64, attempts ...string) fakegithub.Run {
	t.Helper()
	r := fakegithub.Run{ID: id, Workflow: "ci.yml", Branch: "main", Created: now.Add(-time.Hour)}
	for n, line := range attempts {
		r.Attempts = append(r.Attempts, fakegithub.Attempt{
			Zip: fakegithub.Zip(t, map[string]string{
				"build  linux/1_Set up job.txt": fakegithub.Log("hello"),
				"build  linux/2_Run make.txt":   fakegithub.Log("##[group]Run make", "##[endgroup]", line),
				"0_build  linux.txt":            fakegithub.Log("hello", "##[group]Run make", "##[endgroup]", line),
			}),
			Jobs: []fakegithub.Job{{ID: 100*id + int64(n), Name: "build / linux", Steps: []string{"Set up job", "Make it"}}},
		})
	}
	return r
}

func gaps(res *scanner.Result) string {
	var b strings.Builder
	for _, c := range res.Coverage {
		for _, g := range c.Gaps {
			fmt.Fprintf(&b, "%s: %s (%s)\n", g.What, g.Why, g.Fix)
		}
	}
	return b.String()
}

func wantComplete(t *testing.T, res *scanner.Result) {
	t.Helper()
	if !res.Complete() {
		t.Errorf("gaps:\n%s", gaps(res))
	}
}

func wantGap(t *testing.T, res *scanner.Result, parts ...string) {
	t.Helper()
	got := gaps(res)
	for line := range strings.Lines(got) {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }) {
			return
		}
	}
	t.Errorf("no gap says %q; they are:\n%s", parts, got)
}

func read(res *scanner.Result, unit string) int64 { return res.Coverage[0].Read[unit] }

// wantOnce checks that n logs were fetched, each of them once.
func wantOnce(t *testing.T, s *fakegithub.Server, n int) {
	t.Helper()
	fetched := s.Fetched()
	if len(fetched) != n {
		t.Errorf("%d logs were fetched, want %d", len(fetched), n)
	}
	for path, times := range fetched {
		if times != 1 {
			t.Errorf("%s was fetched %d times", path, times)
		}
	}
}

func TestGitHubThreeAttempts(t *testing.T) {
	s := fakegithub.New(t)
	s.Repos["acme/app"] = []fakegithub.Run{run(t, 7,
		"x="+githubToken(t, 1), "y="+githubToken(t, 2), "nothing")}
	res, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{})
	wantComplete(t, res)
	wantOnce(t, s, 3)
	if len(res.Secrets) != 2 {
		t.Fatalf("%d secrets, want 2", len(res.Secrets))
	}
	var got []string
	for _, secret := range res.Secrets {
		for _, o := range secret.Occurrences {
			got = append(got, fmt.Sprintf("%s | %s | %s | %s | %s | %d | %s", o.Repository, o.Run, o.Job, o.Step, o.Path, o.StartLine, o.Link))
		}
	}
	slices.Sort(got)
	want := []string{
		"https://github.example/acme/app | 7 attempt 1 | build / linux | Make it | run-7-attempt-1.zip!build  linux/2_Run make.txt | 3 | https://github.example/acme/app/actions/runs/7/job/700#step:2:3",
		"https://github.example/acme/app | 7 attempt 2 | build / linux | Make it | run-7-attempt-2.zip!build  linux/2_Run make.txt | 3 | https://github.example/acme/app/actions/runs/7/job/701#step:2:3",
	}
	if !slices.Equal(got, want) {
		t.Errorf("occurrences:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := s.Calls("/repos/acme/app/actions/runs/7/attempts/3/jobs"); n != 0 {
		t.Error("the jobs of an attempt without a hit were asked for")
	}
}

func TestGitHubSelects(t *testing.T) {
	other := run(t, 2, "nothing")
	other.Workflow, other.Branch = "deploy.yml", "next"
	old := run(t, 3, "nothing")
	old.Created = now.Add(-8 * 24 * time.Hour)
	for _, tc := range []struct {
		name string
		o    buildlog.GitHubOptions
		want []string
	}{
		{"the last 7 days", buildlog.GitHubOptions{}, []string{"1", "2"}},
		{"further back", buildlog.GitHubOptions{Since: 10 * 24 * time.Hour}, []string{"1", "2", "3"}},
		{"a workflow", buildlog.GitHubOptions{Workflow: "deploy.yml"}, []string{"2"}},
		{"a branch", buildlog.GitHubOptions{Branch: "main"}, []string{"1"}},
		{"one run", buildlog.GitHubOptions{Run: 3}, []string{"3"}},
		{"an organization", buildlog.GitHubOptions{Org: "acme"}, []string{"1", "2", "4"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := fakegithub.New(t)
			s.Repos["acme/app"] = []fakegithub.Run{run(t, 1, "nothing"), other, old}
			s.Repos["acme/lib"] = []fakegithub.Run{run(t, 4, "nothing")}
			s.Repos["other/app"] = []fakegithub.Run{run(t, 5, "nothing")}
			res, _ := scanRuns(t, t.Context(), s.URL, tc.o)
			wantComplete(t, res)
			var got []string
			for path := range s.Fetched() {
				got = append(got, strings.Split(path, "/")[6])
			}
			slices.Sort(got)
			if !slices.Equal(got, tc.want) {
				t.Errorf("runs %v were read, want %v", got, tc.want)
			}
		})
	}
}

func TestGitHubArtifacts(t *testing.T) {
	s := fakegithub.New(t)
	r := run(t, 7, "nothing")
	inner := string(fakegithub.Zip(t, map[string]string{".env": "TOKEN=" + githubToken(t, 3) + "\n"}))
	r.Artifacts = []fakegithub.Artifact{
		{ID: 1, Name: "site/../x", Zip: fakegithub.Zip(t, map[string]string{"dist/app.zip": inner})},
		{ID: 2, Name: "old", Expired: true},
	}
	s.Repos["acme/app"] = []fakegithub.Run{r}
	res, src := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{Artifacts: true})
	wantGap(t, res, `artifact "old" of acme/app run 7`, "expired")
	if len(res.Secrets) != 1 {
		t.Fatalf("%d secrets, want 1", len(res.Secrets))
	}
	o := res.Secrets[0].Occurrences[0]
	if o.Path != "artifact-1-site----x.zip!dist/app.zip!.env" || o.Run != "7" || o.StartLine != 1 ||
		o.Link != "https://github.example/acme/app/actions/runs/7#artifacts" || o.Kind != scanner.InLog {
		t.Errorf("occurrence %+v", o)
	}
	if leaks := src.Leaking(res); len(leaks) != 0 {
		t.Errorf("logs are to be deleted for what an artifact holds: %v", leaks)
	}
}

// TestGitHubManyRuns has far more runs in the window than a list can name.
func TestGitHubManyRuns(t *testing.T) {
	const many = 5000
	s := fakegithub.New(t)
	logs := fakegithub.Zip(t, map[string]string{"b/1_x.txt": fakegithub.Log("nothing")})
	var runs []fakegithub.Run
	for i := range many {
		runs = append(runs, fakegithub.Run{
			ID: int64(i + 1), Workflow: "ci.yml", Branch: "main",
			// Most of them in a burst, to be bisected more than once.
			Created:  now.Add(-time.Duration(i%10) * time.Second * time.Duration(1+i%3*20000)),
			Attempts: []fakegithub.Attempt{{Zip: logs}},
		})
	}
	s.Repos["acme/app"] = runs
	res, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{})
	wantComplete(t, res)
	wantOnce(t, s, many)
	if n := read(res, "runs"); n != many {
		t.Errorf("%d runs read, want %d", n, many)
	}
}

// TestGitHubManyRunsInOneSecond cannot be bisected.
func TestGitHubManyRunsInOneSecond(t *testing.T) {
	s := fakegithub.New(t)
	logs := fakegithub.Zip(t, map[string]string{"b/1_x.txt": fakegithub.Log("nothing")})
	for i := range 1001 {
		s.Repos["acme/app"] = append(s.Repos["acme/app"], fakegithub.Run{
			ID: int64(i + 1), Created: now.Add(-time.Minute), Attempts: []fakegithub.Attempt{{Zip: logs}},
		})
	}
	res, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{})
	wantGap(t, res, "GitHub says that they are 1001 and names only 1000")
	wantOnce(t, s, 1000)
}

func TestGitHubWithoutLogs(t *testing.T) {
	const path = "/repos/acme/app/actions/runs/7/attempts/1/logs"
	for _, tc := range []struct {
		name   string
		change func(*fakegithub.Run)
		want   []string // of a gap; nil: complete
	}{
		{"expired", func(r *fakegithub.Run) { r.Attempts[0].Status = 410 }, []string{"logs of acme/app run 7, attempt 1", "410 Gone", "retention"}},
		{"in progress, and said so", func(r *fakegithub.Run) { r.Status = "in_progress" }, []string{"attempt 1", "not finished"}},
		{"not there yet", func(r *fakegithub.Run) { r.Attempts[0].Status = 404 }, []string{"attempt 1", "404", "scan again later"}},
		{"no job began", func(r *fakegithub.Run) { r.Attempts[0].Status, r.Conclusion = 404, "skipped" }, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := fakegithub.New(t)
			r, whole := run(t, 7, "nothing"), run(t, 8, "x="+githubToken(t, 1))
			tc.change(&r)
			s.Repos["acme/app"] = []fakegithub.Run{r, whole}
			res, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{})
			if tc.want == nil {
				wantComplete(t, res)
				if !slices.ContainsFunc(res.Coverage[0].Excluded, func(g scanner.Gap) bool { return g.What == "runs without a log" }) {
					t.Errorf("excluded: %v", res.Coverage[0].Excluded)
				}
			} else {
				wantGap(t, res, tc.want...)
			}
			if len(res.Secrets) != 1 {
				t.Error("what the other run holds was not found")
			}
			if r.Status != "" && s.Calls(path) != 0 {
				t.Error("the logs of an unfinished run were asked for")
			}
		})
	}
}

// fault answers the first times requests whose path has the suffix.
func fault(s *fakegithub.Server, suffix string, atStore bool, times int64, answer http.HandlerFunc) *atomic.Int64 {
	done := new(atomic.Int64)
	s.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, suffix) || s.AtStore(r) != atStore || done.Add(1) > times {
			return false
		}
		answer(w, r)
		return true
	}
	return done
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func page(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, body)
	}
}

// TestGitHubWaits has faults that pass.
func TestGitHubWaits(t *testing.T) {
	for _, tc := range []struct {
		name    string
		suffix  string
		atStore bool
		answer  http.HandlerFunc
		wait    time.Duration // -1: none
	}{
		{"403 with Retry-After for the list", "/runs", false, status(403, "Retry-After", "7"), 7 * time.Second},
		{"403 with Retry-After for a log", "/logs", false, status(403, "Retry-After", "7"), 7 * time.Second},
		{"429", "/logs", false, status(429, "Retry-After", "90"), 90 * time.Second},
		{"429 without a time", "/runs", false, status(429), 61 * time.Second},
		{"an error of the server", "/runs", false, status(502), time.Second},
		{"an expired link", "/logs", true, status(403), -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := fakegithub.New(t)
			s.Repos["acme/app"] = []fakegithub.Run{run(t, 7, "x="+githubToken(t, 1))}
			fault(s, tc.suffix, tc.atStore, 1, tc.answer)
			c, waits := client(t, s.URL)
			res, _ := scanWith(t, t.Context(), c, buildlog.GitHubOptions{})
			wantComplete(t, res)
			if len(res.Secrets) != 1 {
				t.Errorf("%d secrets, want 1", len(res.Secrets))
			}
			var want []time.Duration
			if tc.wait >= 0 {
				want = []time.Duration{tc.wait}
			}
			if !slices.Equal(*waits, want) {
				t.Errorf("it waited %v, want %v", *waits, want)
			}
			if n := s.Calls("/repos/acme/app/actions/runs/7/attempts/1/logs"); tc.atStore && n != 2 {
				t.Errorf("a fresh link was asked for %d times, want 2", n)
			}
		})
	}
}

// TestGitHubFaults has faults that stay. Each is a gap that says what it is.
func TestGitHubFaults(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, n+1))
		io.WriteString(w, `{"total_count": 1, "workflow_runs": []}`)
	}
	loop := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }
	broken := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, "PK\x03\x04 and no more")
	}
	for _, tc := range []struct {
		name    string
		suffix  string
		atStore bool
		answer  http.HandlerFunc
		want    []string
	}{
		{"a web page for the list", "/runs", false, page("<html>log in</html>"), []string{"runs of acme/app", "web page"}},
		{"a web page for a log", "/logs", true, page("<html>log in</html>"), []string{"logs of acme/app run 7, attempt 1", "no zip archive"}},
		{"an error with status 200", "/runs", false, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"message": "oops"}`) }, []string{"runs of acme/app", "the list of runs is none"}},
		{"endless pages", "/runs", false, endless, []string{"runs of acme/app", "more pages"}},
		{"a redirect of the list", "/runs", false, loop, []string{"runs of acme/app", "302"}},
		{"a store that redirects in a circle", "/logs", true, loop, []string{"logs of acme/app run 7", "302"}},
		{"a link that is always expired", "/logs", true, status(403), []string{"logs of acme/app run 7", "403", "store"}},
		{"a log that breaks off", "/logs", true, broken, []string{"logs of acme/app run 7", "to its end"}},
		{"no permission", "/logs", false, status(403), []string{"logs of acme/app run 7", "Actions: read"}},
		{"no token", "/runs", false, status(401), []string{"runs of acme/app", "GH_TOKEN"}},
		{"no such repository", "/runs", false, status(404), []string{"runs of acme/app", "correct the name"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := fakegithub.New(t)
			s.Repos["acme/app"] = []fakegithub.Run{run(t, 7, "nothing")}
			asked := fault(s, tc.suffix, tc.atStore, 1<<30, tc.answer)
			res, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{})
			wantGap(t, res, tc.want...)
			if n := asked.Load(); n > 12 {
				t.Errorf("the server was asked %d times", n)
			}
		})
	}
}

func TestGitHubSlowBody(t *testing.T) {
	s := fakegithub.New(t)
	s.Repos["acme/app"] = []fakegithub.Run{run(t, 7, "nothing")}
	fault(s, "/logs", true, 1, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "PK")
		w.(http.Flusher).Flush()
		<-r.Context().Done() // until the client hangs up
	})
	c, _ := newClient(t, s.URL, time.Second)
	res, _ := scanWith(t, t.Context(), c, buildlog.GitHubOptions{})
	wantGap(t, res, "logs of acme/app run 7, attempt 1", "the answer took longer than 1s")
}

// TestGitHubStops gives up on a server that does nothing but fail.
func TestGitHubStops(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		most   int64 // requests
		want   string
	}{
		{"no log can be fetched", status(500), 5 * 6, "5 requests in a row"},
		{"the rate limit stays", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"message": "API rate limit exceeded for installation."}`)
		}, 6, "the rest was not asked for"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := fakegithub.New(t)
			for id := range int64(20) {
				s.Repos["acme/app"] = append(s.Repos["acme/app"], run(t, id+1, "nothing"))
			}
			asked := fault(s, "/logs", false, 1<<30, tc.answer)
			res, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{})
			wantGap(t, res, "GitHub Actions logs of acme/app", tc.want)
			if n := asked.Load(); n > tc.most {
				t.Errorf("%d requests, want at most %d", n, tc.most)
			}
		})
	}
}

func TestGitHubNotModified(t *testing.T) {
	s := fakegithub.New(t)
	s.Repos["acme/app"] = []fakegithub.Run{run(t, 7, "x="+githubToken(t, 1))}
	c, _ := client(t, s.URL)
	for range 2 {
		res, _ := scanWith(t, t.Context(), c, buildlog.GitHubOptions{})
		wantComplete(t, res)
		if len(res.Secrets) != 1 {
			t.Errorf("%d secrets, want 1", len(res.Secrets))
		}
	}
	if n := s.Calls("304 /repos/acme/app/actions/runs"); n != 1 {
		t.Errorf("the list was not modified %d times, want once", n)
	}
}

// TestGitHubResume kills a scan in the middle and takes it up again.
func TestGitHubResume(t *testing.T) {
	s := fakegithub.New(t)
	const runs = 9
	for id := range int64(runs) {
		line := "nothing"
		if id%4 == 0 {
			line = "x=" + githubToken(t, id)
		}
		s.Repos["acme/app"] = append(s.Repos["acme/app"], run(t, id+1, line))
	}
	path := filepath.Join(t.TempDir(), "state.jsonl")
	ctx, kill := context.WithCancel(t.Context())
	var fetched atomic.Int64
	s.Intercept = func(_ http.ResponseWriter, r *http.Request) bool {
		if s.AtStore(r) && fetched.Add(1) == 6 {
			kill()
			<-r.Context().Done()
			return true
		}
		return false
	}
	first, src := scanRuns(t, ctx, s.URL, buildlog.GitHubOptions{State: state(t, path)})
	wantGap(t, first, "interrupted")
	// What was found is reported after an interruption, too.
	if err := src.Reported(); err != nil {
		t.Fatal(err)
	}
	before := s.Fetched()
	s.Intercept = nil

	second, src := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{State: state(t, path)})
	wantComplete(t, second)
	if err := src.Reported(); err != nil {
		t.Fatal(err)
	}
	cut := 0
	for log, n := range s.Fetched() {
		if n > 1 && before[log] == 1 {
			cut++ // the one that was under way
		}
	}
	if cut != 1 || len(s.Fetched()) != runs {
		t.Errorf("%d of %d logs were fetched again, want only the one that was cut off", cut, len(s.Fetched()))
	}
	if n := len(first.Secrets) + len(second.Secrets); n != 3 {
		t.Errorf("%d secrets in both reports, want 3", n)
	}

	third, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{State: state(t, path)})
	wantComplete(t, third)
	if n := read(third, "attempts"); n != 0 {
		t.Errorf("a third scan fetched %d logs", n)
	}
	if n := excluded(third); n != runs {
		t.Errorf("a third scan says that it left out %d logs, want %d", n, runs)
	}
}

// TestGitHubKillBeforeTheReport loses no finding that nobody has seen.
func TestGitHubKillBeforeTheReport(t *testing.T) {
	s := fakegithub.New(t)
	leaking := run(t, 1, "x="+githubToken(t, 1))
	leaking.Artifacts = []fakegithub.Artifact{{ID: 5, Name: "a", Zip: fakegithub.Zip(t, map[string]string{"a": "y=" + githubToken(t, 2)})}}
	s.Repos["acme/app"] = []fakegithub.Run{leaking, run(t, 2, "nothing")}
	path := filepath.Join(t.TempDir(), "state.jsonl")
	for range 2 { // the first is killed before its report is written
		res, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{State: state(t, path), Artifacts: true})
		wantComplete(t, res)
		if len(res.Secrets) != 2 {
			t.Errorf("%d secrets, want 2", len(res.Secrets))
		}
	}
	if n := s.Fetched()["/repos/acme/app/actions/runs/2/attempts/1/logs"]; n != 1 {
		t.Errorf("the log without a hit was fetched %d times, want once", n)
	}
}

func state(t *testing.T, path string) *seen.State {
	t.Helper()
	s, err := seen.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func excluded(res *scanner.Result) int {
	n := 0
	for _, e := range res.Coverage[0].Excluded {
		if strings.Contains(e.What, "read before") {
			n += e.Count
		}
	}
	return n
}

func TestGitHubReadsAgainWhatHadGaps(t *testing.T) {
	s := fakegithub.New(t)
	r := run(t, 7, "nothing")
	whole := r.Attempts[0].Zip
	r.Attempts[0].Zip = whole[:len(whole)-30]
	s.Repos["acme/app"] = []fakegithub.Run{r}
	path := filepath.Join(t.TempDir(), "state.jsonl")
	for range 2 {
		res, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{State: state(t, path)})
		wantGap(t, res, "logs of acme/app run 7, attempt 1", "run-7-attempt-1.zip")
	}
	if n := s.Fetched()["/repos/acme/app/actions/runs/7/attempts/1/logs"]; n != 2 {
		t.Errorf("a damaged log was fetched %d times, want 2", n)
	}
}

func TestGitHubTooLarge(t *testing.T) {
	s := fakegithub.New(t)
	s.Repos["acme/app"] = []fakegithub.Run{run(t, 7, "nothing")}
	res, _ := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{MaxDownload: 100})
	wantGap(t, res, "logs of acme/app run 7, attempt 1", "larger than the limit of 100 bytes")
}

func TestGitHubDeletesLeakingLogs(t *testing.T) {
	s := fakegithub.New(t)
	twice := githubToken(t, 1)
	s.Repos["acme/app"] = []fakegithub.Run{run(t, 7, "x="+twice, "x="+twice, "y="+githubToken(t, 2)), run(t, 8, "nothing")}
	res, src := scanRuns(t, t.Context(), s.URL, buildlog.GitHubOptions{})
	want := []buildlog.LeakingRun{{Repo: "acme/app", ID: 7, Secrets: 2, Page: "https://github.example/acme/app/actions/runs/7"}}
	got := src.Leaking(res)
	if !slices.Equal(got, want) {
		t.Fatalf("leaking runs %v, want %v", got, want)
	}
	if err := src.DeleteLogs(t.Context(), got[0]); err != nil {
		t.Fatal(err)
	}
	if n := s.Calls("DELETE /repos/acme/app/actions/runs/7/logs"); n != 1 {
		t.Errorf("%d deletions, want 1", n)
	}
}

// TestGitHubHeldToOpenAPI makes sure that the other tests, whose requests and
// answers are all validated where the description is at hand, had it.
func TestGitHubHeldToOpenAPI(t *testing.T) {
	fakegithub.RequireSpec(t)
	s := fakegithub.New(t)
	r := run(t, 7, "x="+githubToken(t, 1))
	r.Artifacts = []fakegithub.Artifact{{ID: 5, Name: "a", Zip: fakegithub.Zip(t, map[string]string{"a": "b"})}}
	s.Repos["acme/app"] = []fakegithub.Run{r}
	for _, o := range []buildlog.GitHubOptions{
		{Org: "acme", Artifacts: true, Branch: "main"},
		{Repo: "acme/app", Workflow: "ci.yml"},
		{Repo: "acme/app", Run: 7},
	} {
		res, src := scanRuns(t, t.Context(), s.URL, o)
		wantComplete(t, res)
		for _, leak := range src.Leaking(res) {
			if err := src.DeleteLogs(t.Context(), leak); err != nil {
				t.Error(err)
			}
		}
	}
	if s.Calls("DELETE /repos/acme/app/actions/runs/7/logs") != 3 {
		t.Error("not every endpoint was asked")
	}
}
