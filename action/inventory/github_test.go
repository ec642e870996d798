package inventory_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/action/inventory"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

const day = "2026-03-04T05:06:07Z"

// secretsOf is a list of secrets by their names.
func secretsOf(names ...string) object {
	all := []any{}
	for _, name := range names {
		all = append(all, object{"name": name, "created_at": day, "updated_at": day})
	}
	return object{"total_count": len(all), "secrets": all}
}

// toAll says of the secrets of an organisation that all its repositories may use them.
func toAll(list object) object {
	for _, s := range list["secrets"].([]any) {
		s.(object)["visibility"] = "all"
	}
	return list
}

// acme is what GitHub answers of an organisation with two repositories. What is not in
// it is 404, and a number is a status.
func acme() map[string]any {
	web, empty := fakegithub.RepositoryJSON("acme/web"), fakegithub.RepositoryJSON("acme/empty")
	environment := object{"id": 77, "node_id": "E", "name": "prod/eu", "url": "https://a.example/", "html_url": "https://a.example/", "created_at": day, "updated_at": day}
	return map[string]any{
		"orgs/acme":                                     fakegithub.OrganizationJSON("acme"),
		"orgs/acme/repos":                               []any{web, empty},
		"repos/acme/web":                                web,
		"orgs/acme/codespaces/secrets":                  toAll(secretsOf()),
		"orgs/acme/actions/secrets":                     toAll(secretsOf("STRIPE_KEY")),
		"orgs/acme/dependabot/secrets":                  toAll(secretsOf()),
		"repos/acme/web/actions/secrets":                secretsOf("DEPLOY_KEY", "STRIPE_KEY"),
		"repos/acme/web/dependabot/secrets":             secretsOf("NPM_TOKEN"),
		"repos/acme/web/codespaces/secrets":             secretsOf("DEV_TOKEN"),
		"repos/acme/web/environments":                   object{"total_count": 1, "environments": []any{environment}},
		"repos/acme/web/environments/prod%2Feu/secrets": secretsOf("DB_PASSWORD"),
		"repos/acme/empty/actions/secrets":              secretsOf(),
		"repos/acme/empty/dependabot/secrets":           secretsOf(),
		"repos/acme/empty/codespaces/secrets":           secretsOf(),
		"repos/acme/empty/environments":                 object{"total_count": 0, "environments": []any{}},
	}
}

func githubClient(t *testing.T, answers map[string]any) *forge.Client {
	t.Helper()
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, ok := answers[strings.TrimPrefix(r.URL.EscapedPath(), "/")]
		status, refused := answer.(int)
		if !ok {
			status, refused = http.StatusNotFound, true
		}
		if refused {
			w.WriteHeader(status)
			answer = object{"message": http.StatusText(status), "documentation_url": "https://docs.github.com/rest"}
		}
		json.NewEncoder(w).Encode(answer)
	})
	if fakegithub.SpecPath() != "" {
		h = fakegithub.Hold(t, h)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: srv.URL, Rate: rate.Inf, Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGitHub(t *testing.T) {
	const web, org = "https://github.example/acme/web", "https://github.example/acme"
	for name, c := range map[string]struct {
		org, repo string
		deny      map[string]any
		want      []string // entry, page of the repository, page of the settings
		gaps      []string // what they are about, and the permission
		unread    string
	}{
		"repository": {repo: "acme/web", want: []string{
			"acme/web actions/DEPLOY_KEY " + web + " /settings/secrets/actions", "acme/web actions/STRIPE_KEY " + web + " /settings/secrets/actions",
			"acme/web codespaces/DEV_TOKEN " + web + " /settings/secrets/codespaces", "acme/web dependabot/NPM_TOKEN " + web + " /settings/secrets/dependabot",
			"acme/web environments/prod/eu/DB_PASSWORD " + web + " /settings/environments/77/edit",
		}},
		"organisation": {org: "acme", deny: map[string]any{
			"repos/acme/web/dependabot/secrets": 403, "repos/acme/web/codespaces/secrets": 404, "repos/acme/web/environments/prod%2Feu/secrets": 403,
		}, want: []string{
			"acme actions/STRIPE_KEY " + org + " https://github.example/organizations/acme/settings/secrets/actions",
			"acme/web actions/DEPLOY_KEY " + web + " /settings/secrets/actions", "acme/web actions/STRIPE_KEY " + web + " /settings/secrets/actions",
		}, gaps: []string{"Dependabot secrets: read", "Environments: read"}, unread: "dependabot/ environments/prod/eu/"},
		"environments may not be listed": {repo: "acme/web", deny: map[string]any{
			"repos/acme/web/environments": 403, "repos/acme/web/actions/secrets": 403, "repos/acme/web/dependabot/secrets": 403, "repos/acme/web/codespaces/secrets": 404,
		}, gaps: []string{"Secrets: read", "Dependabot secrets: read", "Actions: read"}, unread: "actions/ dependabot/ environments/"},
		"no such repository":             {repo: "acme/none", gaps: []string{"correct the name"}},
		"no such organisation":           {org: "none", gaps: []string{"correct the name"}},
		"repositories may not be listed": {org: "acme", deny: map[string]any{"orgs/acme/repos": 403, "orgs/acme/actions/secrets": 404}, gaps: []string{"Secrets of the organisation", "may list them"}, unread: "actions/"},
	} {
		t.Run(name, func(t *testing.T) {
			answers := acme()
			maps.Copy(answers, c.deny)
			r := inventory.GitHub(t.Context(), githubClient(t, answers), c.org, c.repo)
			var got, unread []string
			for _, p := range r.Parts {
				unread = append(unread, p.Unread...)
				for _, k := range p.Entries {
					if set, _ := time.Parse(time.RFC3339, day); !k.Updated.Equal(set) || len(k.Values) > 0 || k.Name == "" || !strings.HasSuffix(k.Entry, k.Name) {
						t.Errorf("entry %+v", k)
					}
					got = append(got, strings.TrimPrefix(k.Manager, "github github.example ")+" "+k.Entry+" "+k.Repository+" "+strings.TrimPrefix(k.Link, web))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if strings.Join(unread, " ") != c.unread {
				t.Errorf("not read: %q, want %q", unread, c.unread)
			}
			if len(r.Gaps) != len(c.gaps) {
				t.Fatalf("gaps: %+v, want %q", r.Gaps, c.gaps)
			}
			for i, g := range r.Gaps {
				if !strings.Contains(g.Fix, c.gaps[i]) {
					t.Errorf("gap %+v, want %q", g, c.gaps[i])
				}
			}
		})
	}
}
