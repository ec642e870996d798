package pullrequest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

// GitLabOptions settle how GitLabSticky writes.
type GitLabOptions struct {
	Project string // its path, or its id: "acme/shop/api", "4711"
	Web     string // the page of the project, for the comment's address; "": it has none
	Number  int    // of the merge request (its iid)

	Now func() time.Time // tests replace it. nil: time.Now
}

// GitLabSticky is our comment on a merge request, by a client of GitLab's API v4. Its
// token needs the scope api and the role Reporter; a job's own token, CI_JOB_TOKEN,
// cannot write comments. https://docs.gitlab.com/api/notes/#merge-requests
//
// As with GitHub, its errors are a *remediate.Refusal where GitLab does not let it.
func GitLabSticky(c *forge.Client, o GitLabOptions) (*Sticky, error) {
	if strings.Trim(o.Project, "./") == "" {
		return nil, fmt.Errorf("%q is no project of GitLab", o.Project)
	}
	return &Sticky{&gitlabThread{
		client: c,
		// Of GitLab.com, for comments: https://docs.gitlab.com/user/gitlab_com/#rate-limits-on-gitlabcom
		writer:  forge.NewWriter(c, forge.WriterOptions{Limits: forge.Limits{PerMinute: 60}, Patience: time.Minute, Now: o.Now}),
		options: o,
		path:    fmt.Sprintf("projects/%s/merge_requests/%d/notes", url.PathEscape(o.Project), o.Number),
	}}, nil
}

// gitlabThread is the conversation of a merge request.
type gitlabThread struct {
	client  *forge.Client
	writer  *forge.Writer
	options GitLabOptions
	path    string
}

type gitlabNote struct {
	ID     int64      `json:"id"`
	Body   string     `json:"body"`
	Author gitlabUser `json:"author"`
}

type gitlabUser struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
}

// ours implements thread. Each token of GitLab is a user's, of a person or of the
// project, and can ask whose it is.
func (t *gitlabThread) ours(ctx context.Context) ([]comment, error) {
	var marked []gitlabNote
	err := t.client.Pages(ctx, t.path+"?order_by=created_at&per_page=100&sort=asc", func(page json.RawMessage) (bool, error) {
		var notes []gitlabNote
		if err := json.Unmarshal(page, &notes); err != nil {
			return false, err
		}
		for _, n := range notes {
			if strings.HasPrefix(n.Body, CommentMark) {
				marked = append(marked, n)
			}
		}
		return true, nil
	})
	if err != nil || len(marked) == 0 {
		return nil, t.refused("read the comments", err)
	}
	var me gitlabUser
	if _, err := t.client.Get(ctx, "user", &me); err != nil {
		return nil, t.refused("see which comments are ours", err)
	}
	var all []comment
	for _, n := range marked {
		if n.Author.ID == me.ID {
			all = append(all, t.comment(&n))
		}
	}
	return all, nil
}

func (t *gitlabThread) comment(n *gitlabNote) comment {
	c := comment{id: n.ID, author: n.Author.Username, body: n.Body}
	if t.options.Web != "" {
		c.url = fmt.Sprintf("%s/-/merge_requests/%d#note_%d", strings.TrimSuffix(t.options.Web, "/"), t.options.Number, n.ID)
	}
	return c
}

// create implements thread.
func (t *gitlabThread) create(ctx context.Context, body string) (comment, error) {
	var made gitlabNote
	err := t.writer.Post(ctx, t.path, map[string]string{"body": quiet(body)}, &made, func(ctx context.Context) (bool, error) {
		ours, err := t.ours(ctx)
		return len(ours) > 0, err
	})
	return t.comment(&made), t.refused("comment", err)
}

// edit implements thread.
func (t *gitlabThread) edit(ctx context.Context, c comment, body string) error {
	return t.refused("edit our comment", t.writer.Put(ctx, t.of(c), map[string]string{"body": quiet(body)}, nil))
}

// remove implements thread.
func (t *gitlabThread) remove(ctx context.Context, c comment) error {
	return t.refused("delete our second comment", t.client.Delete(ctx, t.of(c)))
}

func (t *gitlabThread) of(c comment) string { return fmt.Sprintf("%s/%d", t.path, c.id) }

// quiet is a body in which no line is a quick action, which GitLab would carry out. A
// space in front shows nowhere. https://docs.gitlab.com/user/project/quick_actions/
func quiet(body string) string { return strings.ReplaceAll(body, "\n/", "\n /") }

func (t *gitlabThread) refused(action string, err error) error {
	need := "the token needs the scope api and the role Reporter in the project"
	if status := forge.StatusOf(err); status == http.StatusUnauthorized || status == http.StatusNotFound {
		need = "GitLab does not take the token, or shows it no such merge request; a job's CI_JOB_TOKEN cannot do this: give an access token of the project with the scope api and the role Reporter"
	}
	return refused(t.options.Project, fmt.Sprintf("%s on merge request %d", action, t.options.Number), need, err)
}
