package sweep_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

var update = flag.Bool("update", false, "write the golden files anew")

// listerTold is what a lister told.
type listerTold struct {
	repos []sweep.Repository
	gaps  []string
	err   error
}

func listAll(t *testing.T, l sweep.Lister) listerTold {
	t.Helper()
	var got listerTold
	got.err = l.List(t.Context(), func(r sweep.Repository) error {
		got.repos = append(got.repos, r)
		return nil
	}, func(what, why, fix string) {
		if what == "" || why == "" || fix == "" {
			t.Errorf("gap %q, %q, %q: want all three", what, why, fix)
		}
		got.gaps = append(got.gaps, what+": "+why)
	})
	return got
}

func (l listerTold) names() string {
	var names []string
	for _, r := range l.repos {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

// goldenList compares repositories with a golden file, a line of JSON each.
func goldenList(t *testing.T, name string, repos []sweep.Repository) {
	t.Helper()
	var b strings.Builder
	for _, r := range repos {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", line)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s:\n%swant:\n%s", name, b.String(), want)
	}
}

func githubClient(t *testing.T, address string) *forge.Client {
	t.Helper()
	c, err := forge.NewGitHub(forge.GitHubOptions{
		URL: address, Rate: rate.Inf, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Getenv: func(name string) string { return map[string]string{"GH_TOKEN": fakegithub.Token}[name] },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type fields = map[string]any

// acme is an organisation with a repository of each kind.
func acme() *fakegithub.Account {
	repo := fakegithub.Listed
	return &fakegithub.Account{Repositories: []fields{
		repo("acme/old", fields{"pushed_at": "2020-01-01T00:00:00Z", "archived": true, "size": 12}),
		repo("acme/secret", fields{"pushed_at": "2026-11-20T10:00:00Z", "private": true}),
		repo("acme/web", fields{"pushed_at": "2026-11-20T10:00:00Z", "has_wiki": true}),
		repo("acme/empty", fields{"pushed_at": nil}),
		repo("acme/banned", fields{"disabled": true, "has_wiki": true}),
		repo("acme/fork", fields{"fork": true, "pushed_at": "2026-11-23T00:00:00Z"}),
	}}
}

func TestGitHubLists(t *testing.T) {
	alice := &fakegithub.Account{
		Repositories: []fields{
			fakegithub.Listed("alice/site", nil),
			fakegithub.Listed("alice/diary", fields{"private": true, "pushed_at": "2026-03-05T00:00:00Z"}),
		},
		Gists: []fields{fakegithub.Gist("alice", "a1", true), fakegithub.Gist("alice", "b2", false)},
	}
	all := sweep.Choice{Wikis: true, Gists: true}
	for _, tc := range []struct {
		name   string
		viewer string
		lister func(*forge.Client) sweep.Lister
	}{
		{"organisation", "", func(c *forge.Client) sweep.Lister { return sweep.GitHubOrg(c, "acme", sweep.Choice{}) }},
		{"organisation-wikis", "", func(c *forge.Client) sweep.Lister { return sweep.GitHubOrg(c, "acme", all) }},
		{"user", "", func(c *forge.Client) sweep.Lister { return sweep.GitHubUser(c, "alice", all) }},
		{"user-themselves", "alice", func(c *forge.Client) sweep.Lister { return sweep.GitHubUser(c, "Alice", all) }},
		{"user-without-gists", "alice", func(c *forge.Client) sweep.Lister { return sweep.GitHubUser(c, "alice", sweep.Choice{}) }},
		{"installation", "", func(c *forge.Client) sweep.Lister { return sweep.GitHubInstallation(c, all) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := fakegithub.NewOrgs(t)
			o.Accounts["acme"], o.Accounts["alice"], o.Viewer = acme(), alice, tc.viewer
			o.Selected = acme().Repositories[1:3]
			o.Ready()
			got := listAll(t, tc.lister(githubClient(t, o.URL)))
			if got.err != nil || len(got.gaps) > 0 {
				t.Errorf("error %v, gaps %q", got.err, got.gaps)
			}
			goldenList(t, "list-"+tc.name+".jsonl", got.repos)
		})
	}
}

// TestGitHubListsAllPages: a list of several pages is asked for in an order that pushes
// do not change, and costs nothing when it is asked for again.
func TestGitHubListsAllPages(t *testing.T) {
	o := fakegithub.NewOrgs(t)
	account := new(fakegithub.Account)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 250 {
		account.Repositories = append(account.Repositories, fakegithub.Listed(fmt.Sprintf("acme/r%03d", i), fields{"pushed_at": start.Add(time.Duration(i) * time.Hour).Format(time.RFC3339)}))
	}
	o.Accounts["acme"] = account
	o.Ready()
	c := githubClient(t, o.URL)
	first := listAll(t, sweep.GitHubOrg(c, "acme", sweep.Choice{}))
	if len(first.repos) != 250 || first.repos[0].Name != "acme/r249" || first.repos[249].Name != "acme/r000" || first.err != nil || len(first.gaps) > 0 {
		t.Errorf("%d repositories, error %v, gaps %q; want 250, the last pushed to first", len(first.repos), first.err, first.gaps)
	}
	if n := o.Calls("304 /orgs/acme/repos") + o.Calls("304 /orgs/acme"); n != 0 {
		t.Errorf("the first time %d answers were 304", n)
	}
	again := listAll(t, sweep.GitHubOrg(c, "acme", sweep.Choice{}))
	if !slices.Equal(again.repos, first.repos) {
		t.Error("the second list is another")
	}
	if pages, one := o.Calls("304 /orgs/acme/repos"), o.Calls("304 /orgs/acme"); pages != 3 || one != 1 {
		t.Errorf("the second time %d pages of 3 and %d answers of 1 were 304", pages, one)
	}
	if n := o.Calls("/orgs/acme/repos") + o.Calls("/orgs/acme"); n != 8 {
		t.Errorf("%d requests, want 8", n)
	}
	if o.Sorts["pushed"] || !o.Sorts["created"] {
		t.Errorf("asked for in the orders %v", o.Sorts)
	}
}

// TestGitHubGaps: what the token may not list is told, and the rest is listed.
func TestGitHubGaps(t *testing.T) {
	org := func(c *forge.Client) sweep.Lister { return sweep.GitHubOrg(c, "acme", sweep.Choice{}) }
	user := func(c *forge.Client) sweep.Lister { return sweep.GitHubUser(c, "alice", sweep.Choice{Gists: true}) }
	for _, tc := range []struct {
		name   string
		lister func(*forge.Client) sweep.Lister
		change func(*fakegithub.Orgs)
		repos  string
		gap    string // "": none
		err    string
	}{
		{name: "some private ones are not shown", lister: org, change: func(o *fakegithub.Orgs) { o.Accounts["acme"].Unseen = 3 },
			repos: "acme/web", gap: "repositories of acme: GitHub counts 1 public and 3 private ones, and lists 1 and 0 of them to this token"},
		{name: "no such organisation", lister: org, change: func(o *fakegithub.Orgs) { delete(o.Accounts, "acme") }, gap: "repositories of acme: GET"},
		{name: "the token is not taken", lister: org, change: func(o *fakegithub.Orgs) { o.Refuse["/orgs/acme"] = 401 }, gap: "401"},
		{name: "the list is refused", lister: org, change: func(o *fakegithub.Orgs) { o.Refuse["/orgs/acme/repos"] = 403 }, gap: "403"},
		{name: "GitHub is down", lister: org, change: func(o *fakegithub.Orgs) { o.Refuse["/orgs/acme/repos"] = 502 }, err: "repositories of acme: GET"},
		{name: "gists are refused", lister: user, change: func(o *fakegithub.Orgs) { o.Refuse["/users/alice/gists"] = 404 }, repos: "alice/site", gap: "gists of alice"},
		{name: "GitHub is down for gists", lister: user, change: func(o *fakegithub.Orgs) { o.Refuse["/users/alice/gists"] = 500 }, repos: "alice/site", err: "gists of alice"},
		{name: "an installation that counts more", lister: func(c *forge.Client) sweep.Lister { return sweep.GitHubInstallation(c, sweep.Choice{}) },
			change: func(o *fakegithub.Orgs) { o.Selected, o.Missing = o.Accounts["acme"].Repositories, 2 }, repos: "acme/web",
			gap: "repositories of the installation: GitHub counts 3 of them and lists 1"},
		{name: "an address of another kind", lister: org, change: func(o *fakegithub.Orgs) {
			o.Accounts["acme"].Repositories[0]["clone_url"] = "file:///etc"
		}, gap: "repository acme/web: GitHub gives no address to clone it from: it is of this machine's files"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := fakegithub.NewOrgs(t)
			o.Accounts["acme"] = &fakegithub.Account{Repositories: []fields{fakegithub.Listed("acme/web", nil)}}
			o.Accounts["alice"] = &fakegithub.Account{Repositories: []fields{fakegithub.Listed("alice/site", nil)}}
			tc.change(o)
			o.Ready()
			got := listAll(t, tc.lister(githubClient(t, o.URL)))
			if got.names() != tc.repos {
				t.Errorf("listed %q, want %q", got.names(), tc.repos)
			}
			if gaps := strings.Join(got.gaps, "\n"); len(got.gaps) > 1 || (gaps == "") != (tc.gap == "") || !strings.Contains(gaps, tc.gap) {
				t.Errorf("gaps %q, want %q", gaps, tc.gap)
			}
			if (got.err == nil) != (tc.err == "") || got.err != nil && !strings.Contains(got.err.Error(), tc.err) {
				t.Errorf("error %v, want %q", got.err, tc.err)
			}
		})
	}
}

func TestListStops(t *testing.T) {
	o := fakegithub.NewOrgs(t)
	o.Accounts["acme"] = acme()
	o.Ready()
	l := sweep.GitHubOrg(githubClient(t, o.URL), "acme", sweep.Choice{})
	enough := errors.New("enough")
	n := 0
	err := l.List(t.Context(), func(sweep.Repository) error { n++; return enough }, nil)
	if !errors.Is(err, enough) || n != 1 {
		t.Errorf("List: %v after %d repositories; want the error of the first", err, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	err = l.List(ctx, func(sweep.Repository) error { n++; cancel(); return nil }, nil)
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("List: %v after %d repositories; want that it was cancelled after the first", err, n)
	}
	if name := l.Name(); !strings.HasPrefix(name, "organisation acme on 127.0.0.1:") {
		t.Errorf("its name is %q", name)
	}
}

// enterprise is a GitHub at /api/v3/ that knows the enterprise big by GraphQL, too: two
// pages, the second with an organisation that the token may not see.
func enterprise(t *testing.T, o *fakegithub.Orgs, answers []string) *forge.Client {
	t.Helper()
	api, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/api/v3/", http.StripPrefix("/api/v3", httputil.NewSingleHostReverseProxy(api)))
	mux.HandleFunc("POST /api/graphql", func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Query     string
			Variables struct{ Slug, After string }
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Variables.Slug != "big" || !strings.Contains(asked.Query, "organizations(first: 100, after: $after)") {
			t.Errorf("asked for %+v, %v", asked, err)
		}
		page := 0
		if asked.Variables.After == "second" {
			page = 1
		}
		fmt.Fprint(w, answers[page])
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return githubClient(t, srv.URL+"/api/v3/")
}

func TestGitHubEnterprise(t *testing.T) {
	const last = `{"data": {"enterprise": {"organizations": {"nodes": [{"login": "acme"}, null], "pageInfo": {"hasNextPage": false, "endCursor": "end"}}}},
		"errors": [{"type": "FORBIDDEN", "message": "SAML enforcement"}]}`
	page := func(next string) string {
		return `{"data": {"enterprise": {"organizations": {"nodes": [{"login": "alice"}], "pageInfo": {"hasNextPage": true, "endCursor": "` + next + `"}}}}}`
	}
	for _, tc := range []struct {
		name    string
		answers []string
		repos   string
		gaps    string
		err     string
	}{
		{name: "two pages", answers: []string{page("second"), last}, repos: "acme/web alice/site", gaps: "organisations of the enterprise big: GitHub says: SAML enforcement"},
		{name: "none of that name", answers: []string{`{"data": {"enterprise": null}, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve"}]}`}, gaps: "organisations of the enterprise big: GitHub says: Could not resolve"},
		{name: "an error that may pass", answers: []string{`{"errors": [{"type": "SOMETHING", "message": "went wrong"}]}`}, err: "went wrong"},
		{name: "a circle", answers: []string{page("second"), page("second")}, repos: "alice/site", err: "go in a circle"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := fakegithub.NewOrgs(t)
			o.Accounts["acme"] = &fakegithub.Account{Repositories: []fields{fakegithub.Listed("acme/web", nil)}}
			o.Accounts["alice"] = &fakegithub.Account{Repositories: []fields{fakegithub.Listed("alice/site", nil)}}
			o.Ready()
			got := listAll(t, sweep.GitHubEnterprise(enterprise(t, o, tc.answers), "big", sweep.Choice{}))
			if got.names() != tc.repos || strings.Join(got.gaps, "\n") != tc.gaps {
				t.Errorf("listed %q with gaps %q; want %q with %q", got.names(), got.gaps, tc.repos, tc.gaps)
			}
			if (got.err == nil) != (tc.err == "") || got.err != nil && !strings.Contains(got.err.Error(), tc.err) {
				t.Errorf("error %v, want %q", got.err, tc.err)
			}
		})
	}
}
