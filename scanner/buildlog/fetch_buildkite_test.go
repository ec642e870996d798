package buildlog

import (
	"net/http"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner"
)

const (
	buildkiteBuilds = "/v2/organizations/acme/pipelines/web/builds"
	buildkiteLog    = buildkiteBuilds + "/12/jobs/j1/log.txt"
)

// fakeBuildkite answers as https://buildkite.com/docs/apis/rest-api/builds says.
func fakeBuildkite() fakeCI {
	return fakeCI{
		name: "buildkite", opts: RemoteOptions{Org: "acme", Project: "web"},
		header: "Authorization", value: "Bearer t0ken",
		list: buildkiteBuilds, log: buildkiteLog, wrap: plainLog,
		what: "web #12, job :npm: Publish",
		want: scanner.Occurrence{
			Run: "web #12", Job: ":npm: Publish",
			Link: "https://buildkite.com/acme/web/builds/12#j1",
		},
		routes: func(log string) routes {
			return routes{
				buildkiteBuilds: jsonAnswer(`[{"id": "b12", "number": 12, "state": "running", "pipeline": {"slug": "web"}, "jobs": [
					{"id": "j1", "type": "script", "name": ":npm: Publish", "state": "passed", "web_url": "https://buildkite.com/acme/web/builds/12#j1",
					 "started_at": "2026-11-20T10:00:00Z", "finished_at": "2026-11-20T10:01:00Z"},
					{"id": "j2", "type": "waiter"},
					{"id": "j3", "type": "script", "name": "Deploy", "state": "running", "started_at": "2026-11-20T10:02:00Z", "finished_at": null},
					{"id": "j4", "type": "script", "name": "Never", "state": "canceled", "started_at": null, "finished_at": "2026-11-20T10:01:00Z"}]}]`),
				buildkiteLog: textAnswer(log),
			}
		},
	}
}

func TestBuildkitePages(t *testing.T) {
	ci := fakeBuildkite()
	ci.opts = RemoteOptions{Org: "acme", Branch: "main", Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	pages := linked(`[{"id": "a", "number": 2, "pipeline": {"slug": "web"}, "jobs": []}]`, `[{"id": "b", "number": 1, "pipeline": {"slug": "api"}, "jobs": []}]`)
	s := newRemoteScan(t, ci, routes{"/v2/organizations/acme/builds": func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("created_from") != "2026-11-01T00:00:00Z" || q.Get("branch") != "main" || q.Get("include_retried_jobs") != "true" {
			t.Errorf("asked for %v", q)
		}
		pages(w, r)
	}})
	res := s.run(t)
	if res.Coverage[0].Read["builds"] != 2 || !res.Complete() {
		t.Errorf("read %v, want 2 builds; gaps %+v", res.Coverage[0].Read, res.Coverage[0].Gaps)
	}
}
