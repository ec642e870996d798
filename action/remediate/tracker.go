// Package remediate has somebody deal with each secret of the ledger: one issue a
// secret, in front of its owner, with the runbook of its issuer, followed until its
// issuer was seen to refuse it twice.
package remediate

import (
	"context"
	"strings"
)

// Tracker is where issues are: GitHub, GitLab, whatever takes a webhook, or a folder
// of Markdown files.
type Tracker interface {
	// Name is the tracker's in the ledger: "github".
	Name() string

	// List returns all issues of ours in a project, open or closed: those with our
	// label and a marker. It reads the tracker's database, not its search index,
	// which is behind.
	List(ctx context.Context, project string) ([]Ticket, error)

	// Create makes an issue.
	Create(ctx context.Context, project string, d Draft) (Ticket, error)

	// Update changes what differs from the draft: the title, our part of the body,
	// and labels and assignees that are missing. What people added stays.
	Update(ctx context.Context, t Ticket, d Draft) (Ticket, error)

	// Comment adds a comment.
	Comment(ctx context.Context, t Ticket, body string) error

	// SetOpen closes an issue as done, or opens it again.
	SetOpen(ctx context.Context, t Ticket, open bool) error

	// Project tells what a project is like before anything is written to it.
	Project(ctx context.Context, project string) (Project, error)

	// Assignable returns those of the logins that issues of a project can be
	// assigned to.
	Assignable(ctx context.Context, project string, logins []string) ([]string, error)
}

// Project is what a tracker knows of a project.
type Project struct {
	Name     string
	Public   bool // whether people outside of the organisation can read its issues
	Archived bool
	Disabled bool // whether it has no issues
}

// Draft is what an issue is to be.
type Draft struct {
	ID        string // of the secret in the ledger
	Title     string
	Body      string // our part of it, without markers
	Labels    []string
	Assignees []string // logins
	Severity  string   `json:"-"` // of the secret, in the ledger's words; the body says it, too
}

// Ticket is an issue as it is.
type Ticket struct {
	ID        string // of the secret, from the marker
	Project   string
	Number    int64
	URL       string
	Title     string
	Body      string // whole
	Open      bool
	Public    bool // whether it was published: then nothing is written to it any more
	Labels    []string
	Assignees []string
}

// Our part of a body stands between two comments that no renderer shows. The first
// names the secret.
const (
	beginMark = "<!-- leakguard:"
	endMark   = "<!-- /leakguard -->"
	closeMark = " -->"
)

// Marked is a body that holds our part and nothing else.
func Marked(id, part string) string {
	return beginMark + id + closeMark + "\n" + strings.TrimSpace(part) + "\n" + endMark
}

// MarkOf returns the id in the marker of a body.
func MarkOf(body string) (id string, ok bool) {
	_, rest, found := strings.Cut(body, beginMark)
	if !found {
		return "", false
	}
	id, _, found = strings.Cut(rest, closeMark)
	return id, found && strings.HasPrefix(id, "lgk1-") && !strings.ContainsAny(id, " \n")
}

// Replaced is a body with our part replaced. What people wrote before and behind it
// stays; a body without our part gets it at its end.
func Replaced(body, id, part string) string {
	start := strings.Index(body, beginMark)
	if start < 0 {
		return strings.TrimSpace(body + "\n\n" + Marked(id, part))
	}
	rest := body[start:]
	behind := ""
	if i := strings.Index(rest, endMark); i >= 0 {
		behind = rest[i+len(endMark):]
	}
	return body[:start] + Marked(id, part) + behind
}
