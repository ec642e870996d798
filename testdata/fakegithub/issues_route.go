package fakegithub

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// route finds what a path is of, and does what the request asks for.
func (s *Issues) route(w http.ResponseWriter, r *http.Request, body []byte) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if parts[0] == "repositories" && len(parts) == 2 {
		for _, repo := range s.repos {
			if strconv.Itoa(repo.id) == parts[1] {
				s.answer(w, r, http.StatusOK, s.repoJSON(repo))
				return
			}
		}
	}
	if parts[0] != "repos" || len(parts) < 3 {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	name := parts[1] + "/" + parts[2]
	if to, ok := s.moved[name]; ok {
		w.Header().Set("Location", fmt.Sprintf("http://%s/repositories/%d", r.Host, s.repos[to].id))
		refuse(w, http.StatusMovedPermanently, "Moved Permanently")
		return
	}
	repo, ok := s.repos[name]
	if !ok {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	s.inRepo(w, r, repo, parts[3:], body)
}

func (s *Issues) inRepo(w http.ResponseWriter, r *http.Request, repo *repo, rest []string, body []byte) {
	write := r.Method != http.MethodGet
	of := strings.Join(rest, "/")
	switch {
	case write && repo.Archived:
		refuse(w, http.StatusForbidden, "Repository was archived so is read-only.")
	case of == "" && !write:
		s.answer(w, r, http.StatusOK, s.repoJSON(repo))
	case len(rest) == 2 && rest[0] == "assignees" && !write:
		if !has(repo.Assignable, rest[1]) {
			refuse(w, http.StatusNotFound, "Not Found")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	case of == "labels" && write:
		s.makeLabel(w, r, repo, body)
	case len(rest) == 2 && rest[0] == "labels" && !write:
		if !has(repo.labels, rest[1]) {
			refuse(w, http.StatusNotFound, "Not Found")
			return
		}
		s.answer(w, r, http.StatusOK, s.labelJSON(repo, rest[1]))
	case rest[0] == "security-advisories":
		s.inAdvisories(w, r, repo, rest[1:], body)
	case rest[0] == "issues" && repo.NoIssues:
		refuse(w, http.StatusGone, "Issues has been disabled in this repository.")
	case of == "issues" && write:
		s.create(w, r, repo, body)
	case of == "issues":
		s.list(w, r, repo)
	case rest[0] == "issues":
		s.inIssue(w, r, repo, rest[1:], body)
	default:
		refuse(w, http.StatusNotFound, "Not Found")
	}
}

func (s *Issues) inIssue(w http.ResponseWriter, r *http.Request, repo *repo, rest []string, body []byte) {
	n, err := strconv.Atoi(rest[0])
	if err != nil || n < 1 || n > len(repo.issues) {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	i := repo.issues[n-1]
	switch of := r.Method + " " + strings.Join(rest[1:], "/"); of {
	case "GET ":
		s.answer(w, r, http.StatusOK, s.issueJSON(repo, i))
	case "PATCH ":
		s.patch(w, r, repo, i, body)
	case "GET comments":
		s.answer(w, r, http.StatusOK, page(w, r, s.commentsJSON(repo, i, r.URL.Query().Get("since"))))
	case "POST comments":
		s.comment(w, r, repo, i, body)
	case "POST labels":
		s.addLabels(w, r, repo, i, body)
	case "POST assignees":
		s.assign(w, r, repo, i, body)
	default:
		refuse(w, http.StatusNotFound, "Not Found")
	}
}

// list answers with a page of the issues that the query asks for.
func (s *Issues) list(w http.ResponseWriter, r *http.Request, repo *repo) {
	query := r.URL.Query()
	all := []any{}
	for _, i := range repo.issues {
		wanted := query.Get("state") == "all" || i.Closed == (query.Get("state") == "closed")
		for _, label := range strings.FieldsFunc(query.Get("labels"), func(r rune) bool { return r == ',' }) {
			wanted = wanted && has(i.Labels, label)
		}
		if wanted {
			all = append(all, s.issueJSON(repo, i))
		}
	}
	if query.Get("direction") != "asc" { // the newest first, as by default
		slices.Reverse(all)
	}
	s.answer(w, r, http.StatusOK, page(w, r, all))
}

// page cuts out what the query asks for, and names the next in a Link header.
func page(w http.ResponseWriter, r *http.Request, all []any) []any {
	query := r.URL.Query()
	size, page := intOr(query.Get("per_page"), 30), intOr(query.Get("page"), 1)
	from := min((page-1)*size, len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		query.Set("page", strconv.Itoa(page+1))
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next"`, r.Host, r.URL.EscapedPath(), query.Encode()))
	}
	return all[from:to]
}

// has reports whether a login or a label is among some, whatever the case.
func has(some []string, name string) bool {
	return slices.ContainsFunc(some, func(s string) bool { return strings.EqualFold(s, name) })
}

const docs = "https://docs.github.com/rest"

// refuse answers with an error as GitHub words it.
func refuse(w http.ResponseWriter, status int, message string) {
	body := object{"message": message, "documentation_url": docs, "status": strconv.Itoa(status)}
	if status/100 == 3 || status == http.StatusServiceUnavailable {
		body = object{"message": message, "documentation_url": docs, "url": docs, "code": "unavailable"}
	}
	send(w, status, body)
}

func send(w http.ResponseWriter, status int, v object) {
	body, _ := json.Marshal(v) // it is made of strings
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body)
}

// answer sends v; of what is read, with an entity tag, or 304 to who has it already.
func (s *Issues) answer(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.t.Errorf("the answer to %s %s: %v", r.Method, r.URL, err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Method == http.MethodGet {
		tag := fmt.Sprintf(`"%x"`, sha256.Sum256(body))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	w.Write(body)
}
