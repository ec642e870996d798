package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

// GitLabGroup lists the projects of a group and of the groups below it, whoever owns
// them, but not those that other groups share with it. What the token may not see GitLab
// does not name; it lists the rest.
//
// Pushed is not known: GitLab's last_activity_at stays as it is for an hour after a
// push. It serves for the order alone.
func GitLabGroup(c *forge.Client, group string, choice Choice) Lister {
	return &gitlabLister{c, group, choice}
}

type gitlabLister struct {
	client *forge.Client
	group  string
	choice Choice
}

// Name names the group.
func (g *gitlabLister) Name() string { return fmt.Sprintf("group %s on %s", g.group, g.client.Host()) }

// gitlabProject is what is read of one.
type gitlabProject struct {
	Path       string          `json:"path_with_namespace"`
	Clone      string          `json:"http_url_to_repo"`
	Web        string          `json:"web_url"`
	Visibility string          `json:"visibility"` // public, internal or private
	Archived   bool            `json:"archived"`
	Fork       json.RawMessage `json:"forked_from_project"`
	Repository string          `json:"repository_access_level"` // disabled: nobody can clone it
	Wiki       bool            `json:"wiki_enabled"`
	WikiAccess string          `json:"wiki_access_level"` // of newer versions
	Active     time.Time       `json:"last_activity_at"`
}

// List implements Lister, by https://docs.gitlab.com/api/groups/#list-projects. A list
// by id keeps projects in their places while it is read.
func (g *gitlabLister) List(ctx context.Context, each func(Repository) error, gap func(what, why, fix string)) error {
	l := newListing(ctx, "GitLab", gap)
	path := "groups/" + url.PathEscape(g.group) + "/projects?include_subgroups=true&with_shared=false&order_by=id&sort=asc&per_page=100"
	err := g.client.Pages(ctx, path, func(data json.RawMessage) (bool, error) {
		var page []gitlabProject
		if err := json.Unmarshal(data, &page); err != nil {
			return false, fmt.Errorf("the list of projects is none: %w", err)
		}
		for i := range page {
			g.project(l, &page[i])
		}
		return true, nil
	})
	l.missed("projects of the group "+g.group, err)
	return l.hand(each)
}

func (g *gitlabLister) project(l *listing, p *gitlabProject) {
	r := Repository{
		Name: p.Path, Clone: p.Clone, Web: p.Web, Private: p.Visibility != "public",
		Archived: p.Archived, Disabled: p.Repository == "disabled", Fork: len(p.Fork) > 0 && string(p.Fork) != "null",
		Forge: "gitlab", Owner: path.Dir(p.Path),
	}
	l.add(r, p.Active)
	if g.choice.Wikis && p.hasWiki() {
		l.add(wikiOf(r, "/-/wikis"), p.Active)
	}
}

// hasWiki reports whether it may have one: older versions tell by wiki_enabled alone.
func (p *gitlabProject) hasWiki() bool {
	if p.WikiAccess == "" {
		return p.Wiki
	}
	return p.WikiAccess != "disabled"
}

// wikiOf is the wiki of a repository, whose page is at a path below its own. Whether
// there is one is seen when it is cloned. No forge tells when one was pushed to.
func wikiOf(r Repository, page string) Repository {
	w := r
	w.Name += ".wiki"
	w.Clone = strings.TrimSuffix(r.Clone, ".git") + ".wiki.git"
	w.Web += page
	w.Wiki, w.Disabled, w.Size, w.Pushed = true, false, 0, time.Time{}
	return w
}
