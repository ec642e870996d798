package fakegithub

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Issues is a GitHub for tests that has issues: those of repositories, with their
// comments, labels and assignees. It remembers what it is told.
//
// It is a server of its own, at URL, and a handler that a test's own server can pass
// requests on to. The client under test goes by the same clock:
//
//	forge.GitHubOptions{URL: s.URL, Getenv: …, Rate: rate.Inf, Sleep: clock.Sleep, Now: clock.Now}
//	remediate.GitHubOptions{Now: clock.Now}
//
// The test fails if more is written than GitHub's limits allow, if a request comes
// before the time that an answer told to wait for, if one comes without the token, or if requests or answers depart from GitHub's description,
// where that is at hand; see Spec.
type Issues struct {
	URL string // of the API, with a slash at its end

	t    testing.TB
	now  func() time.Time
	spec *Spec // nil: not at hand

	mu     sync.Mutex // one request at a time
	repos  map[string]*repo
	moved  map[string]string // repositories that were renamed
	faults map[string][]Fault
	writes []Write
	reads  map[string]int
	pace   pace
	limit  limit
	down   bool
	held   map[string]chan struct{} // by method and path
}

// Repo is a repository as a test wants it.
type Repo struct {
	Visibility string   // public, internal or private; "": private
	Archived   bool     // it is read-only
	NoIssues   bool     // its issues are disabled
	ReadOnly   bool     // the token may read it and open issues: labels and assignees are dropped
	Assignable []string // logins

	NoAdvisories bool // its security advisories are not for the token
}

// Issue is an issue as it is.
type Issue struct {
	Number      int64
	Title, Body string
	Closed      bool
	Reason      string // why its state is what it is: completed, reopened
	Labels      []string
	Assignees   []string
	Comments    []string
	Pull        bool // it is a pull request
	Created     time.Time

	commented []time.Time
}

// repo is a repository with what is in it.
type repo struct {
	Repo
	id     int
	name   string
	labels []string
	issues []*Issue

	advisories []*Advisory
}

// Write is a request that wanted to change something.
type Write struct {
	Method string
	Path   string // "/repos/acme/shop/issues"
	Body   string
	At     time.Time
	Status int // of the answer
}

// Fault is an answer to one request instead of the right one.
type Fault struct {
	Status  int
	Header  map[string]string
	Message string
	Body    string // instead of an error with the message
	Done    bool   // what was asked for is done all the same
	Cut     bool   // the connection breaks instead of an answer
}

// NewIssues starts a server that lives as long as the test. It goes by the clock, or
// by real time if that is nil.
func NewIssues(t testing.TB, clock *Clock) *Issues {
	s := &Issues{t: t, now: time.Now, repos: map[string]*repo{}, moved: map[string]string{}, faults: map[string][]Fault{}, reads: map[string]int{}, held: map[string]chan struct{}{}}
	if clock != nil {
		s.now = clock.Now
	}
	if SpecPath() != "" {
		s.spec = loadSpec(t)
	}
	api := httptest.NewServer(s)
	t.Cleanup(api.Close)
	s.URL = api.URL + "/"
	return s
}

// SetRepo makes the repository OWNER/NAME, or makes it another kind of repository.
func (s *Issues) SetRepo(name string, as Repo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.repos[name]; ok {
		r.Repo = as
		return
	}
	s.repos[name] = &repo{Repo: as, id: len(s.repos) + 1, name: name}
}

// Rename gives a repository another name. Its old one leads to it.
func (s *Issues) Rename(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repos[from]
	r.name = to
	s.repos[to], s.moved[from] = r, to
	delete(s.repos, from)
}

// Put adds an issue as a person does who opens one, and returns its number.
func (s *Issues) Put(name string, i Issue) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repos[name].add(&i, s.now())
}

// Edit changes an issue as a person does on its page.
func (s *Issues) Edit(name string, number int64, how func(*Issue)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.repos[name].issues[number-1]
	how(i)
	for len(i.commented) < len(i.Comments) {
		i.commented = append(i.commented, s.now())
	}
}

// List returns the issues of a repository, in the order of their numbers.
func (s *Issues) List(name string) []Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Issue
	for _, i := range s.repos[name].issues {
		c := *i
		c.Labels, c.Assignees, c.Comments = slices.Clone(i.Labels), slices.Clone(i.Assignees), slices.Clone(i.Comments)
		all = append(all, c)
	}
	return all
}

// MakeLabel gives a repository a label.
func (s *Issues) MakeLabel(name, label string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repos[name].labels = append(s.repos[name].labels, label)
}

// Labels returns the labels that a repository has.
func (s *Issues) Labels(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.repos[name].labels)
}

// Writes returns the requests so far that wanted to change something.
func (s *Issues) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.writes)
}

// Reads is how often a path was read.
func (s *Issues) Reads(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads[path]
}

// Fail has the next requests of a method answered with faults, one each.
func (s *Issues) Fail(method string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], faults...)
}

// Hold has the answer to the next request of a method and a path held back until its
// client is gone, although what it asks for is done. The channel is closed then.
func (s *Issues) Hold(method, path string) (done <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := make(chan struct{})
	s.held[method+" "+path] = held
	return held
}

// ServeHTTP implements http.Handler.
func (s *Issues) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, held := s.serve(r)
	if held != nil {
		close(held)
		<-r.Context().Done()
		return
	}
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

// serve does what a request asks for. The answer is to be held back if held is not nil.
func (s *Issues) serve(r *http.Request) (answer *httptest.ResponseRecorder, held chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Errorf("%s %s: its body: %v", r.Method, r.URL.Path, err)
	}
	s.check(r, body)
	answer = httptest.NewRecorder()
	fault, faulty := s.fault(r.Method)
	if !faulty || fault.Done {
		s.route(answer, r, body)
		s.count(r, answer.Code)
	}
	switch {
	case fault.Cut:
		s.record(r, body, answer.Code)
		panic(http.ErrAbortHandler)
	case faulty:
		s.limit.tell(&fault, s.now())
		answer = httptest.NewRecorder()
		for k, v := range fault.Header {
			answer.Header().Set(k, v)
		}
		fault.write(answer)
	default:
		s.limit.spend(answer.Header(), answer.Code)
		s.hold(r, answer)
	}
	s.record(r, body, answer.Code)
	at := r.Method + " " + r.URL.Path
	held = s.held[at]
	delete(s.held, at)
	return answer, held
}

// fault is what keeps the server from the right answer to a request of a method.
func (s *Issues) fault(method string) (Fault, bool) {
	if s.down {
		return Fault{Status: http.StatusServiceUnavailable, Message: "No server is currently available to service your request."}, true
	}
	if f, ok := s.limit.exceeded(s.now()); ok {
		return f, true
	}
	if len(s.faults[method]) == 0 {
		return Fault{}, false
	}
	f := s.faults[method][0]
	s.faults[method] = s.faults[method][1:]
	return f, true
}

func (f *Fault) write(w http.ResponseWriter) {
	if f.Body == "" {
		refuse(w, f.Status, f.Message)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(f.Status)
	io.WriteString(w, f.Body)
}

// check holds a request to what GitHub asks of all.
func (s *Issues) check(r *http.Request, body []byte) {
	if r.Header.Get("Authorization") != "Bearer "+Token || r.Header.Get("Accept") != "application/vnd.github+json" {
		s.t.Errorf("%s %s comes without the token or without the media type of the API", r.Method, r.URL.Path)
	}
	if breach := s.limit.early(s.now()); breach != "" {
		s.t.Errorf("%s %s: %s", r.Method, r.URL.Path, breach)
	}
	if r.Method != http.MethodGet {
		if breach := s.pace.write(s.now()); breach != "" {
			s.t.Errorf("%s %s: %s", r.Method, r.URL.Path, breach)
		}
	}
	if s.spec == nil || byID(r) {
		return
	}
	if err := s.spec.request(r); err != nil {
		s.t.Errorf("%s %s is no request of GitHub's API: %v", r.Method, r.URL, err)
	}
	if err := s.spec.requestBody(r, body); err != nil {
		s.t.Errorf("the body of %s %s is none of GitHub's API: %v", r.Method, r.URL, err)
	}
}

// count counts what was made, if it is what GitHub calls content.
func (s *Issues) count(r *http.Request, status int) {
	content := slices.Contains([]string{"issues", "comments", "security-advisories"}, path.Base(r.URL.Path))
	if r.Method != http.MethodPost || status != http.StatusCreated || !content {
		return
	}
	if breach := s.pace.made(s.now()); breach != "" {
		s.t.Errorf("%s %s: %s", r.Method, r.URL.Path, breach)
	}
}

// hold holds an answer to the description.
func (s *Issues) hold(r *http.Request, answer *httptest.ResponseRecorder) {
	if s.spec == nil || byID(r) || answer.Code == http.StatusNoContent || answer.Code == http.StatusNotModified {
		return
	}
	if err := s.spec.answer(r, answer.Code, bytes.Clone(answer.Body.Bytes())); err != nil {
		s.t.Errorf("the answer %d to %s %s is none of GitHub's API: %v", answer.Code, r.Method, r.URL.Path, err)
	}
}

// byID reports whether a request is for a repository by its id, as redirects are of
// those that were renamed. The description does not have these.
func byID(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/repositories/") }

func (s *Issues) record(r *http.Request, body []byte, status int) {
	if r.Method == http.MethodGet {
		s.reads[r.URL.Path]++
		return
	}
	s.writes = append(s.writes, Write{r.Method, r.URL.Path, string(body), s.now(), status})
}
