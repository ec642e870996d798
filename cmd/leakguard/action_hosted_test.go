package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"text/template"

	"github.com/leakguard/leakguard/testdata/fakegithub"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// hosted is a private repository as a GitHub of the test has it.
type hosted struct {
	*gitrepo.Repo
	server string // GITHUB_SERVER_URL: git fetches from it, with the token alone
	api    string // GITHUB_API_URL: pulls, if no other is set
	pulls  *fakegithub.Pulls
}

// newHosted makes a repository whose branch main has a commit, and where a branch
// change begins at it.
func newHosted(t *testing.T) *hosted {
	t.Helper()
	git := needProgram(t, "git")
	h := &hosted{Repo: repository(t), pulls: fakegithub.NewPulls(t, nil)}
	h.api = h.pulls.URL
	h.Git("config", "uploadpack.allowAnySHA1InWant", "true") // as GitHub does
	h.Switch("change")
	backend := &cgi.Handler{
		Path: git, Args: []string{"http-backend"}, Root: "/" + fakegithub.PullRepository,
		Env: []string{
			"GIT_PROJECT_ROOT=" + filepath.Join(h.Dir, ".git"), "GIT_HTTP_EXPORT_ALL=1",
			"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		},
	}
	server := httptest.NewServer(withToken(backend))
	t.Cleanup(server.Close)
	h.server = server.URL
	return h
}

// withToken lets in who has the token, as git sends it.
func withToken(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != fakegithub.Token {
			w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
			http.Error(w, "Repository not found.", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// changes is what the payloads of testdata/action tell of a change.
type changes struct {
	Repository, Server, HeadRepository string
	Number, Commits                    int
	Base, Head, Before, Ref            string
	Fork, Created, Forced              bool
	Run                                int64
}

// changes are those of the branch change, as GitHub tells them of all events.
func (h *hosted) changes(t *testing.T) changes {
	t.Helper()
	commits, err := strconv.Atoi(h.Git("rev-list", "--count", "main..change"))
	if err != nil {
		t.Fatal(err)
	}
	return changes{
		Repository: fakegithub.PullRepository, HeadRepository: fakegithub.PullRepository, Server: h.server, Number: fakegithub.PullNumber, Commits: commits,
		Base: h.Rev("main"), Head: h.Rev("change"), Before: h.Rev("main"), Ref: "refs/heads/change",
	}
}

// trigger is the event of those changes. sha and ref are what the job is told to
// check out.
func (c changes) trigger(t *testing.T, event, sha, ref string) trigger {
	t.Helper()
	of, err := template.ParseFiles(filepath.Join(docsRoot, "testdata", "action", event+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var payload bytes.Buffer
	if err := of.Execute(&payload, c); err != nil {
		t.Fatal(err)
	}
	return trigger{event: event, payload: payload.Bytes(), sha: sha, ref: ref}
}

// pullRequest is the event of a pull request from change to main. Its merge commit
// is made as GitHub makes it.
func (h *hosted) pullRequest(t *testing.T, fork bool) trigger {
	t.Helper()
	c := h.changes(t)
	if c.Fork = fork; fork {
		c.HeadRepository = "mallory/shop"
	}
	merge := h.merge(t)
	refs := fmt.Sprintf("refs/pull/%d/", c.Number)
	h.Git("update-ref", refs+"head", c.Head)
	h.Git("update-ref", refs+"merge", merge)
	return c.trigger(t, "pull_request", merge, refs+"merge")
}

// mergeGroup is the event of the pull request in the merge queue.
func (h *hosted) mergeGroup(t *testing.T) trigger {
	t.Helper()
	c := h.changes(t)
	c.Head, c.Ref = h.merge(t), fmt.Sprintf("refs/heads/gh-readonly-queue/main/pr-%d-%s", c.Number, c.Base)
	h.Git("update-ref", c.Ref, c.Head)
	return c.trigger(t, "merge_group", c.Head, c.Ref)
}

// merge is a commit that merges change into main.
func (h *hosted) merge(t *testing.T) string {
	t.Helper()
	return h.Git("commit-tree", "-p", "main", "-p", "change", "-m", "Merge change into main", "change^{tree}")
}

// push is the event of a push of change. before is the commit that the branch was
// at; "" if the branch is new.
func (h *hosted) push(t *testing.T, before string, forced bool) trigger {
	t.Helper()
	c := h.changes(t)
	c.Before, c.Forced, c.Created = before, forced, before == ""
	if c.Created {
		c.Before = "0000000000000000000000000000000000000000"
	}
	return c.trigger(t, "push", c.Head, c.Ref)
}

// onMain is an event of the branch main.
func (h *hosted) onMain(t *testing.T, event string, run int64) trigger {
	t.Helper()
	c := h.changes(t)
	c.Run = run
	return c.trigger(t, event, c.Base, "refs/heads/main")
}
