package fakegithub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"
)

// What GitHub takes at most.
const (
	longestTitle  = 256
	longestBody   = 65536
	mostAssignees = 10
)

func (s *Issues) create(w http.ResponseWriter, r *http.Request, repo *repo, body []byte) {
	var in struct {
		Title, Body       string
		Labels, Assignees []string
	}
	if !read(w, body, &in) || !checkText(w, in.Title, in.Body) {
		return
	}
	i := &Issue{Title: in.Title, Body: in.Body}
	if !repo.ReadOnly {
		for _, login := range in.Assignees {
			if !has(repo.Assignable, login) || len(in.Assignees) > mostAssignees {
				invalid(w, object{"resource": "Issue", "field": "assignees", "code": "invalid", "value": in.Assignees})
				return
			}
		}
		i.Assignees = in.Assignees
		repo.label(i, in.Labels)
	}
	repo.add(i, s.now())
	s.answer(w, r, http.StatusCreated, s.issueJSON(repo, i))
}

func (s *Issues) patch(w http.ResponseWriter, r *http.Request, repo *repo, i *Issue, body []byte) {
	var in struct {
		Title, Body       *string
		State             string
		Reason            string `json:"state_reason"`
		Labels, Assignees *[]string
	}
	if !read(w, body, &in) || !checkText(w, deref(in.Title, i.Title), deref(in.Body, i.Body)) {
		return
	}
	if in.Labels != nil || in.Assignees != nil {
		s.t.Errorf("%s %s replaces labels or assignees, people's among them", r.Method, r.URL.Path)
	}
	i.Title, i.Body = deref(in.Title, i.Title), deref(in.Body, i.Body)
	if closed := in.State == "closed"; in.State != "" && closed != i.Closed {
		i.Closed, i.Reason = closed, in.Reason
	}
	s.answer(w, r, http.StatusOK, s.issueJSON(repo, i))
}

func (s *Issues) comment(w http.ResponseWriter, r *http.Request, repo *repo, i *Issue, body []byte) {
	var in struct{ Body string }
	if !read(w, body, &in) || !checkText(w, "a comment", in.Body) {
		return
	}
	i.Comments, i.commented = append(i.Comments, in.Body), append(i.commented, s.now())
	s.answer(w, r, http.StatusCreated, s.commentJSON(repo, i, len(i.Comments)-1))
}

func (s *Issues) addLabels(w http.ResponseWriter, r *http.Request, repo *repo, i *Issue, body []byte) {
	var in struct{ Labels []string }
	if !read(w, body, &in) {
		return
	}
	if repo.ReadOnly {
		refuse(w, http.StatusForbidden, "Resource not accessible by personal access token")
		return
	}
	repo.label(i, in.Labels)
	labels := []any{}
	for _, name := range i.Labels {
		labels = append(labels, s.labelJSON(repo, name))
	}
	s.answer(w, r, http.StatusOK, labels)
}

func (s *Issues) assign(w http.ResponseWriter, r *http.Request, repo *repo, i *Issue, body []byte) {
	var in struct{ Assignees []string }
	if !read(w, body, &in) {
		return
	}
	for _, login := range in.Assignees { // whoever cannot be assigned is silently left out
		if !repo.ReadOnly && has(repo.Assignable, login) && !has(i.Assignees, login) && len(i.Assignees) < mostAssignees {
			i.Assignees = append(i.Assignees, login)
		}
	}
	s.answer(w, r, http.StatusCreated, s.issueJSON(repo, i))
}

func (s *Issues) makeLabel(w http.ResponseWriter, r *http.Request, repo *repo, body []byte) {
	var in struct{ Name, Color, Description string }
	switch {
	case !read(w, body, &in):
	case repo.ReadOnly:
		refuse(w, http.StatusNotFound, "Not Found")
	case has(repo.labels, in.Name):
		invalid(w, object{"resource": "Label", "field": "name", "code": "already_exists"})
	case utf8.RuneCountInString(in.Description) > 100:
		invalid(w, object{"resource": "Label", "field": "description", "code": "custom", "message": "description is too long (maximum is 100 characters)"})
	default:
		repo.labels = append(repo.labels, in.Name)
		s.answer(w, r, http.StatusCreated, s.labelJSON(repo, in.Name))
	}
}

// add numbers an issue and adds it.
func (r *repo) add(i *Issue, now time.Time) int64 {
	i.Number = int64(len(r.issues) + 1)
	if i.Created.IsZero() {
		i.Created = now
	}
	i.commented = make([]time.Time, len(i.Comments))
	r.issues = append(r.issues, i)
	return i.Number
}

// label adds labels to an issue. Those that the repository does not have are made.
func (r *repo) label(i *Issue, names []string) {
	for _, name := range names {
		if !has(r.labels, name) {
			r.labels = append(r.labels, name)
		}
		if !has(i.Labels, name) {
			i.Labels = append(i.Labels, name)
		}
	}
}

func read(w http.ResponseWriter, body []byte, v any) bool {
	if err := json.Unmarshal(body, v); err != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return false
	}
	return true
}

// checkText refuses texts that are missing or too long.
func checkText(w http.ResponseWriter, title, body string) bool {
	switch {
	case title == "":
		invalid(w, object{"resource": "Issue", "field": "title", "code": "missing_field"})
	case utf8.RuneCountInString(title) > longestTitle:
		invalid(w, object{"resource": "Issue", "field": "title", "code": "custom", "message": fmt.Sprintf("title is too long (maximum is %d characters)", longestTitle)})
	case utf8.RuneCountInString(body) > longestBody:
		invalid(w, object{"resource": "Issue", "field": "body", "code": "custom", "message": fmt.Sprintf("body is too long (maximum is %d characters)", longestBody)})
	default:
		return true
	}
	return false
}

func invalid(w http.ResponseWriter, problem object) {
	send(w, http.StatusUnprocessableEntity, object{"message": "Validation Failed", "errors": []any{problem}, "documentation_url": docs})
}

func deref(s *string, value string) string {
	if s == nil {
		return value
	}
	return *s
}
