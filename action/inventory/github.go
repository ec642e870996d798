package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// GitHub reads the names of the secrets of an organisation and all its repositories, or
// of the one repository OWNER/NAME. Their values GitHub gives to workflows alone.
func GitHub(ctx context.Context, c *forge.Client, org, repo string) *Reading {
	r := &githubReading{Reading: new(Reading), ctx: ctx, client: c}
	if org == "" {
		var one githubRepository
		owner, name, _ := strings.Cut(repo, "/")
		path := "repos/" + url.PathEscape(owner) + "/" + url.PathEscape(name)
		if _, err := c.Get(ctx, path, &one); err != nil {
			r.gap("repository "+repo, err.Error(), "correct the name, or give a token that may see it (GH_TOKEN or --token-file)")
			return r.Reading
		}
		r.repository(one)
		return r.Reading
	}
	r.organization(org)
	return r.Reading
}

// githubReading is one call of GitHub.
type githubReading struct {
	*Reading
	ctx    context.Context
	client *forge.Client
}

// githubRepository is what is read of one. A struct of our own: one property of another
// form makes the library's fail.
type githubRepository struct {
	FullName string `json:"full_name"`
	HTMLURL  string `json:"html_url"`
}

// secretList is a list of secrets.
// https://docs.github.com/en/rest/actions/secrets
// https://docs.github.com/en/rest/dependabot/secrets
// https://docs.github.com/en/rest/codespaces
type secretList struct {
	kind       string // what the names of its entries begin with
	path       string // of the API
	link       string // its page in the settings
	permission string
	optional   bool // a server of one's own has none: 404
}

// organization reads what the organisation has, and each of its repositories.
func (r *githubReading) organization(org string) {
	base := "orgs/" + url.PathEscape(org)
	var of struct {
		Login   string `json:"login"`
		HTMLURL string `json:"html_url"`
	}
	if _, err := r.client.Get(r.ctx, base, &of); err != nil {
		r.gap("organisation "+org, err.Error(), "correct the name, or give a token that may see it (GH_TOKEN or --token-file)")
		return
	}
	settings := strings.TrimSuffix(of.HTMLURL, of.Login) + "organizations/" + url.PathEscape(of.Login) + "/settings/secrets/"
	r.part(of.Login, of.HTMLURL, []secretList{
		{"actions/", base + "/actions/secrets", settings + "actions", "Secrets of the organisation: read", false},
		{"dependabot/", base + "/dependabot/secrets", settings + "dependabot", "Dependabot secrets of the organisation: read", false},
		{"codespaces/", base + "/codespaces/secrets", settings + "codespaces", "Codespaces secrets of the organisation: read", true},
	})
	err := r.client.Pages(r.ctx, base+"/repos?per_page=100", func(data json.RawMessage) (bool, error) {
		var page []githubRepository
		err := json.Unmarshal(data, &page)
		for _, repo := range page {
			if r.ctx.Err() == nil {
				r.repository(repo)
			}
		}
		return r.ctx.Err() == nil, err
	})
	if err != nil {
		r.gap("repositories of "+org, err.Error(), "give a token that may list them")
	}
}

// repository reads the secrets of one repository and of its environments.
func (r *githubReading) repository(repo githubRepository) {
	owner, name, _ := strings.Cut(repo.FullName, "/")
	base := "repos/" + url.PathEscape(owner) + "/" + url.PathEscape(name)
	settings := repo.HTMLURL + "/settings/"
	lists := []secretList{
		{"actions/", base + "/actions/secrets", settings + "secrets/actions", "Secrets: read", false},
		{"dependabot/", base + "/dependabot/secrets", settings + "secrets/dependabot", "Dependabot secrets: read", false},
		{"codespaces/", base + "/codespaces/secrets", settings + "secrets/codespaces", "Codespaces secrets: read", true},
	}
	environments := secretList{"environments/", base + "/environments", settings + "environments", "Actions: read", false}
	err := r.client.Pages(r.ctx, environments.path+"?per_page=100", func(data json.RawMessage) (bool, error) {
		var page struct {
			Environments []struct {
				ID   int64
				Name string
			}
		}
		err := json.Unmarshal(data, &page)
		for _, e := range page.Environments {
			lists = append(lists, secretList{
				kind: "environments/" + e.Name + "/", path: environments.path + "/" + url.PathEscape(e.Name) + "/secrets",
				link: fmt.Sprintf("%s/%d/edit", environments.link, e.ID), permission: "Environments: read",
			})
		}
		return true, err
	})
	part := r.part(repo.FullName, repo.HTMLURL, lists)
	if err != nil {
		r.unread(part, environments, err)
	}
}

// part reads the lists of an organisation or a repository, which has that web page.
func (r *githubReading) part(name, web string, lists []secretList) *Part {
	host := ""
	if u, err := url.Parse(web); err == nil && u.Host != "github.com" {
		host = u.Host + " "
	}
	part := &Part{Manager: "github " + host + name}
	for _, list := range lists {
		secrets, err := r.client.GitHubSecrets(r.ctx, list.path)
		if err != nil && !(list.optional && forge.StatusOf(err) == http.StatusNotFound) {
			r.unread(part, list, err)
		}
		for _, s := range secrets {
			part.Entries = append(part.Entries, ledger.Kept{
				Keeper:     scanner.Keeper{Manager: part.Manager, Entry: list.kind + s.Name, Link: list.link},
				Repository: web, Name: s.Name, Created: s.Created, Updated: s.Updated,
			})
		}
	}
	r.Parts = append(r.Parts, *part)
	return &r.Parts[len(r.Parts)-1]
}

// unread says that a list could not be read.
func (r *githubReading) unread(part *Part, list secretList, err error) {
	if r.ctx.Err() != nil {
		return // the command was interrupted, and records nothing
	}
	part.Unread = append(part.Unread, list.kind)
	r.gap(list.kind+" of "+strings.TrimPrefix(part.Manager, "github "), err.Error(), "give a token with the permission "+list.permission)
}
