package fakegithub

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// onLines are the comments on lines of all reviews.
func (s *Pulls) onLines() []any {
	all := []any{}
	for _, r := range s.reviews {
		for _, c := range r.Comments {
			all = append(all, s.onLineJSON(c))
		}
	}
	return all
}

func (s *Pulls) onLineJSON(c Comment) object {
	api := fmt.Sprintf("%srepos/%s/pulls/", s.URL, PullRepository)
	page := fmt.Sprintf("%s%s/pull/%d", web, PullRepository, PullNumber)
	pull, self := fmt.Sprint(api, PullNumber), fmt.Sprintf("%scomments/%d", api, c.ID)
	o := object{
		"id": c.ID, "node_id": "P", "pull_request_review_id": 1, "diff_hunk": "@@ -1 +1 @@", "path": c.Path, "body": c.Body,
		"commit_id": c.Commit, "original_commit_id": c.Commit, "user": s.userJSON(c.Author), "author_association": "NONE",
		"created_at": stamp(c.Created), "updated_at": stamp(c.Created), "url": self, "pull_request_url": pull,
		"html_url": fmt.Sprintf("%s#discussion_r%d", page, c.ID), "original_line": 1, "line": c.Line,
		"_links": object{"self": object{"href": self}, "html": object{"href": page}, "pull_request": object{"href": pull}},
	}
	if c.Line == 0 {
		delete(o, "line")
	}
	return o
}

// files are the changes of the pull request.
func (s *Pulls) files() []any {
	all := []any{}
	for _, path := range slices.Sorted(maps.Keys(s.as.Files)) {
		at := web + PullRepository + "/raw/" + path
		o := object{
			"sha": nil, "filename": path, "status": "modified", "additions": 1, "deletions": 1, "changes": 2,
			"blob_url": at, "raw_url": at, "contents_url": at, "patch": s.as.Files[path],
		}
		if s.as.Files[path] == "" { // as of large files
			delete(o, "patch")
		}
		all = append(all, o)
	}
	return all
}

// review takes a review, whole or not at all.
func (s *Pulls) review(w http.ResponseWriter, body []byte) {
	var in struct {
		Commit      string `json:"commit_id"`
		Body, Event string
		Comments    []struct {
			Path, Body, Side string
			Line             int
			Start            int    `json:"start_line"`
			StartSide        string `json:"start_side"`
		}
	}
	if !read(w, body, &in) {
		return
	}
	made := Review{Body: in.Body, Event: in.Event, Commit: in.Commit}
	for _, c := range in.Comments {
		switch {
		case !s.shown(c.Path, c.Line) || c.Start != 0 && !s.shown(c.Path, c.Start):
			s.unprocessable(w, "Pull request review thread line must be part of the diff")
			return
		case c.Start != 0 && c.Start >= c.Line:
			s.unprocessable(w, "Pull request review thread start line must precede the end line.")
			return
		}
		s.ids++
		made.Comments = append(made.Comments, Comment{
			ID: 100 * s.ids, Author: orElse(s.as.Me, JobLogin), Body: c.Body, Path: c.Path, Line: c.Line, Start: c.Start, Commit: in.Commit, Created: s.now(),
		})
	}
	s.reviews = append(s.reviews, made)
	page := fmt.Sprintf("%s%s/pull/%d", web, PullRepository, PullNumber)
	s.reply(w, http.StatusOK, object{
		"id": len(s.reviews), "node_id": "R", "user": s.userJSON(orElse(s.as.Me, JobLogin)), "body": in.Body, "state": "COMMENTED", "commit_id": in.Commit,
		"html_url": page, "pull_request_url": page, "author_association": "NONE",
		"_links": object{"html": object{"href": page}, "pull_request": object{"href": page}},
	})
}

// shown reports whether a line of a file's new version is in the diff: the lines of a
// patch are counted one by one.
func (s *Pulls) shown(path string, line int) bool {
	at := 0
	for text := range strings.Lines(s.as.Files[path]) {
		switch text[0] {
		case '@':
			fmt.Sscanf(text[strings.Index(text, "+"):], "+%d", &at)
		case '+', ' ':
			if at == line {
				return true
			}
			at++
		}
	}
	return false
}

// unprocessable refuses a review as GitHub words it: which comment it is, it does not say.
func (s *Pulls) unprocessable(w http.ResponseWriter, why string) {
	s.reply(w, http.StatusUnprocessableEntity, object{"message": "Unprocessable Entity", "errors": []string{why}, "documentation_url": docs})
}
