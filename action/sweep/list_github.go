package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

// GitHubOrg lists the repositories of an organisation. Where GitHub counts more of them
// than it lists to the token, that is a gap; how many private ones there are it tells
// members alone.
func GitHubOrg(c *forge.Client, org string, choice Choice) Lister {
	return &githubLister{c, "organisation " + org, choice, func(l *githubListing) { l.organisation(org) }}
}

// GitHubUser lists the repositories that a user owns, and the gists if they are chosen:
// the private ones, too, if the token is that user's. How many these are GitHub tells
// nobody else.
func GitHubUser(c *forge.Client, user string, choice Choice) Lister {
	return &githubLister{c, "user " + user, choice, func(l *githubListing) { l.user(user) }}
}

// GitHubAppUser is GitHubUser for a client that signs in as the installation of a GitHub
// App at that user: what is private is listed as far as the installation was given it.
func GitHubAppUser(c *forge.Client, user string, choice Choice) Lister {
	return &githubLister{c, "user " + user, choice, func(l *githubListing) {
		l.installation()
		l.user(user)
	}}
}

// GitHubInstallation lists the repositories that the installation of a GitHub App was
// given, whoever owns them. The token has to be the installation's: see
// forge.GitHubApp.
func GitHubInstallation(c *forge.Client, choice Choice) Lister {
	return &githubLister{c, "installation of the GitHub App", choice, (*githubListing).installation}
}

type githubLister struct {
	client *forge.Client
	whose  string
	choice Choice
	read   func(*githubListing)
}

// Name says whose repositories are listed, and where.
func (g *githubLister) Name() string { return g.whose + " on " + githubHost(g.client) }

// githubHost is the host that people know, of the API of a client.
func githubHost(c *forge.Client) string { return strings.TrimPrefix(c.Host(), "api.") }

// List implements Lister.
func (g *githubLister) List(ctx context.Context, each func(Repository) error, gap func(what, why, fix string)) error {
	l := &githubListing{listing: newListing(ctx, "GitHub", gap), client: g.client, choice: g.choice}
	g.read(l)
	return l.hand(each)
}

// githubListing is one call of List.
type githubListing struct {
	*listing
	client *forge.Client
	choice Choice
}

// githubSteady asks for pages of a list that keeps its order while it is read.
const githubSteady = "sort=created&direction=asc&per_page=100"

// githubAccount is what is read of an organisation or a user.
// https://docs.github.com/en/rest/orgs/orgs#get-an-organization
// https://docs.github.com/en/rest/users/users#get-the-authenticated-user
type githubAccount struct {
	Login   string `json:"login"`
	Public  int    `json:"public_repos"`
	Private int    `json:"owned_private_repos"`
}

func (l *githubListing) organisation(org string) {
	base := "orgs/" + url.PathEscape(org)
	what := "repositories of " + org
	var account githubAccount
	if _, err := l.client.Get(l.ctx, base, &account); err != nil {
		l.missed(what, err)
		return
	}
	l.owned(what, base+"/repos?type=all&"+githubSteady, account)
}

// user asks for the token owner's own lists where that is the user. Installations and
// whoever comes without a token are nobody: 401, 403.
func (l *githubListing) user(user string) {
	what := "repositories of " + user
	var viewer githubAccount
	_, err := l.client.Get(l.ctx, "user", &viewer)
	status := forge.StatusOf(err)
	if err != nil && status != http.StatusUnauthorized && status != http.StatusForbidden {
		l.missed(what, err)
		return
	}
	base := "users/" + url.PathEscape(user) + "/"
	repos, account := base+"repos?type=owner&", githubAccount{}
	if strings.EqualFold(viewer.Login, user) {
		base, repos, account = "", "user/repos?affiliation=owner&", viewer
	}
	l.owned(what, repos+githubSteady, account)
	if l.choice.Gists {
		l.missed("gists of "+user, l.gists(base+"gists?per_page=100"))
	}
}

// owned reads the repositories of an account, and compares them with what it counts.
func (l *githubListing) owned(what, path string, account githubAccount) {
	public, private := 0, 0
	_, err := l.client.GitHubRepositories(l.ctx, path, func(r forge.GitHubRepository) error {
		if r.Private {
			private++
		} else {
			public++
		}
		l.repository(r)
		return nil
	})
	if err != nil {
		l.missed(what, err)
		return
	}
	if public < account.Public || private < account.Private {
		l.gap(what, fmt.Sprintf("GitHub counts %d public and %d private ones, and lists %d and %d of them to this token", account.Public, account.Private, public, private),
			"give a token that may see all of them")
	}
}

func (l *githubListing) installation() {
	const what = "repositories of the installation"
	n := 0
	total, err := l.client.GitHubRepositories(l.ctx, "installation/repositories?per_page=100", func(r forge.GitHubRepository) error {
		n++
		l.repository(r)
		return nil
	})
	l.missed(what, err)
	if err == nil && n < total {
		l.gap(what, fmt.Sprintf("GitHub counts %d of them and lists %d", total, n), "sweep again")
	}
}

func (l *githubListing) repository(g forge.GitHubRepository) {
	r := Repository{
		Name: g.FullName, Clone: g.Clone, Web: g.Web, Size: g.Size << 10, Pushed: g.Pushed,
		Private: g.Private, Archived: g.Archived, Disabled: g.Disabled, Fork: g.Fork,
		Forge: "github",
	}
	if g.Owner.Type == "Organization" {
		r.Owner = g.Owner.Login
	}
	l.add(r, g.Pushed)
	if l.choice.Wikis && g.HasWiki && !g.Disabled {
		l.add(wikiOf(r, "/wiki"), g.Pushed)
	}
}

// githubGist is what is read of one.
type githubGist struct {
	ID      string                 `json:"id"`
	Clone   string                 `json:"git_pull_url"`
	Web     string                 `json:"html_url"`
	Public  bool                   `json:"public"`
	Updated time.Time              `json:"updated_at"`
	Owner   struct{ Login string } `json:"owner"`
}

// gists reads a list of gists: https://docs.github.com/en/rest/gists/gists
func (l *githubListing) gists(path string) error {
	return l.client.Pages(l.ctx, path, func(data json.RawMessage) (bool, error) {
		var page []githubGist
		if err := json.Unmarshal(data, &page); err != nil {
			return false, fmt.Errorf("the list of gists is none: %w", err)
		}
		for _, g := range page {
			l.add(Repository{Name: g.Owner.Login + "/" + g.ID, Clone: g.Clone, Web: g.Web, Private: !g.Public, Gist: true}, g.Updated)
		}
		return true, nil
	})
}
