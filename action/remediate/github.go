package remediate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

// GitHub is the issues of repositories on GitHub. A project is a repository's
// OWNER/NAME. It is safe for concurrent use.
//
// Its errors are a *Refusal where GitHub does not let it, and a *forge.LimitError
// where it has to wait for longer than it may: then the rest is for a later run.
// https://docs.github.com/en/rest/issues
type GitHub struct {
	client *forge.Client
	writer *forge.Writer
	label  string
	warn   func(project, text string)
	now    func() time.Time
	began  time.Time

	mu     sync.Mutex
	repos  map[string]*githubRepo // by project
	logins map[string]bool        // whether assignable, by repository and login
	labels map[string]bool        // that were seen to, by repository and label
}

// GitHubOptions settle how NewGitHub writes.
type GitHubOptions struct {
	// Label marks our issues; "": leakguard.
	Label string

	// Patience is how long one write may wait for a limit; 0: 10 minutes. The limit
	// of an hour takes up to 60 minutes.
	Patience time.Duration

	// Warn is told what GitHub left out of an issue that was written all the same,
	// such as assignees. nil: nobody is.
	Warn func(project, text string)

	Now func() time.Time // tests replace it. nil: time.Now
}

var _ Tracker = (*GitHub)(nil)

// NewGitHub returns the tracker that a client of GitHub's API leads to.
func NewGitHub(c *forge.Client, o GitHubOptions) *GitHub {
	g := &GitHub{
		client: c, label: cmp.Or(o.Label, "leakguard"), warn: o.Warn, now: o.Now,
		writer: forge.NewWriter(c, forge.WriterOptions{Limits: forge.GitHubLimits(), Patience: o.Patience, Now: o.Now}),
		repos:  map[string]*githubRepo{}, logins: map[string]bool{}, labels: map[string]bool{},
	}
	if g.warn == nil {
		g.warn = func(string, string) {}
	}
	if g.now == nil {
		g.now = time.Now
	}
	g.began = g.now()
	return g
}

// Name implements Tracker.
func (g *GitHub) Name() string { return "github" }

// githubIssue is what we read of an issue. Pull requests are issues, too.
type githubIssue struct {
	Number      int64           `json:"number"`
	HTMLURL     string          `json:"html_url"`
	Title       string          `json:"title"`
	Body        string          `json:"body"`
	State       string          `json:"state"`
	CreatedAt   time.Time       `json:"created_at"`
	PullRequest json.RawMessage `json:"pull_request"`
	Labels      []struct {
		Name string `json:"name"`
	} `json:"labels"`
	Assignees []struct {
		Login string `json:"login"`
	} `json:"assignees"`
}

// ticket is an issue as the engine sees it, if it is one of ours.
func (i *githubIssue) ticket(project string) (t Ticket, ours bool) {
	id, ours := MarkOf(i.Body)
	t = Ticket{ID: id, Project: project, Number: i.Number, URL: i.HTMLURL, Title: i.Title, Body: i.Body, Open: i.State != "closed"}
	for _, l := range i.Labels {
		t.Labels = append(t.Labels, l.Name)
	}
	for _, a := range i.Assignees {
		t.Assignees = append(t.Assignees, a.Login)
	}
	return t, ours && i.PullRequest == nil
}

// List implements Tracker.
func (g *GitHub) List(ctx context.Context, project string) ([]Ticket, error) {
	repo, err := g.repository(ctx, project)
	if err != nil {
		return nil, err
	}
	query := url.Values{"state": {"all"}, "sort": {"created"}, "direction": {"asc"}, "per_page": {"100"}}
	if repo.labels() {
		query.Set("labels", g.label)
	}
	var all []Ticket
	var made []time.Time
	err = g.client.Pages(ctx, repo.path("issues?"+query.Encode()), func(page json.RawMessage) (bool, error) {
		var issues []githubIssue
		if err := json.Unmarshal(page, &issues); err != nil {
			return false, err
		}
		for _, i := range issues {
			if t, ours := i.ticket(project); ours {
				all, made = append(all, t), append(made, i.CreatedAt)
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, githubError(project, "list the issues", err)
	}
	repo.counted.Do(func() { g.posted(made) })
	return all, nil
}

// posted counts what an earlier run made: it has used up some of this hour.
func (g *GitHub) posted(made []time.Time) {
	for _, at := range made {
		if at.Before(g.began) && g.began.Sub(at) < time.Hour {
			g.writer.Posted(at.Add(time.Second)) // it is cut to the second
		}
	}
}

// Create implements Tracker. Assignees that GitHub does not take are left out, and it
// leaves out labels and assignees itself if the token may not set them: the ticket
// has those that there are.
func (g *GitHub) Create(ctx context.Context, project string, d Draft) (Ticket, error) {
	repo, err := g.repository(ctx, project)
	if err != nil {
		return Ticket{}, err
	}
	in := struct {
		Title     string   `json:"title"`
		Body      string   `json:"body"`
		Labels    []string `json:"labels"`
		Assignees []string `json:"assignees,omitempty"`
	}{d.Title, Marked(d.ID, d.Body), g.labelled(d.Labels), g.room(project, nil, d.Assignees)}
	wanted := in.Assignees
	if err := g.makeLabels(ctx, repo, in.Labels); err != nil {
		return Ticket{}, githubError(project, "make a label", err)
	}
	var made githubIssue
	post := func() error {
		return g.writer.Post(ctx, repo.path("issues"), in, &made, func(ctx context.Context) (bool, error) {
			return g.find(ctx, repo, d.ID, &made)
		})
	}
	err = post()
	var invalid *forge.InvalidError
	if errors.As(err, &invalid) && invalid.Has("assignees", "") {
		in.Assignees = g.takes(ctx, project, in.Assignees)
		err = post()
	}
	if err != nil {
		return Ticket{}, githubError(project, "open an issue", err)
	}
	t, _ := made.ticket(project)
	g.compare(t, in.Labels, wanted)
	return t, nil
}

// find looks for an issue that was made a moment ago.
func (g *GitHub) find(ctx context.Context, repo *githubRepo, id string, made *githubIssue) (bool, error) {
	var newest []githubIssue
	if _, err := g.client.Get(ctx, repo.path("issues?direction=desc&per_page=100&sort=created&state=all"), &newest); err != nil {
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
// since it was listed.
func (g *GitHub) Update(ctx context.Context, t Ticket, d Draft) (Ticket, error) {
	repo, err := g.repository(ctx, t.Project)
	if err != nil {
		return t, err
	}
	var is githubIssue
	if _, err := g.client.Get(ctx, repo.issue(t.Number, ""), &is); err != nil {
		return t, githubError(t.Project, fmt.Sprintf("read issue %d", t.Number), err)
	}
	if err := g.rewrite(ctx, repo, &is, d); err != nil {
		return t, githubError(t.Project, fmt.Sprintf("edit issue %d", t.Number), err)
	}
	now, _ := is.ticket(t.Project)
	if err := g.addLabels(ctx, repo, &now, g.labelled(d.Labels)); err != nil {
		return now, githubError(t.Project, fmt.Sprintf("label issue %d", t.Number), err)
	}
	if err := g.assign(ctx, repo, &now, d.Assignees); err != nil {
		return now, githubError(t.Project, fmt.Sprintf("assign issue %d", t.Number), err)
	}
	return now, nil
}

// rewrite changes title and body as far as they differ.
func (g *GitHub) rewrite(ctx context.Context, repo *githubRepo, is *githubIssue, d Draft) error {
	change := map[string]string{}
	if is.Title != d.Title {
		change["title"] = d.Title
	}
	if body := Replaced(is.Body, d.ID, d.Body); body != is.Body {
		change["body"] = body
	}
	if len(change) == 0 {
		return nil
	}
	return g.writer.Patch(ctx, repo.issue(is.Number, ""), change, is)
}

// Comment implements Tracker.
func (g *GitHub) Comment(ctx context.Context, t Ticket, body string) error {
	repo, err := g.repository(ctx, t.Project)
	if err != nil {
		return err
	}
	// The clocks may differ by some minutes.
	since := url.Values{"since": {g.now().UTC().Add(-5 * time.Minute).Format(time.RFC3339)}, "per_page": {"100"}}
	err = g.writer.Post(ctx, repo.issue(t.Number, "/comments"), map[string]string{"body": body}, nil, func(ctx context.Context) (bool, error) {
		var recent []struct{ Body string }
		_, err := g.client.Get(ctx, repo.issue(t.Number, "/comments?"+since.Encode()), &recent)
		return slices.Contains(recent, struct{ Body string }{body}), err
	})
	return githubError(t.Project, fmt.Sprintf("comment on issue %d", t.Number), err)
}

// SetOpen implements Tracker.
func (g *GitHub) SetOpen(ctx context.Context, t Ticket, open bool) error {
	repo, err := g.repository(ctx, t.Project)
	if err != nil {
		return err
	}
	change, do := map[string]string{"state": "closed", "state_reason": "completed"}, "close"
	if open {
		change, do = map[string]string{"state": "open", "state_reason": "reopened"}, "reopen"
	}
	err = g.writer.Patch(ctx, repo.issue(t.Number, ""), change, nil)
	return githubError(t.Project, fmt.Sprintf("%s issue %d", do, t.Number), err)
}

// without returns those of some names that are not among others. GitHub's logins and
// labels are the same in any case.
func without(some, others []string) []string {
	return slices.DeleteFunc(slices.Clone(some), func(s string) bool {
		return slices.ContainsFunc(others, func(o string) bool { return strings.EqualFold(s, o) })
	})
}

// githubError says more of an error of the API; nil stays nil. A limit, which GitHub
// tells of by 403 as well, is no Refusal.
func githubError(project, action string, err error) error {
	if err == nil {
		return nil
	}
	status := forge.StatusOf(err)
	if strings.Contains(err.Error(), "rate limit") || errors.As(err, new(*forge.LimitError)) {
		status = 0
	}
	need := ""
	switch status {
	case http.StatusUnauthorized:
		need = "GitHub does not take the token; it has expired or was revoked, or there is none"
	case http.StatusForbidden:
		need = "the repository or the issue is read-only, or the token lacks the permission Issues: write (a classic token: the scope repo)"
	case http.StatusNotFound:
		need = "it is not there, or the token may not see it: it needs the permissions Metadata: read and Issues: write there (a classic token: the scope repo)"
	case http.StatusGone:
		need = "the repository's issues are disabled, or this one was deleted"
	default:
		return fmt.Errorf("%s: cannot %s: %w", project, action, err)
	}
	return &Refusal{project, action, need, err}
}
