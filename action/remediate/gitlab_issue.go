package remediate

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/leakguard/leakguard/scanner/forge"
)

// gitlabIssue is what we read of an issue.
type gitlabIssue struct {
	IID          int64          `json:"iid"`
	URL          string         `json:"web_url"`
	Title        string         `json:"title"`
	Description  string         `json:"description"`
	State        string         `json:"state"` // opened or closed
	Confidential bool           `json:"confidential"`
	Labels       []string       `json:"labels"`
	Assignees    []gitlabMember `json:"assignees"`
}

// gitlabChange is what is to be set of an issue; what is empty stays.
type gitlabChange struct {
	Title        string  `json:"title,omitempty"`
	Description  string  `json:"description,omitempty"`
	Labels       string  `json:"labels,omitempty"`     // of a new issue, with commas between
	AddLabels    string  `json:"add_labels,omitempty"` // of one that is there
	Assignees    []int64 `json:"assignee_ids,omitempty"`
	Confidential bool    `json:"confidential,omitempty"`
	StateEvent   string  `json:"state_event,omitempty"` // close or reopen
}

// ticket is an issue as the engine sees it, if it is one of ours.
func (i *gitlabIssue) ticket(project string) (t Ticket, ours bool) {
	id, ours := MarkOf(i.Description)
	t = Ticket{ID: id, Project: project, Number: i.IID, URL: i.URL, Title: i.Title, Body: i.Description, Open: i.State != "closed", Labels: i.Labels}
	for _, a := range i.Assignees {
		t.Assignees = append(t.Assignees, a.Username)
	}
	return t, ours
}

// gitlabTitle is how many characters a title may have.
const gitlabTitle = 255

// wanted is what an issue becomes by a draft, in the form that GitLab takes, and the
// numbers of those who are assigned in addition.
func (g *GitLab) wanted(ctx context.Context, t Ticket, d Draft) (want Ticket, added []int64, err error) {
	if title := []rune(oneLine(d.Title)); len(title) > gitlabTitle {
		d.Title = string(title[:gitlabTitle-1]) + "…"
	}
	d.Body = inert(d.Body)
	d.Labels = withMissing(d.Labels, []string{g.label}, sameLabel)
	if d.Assignees, err = g.Assignable(ctx, t.Project, d.Assignees); err != nil {
		return t, nil, err
	}
	want = d.onto(t)
	for _, login := range want.Assignees[len(t.Assignees):] {
		id, err := g.member(ctx, t.Project, login)
		if err != nil {
			return t, nil, err
		}
		added = append(added, id)
	}
	return want, added, nil
}

// inert is text in which no line begins as a quick action does, which GitLab would
// carry out. A space in front shows nowhere, but Marked takes it from the first line.
// GitLab drops carriage returns itself.
// https://docs.gitlab.com/user/project/quick_actions/
func inert(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r", ""))
	if strings.HasPrefix(text, "/") {
		text = "\\" + text
	}
	return strings.ReplaceAll(text, "\n/", "\n /")
}

// current is an issue as it is now, confidential again if somebody changed that.
func (g *GitLab) current(ctx context.Context, t Ticket) (gitlabIssue, error) {
	var issue gitlabIssue
	path, err := gitlabIssuePath(t)
	if err != nil {
		return issue, err
	}
	if _, err := g.client.Get(ctx, path, &issue); err != nil {
		return issue, gitlabError(t.Project, fmt.Sprintf("read issue %d", t.Number), err)
	}
	if !issue.Confidential {
		_, err = g.put(ctx, t, "make confidential", gitlabChange{Confidential: true})
	}
	return issue, err
}

// put changes an issue, which must be confidential afterwards.
func (g *GitLab) put(ctx context.Context, t Ticket, action string, c gitlabChange) (Ticket, error) {
	path, err := gitlabIssuePath(t)
	if err != nil {
		return t, err
	}
	var changed gitlabIssue
	if err := g.writer.Put(ctx, path, c, &changed); err != nil {
		return t, gitlabError(t.Project, fmt.Sprintf("%s issue %d", action, t.Number), err)
	}
	if !changed.Confidential {
		return t, fmt.Errorf("%s: issue %d is not confidential, and GitLab does not make it so: the token needs the role Reporter there", t.Project, t.Number)
	}
	now, _ := changed.ticket(t.Project)
	return now, nil
}

// empty takes back what an issue says that GitLab did not make confidential.
func (g *GitLab) empty(ctx context.Context, t Ticket, id string) error {
	path, err := gitlabIssuePath(t)
	if err != nil {
		return err
	}
	if err := g.writer.Put(ctx, path, gitlabChange{Description: Marked(id, ""), Confidential: true}, nil); err != nil {
		return fmt.Errorf("%s: issue %d is not confidential, and what it says could not be taken back: %w", t.Project, t.Number, err)
	}
	return fmt.Errorf("%s: GitLab did not make issue %d confidential, and what it said was taken back: the token needs the role Reporter there", t.Project, t.Number)
}

// gitlabPath is the path of a project in the API.
func gitlabPath(project string) (string, error) {
	if strings.Trim(project, "./") == "" {
		return "", fmt.Errorf("%q is no project of GitLab", project)
	}
	return "projects/" + url.PathEscape(project), nil
}

func gitlabIssuePath(t Ticket) (string, error) {
	path, err := gitlabPath(t.Project)
	return fmt.Sprintf("%s/issues/%d", path, t.Number), err
}

// gitlabError says more of an error of the API; nil stays nil.
func gitlabError(project, action string, err error) error {
	if err == nil {
		return nil
	}
	need := ""
	switch forge.StatusOf(err) {
	case http.StatusUnauthorized:
		need = "GitLab does not take the token; it has expired or was revoked, or there is none"
	case http.StatusForbidden:
		need = "the token lacks the scope api or the role Reporter there, or the project is archived"
	case http.StatusNotFound:
		need = "it is not there, or the token may not see it: it needs the scope api and the role Reporter there"
	default:
		return fmt.Errorf("%s: cannot %s: %w", project, action, err)
	}
	return &Refusal{project, action, need, err}
}
