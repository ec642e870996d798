package offboard

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// settings reads what GitHub keeps for one repository, into a report.
type settings struct {
	ctx    context.Context
	client *forge.Client
	report *Report
	path   string // "repos/acme/web"
	org    string // "" where the owner is a person
}

// repository is what is read of one. A struct of our own: one property of another
// form makes the library's fail.
type repository struct {
	FullName string `json:"full_name"`
	HTMLURL  string `json:"html_url"`
	Archived bool   `json:"archived"`
	Owner    struct {
		Login string `json:"login"`
		Type  string `json:"type"`
	} `json:"owner"`
}

// find asks for the repository, by a former name too, and returns by what the
// ledger may know it.
func (s *settings) find(name string) address {
	at := address{names: []string{name}}
	if s.client == nil {
		s.gap("settings of "+name, "GitHub was not asked", "run it without --offline")
		return at
	}
	var repo repository
	resp, err := s.client.Get(s.ctx, "repos/"+escaped(name), &repo)
	if moved(err) {
		_, err = s.client.Get(s.ctx, resp.Header.Get("Location"), &repo)
	}
	if err != nil {
		// It may be deleted. Its secrets are not dead for that.
		s.gap("settings of "+name, err.Error(), "look whether it was renamed or deleted, and give a token that may see it (GH_TOKEN or --token-file)")
		return at
	}
	s.report.Repository, s.report.Web, s.report.Archived = repo.FullName, repo.HTMLURL, repo.Archived
	s.path = "repos/" + escaped(repo.FullName)
	if repo.Owner.Type == "Organization" {
		s.org = repo.Owner.Login
	}
	at.names = append(at.names, repo.FullName)
	at.host = hostOf(repo.HTMLURL)
	return at
}

// moved reports whether a repository has another name now.
// https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
func moved(err error) bool {
	switch forge.StatusOf(err) {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect:
		return true
	}
	return false
}

// read lists all that the settings hold.
func (s *settings) read() {
	if s.path == "" {
		return // it was not found
	}
	name := s.report.Repository
	s.secrets("Actions secret", s.path+"/actions/secrets", "repository "+name, "Secrets: read")
	s.secrets("Dependabot secret", s.path+"/dependabot/secrets", "repository "+name, "Dependabot secrets: read")
	s.secrets("Codespaces secret", s.path+"/codespaces/secrets", "repository "+name, "Codespaces secrets: read")
	s.secrets("agents secret", s.path+"/agents/secrets", "repository "+name, "Agent secrets: read")
	s.variables(s.path+"/actions/variables", "repository "+name, "Variables: read")
	s.variables(s.path+"/agents/variables", "agents of the repository "+name, "Agent variables: read")
	type environments struct{ Environments []struct{ Name string } }
	list(s, "environments", s.path+"/environments?per_page=100", "Actions: read", func(page *environments) {
		for _, e := range page.Environments {
			path := s.path + "/environments/" + url.PathEscape(e.Name)
			s.secrets("Actions secret", path+"/secrets", "environment "+e.Name, "Environments: read")
			s.variables(path+"/variables", "environment "+e.Name, "Environments: read")
		}
	})
	s.deployKeys()
	s.webhooks()
	s.apps()
}

// secrets lists the names of secrets: nobody is given their values.
func (s *settings) secrets(kind, path, where, permission string) {
	type page struct {
		Secrets []forge.GitHubSecret `json:"secrets"`
	}
	list(s, kind+"s of the "+where, path+"?per_page=100", permission, func(p *page) {
		for _, secret := range p.Secrets {
			s.report.Settings = append(s.report.Settings, Item{
				Kind: kind, Name: secret.Name, Where: where, Verdict: verify.Unverifiable,
				Reason: "GitHub gives its value to workflows alone; it was set on " + secret.Updated.Format(time.DateOnly),
				Do:     "revoke what it holds at its issuer, then delete it: " + deletion(path+"/"+url.PathEscape(secret.Name)),
			})
		}
	})
}

func (s *settings) variables(path, where, permission string) {
	type page struct{ Variables []struct{ Name string } }
	list(s, "variables of the "+where, path+"?per_page=30", permission, func(p *page) {
		for _, v := range p.Variables {
			s.report.Variables = append(s.report.Variables, Variable{v.Name, where})
		}
	})
}

// deployKeys lists the SSH keys that GitHub accepts for this repository.
// https://docs.github.com/en/rest/deploy-keys/deploy-keys
func (s *settings) deployKeys() {
	type key struct {
		ID       int64  `json:"id"`
		Title    string `json:"title"`
		ReadOnly bool   `json:"read_only"`
		Enabled  *bool  `json:"enabled"` // GitHub Enterprise Server does not say
		AddedBy  string `json:"added_by"`
		LastUsed string `json:"last_used"`
	}
	list(s, "deploy keys", s.path+"/keys?per_page=100", "Administration: read", func(page *[]key) {
		for _, k := range *page {
			item := Item{
				Kind: "deploy key", Name: fmt.Sprintf("%s (%d)", k.Title, k.ID), Where: "repository " + s.report.Repository,
				Verdict: verify.Live, Reason: "GitHub accepts it, to write", Do: deletion(fmt.Sprintf("%s/keys/%d", s.path, k.ID)),
			}
			if k.ReadOnly {
				item.Reason = "GitHub accepts it, to read"
			}
			if k.Enabled != nil && !*k.Enabled {
				item.Verdict, item.Reason = verify.Unknown, "GitHub has disabled it; it may be enabled again"
			}
			if k.AddedBy != "" {
				item.Reason += "; added by @" + k.AddedBy
			}
			if day, _, ok := strings.Cut(k.LastUsed, "T"); ok {
				item.Reason += "; last used on " + day
			}
			s.report.Settings = append(s.report.Settings, item)
		}
	})
}

// webhooks lists where GitHub sends what happens. Of an address only the host is
// told: the rest is often a credential.
// https://docs.github.com/en/rest/repos/webhooks
func (s *settings) webhooks() {
	type hook struct {
		ID     int64 `json:"id"`
		Active bool  `json:"active"`
		Config struct {
			URL string `json:"url"`
		} `json:"config"`
	}
	list(s, "webhooks", s.path+"/hooks?per_page=100", "Webhooks: read", func(page *[]hook) {
		for _, h := range *page {
			item := Item{
				Kind: "webhook", Name: fmt.Sprintf("to %s (%d)", cmp.Or(hostOf(h.Config.URL), "an address that is none"), h.ID), Where: "repository " + s.report.Repository,
				Verdict: verify.Live, Reason: "GitHub sends to it",
				Do: "revoke at the receiver what it was given, then delete it: " + deletion(fmt.Sprintf("%s/hooks/%d", s.path, h.ID)),
			}
			if !h.Active {
				item.Verdict, item.Reason = verify.Unknown, "it is switched off; it may be switched on again"
			}
			s.report.Settings = append(s.report.Settings, item)
		}
	})
}

// apps lists the apps of the organisation that reach the repository, or may: of one
// that is installed on selected repositories, only the app itself can list which.
// https://docs.github.com/en/rest/orgs/orgs#list-app-installations-for-an-organization
func (s *settings) apps() {
	if s.org == "" {
		return
	}
	type page struct {
		Installations []struct {
			Slug      string `json:"app_slug"`
			Selection string `json:"repository_selection"`
			HTMLURL   string `json:"html_url"`
		} `json:"installations"`
	}
	list(s, "app installations of "+s.org, "orgs/"+url.PathEscape(s.org)+"/installations?per_page=100", "Administration of the organisation: read", func(p *page) {
		for _, i := range p.Installations {
			app := App{Name: i.Slug, Reaches: "all repositories of " + s.org, Do: "nothing, unless it served this repository alone: " + i.HTMLURL}
			if i.Selection != "all" {
				app.Reaches, app.Do = "selected repositories, perhaps this one", "look, and take this repository out: "+i.HTMLURL
			}
			s.report.Apps = append(s.report.Apps, app)
		}
	})
}

// list hands each page of a list to each. A list that is not there (404) is one that
// the token may not see, unless the server may have none of its kind.
func list[T any](s *settings, what, path, permission string, each func(*T)) {
	if s.ctx.Err() != nil {
		return
	}
	err := s.client.Pages(s.ctx, path, func(data json.RawMessage) (bool, error) {
		page := new(T)
		err := json.Unmarshal(data, page)
		if err == nil {
			each(page)
		}
		return true, err
	})
	if err != nil && !(forge.StatusOf(err) == http.StatusNotFound && optional(path)) {
		s.gap(what, err.Error(), "give a token with the permission "+permission)
	}
}

// optional reports whether a server of one's own has no list at that path: agents
// and Codespaces are of github.com alone.
func optional(path string) bool {
	return strings.Contains(path, "/agents/") || strings.Contains(path, "/codespaces/")
}

func (s *settings) gap(what, why, fix string) {
	s.report.Gaps = append(s.report.Gaps, scanner.Gap{What: what, Why: why, Fix: fix, Count: 1})
}

// deletion is the command that deletes what is at a path of the API. Quotes do not
// stand in an escaped path.
func deletion(path string) string { return "gh api --method DELETE '" + path + "'" }

// escaped is OWNER/NAME for a path.
func escaped(name string) string {
	owner, repo, _ := strings.Cut(name, "/")
	return url.PathEscape(owner) + "/" + url.PathEscape(repo)
}
