package buildlog

import (
	"net/http"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner"
)

const (
	bitbucketPipelines = "/2.0/repositories/acme/web/pipelines"
	bitbucketSteps     = bitbucketPipelines + "/%7Bp1%7D/steps"
	bitbucketLog       = bitbucketSteps + "/%7Bs1%7D/log"
)

// fakeBitbucket answers as
// https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/ says.
func fakeBitbucket() fakeCI {
	return fakeCI{
		name: "bitbucket", opts: RemoteOptions{Project: "acme/web"},
		header: "Authorization", value: "Bearer t0ken",
		list: bitbucketPipelines, log: bitbucketLog, wrap: plainLog,
		what: "acme/web pipeline 4, job Build",
		want: scanner.Occurrence{
			Run: "acme/web pipeline 4", Job: "Build",
			Link: "https://bitbucket.org/acme/web/pipelines/results/4/steps/%7Bs1%7D",
		},
		routes: func(log string) routes {
			return routes{
				bitbucketPipelines: jsonAnswer(`{"page": 1, "pagelen": 100, "size": 1, "values": [
					{"type": "pipeline", "uuid": "{p1}", "build_number": 4, "created_on": "2026-11-20T10:00:00.123Z", "state": {"name": "IN_PROGRESS"}}]}`),
				bitbucketSteps: jsonAnswer(`{"values": [
					{"uuid": "{s1}", "name": "Build", "started_on": "2026-11-20T10:00:01Z", "state": {"name": "COMPLETED"}},
					{"uuid": "{s2}", "name": "Deploy", "started_on": "2026-11-20T10:01:01Z", "state": {"name": "IN_PROGRESS"}},
					{"uuid": "{s3}", "name": "Never", "state": {"name": "COMPLETED"}}]}`),
				bitbucketLog: textAnswer(log),
			}
		},
	}
}

// TestBitbucketPages reads the repositories of a workspace, whose list names its
// next page, and the pipelines of one, whose list only counts.
func TestBitbucketPages(t *testing.T) {
	ci := fakeBitbucket()
	ci.opts = RemoteOptions{Org: "acme", Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	s := newRemoteScan(t, ci, routes{
		"/2.0/repositories/acme": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("page") == "2" {
				jsonAnswer(`{"values": [{"full_name": "acme/api"}]}`)(w, r)
				return
			}
			jsonAnswer(`{"values": [{"full_name": "acme/web"}], "next": "http://`+r.Host+`/2.0/repositories/acme?page=2"}`)(w, r)
		},
		"/2.0/repositories/acme/api/pipelines": jsonAnswer(`{"page": 1, "pagelen": 100, "size": 0, "values": []}`),
		bitbucketPipelines: func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Query().Get("page") {
			case "":
				jsonAnswer(`{"page": 1, "pagelen": 1, "size": 3, "values": [{"uuid": "{p1}", "build_number": 3, "created_on": "2026-11-20T10:00:00Z"}]}`)(w, r)
			case "2":
				jsonAnswer(`{"page": 2, "pagelen": 1, "size": 3, "values": [{"uuid": "{p0}", "build_number": 2, "created_on": "2026-10-20T10:00:00Z"}]}`)(w, r)
			default:
				t.Errorf("a page beyond the window was asked for")
			}
		},
		bitbucketSteps: jsonAnswer(`{"values": []}`),
	})
	res := s.run(t)
	if res.Coverage[0].Read["builds"] != 1 || !res.Complete() {
		t.Errorf("read %v, want 1 build; gaps %+v", res.Coverage[0].Read, res.Coverage[0].Gaps)
	}
}
