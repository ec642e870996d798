package pullrequest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/scanner/forge"
)

// GitHub is a repository on GitHub that is told what a job found. All that is written
// goes through one Writer, since GitHub limits what a token writes. It is for one
// goroutine at a time.
//
// Its errors are a *remediate.Refusal where GitHub does not let it, as in a pull request
// from a fork, whose token may only read: a job can go on without. How long all of it
// may take is for the context to say.
type GitHub struct {
	client     *forge.Client
	writer     *forge.Writer
	sleep      func(context.Context, time.Duration) error
	repository string  // OWNER/NAME
	base       string  // of its paths in the API, with a slash at its end
	me         *string // whose the token is; "" for an App's; nil: nobody asked yet
}

// GitHubOptions settle how NewGitHub writes.
type GitHubOptions struct {
	// Patience is how long one write may wait for a limit; 0: a minute.
	Patience time.Duration

	// Tests replace the time. nil: real time.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// NewGitHub returns the repository OWNER/NAME, by a client of GitHub's API.
func NewGitHub(c *forge.Client, repository string, o GitHubOptions) (*GitHub, error) {
	owner, name, ok := strings.Cut(repository, "/")
	if !ok || strings.Trim(owner, ".") == "" || strings.Trim(name, ".") == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("%q is no repository of GitHub: want OWNER/NAME", repository)
	}
	g := &GitHub{
		client: c, sleep: o.Sleep, repository: repository,
		writer: forge.NewWriter(c, forge.WriterOptions{Limits: forge.GitHubLimits(), Patience: cmp.Or(o.Patience, time.Minute), Now: o.Now}),
		base:   "repos/" + url.PathEscape(owner) + "/" + url.PathEscape(name) + "/",
	}
	if g.sleep == nil {
		g.sleep = realSleep
	}
	return g, nil
}

func realSleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// githubUser is who wrote something; nil for somebody who left GitHub.
type githubUser struct {
	Login string `json:"login"`
	Type  string `json:"type"` // User, Bot, …
}

// wrote reports whether something with one of our marks is ours, and not a person's who
// quotes the mark. A job's token is an App's: it writes as a bot, and may not ask who it
// is. That something was written through an App says nothing: people do that, too.
func (g *GitHub) wrote(ctx context.Context, by *githubUser) (bool, error) {
	if by == nil || by.Type == "Bot" {
		return by != nil, nil
	}
	if g.me == nil {
		var me githubUser
		_, err := g.client.Get(ctx, "user", &me)
		switch status := forge.StatusOf(err); {
		case err == nil:
		case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
			// An App's token: no person's comment is its own.
		default:
			return false, err
		}
		g.me = &me.Login
	}
	return by.Login == *g.me, nil
}

// refused says more of an error of a forge's API; nil stays nil. need is what the token
// lacks if the forge says that it may not. A limit, which GitHub tells of by 403 too, is
// no Refusal.
func refused(project, action, need string, err error) error {
	if err == nil {
		return nil
	}
	status, text := forge.StatusOf(err), err.Error()
	if errors.As(err, new(*forge.LimitError)) || strings.Contains(text, "rate limit") {
		status = 0
	}
	switch status {
	case http.StatusUnauthorized, http.StatusNotFound:
	case http.StatusForbidden:
		if strings.Contains(text, "locked") {
			need = "its conversation is locked"
		}
	case http.StatusGone:
		need = "it was deleted, or cannot be commented on"
	default:
		return fmt.Errorf("%s: cannot %s: %w", project, action, err)
	}
	return &remediate.Refusal{Project: project, Action: action, Need: need, Err: err}
}
