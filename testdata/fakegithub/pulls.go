package fakegithub

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// What Pulls knows: one repository, and one pull request in it.
const (
	PullRepository = "acme/shop"
	PullNumber     = 7
)

// JobLogin is who a job's own token writes as.
const JobLogin = "github-actions[bot]"

// Pulls is a GitHub for tests that has a pull request, PullNumber of PullRepository,
// with its comments, reviews and changes, and code scanning. The client under test goes
// by the same clock, as with Issues. The test fails if writes come less than a second
// apart, and otherwise as it does there.
type Pulls struct {
	URL string // of the API, with a slash at its end

	t    testing.TB
	now  func() time.Time
	spec *Spec // nil: not at hand

	mu       sync.Mutex // one request at a time
	as       PullSettings
	comments []Comment
	reviews  []Review
	sarifs   []SARIF
	ids      int64
	faults   map[string][]Fault
	meets    []Comment
	writes   []Write
	reads    map[string]int
	last     time.Time // when the last write came
}

// PullSettings are what a pull request and its repository are like.
type PullSettings struct {
	Me       string // who the token is; "": JobLogin, which may not ask
	ReadOnly bool   // the token may only read, as in a pull request from a fork
	Locked   bool   // the conversation is

	// Files are the patches of what the pull request changes, by path.
	Files map[string]string

	NoScanning bool     // code scanning is off
	Stages     []string // of processing an upload, one each time that is asked; then the last. nil: complete
	Problems   []string // of an upload that failed
}

// Comment is one in the conversation, or on lines of a file if it has a path.
type Comment struct {
	ID      int64
	Author  string // a bot's name ends in [bot]; "": somebody who left
	Body    string
	Path    string
	Line    int // 0: the line was changed since
	Start   int
	Commit  string
	Created time.Time
}

// Review is a review with what it left on lines.
type Review struct {
	Body, Event, Commit string
	Comments            []Comment
}

// SARIF is an upload to code scanning.
type SARIF struct {
	Commit, Ref string
	Report      []byte // uncompressed
	asked       int
}

// NewPulls starts a server that lives as long as the test. It goes by the clock, or by
// real time if that is nil.
func NewPulls(t testing.TB, clock *Clock) *Pulls {
	s := &Pulls{t: t, now: time.Now, faults: map[string][]Fault{}, reads: map[string]int{}}
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

// Set makes the pull request another one.
func (s *Pulls) Set(as PullSettings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.as = as
}

// Put adds comments to the conversation, as others do.
func (s *Pulls) Put(comments ...Comment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range comments {
		s.add(c)
	}
}

// Meet adds a comment as soon as the next one was made, as another job does.
func (s *Pulls) Meet(c Comment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meets = append(s.meets, c)
}

// Outdate has all comments on lines be of lines that were changed since.
func (s *Pulls) Outdate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.reviews {
		for i := range r.Comments {
			r.Comments[i].Line = 0
		}
	}
}

// Comments returns the conversation.
func (s *Pulls) Comments() []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.comments)
}

// Reviews returns the reviews.
func (s *Pulls) Reviews() []Review {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.reviews)
}

// SARIFs returns the uploads to code scanning.
func (s *Pulls) SARIFs() []SARIF {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sarifs)
}

// Writes returns the requests so far that wanted to change something.
func (s *Pulls) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.writes)
}

// Reads is how often a path was read.
func (s *Pulls) Reads(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads[path]
}

// Fail has the next requests of a method answered with faults, one each.
func (s *Pulls) Fail(method string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], faults...)
}

// ServeHTTP implements http.Handler.
func (s *Pulls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Errorf("%s %s: its body: %v", r.Method, r.URL.Path, err)
	}
	s.check(r, body)
	var fault Fault
	faulty := len(s.faults[r.Method]) > 0
	if faulty {
		fault, s.faults[r.Method] = s.faults[r.Method][0], s.faults[r.Method][1:]
	}
	answer := httptest.NewRecorder()
	if !faulty || fault.Done {
		s.route(answer, r, body)
	}
	if faulty {
		answer = httptest.NewRecorder()
		if fault.Cut {
			fault.Status = http.StatusBadGateway
		}
		fault.write(answer)
	}
	if r.Method == http.MethodGet {
		s.reads[r.URL.Path]++
	} else {
		s.writes = append(s.writes, Write{r.Method, r.URL.Path, string(body), s.now(), answer.Code})
	}
	if fault.Cut {
		panic(http.ErrAbortHandler)
	}
	if s.spec != nil && !faulty && answer.Code != http.StatusNoContent && answer.Body.Len() > 0 {
		if err := s.spec.answer(r, answer.Code, bytes.Clone(answer.Body.Bytes())); err != nil {
			s.t.Errorf("the answer %d to %s %s is none of GitHub's API: %v", answer.Code, r.Method, r.URL.Path, err)
		}
	}
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

// check holds a request to what GitHub asks of all, and to its description.
func (s *Pulls) check(r *http.Request, body []byte) {
	if r.Header.Get("Authorization") != "Bearer "+Token || r.Header.Get("Accept") != "application/vnd.github+json" {
		s.t.Errorf("%s %s comes without the token or without the media type of the API", r.Method, r.URL.Path)
	}
	if r.Method != http.MethodGet {
		if apart := s.now().Sub(s.last); apart < time.Second {
			s.t.Errorf("%s %s: it comes %s after the last write", r.Method, r.URL.Path, apart)
		}
		s.last = s.now()
	}
	if s.spec == nil {
		return
	}
	if err := s.spec.request(r); err != nil {
		s.t.Errorf("%s %s is no request of GitHub's API: %v", r.Method, r.URL, err)
	}
	if err := s.spec.requestBody(r, body); err != nil {
		s.t.Errorf("the body of %s %s is none of GitHub's API: %v", r.Method, r.URL.Path, err)
	}
}

// route finds what a path is of, and does what the request asks for.
func (s *Pulls) route(w http.ResponseWriter, r *http.Request, body []byte) {
	of, ours := strings.CutPrefix(r.URL.Path, "/repos/"+PullRepository+"/")
	parts := strings.Split(of, "/")
	write := r.Method != http.MethodGet
	number := strconv.Itoa(PullNumber)
	switch {
	case r.URL.Path == "/user" && !write:
		s.user(w)
	case !ours:
		refuse(w, http.StatusNotFound, "Not Found")
	case write && s.as.ReadOnly:
		refuse(w, http.StatusForbidden, "Resource not accessible by integration")
	case of == "issues/"+number+"/comments":
		s.conversation(w, r, body)
	case len(parts) == 3 && strings.HasPrefix(of, "issues/comments/") && write:
		s.change(w, r, parts[2], body)
	case of == "pulls/"+number+"/comments" && !write:
		s.reply(w, http.StatusOK, page(w, r, s.onLines()))
	case of == "pulls/"+number+"/files" && !write:
		s.reply(w, http.StatusOK, page(w, r, s.files()))
	case of == "pulls/"+number+"/reviews" && write:
		s.review(w, body)
	case parts[0] == "code-scanning" && s.as.NoScanning:
		refuse(w, http.StatusForbidden, "Code Security must be enabled for this repository to use code scanning.")
	case of == "code-scanning/sarifs" && write:
		s.upload(w, body)
	case strings.HasPrefix(of, "code-scanning/sarifs/") && len(parts) == 3 && !write:
		s.processing(w, parts[2])
	default:
		refuse(w, http.StatusNotFound, "Not Found")
	}
}

// user is who asks. The token of a job may not know.
func (s *Pulls) user(w http.ResponseWriter) {
	if s.as.Me == "" {
		refuse(w, http.StatusForbidden, "Resource not accessible by integration")
		return
	}
	o := s.userJSON(s.as.Me).(object)
	for _, of := range strings.Fields("bio blog company email hireable location name") {
		o[of] = nil
	}
	for _, of := range strings.Fields("followers following public_gists public_repos") {
		o[of] = 0
	}
	o["blog"], o["created_at"], o["updated_at"] = "", stamp(s.now()), stamp(s.now())
	s.reply(w, http.StatusOK, o)
}

// userJSON is an account; null for "".
func (s *Pulls) userJSON(login string) any {
	if login == "" {
		return nil
	}
	o := (&Issues{URL: s.URL}).userJSON(login)
	if strings.HasSuffix(login, "[bot]") {
		o["type"] = "Bot"
	}
	return o
}

func (s *Pulls) reply(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.t.Errorf("an answer: %v", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body)
}
