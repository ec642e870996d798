package remediate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

// GitLab is the issues of projects on GitLab, by https://docs.gitlab.com/api/issues/
// and https://docs.gitlab.com/api/notes/. A project is its path, such as
// "acme/shop/api". It is safe for concurrent use.
//
// All issues are confidential: authors, assignees and members from the role Planner
// on see them, and nobody else, also in a public project.
// https://docs.gitlab.com/user/project/issues/confidential_issues/
//
// Its errors are a *Refusal where GitLab does not let it, and a *forge.LimitError
// where it has to wait for longer than it may.
type GitLab struct {
	client *forge.Client
	writer *forge.Writer
	label  string
	warn   func(project, text string)
	now    func() time.Time

	mu      sync.Mutex
	members map[gitlabLogin]int64 // by whom was looked for; 0: no member
}

// GitLabOptions settle how NewGitLab writes.
type GitLabOptions struct {
	// Label marks our issues; "": leakguard. GitLab makes labels as they are used.
	Label string

	// Warn is told whom GitLab did not assign to an issue that was written all the
	// same: without a licence it takes one assignee. nil: nobody is.
	Warn func(project, text string)

	Now func() time.Time // tests replace it. nil: time.Now
}

var _ Tracker = (*GitLab)(nil)

// gitlabLimits are those of GitLab.com for comments; that every post counts is to be
// on the safe side. https://docs.gitlab.com/user/gitlab_com/#rate-limits-on-gitlabcom
func gitlabLimits() forge.Limits { return forge.Limits{PerMinute: 60} }

// NewGitLab returns the tracker that a client of GitLab's API v4 leads to. Its token
// needs the scope api.
func NewGitLab(c *forge.Client, o GitLabOptions) *GitLab {
	g := &GitLab{
		client: c, label: cmp.Or(o.Label, "leakguard"), warn: o.Warn, now: o.Now,
		writer:  forge.NewWriter(c, forge.WriterOptions{Limits: gitlabLimits(), Now: o.Now}),
		members: map[gitlabLogin]int64{},
	}
	if g.warn == nil {
		g.warn = func(string, string) {}
	}
	if g.now == nil {
		g.now = time.Now
	}
	return g
}

// Name implements Tracker.
func (g *GitLab) Name() string { return "gitlab" }

// List implements Tracker.
func (g *GitLab) List(ctx context.Context, project string) ([]Ticket, error) {
	path, err := gitlabPath(project)
	if err != nil {
		return nil, err
	}
	// In this order, what is made meanwhile comes last.
	query := url.Values{"labels": {g.label}, "state": {"all"}, "scope": {"all"}, "order_by": {"created_at"}, "sort": {"asc"}, "per_page": {"100"}}
	var all []Ticket
	err = g.client.Pages(ctx, path+"/issues?"+query.Encode(), func(page json.RawMessage) (bool, error) {
		var issues []gitlabIssue
		if err := json.Unmarshal(page, &issues); err != nil {
			return false, err
		}
		for _, i := range issues {
			if t, ours := i.ticket(project); ours {
				all = append(all, t)
			}
		}
		return true, nil
	})
	return all, gitlabError(project, "list the issues", err)
}

// Create implements Tracker. An issue that GitLab does not make confidential is
// emptied, and an error.
func (g *GitLab) Create(ctx context.Context, project string, d Draft) (Ticket, error) {
	path, err := gitlabPath(project)
	if err != nil {
		return Ticket{}, err
	}
	want, assignees, err := g.wanted(ctx, Ticket{Project: project}, d)
	if err != nil {
		return Ticket{}, err
	}
	in := gitlabChange{Title: want.Title, Description: want.Body, Labels: strings.Join(want.Labels, ","), Assignees: assignees, Confidential: true}
	var made gitlabIssue
	err = g.writer.Post(ctx, path+"/issues", in, &made, func(ctx context.Context) (bool, error) {
		return g.find(ctx, path, d.ID, &made)
	})
	if err != nil {
		return Ticket{}, gitlabError(project, "open an issue", err)
	}
	t, _ := made.ticket(project)
	if !made.Confidential {
		return Ticket{}, g.empty(ctx, t, d.ID)
	}
	g.compare(t, want.Assignees)
	return t, nil
}

// find looks for an issue that was made a moment ago.
func (g *GitLab) find(ctx context.Context, path, id string, made *gitlabIssue) (bool, error) {
	var newest []gitlabIssue
	if _, err := g.client.Get(ctx, path+"/issues?order_by=created_at&per_page=100&scope=all&sort=desc&state=all", &newest); err != nil {
		return false, err
	}
	for _, i := range newest {
		if t, ours := i.ticket(""); ours && t.ID == id {
			*made = i
			return true, nil
		}
	}
	return false, nil
}

// Update implements Tracker. It reads the issue first: people may have written to it
// since it was listed, and GitLab takes the assignees all at once.
func (g *GitLab) Update(ctx context.Context, t Ticket, d Draft) (Ticket, error) {
	issue, err := g.current(ctx, t)
	if err != nil {
		return t, err
	}
	now, _ := issue.ticket(t.Project)
	want, added, err := g.wanted(ctx, now, d)
	if err != nil {
		return t, err
	}
	if want.agrees(now) {
		return now, nil
	}
	var c gitlabChange
	if want.Title != now.Title {
		c.Title = want.Title
	}
	if want.Body != now.Body {
		c.Description = want.Body
	}
	c.AddLabels = strings.Join(want.Labels[len(now.Labels):], ",")
	if len(added) > 0 {
		for _, a := range issue.Assignees {
			c.Assignees = append(c.Assignees, a.ID)
		}
		c.Assignees = append(c.Assignees, added...)
	}
	now, err = g.put(ctx, t, "edit", c)
	if err == nil {
		g.compare(now, want.Assignees)
	}
	return now, err
}

// compare says whom an issue is not assigned to that was to be.
func (g *GitLab) compare(t Ticket, assignees []string) {
	if lost := withMissing(t.Assignees, assignees, strings.EqualFold)[len(t.Assignees):]; len(lost) > 0 {
		g.warn(t.Project, fmt.Sprintf("issue %d: GitLab did not assign @%s; without a licence it takes one assignee", t.Number, strings.Join(lost, ", @")))
	}
}

// Comment implements Tracker.
func (g *GitLab) Comment(ctx context.Context, t Ticket, body string) error {
	if _, err := g.current(ctx, t); err != nil {
		return err
	}
	path, err := gitlabIssuePath(t)
	if err != nil {
		return err
	}
	type note struct {
		Body    string    `json:"body"`
		Created time.Time `json:"created_at,omitzero"`
	}
	body = inert(body)
	since := g.now().Add(-5 * time.Minute) // the clocks may differ
	err = g.writer.Post(ctx, path+"/notes", note{Body: body}, nil, func(ctx context.Context) (bool, error) {
		var newest []note
		_, err := g.client.Get(ctx, path+"/notes?order_by=created_at&per_page=100&sort=desc", &newest)
		return slices.ContainsFunc(newest, func(n note) bool { return n.Body == body && n.Created.After(since) }), err
	})
	return gitlabError(t.Project, fmt.Sprintf("comment on issue %d", t.Number), err)
}

// SetOpen implements Tracker.
func (g *GitLab) SetOpen(ctx context.Context, t Ticket, open bool) error {
	event := "close"
	if open {
		event = "reopen"
	}
	_, err := g.put(ctx, t, event, gitlabChange{StateEvent: event, Confidential: true})
	return err
}
