package fakegithub

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// conversation lists the comments of the conversation or adds one.
func (s *Pulls) conversation(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.Method == http.MethodGet {
		all := []any{}
		for _, c := range s.comments {
			all = append(all, s.commentJSON(c))
		}
		s.reply(w, http.StatusOK, page(w, r, all))
		return
	}
	var in struct{ Body string }
	switch {
	case s.as.Locked:
		refuse(w, http.StatusForbidden, "Unable to create comment because issue is locked.")
	case !read(w, body, &in) || !checkText(w, "a comment", in.Body):
	default:
		made := s.add(Comment{Author: orElse(s.as.Me, JobLogin), Body: in.Body})
		for _, c := range s.meets {
			s.add(c)
		}
		s.meets = nil
		s.reply(w, http.StatusCreated, s.commentJSON(made))
	}
}

// change edits or deletes a comment of the conversation.
func (s *Pulls) change(w http.ResponseWriter, r *http.Request, id string, body []byte) {
	i := slices.IndexFunc(s.comments, func(c Comment) bool { return strconv.FormatInt(c.ID, 10) == id })
	var in struct{ Body string }
	switch {
	case i < 0:
		refuse(w, http.StatusNotFound, "Not Found")
	case r.Method == http.MethodDelete:
		s.comments = slices.Delete(s.comments, i, i+1)
		w.WriteHeader(http.StatusNoContent)
	case read(w, body, &in) && checkText(w, "a comment", in.Body):
		s.comments[i].Body = in.Body
		s.reply(w, http.StatusOK, s.commentJSON(s.comments[i]))
	}
}

// add numbers a comment and puts it where its id has it, as GitHub lists them.
func (s *Pulls) add(c Comment) Comment {
	if s.ids++; c.ID == 0 {
		c.ID = 100 * s.ids
	}
	if c.Created.IsZero() {
		c.Created = s.now()
	}
	at, _ := slices.BinarySearchFunc(s.comments, c, func(a, b Comment) int { return int(a.ID - b.ID) })
	s.comments = slices.Insert(s.comments, at, c)
	return c
}

func (s *Pulls) commentJSON(c Comment) object {
	base := fmt.Sprintf("%srepos/%s/issues/", s.URL, PullRepository)
	return object{
		"id": c.ID, "node_id": "C", "body": c.Body, "user": s.userJSON(c.Author), "author_association": "NONE",
		"url": fmt.Sprintf("%scomments/%d", base, c.ID), "issue_url": fmt.Sprintf("%s%d", base, PullNumber),
		"html_url":   fmt.Sprintf("%s%s/pull/%d#issuecomment-%d", web, PullRepository, PullNumber, c.ID),
		"created_at": stamp(c.Created), "updated_at": stamp(c.Created),
	}
}
