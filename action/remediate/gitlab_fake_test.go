package remediate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

const gitlabToken = "token-of-the-test"

// fakeGitLab has issues, and answers as https://docs.gitlab.com/api/issues/ and the
// pages beside it say. The test fails if a request has a parameter that they do not
// know, comes without the token, or if more is posted than GitLab.com allows.
type fakeGitLab struct {
	t     *testing.T
	url   string
	clock *fakegithub.Clock

	mu       sync.Mutex
	projects map[string]*fakeProject
	faults   []fakeFault // of the next writes, one each
	writes   []string    // "POST acme/shop/issues"
	posts    []time.Time
	lookups  int
}

type fakeProject struct {
	visibility, issuesAccess string // "": private; enabled
	archived                 bool
	role, groupRole          int // of the token's user
	oneAssignee              bool
	deafToConfidential       bool
	members                  []gitlabMember
	issues                   []*fakeIssue
}

type fakeIssue struct {
	gitlabIssue
	notes []fakeNote
}

type fakeNote struct {
	Body    string    `json:"body"`
	Created time.Time `json:"created_at"`
}

// fakeFault is an answer instead of the right one.
type fakeFault struct {
	status int
	done   bool // what was asked for is done all the same
}

func newFakeGitLab(t *testing.T) *fakeGitLab {
	f := &fakeGitLab{t: t, clock: fakegithub.NewClock(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)), projects: map[string]*fakeProject{}}
	mux := http.NewServeMux()
	for pattern, answer := range map[string]func(*fakeProject, *http.Request) (int, any){
		"GET /api/v4/projects/{project}":                     f.project,
		"GET /api/v4/projects/{project}/members/all":         f.members,
		"GET /api/v4/projects/{project}/issues":              f.list,
		"POST /api/v4/projects/{project}/issues":             f.create,
		"GET /api/v4/projects/{project}/issues/{iid}":        f.get,
		"PUT /api/v4/projects/{project}/issues/{iid}":        f.edit,
		"GET /api/v4/projects/{project}/issues/{iid}/notes":  f.notes,
		"POST /api/v4/projects/{project}/issues/{iid}/notes": f.note,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, answer) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s is no request of the API", r.Method, r.URL.EscapedPath())
		http.NotFound(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f.url = server.URL + "/"
	return f
}

// tracker returns a GitLab tracker of this server.
func (f *fakeGitLab) tracker(o GitLabOptions) *GitLab {
	f.t.Helper()
	c, err := forge.New(forge.Options{
		BaseURL: f.url + "api/v4/", Rate: 1e6, Sleep: f.clock.Sleep,
		Authorize: func(r *http.Request) { r.Header.Set("PRIVATE-TOKEN", gitlabToken) },
	})
	if err != nil {
		f.t.Fatal(err)
	}
	o.Now = f.clock.Now
	return NewGitLab(c, o)
}

func (f *fakeGitLab) serve(w http.ResponseWriter, r *http.Request, answer func(*fakeProject, *http.Request) (int, any)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := r.PathValue("project")
	p := f.projects[name]
	status, body := http.StatusNotFound, any(map[string]string{"message": "404 Project Not Found"})
	var fault fakeFault
	if r.Method != http.MethodGet {
		f.record(r)
		if len(f.faults) > 0 {
			fault, f.faults = f.faults[0], f.faults[1:]
		}
	}
	switch {
	case r.Header.Get("PRIVATE-TOKEN") != gitlabToken:
		status, body = http.StatusUnauthorized, map[string]string{"message": "401 Unauthorized"}
	case fault.status != 0 && !fault.done:
	case p != nil:
		status, body = answer(p, r)
	}
	if fault.status != 0 {
		status, body = fault.status, map[string]string{"message": "a fault of the test"}
	}
	if list, ok := body.([]any); ok {
		body = f.page(w, r, list)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func (f *fakeGitLab) record(r *http.Request) {
	path, _ := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/api/v4/projects/"))
	f.writes = append(f.writes, r.Method+" "+path)
	if r.Method != http.MethodPost {
		return
	}
	f.posts = append(f.posts, f.clock.Now())
	if n := len(f.posts); n > 60 && f.posts[n-1].Sub(f.posts[n-61]) < time.Minute {
		f.t.Errorf("more than 60 posts within a minute")
	}
}

// page cuts a list as https://docs.gitlab.com/api/rest/#pagination says.
func (f *fakeGitLab) page(w http.ResponseWriter, r *http.Request, list []any) []any {
	query := r.URL.Query()
	size, _ := strconv.Atoi(cmp.Or(query.Get("per_page"), "20"))
	page, _ := strconv.Atoi(cmp.Or(query.Get("page"), "1"))
	size = min(size, 100)
	if page*size < len(list) {
		query.Set("page", strconv.Itoa(page+1))
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, f.url, strings.TrimPrefix(r.URL.EscapedPath(), "/"), query.Encode()))
	}
	return list[min((page-1)*size, len(list)):min(page*size, len(list))]
}

func (f *fakeGitLab) project(p *fakeProject, r *http.Request) (int, any) {
	access := func(level int) any {
		if level == 0 {
			return nil
		}
		return map[string]int{"access_level": level}
	}
	return http.StatusOK, map[string]any{
		"path_with_namespace": r.PathValue("project"), "visibility": cmp.Or(p.visibility, "private"), "archived": p.archived,
		"issues_access_level": cmp.Or(p.issuesAccess, "enabled"),
		"permissions":         map[string]any{"project_access": access(p.role), "group_access": access(p.groupRole)},
	}
}

func (f *fakeGitLab) members(p *fakeProject, r *http.Request) (int, any) {
	f.known(r.URL.Query(), "query", "per_page", "page")
	f.lookups++
	list := []any{}
	for _, m := range p.members {
		if strings.Contains(strings.ToLower(m.Username), strings.ToLower(r.URL.Query().Get("query"))) {
			list = append(list, m)
		}
	}
	return http.StatusOK, list
}

func (f *fakeGitLab) known(query url.Values, names ...string) {
	for name := range query {
		if !slices.Contains(names, name) {
			f.t.Errorf("%s is no parameter of the API", name)
		}
	}
}

func (f *fakeGitLab) list(p *fakeProject, r *http.Request) (int, any) {
	query := r.URL.Query()
	f.known(query, "labels", "state", "scope", "order_by", "sort", "per_page", "page")
	list := []any{}
	for _, i := range p.issues {
		if l := query.Get("labels"); l == "" || slices.Contains(i.Labels, l) {
			list = append(list, i.gitlabIssue)
		}
	}
	if query.Get("sort") != "asc" { // the default, by the time of creation
		slices.Reverse(list)
	}
	return http.StatusOK, list
}

func (f *fakeGitLab) find(p *fakeProject, r *http.Request) *fakeIssue {
	iid, err := strconv.Atoi(r.PathValue("iid"))
	if err != nil || iid < 1 || iid > len(p.issues) {
		return nil
	}
	return p.issues[iid-1]
}

func (f *fakeGitLab) get(p *fakeProject, r *http.Request) (int, any) {
	i := f.find(p, r)
	if i == nil {
		return http.StatusNotFound, map[string]string{"message": "404 Not found"}
	}
	return http.StatusOK, i.gitlabIssue
}

// read decodes the body of a request, which may have these parameters alone.
func (f *fakeGitLab) read(r *http.Request, into any) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		f.t.Errorf("%s %s: %v", r.Method, r.URL.EscapedPath(), err)
	}
	if _, err := d.Token(); err != io.EOF {
		f.t.Errorf("%s %s: more than one body", r.Method, r.URL.EscapedPath())
	}
}

func (f *fakeGitLab) create(p *fakeProject, r *http.Request) (int, any) {
	var in struct {
		Title        string  `json:"title"`
		Description  string  `json:"description"`
		Labels       string  `json:"labels"`
		Assignees    []int64 `json:"assignee_ids"`
		Confidential bool    `json:"confidential"`
	}
	f.read(r, &in)
	if len([]rune(in.Title)) > 255 || in.Title == "" {
		return http.StatusBadRequest, map[string]any{"message": map[string]any{"title": []string{"is too long (maximum is 255 characters)"}}}
	}
	i := &fakeIssue{gitlabIssue: gitlabIssue{
		IID: int64(len(p.issues) + 1), Title: strings.TrimSpace(in.Title), State: "opened", Confidential: in.Confidential && !p.deafToConfidential,
	}}
	i.URL = fmt.Sprintf("https://gitlab.example.com/%s/-/issues/%d", r.PathValue("project"), i.IID)
	i.describe(in.Description)
	i.label(in.Labels)
	i.assign(p, in.Assignees)
	p.issues = append(p.issues, i)
	return http.StatusCreated, i.gitlabIssue
}

func (f *fakeGitLab) edit(p *fakeProject, r *http.Request) (int, any) {
	var in struct {
		Title        *string  `json:"title"`
		Description  *string  `json:"description"`
		AddLabels    string   `json:"add_labels"`
		Assignees    *[]int64 `json:"assignee_ids"`
		Confidential *bool    `json:"confidential"`
		StateEvent   string   `json:"state_event"`
	}
	f.read(r, &in)
	i := f.find(p, r)
	if i == nil {
		return http.StatusNotFound, map[string]string{"message": "404 Not found"}
	}
	if in.Title != nil {
		i.Title = *in.Title
	}
	if in.Description != nil {
		i.describe(*in.Description)
	}
	i.label(in.AddLabels)
	if in.Assignees != nil {
		i.assign(p, *in.Assignees)
	}
	if in.Confidential != nil && !p.deafToConfidential {
		i.Confidential = *in.Confidential
	}
	switch in.StateEvent {
	case "close":
		i.State = "closed"
	case "reopen":
		i.State = "opened"
	case "":
	default:
		f.t.Errorf("state_event %q is none of the API", in.StateEvent)
	}
	return http.StatusOK, i.gitlabIssue
}

func (f *fakeGitLab) notes(p *fakeProject, r *http.Request) (int, any) {
	f.known(r.URL.Query(), "order_by", "sort", "per_page", "page")
	list := []any{}
	for _, n := range slices.Backward(f.find(p, r).notes) {
		list = append(list, n)
	}
	return http.StatusOK, list
}

func (f *fakeGitLab) note(p *fakeProject, r *http.Request) (int, any) {
	var in struct {
		Body string `json:"body"`
	}
	f.read(r, &in)
	i := f.find(p, r)
	n := fakeNote{i.commanded(in.Body), f.clock.Now()}
	i.notes = append(i.notes, n)
	return http.StatusCreated, n
}

var quickAction = regexp.MustCompile(`(?m)^/(close|assign|unlabel|label|confidential|title)\b.*\n?`)

// commanded is a text without its quick actions, after they were carried out.
func (i *fakeIssue) commanded(text string) string {
	text = strings.ReplaceAll(text, "\r", "")
	if strings.HasPrefix(quickAction.FindString(text), "/close") {
		i.State = "closed"
	}
	return strings.TrimRight(quickAction.ReplaceAllString(text, ""), " \n")
}

func (i *fakeIssue) describe(text string) { i.Description = i.commanded(text) }

func (i *fakeIssue) label(names string) {
	for _, name := range strings.Split(names, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(i.Labels, name) {
			i.Labels = append(i.Labels, name)
		}
	}
}

func (i *fakeIssue) assign(p *fakeProject, ids []int64) {
	i.Assignees = nil
	for _, m := range p.members {
		if slices.Contains(ids, m.ID) && (len(i.Assignees) == 0 || !p.oneAssignee) {
			i.Assignees = append(i.Assignees, m)
		}
	}
}

func (f *fakeGitLab) wrote() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.writes)
}

// issue gives an issue to a test, which may change it as a person does.
func (f *fakeGitLab) issue(project string, number int64, do func(*fakeIssue)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do(f.projects[project].issues[number-1])
}
