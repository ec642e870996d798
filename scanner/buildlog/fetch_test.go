package buildlog

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/seen"
)

// leaked is a token that the logs of these tests hold.
func leaked(t *testing.T) string {
	t.Helper()
	token, err := rules.Expand("${token:crc32-base62:ghp_}", rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

var remoteEngine = sync.OnceValues(func() (*detectors.Engine, error) {
	return detectors.New(providers.Load(), detectors.Options{})
})

// routes is what a fake CI system answers, by the escaped path of the request.
type routes map[string]http.HandlerFunc

func jsonAnswer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, body)
	}
}

func textAnswer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, body)
	}
}

func failure(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, `{"message": "no"}`)
	}
}

// fakeCI is a system of these tests: with one finished job, whose log holds a
// token in its third line, and one that is still running.
type fakeCI struct {
	name   string
	opts   RemoteOptions
	routes func(log string) routes
	list   string // the path of the list of builds
	log    string // the path of the finished job's log
	wrap   func(text string) string
	what   string // the finished job, as a gap names it
	want   scanner.Occurrence
	header string // that the token comes in
	value  string
}

func plainLog(text string) string { return text }

func logText(t *testing.T) string {
	return "Preparing the environment\nRunning the script\nusing " + leaked(t) + "\nDone\n"
}

// remoteScan scans the fake with the given answers in place of its own.
type remoteScan struct {
	server *httptest.Server
	source *remote
	slept  atomic.Int32
	asked  sync.Map // *atomic.Int32 by path
}

func newRemoteScan(t *testing.T, ci fakeCI, instead routes) *remoteScan {
	t.Helper()
	s := new(remoteScan)
	answers := ci.routes(ci.wrap(logText(t)))
	for path, h := range instead {
		answers[path] = h
	}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		n, _ := s.asked.LoadOrStore(path, new(atomic.Int32))
		n.(*atomic.Int32).Add(1)
		if got := r.Header.Get(ci.header); got != ci.value {
			t.Errorf("%s: header %s does not hold the token", path, ci.header)
		}
		h, ok := answers[path]
		if !ok {
			t.Errorf("unexpected request %s", r.URL)
			h = http.NotFound
		}
		h(w, r)
	}))
	t.Cleanup(s.server.Close)
	env := map[string]string{}
	system, err := remoteSystemNamed(ci.name)
	if err != nil {
		t.Fatal(err)
	}
	env[system.variables+"_TOKEN"] = "t0ken"
	env[system.variables+"_URL"] = s.server.URL
	if ci.name == "jenkins" {
		env["JENKINS_USER"] = "ci"
	}
	o, err := RemoteAuth(ci.name, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	o.Rate = 1e6
	o.Sleep = func(context.Context, time.Duration) error { s.slept.Add(1); return nil }
	client, err := forge.New(o)
	if err != nil {
		t.Fatal(err)
	}
	src, err := Remote(ci.name, client, ci.opts)
	if err != nil {
		t.Fatal(err)
	}
	s.source = src.(*remote)
	s.source.maxPages = 5
	return s
}

func (s *remoteScan) run(t *testing.T) *scanner.Result {
	t.Helper()
	engine, err := remoteEngine()
	if err != nil {
		t.Fatal(err)
	}
	return scanner.Run(t.Context(), []scanner.Source{s.source}, scanner.Options{Engine: engine})
}

func (s *remoteScan) requests(path string) int32 {
	n, ok := s.asked.Load(path)
	if !ok {
		return 0
	}
	return n.(*atomic.Int32).Load()
}

// occurrences is where the result has the token.
func occurrences(res *scanner.Result) []scanner.Occurrence {
	var all []scanner.Occurrence
	for _, s := range res.Secrets {
		all = append(all, s.Occurrences...)
	}
	return all
}

func fakeCIs() []fakeCI {
	return []fakeCI{
		fakeGitLab(), fakeJenkins(), fakeCircleCI(), fakeTravis(),
		fakeAzure(), fakeBuildkite(), fakeBitbucket(),
	}
}

func TestRemote(t *testing.T) {
	for _, ci := range fakeCIs() {
		t.Run(ci.name, func(t *testing.T) {
			s := newRemoteScan(t, ci, nil)
			res := s.run(t)
			cov := res.Coverage[0]
			if !res.Complete() {
				t.Errorf("gaps: %+v", cov.Gaps)
			}
			if len(cov.Excluded) != 1 || cov.Excluded[0].What != "jobs that have not finished" || cov.Excluded[0].Count != 1 {
				t.Errorf("excluded: %+v, want the one running job", cov.Excluded)
			}
			if cov.Read["logs"] != 1 || cov.Read["builds"] == 0 || cov.Read["bytes"] == 0 {
				t.Errorf("read: %v", cov.Read)
			}
			found := occurrences(res)
			if len(found) != 1 {
				t.Fatalf("%d occurrences, want 1", len(found))
			}
			got, want := found[0], ci.want
			want.Link = strings.ReplaceAll(want.Link, "SERVER", s.server.URL)
			if got.Kind != scanner.InLog || got.Run != want.Run || got.Job != want.Job || got.Step != want.Step {
				t.Errorf("found in %s run %q job %q step %q, want run %q job %q step %q",
					got.Kind, got.Run, got.Job, got.Step, want.Run, want.Job, want.Step)
			}
			if got.Link != want.Link {
				t.Errorf("link %q, want %q", got.Link, want.Link)
			}
			if got.StartLine != 3 || got.StartColumn != 7 {
				t.Errorf("found at %d:%d, want 3:7", got.StartLine, got.StartColumn)
			}
		})
	}
}

// TestRemoteFaults lets the list of builds, or the log, go wrong in each way.
func TestRemoteFaults(t *testing.T) {
	const webPage = "<!DOCTYPE html>\n<html><body>Sign in</body></html>"
	html := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, webPage)
	}
	tests := []struct {
		name     string
		ofLog    bool // else of the list
		answer   http.HandlerFunc
		why      string
		fixTells string // "": whatever
	}{
		{"list 401", false, failure(401), "answers 401 Unauthorized: no", "_TOKEN"},
		{"list 403", false, failure(403), "answers 403 Forbidden: no", "_TOKEN needs"},
		{"list 404", false, failure(404), "answers 404 Not Found: no", "correct the name"},
		{"list 429 for ever", false, failure(429), "answers 429", "scan again later"},
		{"list 500 for ever", false, failure(500), "answers 500", "scan again when"},
		{"list is a web page", false, html, "web page", "correct --url"},
		{"list is an error with status 200", false, jsonAnswer(`{"error": "maintenance"}`), "answer", ""},
		{"list is broken off", false, jsonAnswer(`[{"id": 1`), "", ""},
		{"list redirects", false, http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP, "answers 302", "correct --url"},
		{"log 401", true, failure(401), "answers 401", "_TOKEN"},
		{"log 403", true, failure(403), "answers 403", "_TOKEN needs"},
		{"log 404", true, failure(404), "answers 404", "a log that has expired is lost"},
		{"log 410", true, failure(410), "answers 410 Gone", "nothing brings it back"},
		{"log is a web page", true, html, "web page", "correct --url"},
		{"log is empty", true, textAnswer(""), "the log is empty", "nothing brings it back"},
		{"log redirects in a circle", true, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		}, "answers 302", ""},
	}
	for _, ci := range fakeCIs() {
		for _, tt := range tests {
			t.Run(ci.name+"/"+tt.name, func(t *testing.T) {
				path := ci.list
				if tt.ofLog {
					path = ci.log
				}
				s := newRemoteScan(t, ci, routes{path: tt.answer})
				res := s.run(t)
				gaps := res.Coverage[0].Gaps
				if len(gaps) == 0 {
					t.Fatal("no gap")
				}
				g := gaps[0]
				if tt.ofLog && g.What != ci.what {
					t.Errorf("gap of %q, want %q", g.What, ci.what)
				}
				if !strings.Contains(g.Why, tt.why) || !strings.Contains(g.Fix, tt.fixTells) || g.Fix == "" {
					t.Errorf("gap: %+v", g)
				}
				if n := len(occurrences(res)); n != 0 {
					t.Errorf("%d occurrences in a log that could not be read", n)
				}
			})
		}
	}
}

// TestRemoteCutShort wants what was found before a log broke off.
func TestRemoteCutShort(t *testing.T) {
	for _, ci := range fakeCIs() {
		for name, rest := range map[string]func(r *http.Request){
			"breaks off": func(*http.Request) {},
			"stalls":     func(r *http.Request) { <-r.Context().Done() },
		} {
			t.Run(ci.name+"/"+name, func(t *testing.T) {
				text := ci.wrap(logText(t))
				text = text[:len(text)-3]
				s := newRemoteScan(t, ci, routes{ci.log: func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Length", fmt.Sprint(2*len(text)))
					io.WriteString(w, text)
					w.(http.Flusher).Flush()
					rest(r)
				}})
				s.source.stall = 200 * time.Millisecond
				res := s.run(t)
				if res.Complete() || res.Coverage[0].Gaps[0].What != ci.what {
					t.Errorf("gaps: %+v, want one of %q", res.Coverage[0].Gaps, ci.what)
				}
				if len(occurrences(res)) == 0 {
					t.Error("what came before was not found")
				}
			})
		}
	}
}

// TestRemoteTrickle wants a server left alone that never stalls and never ends.
func TestRemoteTrickle(t *testing.T) {
	ci := fakeGitLab()
	s := newRemoteScan(t, ci, routes{ci.log: func(w http.ResponseWriter, r *http.Request) {
		for text := logText(t); r.Context().Err() == nil; text = "." {
			io.WriteString(w, text)
			w.(http.Flusher).Flush()
		}
	}})
	s.source.patience = time.Second
	res := s.run(t)
	gaps := res.Coverage[0].Gaps
	if len(gaps) != 1 || gaps[0].What != ci.what || !strings.Contains(gaps[0].Why, "too slow") {
		t.Errorf("gaps: %+v, want one that says that the server is too slow", gaps)
	}
	if len(occurrences(res)) == 0 {
		t.Error("what came before was not found")
	}
}

func TestRemoteWaits(t *testing.T) {
	for _, ci := range fakeCIs() {
		t.Run(ci.name, func(t *testing.T) {
			var first atomic.Bool
			answers := ci.routes(ci.wrap(logText(t)))
			s := newRemoteScan(t, ci, routes{ci.log: func(w http.ResponseWriter, r *http.Request) {
				if first.CompareAndSwap(false, true) {
					w.Header().Set("Retry-After", "7")
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				answers[ci.log](w, r)
			}})
			res := s.run(t)
			if !res.Complete() || len(occurrences(res)) != 1 || s.slept.Load() != 1 {
				t.Errorf("gaps %+v, %d occurrences, waited %d times", res.Coverage[0].Gaps, len(occurrences(res)), s.slept.Load())
			}
		})
	}
}

// TestRemoteState wants a log that holds nothing fetched once, and one that holds
// something by each scan.
func TestRemoteState(t *testing.T) {
	tests := []struct {
		name    string
		log     func(*testing.T) string
		ruleset string // of the second scan; the first's is "a"
		fetched int32
	}{
		{"holds nothing", func(*testing.T) string { return "Done\n" }, "a", 1},
		{"holds nothing, under other rules", func(*testing.T) string { return "Done\n" }, "b", 2},
		{"holds a token", logText, "a", 2},
	}
	for _, ci := range fakeCIs() {
		for _, tt := range tests {
			t.Run(ci.name+"/"+tt.name, func(t *testing.T) {
				state, err := seen.Open(filepath.Join(t.TempDir(), "state"))
				if err != nil {
					t.Fatal(err)
				}
				defer state.Close()
				log := ci.routes(ci.wrap(tt.log(t)))[ci.log]
				s := newRemoteScan(t, ci, routes{ci.log: log})
				s.source.opts.State, s.source.opts.Ruleset = state, "a"
				first := s.run(t)
				s.source.opts.Ruleset = tt.ruleset
				second := s.run(t)
				if n := s.requests(ci.log); n != tt.fetched {
					t.Errorf("the log was fetched %d times, want %d", n, tt.fetched)
				}
				if a, b := len(occurrences(first)), len(occurrences(second)); a != b {
					t.Errorf("%d occurrences in the first scan, %d in the second", a, b)
				}
			})
		}
	}
}

// TestRemoteRedirect reads a log from the store that the API redirects to, as an
// address that expires once.
func TestRemoteRedirect(t *testing.T) {
	for _, ci := range fakeCIs() {
		t.Run(ci.name, func(t *testing.T) {
			text := ci.wrap(logText(t))
			var asked atomic.Int32
			store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get(ci.header) != "" || r.Header.Get("Authorization") != "" {
					t.Error("the store was sent the token")
				}
				if asked.Add(1) == 1 {
					w.WriteHeader(http.StatusForbidden)
					return
				}
				io.WriteString(w, text)
			}))
			defer store.Close()
			s := newRemoteScan(t, ci, routes{ci.log: http.RedirectHandler(store.URL+"/blob?sig=1", http.StatusTemporaryRedirect).ServeHTTP})
			res := s.run(t)
			if n := len(occurrences(res)); n != 1 || !res.Complete() {
				t.Errorf("%d occurrences, gaps %+v", n, res.Coverage[0].Gaps)
			}
		})
	}
}

// TestRemoteGivesUp wants a server that fails over and over left alone.
func TestRemoteGivesUp(t *testing.T) {
	const jobs = 40
	tests := []struct {
		name    string
		answer  http.HandlerFunc
		fetched int32
		rest    bool // a gap tells that the rest was not asked for
	}{
		{"token no longer valid", failure(401), remoteFailures, true},
		{"sign-in page", textAnswer("<html>"), remoteFailures, true},
		{"expired logs", failure(404), jobs, false},
		{"empty logs", textAnswer(""), jobs, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var all []string
			for id := range jobs {
				all = append(all, fmt.Sprintf(`{"id": %d, "name": "job", "status": "success", "started_at": "2026-11-20T17:54:24.729Z"}`, id))
			}
			var fetched atomic.Int32
			answers := routes{gitlabJobs: jsonAnswer("[" + strings.Join(all, ",") + "]")}
			for id := range jobs {
				answers[fmt.Sprintf("/api/v4/projects/acme%%2Fweb/jobs/%d/trace", id)] = func(w http.ResponseWriter, r *http.Request) {
					fetched.Add(1)
					tt.answer(w, r)
				}
			}
			gaps := newRemoteScan(t, fakeGitLab(), answers).run(t).Coverage[0].Gaps
			rest := slices.ContainsFunc(gaps, func(g scanner.Gap) bool { return g.What == "the rest of the GitLab build logs of acme/web" })
			if fetched.Load() != tt.fetched || rest != tt.rest {
				t.Errorf("%d logs were asked for, want %d; gaps %+v", fetched.Load(), tt.fetched, gaps)
			}
		})
	}
}

func TestRemoteInterrupted(t *testing.T) {
	ci := fakeGitLab()
	ctx, cancel := context.WithCancel(t.Context())
	s := newRemoteScan(t, ci, routes{ci.log: func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}})
	engine, err := remoteEngine()
	if err != nil {
		t.Fatal(err)
	}
	res := scanner.Run(ctx, []scanner.Source{s.source}, scanner.Options{Engine: engine})
	if gaps := res.Coverage[0].Gaps; len(gaps) != 1 || !strings.Contains(gaps[0].Why, "interrupted") {
		t.Errorf("gaps: %+v, want one that says that the scan was interrupted", gaps)
	}
}

func TestRemoteUsage(t *testing.T) {
	client, err := forge.New(forge.Options{BaseURL: "http://127.0.0.1/"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, system string
		opts         RemoteOptions
		want         string
	}{
		{"no such system", "hudson", RemoteOptions{}, `no CI system "hudson": want one of gitlab, jenkins`},
		{"no project", "gitlab", RemoteOptions{}, "GitLab: name the project"},
		{"no organisation", "azure", RemoteOptions{Project: "web"}, "Azure DevOps: name the organisation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Remote(tt.system, client, tt.opts)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestRemoteName(t *testing.T) {
	o := RemoteOptions{Project: "acme/web", Branch: "main", Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	const want = "GitLab build logs of acme/web, branch main, since 2026-11-01T00:00:00Z"
	if got := NewGitLab(nil, o).Name(); got != want {
		t.Errorf("name %q, want %q", got, want)
	}
}

func TestRemoteAuth(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("fr0m-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	two := filepath.Join(t.TempDir(), "two")
	if err := os.WriteFile(two, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, system string
		env          map[string]string
		base         string
		header, want string // of an authorised request
		err          string
	}{
		{"gitlab", "gitlab", map[string]string{"GITLAB_TOKEN": "t"}, "https://gitlab.com/api/v4/", "Private-Token", "t", ""},
		{"gitlab from a file", "gitlab", map[string]string{"GITLAB_TOKEN_FILE": file}, "https://gitlab.com/api/v4/", "Private-Token", "fr0m-file", ""},
		{"gitlab of one's own", "gitlab", map[string]string{"GITLAB_TOKEN": "t", "GITLAB_URL": "https://git.example.com/gitlab"}, "https://git.example.com/gitlab/api/v4/", "Private-Token", "t", ""},
		{"gitlab by its API's address", "gitlab", map[string]string{"GITLAB_TOKEN": "t", "GITLAB_URL": "https://git.example.com/api/v4/"}, "https://git.example.com/api/v4/", "Private-Token", "t", ""},
		{"jenkins", "jenkins", map[string]string{"JENKINS_USER": "u", "JENKINS_TOKEN": "t", "JENKINS_URL": "https://ci.example.com/jenkins/"}, "https://ci.example.com/jenkins/", "Authorization", "Basic dTp0", ""},
		{"jenkins without an address", "jenkins", map[string]string{"JENKINS_USER": "u", "JENKINS_TOKEN": "t"}, "", "Authorization", "Basic dTp0", ""},
		{"jenkins without a user", "jenkins", map[string]string{"JENKINS_TOKEN": "t"}, "", "", "", "JENKINS_USER is not set"},
		{"circleci", "circleci", map[string]string{"CIRCLE_TOKEN": "t"}, "https://circleci.com/api/", "Circle-Token", "t", ""},
		{"travis", "travis", map[string]string{"TRAVIS_TOKEN": "t"}, "https://api.travis-ci.com/", "Authorization", "token t", ""},
		{"azure", "azure", map[string]string{"AZURE_DEVOPS_TOKEN": "t"}, "https://dev.azure.com/", "Authorization", "Basic OnQ=", ""},
		{"buildkite", "buildkite", map[string]string{"BUILDKITE_TOKEN": "t"}, "https://api.buildkite.com/v2/", "Authorization", "Bearer t", ""},
		{"bitbucket", "bitbucket", map[string]string{"BITBUCKET_TOKEN": "t"}, "https://api.bitbucket.org/2.0/", "Authorization", "Bearer t", ""},
		{"bitbucket of a person", "bitbucket", map[string]string{"BITBUCKET_USER": "u", "BITBUCKET_TOKEN": "t"}, "https://api.bitbucket.org/2.0/", "Authorization", "Basic dTp0", ""},
		{"no token", "gitlab", nil, "", "", "", "no token for GitLab: put one into GITLAB_TOKEN, or the name of a file that holds one into GITLAB_TOKEN_FILE; it needs the scope read_api"},
		{"no such file", "gitlab", map[string]string{"GITLAB_TOKEN_FILE": file + ".gone"}, "", "", "", "GITLAB_TOKEN_FILE: open "},
		{"two lines", "gitlab", map[string]string{"GITLAB_TOKEN_FILE": two}, "", "", "", two + " holds more than a token"},
		{"no address", "gitlab", map[string]string{"GITLAB_TOKEN": "t", "GITLAB_URL": "git.example.com"}, "", "", "", "GitLab: what is given as its address is none: want https://HOST/"},
		{"address with a password", "gitlab", map[string]string{"GITLAB_TOKEN": "t", "GITLAB_URL": "https://u:p@git.example.com/"}, "", "", "", "GitLab: the address of https://git.example.com/ may hold neither user"},
		{"no such system", "hudson", nil, "", "", "", `no CI system "hudson"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := RemoteAuth(tt.system, func(name string) string { return tt.env[name] })
			if tt.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			o.Authorize(req)
			if o.BaseURL != tt.base || req.Header.Get(tt.header) != tt.want {
				t.Errorf("base %q, %s %q; want %q, %q", o.BaseURL, tt.header, req.Header.Get(tt.header), tt.base, tt.want)
			}
		})
	}
}

func FuzzRemoteAddress(f *testing.F) {
	for _, address := range []string{"", "https://git.example.com", "http://h/gitlab/", "https://h/api/v4", "https://u:p@h/", "https://h/%2f?q#f", "//h", "h"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		for _, s := range remoteSystems() {
			base, err := RemoteAddress(s.name, address)
			if err != nil {
				continue
			}
			again, err := RemoteAddress(s.name, base)
			if err != nil || again != base || !strings.HasSuffix(base, "/") {
				t.Errorf("%s: %q gives %q, and that %q (%v)", s.name, address, base, again, err)
			}
			if _, err := forge.New(forge.Options{BaseURL: base}); err != nil {
				t.Errorf("%s: %q gives %q: %v", s.name, address, base, err)
			}
		}
	})
}
