package buildlog

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner"
)

const (
	gitlabPipelines = "/api/v4/projects/acme%2Fweb/pipelines"
	gitlabJobs      = gitlabPipelines + "/47/jobs"
	gitlabTrace     = "/api/v4/projects/acme%2Fweb/jobs/7/trace"
)

// fakeGitLab answers as https://docs.gitlab.com/api/pipelines/ and
// https://docs.gitlab.com/api/jobs/ say.
func fakeGitLab() fakeCI {
	return fakeCI{
		name: "gitlab", opts: RemoteOptions{Project: "acme/web"},
		header: "Private-Token", value: "t0ken",
		list: gitlabPipelines, log: gitlabTrace, wrap: plainLog,
		what: "acme/web pipeline 47, job rspec:other",
		want: scanner.Occurrence{
			Run: "acme/web pipeline 47", Job: "rspec:other",
			Link: "https://gitlab.example.com/acme/web/-/jobs/7#L3",
		},
		routes: func(log string) routes {
			return routes{
				gitlabPipelines: func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Query().Get("source") == "parent_pipeline" {
						jsonAnswer(`[]`)(w, r)
						return
					}
					jsonAnswer(`[{"id": 47, "iid": 12, "project_id": 1, "status": "running", "source": "push", "ref": "main",
						"web_url": "https://gitlab.example.com/acme/web/-/pipelines/47"}]`)(w, r)
				},
				gitlabJobs: jsonAnswer(`[
					{"id": 7, "name": "rspec:other", "status": "failed", "started_at": "2026-11-20T17:54:24.729Z", "erased_at": null,
					 "web_url": "https://gitlab.example.com/acme/web/-/jobs/7"},
					{"id": 8, "name": "deploy", "status": "running", "started_at": "2026-11-20T17:58:24.729Z", "erased_at": null},
					{"id": 9, "name": "notify", "status": "skipped", "started_at": null, "erased_at": null},
					{"id": 10, "name": "lint", "status": "canceled", "started_at": null, "erased_at": null}]`),
				gitlabTrace: textAnswer(log),
			}
		},
	}
}

// linked answers with page 1 or 2 of a list, and names the second in the first's
// Link header.
func linked(first, second string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page") == "2" {
			jsonAnswer(second)(w, r)
			return
		}
		next := *r.URL
		q := next.Query()
		q.Set("page", "2")
		next.RawQuery = q.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s>; rel="next", <http://%[1]s/>; rel="first"`, r.Host, next.String()))
		jsonAnswer(first)(w, r)
	}
}

func TestGitLabPages(t *testing.T) {
	ci := fakeGitLab()
	ci.opts = RemoteOptions{Org: "acme"}
	job := func(id int) string {
		return fmt.Sprintf(`[{"id": %d, "name": "build", "status": "success", "started_at": "2026-11-20T17:54:24.729Z"}]`, id)
	}
	s := newRemoteScan(t, ci, routes{
		"/api/v4/groups/acme/projects": linked(`[{"path_with_namespace": "acme/web"}]`, `[{"path_with_namespace": "acme/web"}, {"path_with_namespace": "acme/api"}]`),
		gitlabPipelines: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("source") != "" {
				jsonAnswer(`[{"id": 50}]`)(w, r)
				return
			}
			linked(`[{"id": 49}, {"id": 48}]`, `[{"id": 48}, {"id": 47}]`)(w, r)
		},
		gitlabPipelines + "/49/jobs": linked(job(1), job(2)),
		gitlabPipelines + "/48/jobs": jsonAnswer(job(3)),
		gitlabJobs:                   jsonAnswer(job(4)),
		gitlabPipelines + "/50/jobs": jsonAnswer(job(5)),

		"/api/v4/projects/acme%2Fapi/pipelines":    jsonAnswer(`[]`),
		"/api/v4/projects/acme%2Fweb/jobs/1/trace": textAnswer("one\n"),
		"/api/v4/projects/acme%2Fweb/jobs/2/trace": textAnswer("two\n"),
		"/api/v4/projects/acme%2Fweb/jobs/3/trace": textAnswer("three\n"),
		"/api/v4/projects/acme%2Fweb/jobs/4/trace": textAnswer("four\n"),
		"/api/v4/projects/acme%2Fweb/jobs/5/trace": textAnswer("five\n"),
	})
	res := s.run(t)
	read := res.Coverage[0].Read
	if !res.Complete() || read["builds"] != 4 || read["logs"] != 5 {
		t.Errorf("read %v, gaps %+v; want 4 builds and 5 logs", read, res.Coverage[0].Gaps)
	}
	for id := 1; id <= 5; id++ {
		if n := s.requests(fmt.Sprintf("/api/v4/projects/acme%%2Fweb/jobs/%d/trace", id)); n != 1 {
			t.Errorf("the log of job %d was fetched %d times", id, n)
		}
	}
}

func TestGitLabWindow(t *testing.T) {
	ci := fakeGitLab()
	ci.opts.Since = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	ci.opts.Branch = "feature/x"
	s := newRemoteScan(t, ci, routes{gitlabPipelines: func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("updated_after") != "2026-11-01T12:00:00Z" || q.Get("ref") != "feature/x" {
			t.Errorf("asked for %v", q)
		}
		jsonAnswer(`[]`)(w, r)
	}})
	if res := s.run(t); !res.Complete() || s.requests(gitlabPipelines) != 2 {
		t.Errorf("gaps %+v, %d requests", res.Coverage[0].Gaps, s.requests(gitlabPipelines))
	}
}

func TestGitLabErased(t *testing.T) {
	ci := fakeGitLab()
	s := newRemoteScan(t, ci, routes{gitlabJobs: jsonAnswer(`[{"id": 7, "name": "rspec:other", "status": "success",
		"started_at": "2026-11-20T17:54:24.729Z", "erased_at": "2026-11-21T00:00:00.000Z"}]`)})
	gaps := s.run(t).Coverage[0].Gaps
	if len(gaps) != 1 || gaps[0].What != ci.what || !strings.Contains(gaps[0].Why, "was erased") {
		t.Errorf("gaps: %+v, want the erased log", gaps)
	}
	if n := s.requests(gitlabTrace); n != 0 {
		t.Errorf("the erased log was fetched %d times", n)
	}
}

func TestGitLabEndless(t *testing.T) {
	tests := []struct {
		name string
		item func(page int) string
		why  string
	}{
		{"the same page over and over", func(int) string { return `[{"id": 47}]` }, "its pages repeat themselves"},
		{"ever new pages", func(page int) string { return fmt.Sprintf(`[{"id": %d}]`, page) }, "more than 5 pages"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := 0
			answers := routes{gitlabPipelines: func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("source") != "" {
					jsonAnswer(`[]`)(w, r)
					return
				}
				page++
				w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, gitlabPipelines, page))
				jsonAnswer(tt.item(page))(w, r)
			}}
			for id := range 9 {
				answers[fmt.Sprintf("%s/%d/jobs", gitlabPipelines, id)] = jsonAnswer(`[]`)
			}
			gaps := newRemoteScan(t, fakeGitLab(), answers).run(t).Coverage[0].Gaps
			if len(gaps) != 1 || gaps[0].What != "pipelines of acme/web" || !strings.Contains(gaps[0].Why, tt.why) {
				t.Errorf("gaps: %+v, want one that says %q", gaps, tt.why)
			}
		})
	}
}

// TestGitLabHostileLink wants no link that a browser would run.
func TestGitLabHostileLink(t *testing.T) {
	s := newRemoteScan(t, fakeGitLab(), routes{gitlabJobs: jsonAnswer(`[{"id": 7, "name": "rspec:other", "status": "success",
		"started_at": "2026-11-20T17:54:24.729Z", "web_url": "javascript:alert(1)"}]`)})
	found := occurrences(s.run(t))
	if len(found) != 1 || found[0].Link != "" {
		t.Errorf("%d occurrences, want one without a link", len(found))
	}
}
