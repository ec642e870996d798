package remediate

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
)

// Project implements Tracker. A public project whose issues are open to all counts as
// public only if the token may not see its confidential ones: then it could not find
// its own again. https://docs.gitlab.com/api/projects/#get-a-single-project
func (g *GitLab) Project(ctx context.Context, project string) (Project, error) {
	path, err := gitlabPath(project)
	if err != nil {
		return Project{}, err
	}
	type access struct {
		Level int `json:"access_level"`
	}
	var p struct {
		Path        string `json:"path_with_namespace"`
		Visibility  string `json:"visibility"`
		Archived    bool   `json:"archived"`
		Issues      string `json:"issues_access_level"` // disabled, private or enabled
		Permissions struct {
			Project access `json:"project_access"`
			Group   access `json:"group_access"`
		} `json:"permissions"`
	}
	if _, err := g.client.Get(ctx, path, &p); err != nil {
		return Project{}, gitlabError(project, "read the project", err)
	}
	const planner = 15 // https://docs.gitlab.com/api/project_members/#roles
	sees := max(p.Permissions.Project.Level, p.Permissions.Group.Level) >= planner
	return Project{
		Name: p.Path, Archived: p.Archived, Disabled: p.Issues == "disabled",
		Public: p.Visibility == "public" && p.Issues != "private" && !sees,
	}, nil
}

// Assignable implements Tracker: those who are members, also by a group.
func (g *GitLab) Assignable(ctx context.Context, project string, logins []string) ([]string, error) {
	var able []string
	for _, login := range logins {
		id, err := g.member(ctx, project, login)
		if err != nil {
			return nil, err
		}
		if id != 0 {
			able = append(able, login)
		}
	}
	return able, nil
}

// gitlabMember is a member of a project, or an assignee.
type gitlabMember struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
	State    string `json:"state"` // active, or blocked and the like
}

// gitlabLogin is a login that is looked for among the members of a project.
type gitlabLogin struct{ project, login string }

// member is the number of an active member of a project, or 0. Each is looked for
// once. https://docs.gitlab.com/api/project_members/
func (g *GitLab) member(ctx context.Context, project, login string) (int64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := gitlabLogin{project, strings.ToLower(login)}
	if id, ok := g.members[key]; ok {
		return id, nil
	}
	path, err := gitlabPath(project)
	if err != nil {
		return 0, err
	}
	var id int64
	query := url.Values{"query": {login}, "per_page": {"100"}} // it looks for parts of names
	err = g.client.Pages(ctx, path+"/members/all?"+query.Encode(), func(page json.RawMessage) (bool, error) {
		var members []gitlabMember
		if err := json.Unmarshal(page, &members); err != nil {
			return false, err
		}
		for _, m := range members {
			if strings.EqualFold(m.Username, login) && m.State == "active" {
				id = m.ID
			}
		}
		return id == 0, nil
	})
	if err != nil {
		return 0, gitlabError(project, "read the members", err)
	}
	g.members[key] = id
	return id, nil
}
