package pullrequest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Sticky is our comment on a pull request. The token needs the permission Pull requests:
// write, or Issues: write. https://docs.github.com/en/rest/issues/comments
func (g *GitHub) Sticky(pullRequest int) *Sticky { return &Sticky{&githubThread{g, pullRequest}} }

// githubThread is the conversation of a pull request.
type githubThread struct {
	*GitHub
	number int
}

type githubComment struct {
	ID      int64       `json:"id"`
	Body    string      `json:"body"`
	HTMLURL string      `json:"html_url"`
	User    *githubUser `json:"user"`
}

func (c *githubComment) comment() comment {
	to := comment{id: c.ID, body: c.Body, url: c.HTMLURL}
	if c.User != nil {
		to.author = c.User.Login
	}
	return to
}

// ours implements thread. GitHub lists comments by their ids.
func (t *githubThread) ours(ctx context.Context) ([]comment, error) {
	var all []comment
	err := t.client.Pages(ctx, t.path()+"?per_page=100", func(page json.RawMessage) (bool, error) {
		var comments []githubComment
		if err := json.Unmarshal(page, &comments); err != nil {
			return false, err
		}
		for _, c := range comments {
			if !strings.HasPrefix(c.Body, CommentMark) {
				continue
			}
			ours, err := t.wrote(ctx, c.User)
			if err != nil {
				return false, err
			}
			if ours {
				all = append(all, c.comment())
			}
		}
		return true, nil
	})
	return all, t.refused("read the comments", err)
}

// create implements thread.
func (t *githubThread) create(ctx context.Context, body string) (comment, error) {
	var made githubComment
	err := t.writer.Post(ctx, t.path(), map[string]string{"body": body}, &made, func(ctx context.Context) (bool, error) {
		ours, err := t.ours(ctx)
		return len(ours) > 0, err
	})
	return made.comment(), t.refused("comment", err)
}

// edit implements thread.
func (t *githubThread) edit(ctx context.Context, c comment, body string) error {
	err := t.writer.Patch(ctx, t.of(c), map[string]string{"body": body}, nil)
	return t.refused("edit our comment", err)
}

// remove implements thread.
func (t *githubThread) remove(ctx context.Context, c comment) error {
	if err := t.sleep(ctx, time.Second); err != nil { // that changes are apart; see forge.GitHubLimits
		return err
	}
	return t.refused("delete our second comment", t.client.Delete(ctx, t.of(c)))
}

func (t *githubThread) path() string { return fmt.Sprintf("%sissues/%d/comments", t.base, t.number) }

func (t *githubThread) of(c comment) string { return fmt.Sprintf("%sissues/comments/%d", t.base, c.id) }

func (t *githubThread) refused(action string, err error) error {
	action = fmt.Sprintf("%s on pull request %d", action, t.number)
	return refused(t.repository, action, "the token lacks the permission Pull requests: write (in a workflow, pull-requests: write), or the pull request comes from a fork", err)
}
