package remediate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

// Advisories is the security advisories of repositories on GitHub. It is for public
// repositories, where an issue would tell everybody of a secret: a draft is read by
// those alone who administer the repository, manage its security or were invited to
// the draft. A project is a repository's OWNER/NAME. No advisory is ever published.
//
// An advisory has neither labels nor assignees, and its address is its name: the
// number of a ticket is 0. Comments are kept in its description, behind our part.
// Errors are those of GitHub.
// https://docs.github.com/en/rest/security-advisories/repository-advisories
type Advisories struct{ github *GitHub }

var _ Tracker = (*Advisories)(nil)

// Advisories returns the security advisories that the same token leads to. What is
// written to them counts towards the same limits.
func (g *GitHub) Advisories() *Advisories { return &Advisories{g} }

// Name implements Tracker.
func (a *Advisories) Name() string { return "github-advisory" }

// githubAdvisory is what we read of an advisory.
type githubAdvisory struct {
	ID          string    `json:"ghsa_id"`
	HTMLURL     string    `json:"html_url"`
	Summary     string    `json:"summary"`
	Description string    `json:"description"`
	Severity    string    `json:"severity"`
	State       string    `json:"state"` // triage, draft, published, withdrawn or closed
	CreatedAt   time.Time `json:"created_at"`
}

// ticket is an advisory as the engine sees it, if it is one of ours.
func (i *githubAdvisory) ticket(project string) (t Ticket, ours bool) {
	id, ours := MarkOf(i.Description)
	return Ticket{
		ID: id, Project: project, URL: i.HTMLURL, Title: i.Summary, Body: i.Description,
		Open:   i.State == "draft" || i.State == "triage",
		Public: i.State == "published" || i.State == "withdrawn",
	}, ours
}

// List implements Tracker. A token that may not see drafts gets none.
func (a *Advisories) List(ctx context.Context, project string) ([]Ticket, error) {
	repo, err := a.github.repository(ctx, project)
	if err != nil {
		return nil, err
	}
	query := url.Values{"sort": {"created"}, "direction": {"asc"}, "per_page": {"100"}}
	var all []Ticket
	var made []time.Time
	err = a.github.client.Pages(ctx, repo.path("security-advisories?"+query.Encode()), func(page json.RawMessage) (bool, error) {
		var advisories []githubAdvisory
		if err := json.Unmarshal(page, &advisories); err != nil {
			return false, err
		}
		for _, i := range advisories {
			if t, ours := i.ticket(project); ours {
				all, made = append(all, t), append(made, i.CreatedAt)
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, advisoryError(project, "list the security advisories", err)
	}
	repo.countedAdvisories.Do(func() { a.github.posted(made) })
	return all, nil
}

// Create implements Tracker: it makes a draft.
func (a *Advisories) Create(ctx context.Context, project string, d Draft) (Ticket, error) {
	repo, err := a.github.repository(ctx, project)
	if err != nil {
		return Ticket{}, err
	}
	type affected struct {
		Package map[string]string `json:"package"`
	}
	in := struct {
		Summary         string     `json:"summary"`
		Description     string     `json:"description"`
		Severity        string     `json:"severity,omitempty"`
		Vulnerabilities []affected `json:"vulnerabilities"` // there has to be a package
	}{d.Title, Marked(d.ID, d.Body), advisorySeverity(d.Severity), []affected{{map[string]string{"ecosystem": "other", "name": project}}}}
	var made githubAdvisory
	err = a.github.writer.Post(ctx, repo.path("security-advisories"), in, &made, func(ctx context.Context) (bool, error) {
		return a.find(ctx, repo, d.ID, &made)
	})
	if err != nil {
		return Ticket{}, advisoryError(project, "draft a security advisory", err)
	}
	t, _ := made.ticket(project)
	return t, nil
}

// find looks for an advisory that was made a moment ago.
func (a *Advisories) find(ctx context.Context, repo *githubRepo, id string, made *githubAdvisory) (bool, error) {
	var newest []githubAdvisory
	if _, err := a.github.client.Get(ctx, repo.path("security-advisories?direction=desc&per_page=100&sort=created"), &newest); err != nil {
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

// advisorySeverity is a severity in GitHub's words, which have nothing below low.
func advisorySeverity(severity string) string {
	if severity == "info" {
		return "low"
	}
	return severity
}

// Update implements Tracker: it changes summary, severity and our part of the
// description. Labels and assignees are none of an advisory's.
func (a *Advisories) Update(ctx context.Context, t Ticket, d Draft) (Ticket, error) {
	return a.change(ctx, t, "edit", func(is *githubAdvisory) map[string]string {
		change := map[string]string{}
		if is.Summary != d.Title {
			change["summary"] = d.Title
		}
		if severity := advisorySeverity(d.Severity); severity != "" && severity != is.Severity {
			change["severity"] = severity
		}
		if description := Replaced(is.Description, d.ID, d.Body); is.Description != description {
			change["description"] = description
		}
		return change
	})
}

// Comment adds to the history at the end of the description.
func (a *Advisories) Comment(ctx context.Context, t Ticket, body string) error {
	_, err := a.change(ctx, t, "add to", func(is *githubAdvisory) map[string]string {
		return map[string]string{"description": withEntry(is.Description, moment(a.github.now()), body)}
	})
	return err
}

// SetOpen implements Tracker. What is opened again is a draft again.
func (a *Advisories) SetOpen(ctx context.Context, t Ticket, open bool) error {
	state, do := "closed", "close"
	if open {
		state, do = "draft", "reopen"
	}
	_, err := a.change(ctx, t, do, func(*githubAdvisory) map[string]string { return map[string]string{"state": state} })
	return err
}

// change reads an advisory, for people may have written to it since it was listed, and
// writes what differs.
func (a *Advisories) change(ctx context.Context, t Ticket, do string, differs func(*githubAdvisory) map[string]string) (Ticket, error) {
	repo, err := a.github.repository(ctx, t.Project)
	if err != nil {
		return t, err
	}
	id := path.Base(t.URL)
	if !strings.HasPrefix(id, "GHSA-") || !githubName(id) {
		return t, fmt.Errorf("%s: %q is no address of a security advisory", t.Project, t.URL)
	}
	do += " security advisory " + id
	at := repo.path("security-advisories/" + id)
	var is githubAdvisory
	if _, err := a.github.client.Get(ctx, at, &is); err != nil {
		return t, advisoryError(t.Project, do, err)
	}
	if now, _ := is.ticket(t.Project); now.Public {
		return t, fmt.Errorf("%s: cannot %s: it was published, and everybody reads it", t.Project, do)
	}
	if change := differs(&is); len(change) > 0 {
		if err := a.github.writer.Patch(ctx, at, change, &is); err != nil {
			return t, advisoryError(t.Project, do, err)
		}
	}
	now, _ := is.ticket(t.Project)
	return now, nil
}

// Project implements Tracker. People outside do not read drafts.
func (a *Advisories) Project(ctx context.Context, project string) (Project, error) {
	p, err := a.github.Project(ctx, project)
	p.Public, p.Disabled = false, false
	return p, err
}

// Assignable returns nobody.
func (a *Advisories) Assignable(context.Context, string, []string) ([]string, error) { return nil, nil }

// advisoryError says more of an error of the API; nil stays nil.
func advisoryError(project, action string, err error) error {
	err = githubError(project, action, err)
	var refusal *Refusal
	if status := forge.StatusOf(err); errors.As(err, &refusal) && (status == http.StatusForbidden || status == http.StatusNotFound) {
		refusal.Need = "the repository is read-only or has no security advisories, or the token lacks the permission Repository security advisories: write (a classic token: the scope repo), or its owner neither administers the repository nor manages its security"
	}
	return err
}
