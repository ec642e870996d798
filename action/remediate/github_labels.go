package remediate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/leakguard/leakguard/scanner/forge"
)

// mostAssignees is how many assignees an issue of GitHub has at most.
const mostAssignees = 10

// labelled are the labels of an issue of ours.
func (g *GitHub) labelled(labels []string) []string {
	return append([]string{g.label}, without(labels, []string{g.label})...)
}

// makeLabels sees to it that a repository has the labels. Where the token may not
// make them GitHub drops them, and that is said of the issue.
func (g *GitHub) makeLabels(ctx context.Context, repo *githubRepo, names []string) error {
	if !repo.labels() {
		return nil
	}
	for _, name := range names {
		key := repo.FullName + " " + strings.ToLower(name)
		g.mu.Lock()
		seen := g.labels[key]
		g.mu.Unlock()
		if seen {
			continue
		}
		if err := g.makeLabel(ctx, repo, name); err != nil {
			return err
		}
		g.mu.Lock()
		g.labels[key] = true
		g.mu.Unlock()
	}
	return nil
}

func (g *GitHub) makeLabel(ctx context.Context, repo *githubRepo, name string) error {
	_, err := g.client.Get(ctx, repo.path("labels/"+url.PathEscape(name)), new(struct{}))
	if forge.StatusOf(err) != http.StatusNotFound {
		return err
	}
	label := map[string]string{"name": name, "color": "ededed"}
	if name == g.label {
		label = map[string]string{"name": name, "color": "b60205", "description": "A secret leaked. leakguard finds its issues by this label"}
	}
	err = g.writer.Post(ctx, repo.path("labels"), label, nil, nil)
	var invalid *forge.InvalidError
	switch status := forge.StatusOf(err); {
	case errors.As(err, &invalid) && invalid.Has("name", "already_exists"):
		return nil
	case status == http.StatusForbidden, status == http.StatusNotFound:
		return nil
	}
	return err
}

// addLabels adds the labels that an issue lacks.
func (g *GitHub) addLabels(ctx context.Context, repo *githubRepo, t *Ticket, labels []string) error {
	missing := without(labels, t.Labels)
	if len(missing) == 0 || !repo.labels() {
		return nil
	}
	if err := g.makeLabels(ctx, repo, missing); err != nil {
		return err
	}
	var now []struct{ Name string }
	if err := g.writer.Post(ctx, repo.issue(t.Number, "/labels"), map[string][]string{"labels": missing}, &now, nil); err != nil {
		return err
	}
	t.Labels = nil
	for _, l := range now {
		t.Labels = append(t.Labels, l.Name)
	}
	return nil
}

// assign adds the assignees that an issue lacks, as far as there is room.
func (g *GitHub) assign(ctx context.Context, repo *githubRepo, t *Ticket, logins []string) error {
	missing := g.room(t.Project, t.Assignees, without(logins, t.Assignees))
	if len(missing) == 0 {
		return nil
	}
	var is githubIssue
	if err := g.writer.Post(ctx, repo.issue(t.Number, "/assignees"), map[string][]string{"assignees": missing}, &is, nil); err != nil {
		return err
	}
	*t, _ = is.ticket(t.Project)
	g.compare(*t, nil, missing)
	return nil
}

// room returns as many of the logins as can be assigned beside those that are.
func (g *GitHub) room(project string, assigned, logins []string) []string {
	free := max(mostAssignees-len(assigned), 0)
	if len(logins) <= free {
		return logins
	}
	g.warn(project, fmt.Sprintf("an issue has %d assignees at most: @%s left out", mostAssignees, strings.Join(logins[free:], ", @")))
	return logins[:free]
}

// takes returns those of the logins that GitHub takes as assignees, after it has
// refused them together.
func (g *GitHub) takes(ctx context.Context, project string, logins []string) []string {
	able, err := g.Assignable(ctx, project, logins)
	if err != nil || len(able) == len(logins) {
		return nil
	}
	return able
}

// compare says what an issue does not have that it was to have.
func (g *GitHub) compare(t Ticket, labels, assignees []string) {
	if lost := without(labels, t.Labels); len(lost) > 0 {
		g.warn(t.Project, fmt.Sprintf("issue %d: GitHub dropped the labels %s: the token may not set them; it needs Issues: write, and its owner the role Triage", t.Number, strings.Join(lost, ", ")))
	}
	if lost := without(assignees, t.Assignees); len(lost) > 0 {
		g.warn(t.Project, fmt.Sprintf("issue %d: not assigned to @%s: they have no access to the repository, or the token may not assign", t.Number, strings.Join(lost, ", @")))
	}
}
