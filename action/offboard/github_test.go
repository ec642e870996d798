package offboard_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

type object = map[string]any

// github answers each path of the API from a table; what is not in it is 404. A
// number is a status, and a text is where to the repository moved.
type github struct {
	answers map[string]any

	mu    sync.Mutex
	asked []string
}

func (g *github) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	g.mu.Lock()
	g.asked = append(g.asked, path)
	g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	answer, ok := g.answers[path]
	if !ok {
		answer = http.StatusNotFound
	}
	switch a := answer.(type) {
	case int:
		w.WriteHeader(a)
		answer = object{"message": http.StatusText(a), "documentation_url": "https://docs.github.com/rest"}
	case string:
		w.Header().Set("Location", "http://"+r.Host+"/"+a)
		w.WriteHeader(http.StatusMovedPermanently)
		answer = object{"message": "Moved Permanently", "url": a, "documentation_url": "https://docs.github.com/rest"}
	}
	json.NewEncoder(w).Encode(answer)
}

// client is a client of g, held to GitHub's own description where that is at hand.
func (g *github) client(t *testing.T) *forge.Client {
	t.Helper()
	var h http.Handler = g
	if fakegithub.SpecPath() != "" {
		held := fakegithub.Hold(t, g)
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/repositories/") { // which redirects lead to, and the description does not have
				g.ServeHTTP(w, r)
				return
			}
			held.ServeHTTP(w, r)
		})
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: srv.URL, Rate: rate.Inf, Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	at  = "https://api.github.example/"
	day = "2026-03-04T05:06:07Z"
)

// repo is a repository with all that GitHub says of one.
func repo(name string, archived bool) object {
	owner, short, _ := strings.Cut(name, "/")
	who := object{"login": owner, "id": 1, "node_id": "U", "gravatar_id": "", "type": "Organization", "site_admin": false}
	for _, of := range strings.Fields("avatar html url events followers following gists organizations received_events repos starred subscriptions") {
		who[strings.TrimSuffix(of, "_url")+"_url"] = at
	}
	who["url"] = at
	o := object{
		"id": 1, "node_id": "R", "name": short, "full_name": name, "private": true, "fork": false, "archived": archived, "owner": who,
		"html_url": "https://github.com/" + name, "url": at, "description": nil, "homepage": nil, "language": nil, "license": nil, "disabled": false,
		"has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false, "has_discussions": false, "default_branch": "main", "size": 1,
		"created_at": day, "updated_at": day, "pushed_at": day, "mirror_url": nil,
	}
	for _, of := range strings.Fields(`archive assignees blobs branches clone collaborators comments commits compare contents contributors
		deployments downloads events forks git git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages
		merges milestones notifications pulls releases ssh stargazers statuses subscribers subscription svn tags teams trees`) {
		o[of+"_url"] = at
	}
	for _, of := range strings.Fields("forks forks_count network_count open_issues open_issues_count stargazers_count subscribers_count watchers watchers_count") {
		o[of] = 0
	}
	return o
}

// named is a list of secrets, or of variables, by their names.
func named(of string, names ...string) object {
	all := []any{}
	for _, name := range names {
		o := object{"name": name, "created_at": day, "updated_at": day}
		if of == "variables" {
			o["value"] = "debug"
		}
		all = append(all, o)
	}
	return object{"total_count": len(all), of: all}
}

func environments(names ...string) object {
	all := []any{}
	for _, name := range names {
		all = append(all, object{"id": 1, "node_id": "E", "name": name, "url": at, "html_url": at, "created_at": day, "updated_at": day})
	}
	return object{"total_count": len(all), "environments": all}
}

func deployKey(id int, title string, readOnly, enabled bool) object {
	return object{
		"id": id, "key": "ssh-ed25519 AAAA", "url": at, "title": title, "verified": true, "created_at": day, "read_only": readOnly,
		"added_by": "ada", "last_used": day, "enabled": enabled,
	}
}

func webhook(id int, to string, active bool) object {
	return object{
		"type": "Repository", "id": id, "name": "web", "active": active, "events": []any{"push"}, "config": object{"url": to, "content_type": "json"},
		"created_at": day, "updated_at": day, "url": at, "test_url": at, "ping_url": at, "last_response": object{"code": nil, "status": "unused", "message": nil},
	}
}

func installation(id int, slug, selection string) object {
	return object{
		"id": id, "app_id": id, "app_slug": slug, "target_id": 1, "target_type": "Organization", "single_file_name": nil, "repository_selection": selection,
		"access_tokens_url": at, "html_url": "https://github.com/organizations/acme/settings/installations/1", "repositories_url": at, "events": []any{},
		"account": repo("acme/web", false)["owner"], "permissions": object{}, "created_at": day, "updated_at": day, "suspended_by": nil, "suspended_at": nil,
	}
}

// answers is a repository acme/web with one of everything.
func answers(archived bool) map[string]any {
	const web = "repos/acme/web"
	return map[string]any{
		web:                                       repo("acme/web", archived),
		web + "/actions/secrets":                  named("secrets", "NPM_TOKEN"),
		web + "/dependabot/secrets":               named("secrets", "PROXY"),
		web + "/codespaces/secrets":               named("secrets"),
		web + "/agents/secrets":                   named("secrets"),
		web + "/actions/variables":                named("variables", "LOG_LEVEL"),
		web + "/agents/variables":                 named("variables"),
		web + "/environments":                     environments("prod/eu"),
		web + "/environments/prod%2Feu/secrets":   named("secrets", "DB_PASSWORD"),
		web + "/environments/prod%2Feu/variables": named("variables", "REGION"),
		web + "/keys":                             []any{deployKey(7, "deploy\x1b[2J", false, true), deployKey(8, "mirror", true, false)},
		web + "/hooks":                            []any{webhook(9, "https://hooks.example/services/"+hookToken, true), webhook(10, "https://ci.example/", false)},
		"orgs/acme/installations":                 object{"total_count": 2, "installations": []any{installation(1, "bot", "all"), installation(2, "deployer", "selected")}},
	}
}

// hookToken stands in the address of a webhook and is told to nobody.
const hookToken = "the-token-of-the-hook"
