package pullrequest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// gitlabToken is what the requests must carry: of a user who is job, number 1.
const gitlabToken = "token-of-the-test"

// gitlabNotes is a GitLab that has merge request 7 of acme/team/shop, and answers as
// https://docs.gitlab.com/api/notes/#merge-requests says.
type gitlabNotes struct {
	t   *testing.T
	url string

	mu    sync.Mutex
	notes []gitlabNote
	meets []gitlabNote // added as soon as the next one was made, as another job does
	wrote []string     // "POST 201"
	fail  []int        // what the next writes are answered with
}

func newGitLabNotes(t *testing.T) *gitlabNotes {
	s := &gitlabNotes{t: t}
	const of = "/api/v4/projects/acme%2Fteam%2Fshop/merge_requests/7/notes"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		rest, notes := strings.CutPrefix(r.URL.EscapedPath(), of)
		status, answer := http.StatusNotFound, any(map[string]string{"message": "404 Not found"})
		switch {
		case r.Header.Get("PRIVATE-TOKEN") != gitlabToken:
			status, answer = http.StatusUnauthorized, map[string]string{"message": "401 Unauthorized"}
		case r.URL.Path == "/api/v4/user" && r.Method == http.MethodGet:
			status, answer = http.StatusOK, gitlabUser{1, "job"}
		case r.Method == http.MethodGet && notes && rest == "":
			status, answer = http.StatusOK, s.page(w, r)
		case len(s.fail) > 0:
			status, answer, s.fail = s.fail[0], map[string]string{"message": "a fault of the test"}, s.fail[1:]
		case notes:
			status, answer = s.write(r, strings.TrimPrefix(rest, "/"))
		}
		if r.Method != http.MethodGet {
			s.wrote = append(s.wrote, fmt.Sprint(r.Method, " ", status))
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *gitlabNotes) page(w http.ResponseWriter, r *http.Request) []gitlabNote {
	query := r.URL.Query()
	size, _ := strconv.Atoi(query.Get("per_page"))
	number, _ := strconv.Atoi(query.Get("page"))
	number = max(number, 1)
	if query.Get("sort") != "asc" || query.Get("order_by") != "created_at" || size < 1 || size > 100 {
		s.t.Errorf("asked for %s", r.URL)
		return nil
	}
	from, to := min((number-1)*size, len(s.notes)), min(number*size, len(s.notes))
	if to < len(s.notes) {
		query.Set("page", strconv.Itoa(number+1))
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, s.url, r.URL.EscapedPath(), query.Encode()))
	}
	return append([]gitlabNote{}, s.notes[from:to]...)
}

// write does what a request asks for, of the note with that id or of none.
func (s *gitlabNotes) write(r *http.Request, id string) (int, any) {
	var in struct{ Body string }
	if r.Method != http.MethodDelete {
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil || in.Body == "" {
			s.t.Errorf("%s %s: its body: %v", r.Method, r.URL, err)
		}
		if strings.Contains(in.Body, "\n/") {
			s.t.Errorf("%q has a quick action", in.Body)
		}
	}
	at := slices.IndexFunc(s.notes, func(n gitlabNote) bool { return strconv.FormatInt(n.ID, 10) == id })
	switch {
	case r.Method == http.MethodPost && id == "":
		made := gitlabNote{int64(len(s.notes) + 1), in.Body, gitlabUser{1, "job"}}
		s.notes = append(s.notes, made)
		s.notes = append(s.notes, s.meets...)
		s.meets = nil
		return http.StatusCreated, made
	case r.Method == http.MethodPut && at >= 0:
		s.notes[at].Body = in.Body
		return http.StatusOK, s.notes[at]
	case r.Method == http.MethodDelete && at >= 0:
		s.notes = slices.Delete(s.notes, at, at+1)
		return http.StatusNoContent, nil
	}
	return http.StatusNotFound, map[string]string{"message": "404 Note Not Found"}
}

// sticky is the comment of a job with that token.
func (s *gitlabNotes) sticky(token string) *Sticky {
	s.t.Helper()
	clock := fakegithub.NewClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	c, err := forge.New(forge.Options{
		BaseURL: s.url + "/api/v4/", Rate: 1e6, Sleep: clock.Sleep,
		Authorize: func(r *http.Request) { r.Header.Set("PRIVATE-TOKEN", token) },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	sticky, err := GitLabSticky(c, GitLabOptions{Project: "acme/team/shop", Web: "https://gitlab.example.com/acme/team/shop/", Number: 7, Now: clock.Now})
	if err != nil {
		s.t.Fatal(err)
	}
	return sticky
}

func TestGitLabSticky(t *testing.T) {
	job, person := gitlabUser{1, "job"}, gitlabUser{2, "mallory"}
	many := make([]gitlabNote, 150)
	for i := range many {
		many[i] = gitlabNote{int64(1000 + i), "hello", person}
	}
	const action = CommentMark + "\n/merge\n/approve"
	for _, tc := range []struct {
		name  string
		there []gitlabNote
		meets []gitlabNote
		body  string
		found bool
		wrote []string
		url   string // what it ends in
	}{
		{name: "nothing found, none there", body: saysFixed},
		{name: "the first", body: saysLeaked, found: true, wrote: []string{"POST 201"}, url: "#note_1"},
		{name: "said already", there: []gitlabNote{{5, saysLeaked, job}}, body: saysLeaked, found: true, url: "#note_5"},
		{name: "fixed, after two pages", there: append(slices.Clone(many), gitlabNote{5, saysLeaked, job}), body: saysFixed, wrote: []string{"PUT 200"}, url: "#note_5"},
		{name: "a person's is not ours", there: []gitlabNote{{5, saysLeaked, person}}, body: saysLeaked, found: true, wrote: []string{"POST 201"}, url: "#note_2"},
		{name: "two jobs at once", meets: []gitlabNote{{9, saysLeaked, job}}, body: saysLeaked, found: true, wrote: []string{"POST 201", "DELETE 204"}, url: "#note_1"},
		{name: "quick actions", body: action, found: true, wrote: []string{"POST 201"}, url: "#note_1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newGitLabNotes(t)
			s.notes, s.meets = tc.there, tc.meets
			for range 2 { // the second time changes nothing
				url, err := s.sticky(gitlabToken).Put(t.Context(), tc.body, tc.found)
				if err != nil || tc.url != "" && url != "https://gitlab.example.com/acme/team/shop/-/merge_requests/7"+tc.url || tc.url == "" && url != "" {
					t.Errorf("%q, %v; want %q", url, err, tc.url)
				}
				if !slices.Equal(s.wrote, tc.wrote) {
					t.Errorf("wrote %q, want %q", s.wrote, tc.wrote)
				}
			}
		})
	}
}

func TestGitLabStickyRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		token string
		fail  int
		need  string
	}{
		{"a job's own token", "of-the-job", 0, "CI_JOB_TOKEN"},
		{"no role", gitlabToken, http.StatusForbidden, "the role Reporter"},
		{"not there", gitlabToken, http.StatusNotFound, "CI_JOB_TOKEN"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newGitLabNotes(t)
			if tc.fail != 0 {
				s.fail = []int{tc.fail}
			}
			_, err := s.sticky(tc.token).Put(t.Context(), saysLeaked, true)
			wantRefusal(t, err, tc.need)
			if err != nil && (!strings.Contains(err.Error(), "acme/team/shop: cannot ") || strings.Contains(err.Error(), tc.token)) {
				t.Errorf("the error does not name the project, or has the token")
			}
		})
	}
}

// After an error of the server's, the comment is made once all the same.
func TestGitLabStickyFaults(t *testing.T) {
	s := newGitLabNotes(t)
	s.fail = []int{http.StatusBadGateway}
	if _, err := s.sticky(gitlabToken).Put(t.Context(), saysLeaked, true); err != nil || len(s.notes) != 1 {
		t.Errorf("%v, %d comments", err, len(s.notes))
	}
}

func TestGitLabStickyProject(t *testing.T) {
	for _, name := range []string{"", ".", "../..", "/"} {
		if _, err := GitLabSticky(nil, GitLabOptions{Project: name}); err == nil || !strings.Contains(err.Error(), "no project of GitLab") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
