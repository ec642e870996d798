package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// Commits that git cannot fetch are read through the API; where that does not have them
// either, or may not be asked, the scan is incomplete and says why.
func TestPullRequestThroughAPI(t *testing.T) {
	secret := token(t, 5)
	origin, base, head := shop(t, map[string]string{"app.env": withSecret(secret)}, map[string]string{"app.env": ""}, map[string]string{"a.txt": "more\n"})
	checkout := origin.Clone(origin.URL(), "--depth", "1", "--branch", "feature")
	checkout.Git("remote", "set-url", "origin", filepath.ToSlash(filepath.Join(t.TempDir(), "gone")))
	tests := []struct {
		name    string
		offline string
		args    []string
		refuse  bool
		code    int
		told    string
	}{
		{name: "the API has them", code: exitFound, told: "through GitHub's API"},
		{name: "the API has them not", refuse: true, code: exitIncomplete, told: "nor can they be read through GitHub's API"},
		{name: "offline, by the environment", offline: "1", code: exitIncomplete, told: "fetch-depth: 0"},
		{name: "offline, by the flag", args: []string{"--offline"}, code: exitIncomplete, told: "fetch-depth: 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := fakegithub.NewCommits(t, origin)
			api.Intercept = func(w http.ResponseWriter, _ *http.Request) bool {
				if tt.refuse {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(http.StatusNotFound)
					_, _ = w.Write([]byte(`{"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}`))
				}
				return tt.refuse
			}
			j := newPRJob(t, checkout.Dir, "pull_request", pullRequest(base, head, false), offlineVariable+"="+tt.offline, "GITHUB_API_URL="+api.URL)
			out, code := j.pr(t, append(tt.args, "--report", "json")...)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if !strings.Contains(out, tt.told) {
				t.Errorf("the report does not say %q", tt.told)
			}
			if found := strings.Contains(out, `"`+tokenRule+`"`); found != (tt.code == exitFound) {
				t.Errorf("found: %t", found)
			}
			complete := "complete=false\n"
			if tt.code == exitFound {
				complete = "complete=true\n"
			}
			if out := j.read(t, "output"); !strings.Contains(out, complete) {
				t.Errorf("outputs: %s", out)
			}
			asked := len(api.Asked()) > 0
			if may := tt.offline == "" && tt.args == nil; asked != may {
				t.Errorf("the API was asked: %t", asked)
			}
		})
	}
}
