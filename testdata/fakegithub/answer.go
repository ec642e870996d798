package fakegithub

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"
)

// capped is how many results a filtered list of runs gives at most.
const capped = 1000

// object is a JSON object.
type object = map[string]any

// list answers with a page of runs, the newest first.
func (s *Server) list(w http.ResponseWriter, r *http.Request, repo string, runs []Run) {
	query := r.URL.Query()
	from, to, err := created(query.Get("created"))
	if err != nil {
		s.refuse(w, http.StatusUnprocessableEntity)
		return
	}
	var match []Run
	for _, run := range runs {
		at := run.Created.Truncate(time.Second)
		if at.Before(from) || at.After(to) || query.Get("branch") != "" && run.Branch != query.Get("branch") {
			continue
		}
		match = append(match, run)
	}
	sort.SliceStable(match, func(i, j int) bool { return match[i].Created.After(match[j].Created) })
	total := len(match)
	filtered := query.Get("created") != "" || query.Get("branch") != ""
	if filtered && total > capped {
		match = match[:capped]
	}
	all := make([]any, len(match))
	for i, run := range match {
		all[i] = s.runJSON(repo, run)
	}
	s.answer(w, r, object{"total_count": total, "workflow_runs": s.page(w, r, all)})
}

// created reads a range in the syntax of GitHub's search: FROM..TO.
func created(of string) (from, to time.Time, err error) {
	if of == "" {
		return time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), nil
	}
	first, last, ok := strings.Cut(of, "..")
	if !ok {
		return from, to, fmt.Errorf("%q is no range", of)
	}
	if from, err = time.Parse(time.RFC3339, first); err != nil {
		return from, to, err
	}
	to, err = time.Parse(time.RFC3339, last)
	return from, to, err
}

// page cuts out what the query asks for, and names the next in a Link header.
func (s *Server) page(w http.ResponseWriter, r *http.Request, all []any) []any {
	query := r.URL.Query()
	size := intOr(query.Get("per_page"), 30)
	page := intOr(query.Get("page"), 1)
	from := min((page-1)*size, len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		query.Set("page", strconv.Itoa(page+1))
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, strings.TrimSuffix(s.URL, "/"), r.URL.EscapedPath(), query.Encode()))
	}
	return append([]any{}, all[from:to]...)
}

func intOr(s string, value int) int {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return n
	}
	return value
}

func (s *Server) reposOf(w http.ResponseWriter, r *http.Request, org string) {
	var names []string
	for name := range s.Repos {
		if strings.HasPrefix(name, org+"/") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	all := []any{}
	for _, name := range names {
		all = append(all, s.repoJSON(name))
	}
	s.answer(w, r, s.page(w, r, all))
}

func (s *Server) artifactsOf(w http.ResponseWriter, r *http.Request, repo string, run Run) {
	all := []any{}
	for _, a := range run.Artifacts {
		at := stamp(run.Created)
		base := fmt.Sprintf("%srepos/%s/actions/artifacts/%d", s.URL, repo, a.ID)
		all = append(all, object{
			"id": a.ID, "node_id": "A", "name": a.Name, "size_in_bytes": len(a.Zip), "url": base,
			"archive_download_url": base + "/zip", "expired": a.Expired,
			"created_at": at, "expires_at": at, "updated_at": at,
		})
	}
	s.answer(w, r, object{"total_count": len(all), "artifacts": s.page(w, r, all)})
}

func (s *Server) jobsOf(w http.ResponseWriter, r *http.Request, repo string, run Run, attempt int) {
	all := []any{}
	for _, j := range run.Attempts[attempt-1].Jobs {
		steps := []any{}
		for i, name := range j.Steps {
			steps = append(steps, object{"name": name, "number": i + 1, "status": "completed", "conclusion": "success"})
		}
		base := fmt.Sprintf("%srepos/%s/actions/", s.URL, repo)
		all = append(all, object{
			"id": j.ID, "node_id": "J", "run_id": run.ID, "run_attempt": attempt, "name": j.Name,
			"run_url": fmt.Sprintf("%sruns/%d", base, run.ID), "url": fmt.Sprintf("%sjobs/%d", base, j.ID),
			"html_url": fmt.Sprintf("https://github.example/%s/actions/runs/%d/job/%d", repo, run.ID, j.ID),
			"head_sha": "0", "head_branch": run.Branch, "workflow_name": run.Workflow,
			"status": "completed", "conclusion": "success", "steps": steps,
			"started_at": stamp(run.Created), "completed_at": stamp(run.Created), "created_at": stamp(run.Created),
			"check_run_url": base + "check", "labels": []any{}, "runner_id": nil, "runner_name": nil,
			"runner_group_id": nil, "runner_group_name": nil,
		})
	}
	s.answer(w, r, object{"total_count": len(all), "jobs": s.page(w, r, all)})
}

func (s *Server) runJSON(repo string, run Run) object {
	base := fmt.Sprintf("%srepos/%s/actions/runs/%d", s.URL, repo, run.ID)
	o := object{
		"id": run.ID, "node_id": "R", "name": run.Workflow, "run_number": 1, "run_attempt": len(run.Attempts),
		"display_title": "a change", "event": "push", "workflow_id": 1, "path": ".github/workflows/" + run.Workflow,
		"head_branch": run.Branch, "head_sha": "0", "head_commit": nil, "pull_requests": []any{},
		"status": orElse(run.Status, "completed"), "conclusion": orElse(run.Conclusion, "success"),
		"url": base, "html_url": fmt.Sprintf("https://github.example/%s/actions/runs/%d", repo, run.ID),
		"created_at": stamp(run.Created), "updated_at": stamp(run.Created),
		"repository": s.repoJSON(repo), "head_repository": s.repoJSON(repo),
	}
	for _, of := range []string{"jobs", "logs", "check_suite", "cancel", "rerun", "artifacts", "workflow"} {
		o[of+"_url"] = base + "/" + of
	}
	return o
}

// repoJSON is a repository, made once: it stands twice in each run.
func (s *Server) repoJSON(name string) object {
	if o, ok := s.repos.Load(name); ok {
		return o.(object)
	}
	o := s.makeRepo(name)
	s.repos.Store(name, o)
	return o
}

// makeRepo is a repository, with all that a minimal one must have.
func (s *Server) makeRepo(name string) object {
	owner, short, _ := strings.Cut(name, "/")
	web := "https://github.example/"
	o := object{
		"id": 1, "node_id": "R", "name": short, "full_name": name, "private": true, "fork": false,
		"description": nil, "html_url": web + name, "url": s.URL + "repos/" + name, "hooks_url": web,
		"owner": s.ownerJSON(owner),
	}
	for _, of := range strings.Fields(`archive assignees blobs branches collaborators comments commits compare contents
		contributors deployments downloads events forks git_commits git_refs git_tags issue_comment issue_events issues
		keys labels languages merges milestones notifications pulls releases stargazers statuses subscribers subscription
		tags teams trees`) {
		o[of+"_url"] = web + name + "/" + of
	}
	return o
}

func (s *Server) ownerJSON(login string) object {
	web := "https://github.example/" + login
	o := object{"login": login, "id": 1, "node_id": "U", "gravatar_id": "", "type": "Organization", "site_admin": false, "url": web, "html_url": web}
	for _, of := range strings.Fields("avatar events followers following gists organizations received_events repos starred subscriptions") {
		o[of+"_url"] = web + "/" + of
	}
	return o
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func orElse(s, value string) string {
	if s == "" {
		return value
	}
	return s
}

// answer sends v with an entity tag, or 304 to who has it already.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.t.Errorf("answer to %s: %v", r.URL, err)
	}
	if s.spec != nil {
		if err := s.spec.response(r, http.StatusOK, body); err != nil {
			s.t.Errorf("the answer to %s %s is none of GitHub's API: %v", r.Method, r.URL, err)
		}
	}
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(body))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		s.count("304 " + r.URL.Path)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body)
}

// refuse answers with an error as GitHub words it.
func (s *Server) refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message": %q, "documentation_url": "https://docs.github.com/rest", "status": "%d"}`, http.StatusText(status), status)
}
