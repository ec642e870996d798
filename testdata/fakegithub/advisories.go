package fakegithub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Advisory is a repository security advisory as it is.
type Advisory struct {
	ID                   string // "GHSA-2222-2222-2223"
	Summary, Description string
	Severity             string
	State                string // draft, triage, published or closed
	Packages             []string
	Created              time.Time
}

// What GitHub takes at most in an advisory, in characters.
const (
	longestSummary     = 1024
	longestDescription = 65535
)

// Advisories returns the security advisories of a repository, the oldest first.
func (s *Issues) Advisories(name string) []Advisory {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Advisory
	for _, a := range s.repos[name].advisories {
		c := *a
		c.Packages = slices.Clone(a.Packages)
		all = append(all, c)
	}
	return all
}

// EditAdvisory changes an advisory as a maintainer does on its page.
func (s *Issues) EditAdvisory(name, id string, how func(*Advisory)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.repos[name].advisories {
		if a.ID == id {
			how(a)
		}
	}
}

// inAdvisories answers for the security advisories of a repository. Who does not
// maintain it is told no more than that there are none.
// https://docs.github.com/en/rest/security-advisories/repository-advisories
func (s *Issues) inAdvisories(w http.ResponseWriter, r *http.Request, repo *repo, rest []string, body []byte) {
	i := -1
	if len(rest) == 1 {
		i = slices.IndexFunc(repo.advisories, func(a *Advisory) bool { return a.ID == rest[0] })
	}
	switch {
	case repo.NoAdvisories || len(rest) > 1 || len(rest) == 1 && i < 0:
		refuse(w, http.StatusNotFound, "Not Found")
	case r.Method != http.MethodGet && repo.ReadOnly:
		refuse(w, http.StatusForbidden, "Resource not accessible by personal access token")
	case i >= 0 && r.Method == http.MethodGet:
		s.answer(w, r, http.StatusOK, s.advisoryJSON(repo, repo.advisories[i]))
	case i >= 0:
		s.patchAdvisory(w, r, repo, repo.advisories[i], body)
	case r.Method == http.MethodGet:
		s.listAdvisories(w, r, repo)
	default:
		s.createAdvisory(w, r, repo, body)
	}
}

func (s *Issues) listAdvisories(w http.ResponseWriter, r *http.Request, repo *repo) {
	all := []any{}
	for _, a := range repo.advisories {
		if state := r.URL.Query().Get("state"); state == "" || state == a.State {
			all = append(all, s.advisoryJSON(repo, a))
		}
	}
	if r.URL.Query().Get("direction") != "asc" {
		slices.Reverse(all)
	}
	s.answer(w, r, http.StatusOK, cursorPage(w, r, all))
}

// cursorPage is as page, for lists whose pages have no numbers: the Link header names
// what comes after a cursor.
func cursorPage(w http.ResponseWriter, r *http.Request, all []any) []any {
	query := r.URL.Query()
	size, from := intOr(query.Get("per_page"), 30), intOr(query.Get("after"), 0)
	from = min(from, len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		query.Set("after", fmt.Sprint(to))
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next"`, r.Host, r.URL.EscapedPath(), query.Encode()))
	}
	return all[from:to]
}

func (s *Issues) createAdvisory(w http.ResponseWriter, r *http.Request, repo *repo, body []byte) {
	var in struct {
		Summary, Description, Severity string
		Vulnerabilities                []struct {
			Package struct{ Ecosystem, Name string }
		}
	}
	if !read(w, body, &in) || !checkAdvisory(w, in.Summary, in.Description) {
		return
	}
	n := len(repo.advisories)
	a := &Advisory{
		ID: fmt.Sprintf("GHSA-%04d-2222-%04d", 2222+repo.id, 2222+n), Created: s.now(),
		Summary: in.Summary, Description: in.Description, Severity: in.Severity, State: "draft",
	}
	for _, v := range in.Vulnerabilities {
		a.Packages = append(a.Packages, v.Package.Ecosystem+" "+v.Package.Name)
	}
	repo.advisories = append(repo.advisories, a)
	s.answer(w, r, http.StatusCreated, s.advisoryJSON(repo, a))
}

func (s *Issues) patchAdvisory(w http.ResponseWriter, r *http.Request, repo *repo, a *Advisory, body []byte) {
	var in struct {
		Summary, Description, Severity *string
		State                          string
	}
	if !read(w, body, &in) || !checkAdvisory(w, deref(in.Summary, a.Summary), deref(in.Description, a.Description)) {
		return
	}
	if in.State == "published" {
		s.t.Errorf("%s %s publishes it", r.Method, r.URL.Path)
	}
	a.Summary, a.Description, a.Severity = deref(in.Summary, a.Summary), deref(in.Description, a.Description), deref(in.Severity, a.Severity)
	a.State = orElse(in.State, a.State)
	s.answer(w, r, http.StatusOK, s.advisoryJSON(repo, a))
}

// checkAdvisory refuses texts that are missing or too long.
func checkAdvisory(w http.ResponseWriter, summary, description string) bool {
	for _, of := range []struct {
		field, text string
		most        int
	}{{"summary", summary, longestSummary}, {"description", description, longestDescription}} {
		if n := utf8.RuneCountInString(of.text); n == 0 || n > of.most {
			invalid(w, object{"resource": "RepositoryAdvisory", "field": of.field, "code": "custom", "message": fmt.Sprintf("%s is too short or too long (maximum is %d characters)", of.field, of.most)})
			return false
		}
	}
	return true
}

// advisoryJSON is an advisory, with all that one must have.
func (s *Issues) advisoryJSON(r *repo, a *Advisory) object {
	o := object{
		"ghsa_id": a.ID, "summary": a.Summary, "description": a.Description, "state": a.State, "author": s.userJSON("leakguard"),
		"url":      s.URL + "repos/" + r.name + "/security-advisories/" + a.ID,
		"html_url": web + r.name + "/security/advisories/" + a.ID, "identifiers": []any{object{"type": "GHSA", "value": a.ID}},
		"created_at": stamp(a.Created), "updated_at": stamp(a.Created), "severity": nil,
	}
	if a.Severity != "" {
		o["severity"] = a.Severity
	}
	vulnerabilities := []any{}
	for _, p := range a.Packages {
		ecosystem, name, _ := strings.Cut(p, " ")
		vulnerabilities = append(vulnerabilities, object{
			"package": object{"ecosystem": ecosystem, "name": name}, "vulnerable_version_range": nil, "patched_versions": nil, "vulnerable_functions": nil,
		})
	}
	o["vulnerabilities"] = vulnerabilities
	for _, none := range strings.Fields("cve_id publisher published_at closed_at withdrawn_at submission cvss cvss_severities cwes cwe_ids credits credits_detailed collaborating_users collaborating_teams private_fork") {
		o[none] = nil
	}
	return o
}
