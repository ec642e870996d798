package sweep_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner/forge"
)

// project is one of GitLab's list.
func project(path string, more fields) fields {
	p := fields{
		"path_with_namespace": path, "http_url_to_repo": "https://gitlab.example/" + path + ".git", "web_url": "https://gitlab.example/" + path,
		"visibility": "private", "archived": false, "repository_access_level": "enabled", "wiki_access_level": "disabled",
		"last_activity_at": "2026-11-01T00:00:00.000Z",
	}
	for name, v := range more {
		p[name] = v
	}
	return p
}

// gitlabGroup is a GitLab that has the group big/team, a page for each list.
func gitlabGroup(t *testing.T, status int, pages ...[]fields) *forge.Client {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.URL.EscapedPath() != "/api/v4/groups/big%2Fteam/projects" || q.Get("include_subgroups") != "true" || q.Get("with_shared") != "false" || q.Get("order_by") != "id" {
			t.Errorf("asked for %s", r.URL)
		}
		var n int
		fmt.Sscan(q.Get("page"), &n)
		if n == len(pages) && status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		if n+1 < len(pages) || status != http.StatusOK {
			q.Set("page", fmt.Sprint(n+1))
			w.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, srv.URL, r.URL.EscapedPath(), q.Encode()))
		}
		json.NewEncoder(w).Encode(pages[n])
	})
	srv.Start()
	t.Cleanup(srv.Close)
	c, err := forge.New(forge.Options{BaseURL: srv.URL + "/api/v4/", Rate: rate.Inf})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGitLabGroup(t *testing.T) {
	c := gitlabGroup(t, http.StatusOK, []fields{
		project("big/team/old", fields{"archived": true, "last_activity_at": "2020-01-01T00:00:00.000Z"}),
		project("big/team/web", fields{"wiki_access_level": "private"}),
		project("big/team/api", fields{"visibility": "public", "wiki_access_level": nil, "wiki_enabled": true}),
	}, []fields{
		project("big/team/sub/fork", fields{"forked_from_project": fields{"id": 1}, "visibility": "internal", "last_activity_at": "2026-11-20T00:00:00.000Z"}),
		project("big/team/nothing", fields{"repository_access_level": "disabled", "forked_from_project": nil}),
		project("big/team/web", nil), // again
	})
	got := listAll(t, sweep.GitLabGroup(c, "big/team", sweep.Choice{Wikis: true}))
	if got.err != nil || len(got.gaps) > 0 {
		t.Errorf("error %v, gaps %q", got.err, got.gaps)
	}
	goldenList(t, "list-gitlab.jsonl", got.repos)
}

func TestGitLabGroupGaps(t *testing.T) {
	for _, tc := range []struct {
		status int
		gap    bool
	}{{http.StatusUnauthorized, true}, {http.StatusForbidden, true}, {http.StatusNotFound, true}, {http.StatusNotImplemented, false}} {
		t.Run(fmt.Sprint(tc.status), func(t *testing.T) {
			got := listAll(t, sweep.GitLabGroup(gitlabGroup(t, tc.status, []fields{project("big/team/web", nil)}), "big/team", sweep.Choice{}))
			if got.names() != "big/team/web" || (len(got.gaps) == 1) != tc.gap || (got.err == nil) != tc.gap {
				t.Errorf("listed %q, gaps %q, error %v", got.names(), got.gaps, got.err)
			}
			if said := strings.Join(got.gaps, "") + fmt.Sprint(got.err); !strings.Contains(said, "projects of the group big/team") {
				t.Errorf("%q does not say what was not listed", said)
			}
		})
	}
}
