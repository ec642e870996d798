package remediate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/leakguard/leakguard/scanner/forge"
)

// githubRepo is what we read of a repository.
// https://docs.github.com/en/rest/repos/repos#get-a-repository
type githubRepo struct {
	FullName    string `json:"full_name"` // other than was asked for, if it was renamed
	Private     bool   `json:"private"`
	Visibility  string `json:"visibility"`
	Archived    bool   `json:"archived"`
	HasIssues   bool   `json:"has_issues"`
	Permissions *struct {
		Admin, Maintain, Push, Triage, Pull bool
	} `json:"permissions"`

	// What an earlier run made in it is counted.
	counted, countedAdvisories sync.Once
}

// path is that of something in the repository.
func (r *githubRepo) path(of string) string { return "repos/" + r.FullName + "/" + of }

// issue is the path of an issue, or of something of it.
func (r *githubRepo) issue(number int64, of string) string {
	return r.path("issues/" + strconv.FormatInt(number, 10) + of)
}

// labels reports whether issues that the token opens have labels: GitHub drops those
// of a person who may only read. An app's token shows no permission at all here, and
// may have it.
func (r *githubRepo) labels() bool {
	p := r.Permissions
	return p == nil || !p.Pull || p.Triage || p.Push || p.Maintain || p.Admin
}

// Project implements Tracker. GitHub is asked once for each project.
func (g *GitHub) Project(ctx context.Context, project string) (Project, error) {
	r, err := g.repository(ctx, project)
	if err != nil {
		return Project{}, err
	}
	return Project{
		Name:     project,
		Public:   r.Visibility == "public" || r.Visibility == "" && !r.Private,
		Archived: r.Archived,
		Disabled: !r.HasIssues,
	}, nil
}

// repository reads a repository, under its new name if it was renamed.
func (g *GitHub) repository(ctx context.Context, project string) (*githubRepo, error) {
	g.mu.Lock()
	known := g.repos[project]
	g.mu.Unlock()
	if known != nil {
		return known, nil
	}
	owner, name, ok := strings.Cut(project, "/")
	if !ok || !githubName(owner) || !githubName(name) {
		return nil, fmt.Errorf("%q is no repository of GitHub: want OWNER/NAME", project)
	}
	r := new(githubRepo)
	resp, err := g.client.Get(ctx, "repos/"+project, r)
	switch forge.StatusOf(err) {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		_, err = g.client.Get(ctx, resp.Header.Get("Location"), r)
	}
	if err != nil {
		return nil, githubError(project, "read the repository", err)
	}
	if owner, name, ok = strings.Cut(r.FullName, "/"); !ok || !githubName(owner) || !githubName(name) {
		return nil, fmt.Errorf("%s: GitHub calls the repository %q", project, r.FullName)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.repos[project] = r
	return r, nil
}

// githubName reports whether s can be the name of an owner or a repository, so that
// it leads nowhere else in an address.
func githubName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.", r))
	})
}

// Assignable implements Tracker. GitHub is asked once for each login.
func (g *GitHub) Assignable(ctx context.Context, project string, logins []string) ([]string, error) {
	repo, err := g.repository(ctx, project)
	if err != nil {
		return nil, err
	}
	var able []string
	for _, login := range logins {
		ok, err := g.assignable(ctx, repo, login)
		if err != nil {
			return nil, githubError(project, "ask whether @"+login+" can be assigned", err)
		}
		if ok {
			able = append(able, login)
		}
	}
	return able, nil
}

// assignable asks whether issues can be assigned to a login: 204 or 404.
// https://docs.github.com/en/rest/issues/assignees#check-if-a-user-can-be-assigned
func (g *GitHub) assignable(ctx context.Context, repo *githubRepo, login string) (bool, error) {
	if login == "" {
		return false, nil
	}
	key := repo.FullName + " " + strings.ToLower(login)
	g.mu.Lock()
	able, known := g.logins[key]
	g.mu.Unlock()
	if known {
		return able, nil
	}
	resp, err := g.client.Get(ctx, repo.path("assignees/"+url.PathEscape(login)), new(json.RawMessage))
	able = resp != nil && resp.StatusCode == http.StatusNoContent // which has no JSON
	if !able && forge.StatusOf(err) != http.StatusNotFound {
		return false, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.logins[key] = able
	return able, nil
}
