// Package fakegithub is a GitHub for tests: the endpoints of its REST API that
// tell of workflow runs, and the store of another host from which it has logs
// and artifacts fetched.
//
// Requests and answers are held to GitHub's own OpenAPI description where that
// is at hand; see Spec.
package fakegithub

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Token is what a request must carry.
const Token = "token-of-the-test"

// Run is a workflow run.
type Run struct {
	ID         int64
	Workflow   string // its file's name: "ci.yml"
	Branch     string
	Created    time.Time
	Status     string // "" is completed
	Conclusion string // "" is success
	Attempts   []Attempt
	Artifacts  []Artifact
}

// Attempt is one attempt of a run.
type Attempt struct {
	Zip    []byte // its logs
	Status int    // what is answered instead of a redirect to Zip: 404, 410
	Jobs   []Job
}

// Job is a job of an attempt.
type Job struct {
	ID    int64
	Name  string
	Steps []string // their names; they count from 1
}

// Artifact is what a run kept.
type Artifact struct {
	ID      int64
	Name    string
	Zip     []byte
	Expired bool
}

// Server is the API, and beside it the store.
type Server struct {
	URL string // of the API, with a slash at its end

	// Repos are the runs of each repository, by OWNER/NAME.
	Repos map[string][]Run

	// Intercept, if not nil, may answer a request to the API or the store itself,
	// and returns whether it did. It may be called from several goroutines.
	Intercept func(http.ResponseWriter, *http.Request) bool

	t     testing.TB
	store *httptest.Server
	spec  *Spec    // nil: not at hand
	repos sync.Map // the object of each repository, by name

	mu      sync.Mutex
	calls   map[string]int
	links   map[string][]byte // what the store gives, by path
	tickets int
}

// New starts a server that lives as long as the test. The test fails if the
// store is ever sent the token, or if anything departs from the description.
func New(t testing.TB) *Server {
	s := &Server{t: t, Repos: map[string][]Run{}, calls: map[string]int{}, links: map[string][]byte{}}
	if SpecPath() != "" {
		s.spec = loadSpec(t)
	}
	api := httptest.NewServer(http.HandlerFunc(s.api))
	s.store = httptest.NewServer(http.HandlerFunc(s.fromStore))
	t.Cleanup(func() { api.Close(); s.store.Close() })
	s.URL = api.URL + "/"
	return s
}

// Ready says that the fields are set: what another process asks for from now on
// sees them.
func (s *Server) Ready() {
	s.mu.Lock()
	defer s.mu.Unlock()
}

// Calls is how often the API was asked for path, without its query, or the store
// for what that led to. "DELETE /path" counts deletions.
func (s *Server) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

// Fetched is how often each log and artifact was taken from the store, by the
// path of the API that leads to it.
func (s *Server) Fetched() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	fetched := map[string]int{}
	for path, n := range s.calls {
		if of, ok := strings.CutPrefix(path, "store "); ok {
			fetched[of] = n
		}
	}
	return fetched
}

func (s *Server) count(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[path]++
}

// api answers a request to the API.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		s.count(r.URL.Path)
	} else {
		s.count(r.Method + " " + r.URL.Path)
	}
	if r.Header.Get("Authorization") != "Bearer "+Token || r.Header.Get("Accept") != "application/vnd.github+json" {
		s.t.Errorf("%s %s comes without the token or without the media type of the API", r.Method, r.URL.Path)
	}
	if s.spec != nil {
		if err := s.spec.request(r); err != nil {
			s.t.Errorf("%s %s is no request of GitHub's API: %v", r.Method, r.URL, err)
		}
	}
	if s.Intercept != nil && s.Intercept(w, r) {
		return
	}
	s.route(w, r)
}

// route finds what a path is of.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) == 3 && parts[0] == "orgs" && parts[2] == "repos" {
		s.reposOf(w, r, parts[1])
		return
	}
	if len(parts) < 5 || parts[0] != "repos" || parts[3] != "actions" {
		s.refuse(w, http.StatusNotFound)
		return
	}
	name := parts[1] + "/" + parts[2]
	runs, known := s.Repos[name]
	if !known {
		s.refuse(w, http.StatusNotFound)
		return
	}
	switch rest := parts[4:]; {
	case len(rest) == 1 && rest[0] == "runs":
		s.list(w, r, name, runs)
	case len(rest) == 3 && rest[0] == "workflows" && rest[2] == "runs":
		s.list(w, r, name, ofWorkflow(runs, rest[1]))
	case len(rest) == 3 && rest[0] == "artifacts":
		s.artifact(w, r, runs, rest[1])
	case rest[0] == "runs":
		s.run(w, r, name, runs, rest[1:])
	default:
		s.refuse(w, http.StatusNotFound)
	}
}

func ofWorkflow(runs []Run, workflow string) []Run {
	var of []Run
	for _, run := range runs {
		if run.Workflow == workflow {
			of = append(of, run)
		}
	}
	return of
}

// run answers for one run and what is of it.
func (s *Server) run(w http.ResponseWriter, r *http.Request, repo string, runs []Run, rest []string) {
	run, ok := find(runs, rest[0])
	if !ok {
		s.refuse(w, http.StatusNotFound)
		return
	}
	switch {
	case len(rest) == 1:
		s.answer(w, r, s.runJSON(repo, run))
	case len(rest) == 2 && rest[1] == "logs" && r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case len(rest) == 2 && rest[1] == "artifacts":
		s.artifactsOf(w, r, repo, run)
	case len(rest) == 4 && rest[1] == "attempts":
		n, err := strconv.Atoi(rest[2])
		if err != nil || n < 1 || n > len(run.Attempts) {
			s.refuse(w, http.StatusNotFound)
			return
		}
		attempt := run.Attempts[n-1]
		switch {
		case rest[3] == "jobs":
			s.jobsOf(w, r, repo, run, n)
		case attempt.Status != 0:
			s.refuse(w, attempt.Status)
		default:
			s.redirect(w, r, attempt.Zip)
		}
	default:
		s.refuse(w, http.StatusNotFound)
	}
}

func find(runs []Run, id string) (Run, bool) {
	for _, run := range runs {
		if strconv.FormatInt(run.ID, 10) == id {
			return run, true
		}
	}
	return Run{}, false
}

func (s *Server) artifact(w http.ResponseWriter, r *http.Request, runs []Run, id string) {
	for _, run := range runs {
		for _, a := range run.Artifacts {
			switch {
			case strconv.FormatInt(a.ID, 10) != id:
			case a.Expired:
				s.refuse(w, http.StatusGone)
				return
			default:
				s.redirect(w, r, a.Zip)
				return
			}
		}
	}
	s.refuse(w, http.StatusNotFound)
}

// redirect sends a request on to the store, by an address that is good once.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, content []byte) {
	s.mu.Lock()
	s.tickets++
	path := fmt.Sprintf("/%d%s", s.tickets, r.URL.Path)
	s.links[path] = content
	s.mu.Unlock()
	w.Header().Set("Location", s.store.URL+path+"?sig=signed")
	w.WriteHeader(http.StatusFound)
}

// fromStore answers a request to the store.
func (s *Server) fromStore(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" || strings.Contains(fmt.Sprint(r.Header), Token) {
		s.t.Errorf("the store was sent the token, for %s", r.URL.Path)
	}
	_, of, _ := strings.Cut(r.URL.Path[1:], "/")
	s.count("store /" + of)
	if s.Intercept != nil && s.Intercept(w, r) {
		return
	}
	s.mu.Lock()
	content, ok := s.links[r.URL.Path]
	delete(s.links, r.URL.Path)
	s.mu.Unlock()
	if !ok {
		http.Error(w, "<Error><Code>AuthenticationFailed</Code></Error>", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Write(content)
}

// AtStore reports whether a request that Intercept is given is one to the store.
func (s *Server) AtStore(r *http.Request) bool { return "http://"+r.Host == s.store.URL }
