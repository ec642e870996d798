package buildlog

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner"
)

const (
	circlePipelines = "/api/v2/project/gh/acme/web/pipeline"
	circleDetail    = "/api/v1.1/project/gh/acme/web/9"
	circleOutput    = "/api/v1.1/output/9"
)

// circleMessages is a step's output as its output_url gives it.
func circleMessages(text string) string {
	type message struct {
		Message string `json:"message"`
		Time    string `json:"time"`
		Type    string `json:"type"`
	}
	var all []message
	for _, line := range strings.SplitAfter(text, "\n") {
		if line != "" {
			all = append(all, message{line, "2026-11-20T12:00:00.000Z", "out"})
		}
	}
	data, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// circleSteps is a job's detail with one action.
func circleSteps(action string) string {
	return `{"build_num": 9, "build_url": "https://circleci.com/gh/acme/web/9", "status": "success",
		"steps": [{"name": "npm publish", "actions": [` + action + `]}]}`
}

// fakeCircleCI answers as https://circleci.com/docs/api/v2/ says, and with the
// detail of a job as https://circleci.com/docs/api/v1/#single-job says.
func fakeCircleCI() fakeCI {
	return fakeCI{
		name: "circleci", opts: RemoteOptions{Project: "gh/acme/web"},
		header: "Circle-Token", value: "t0ken",
		list: circlePipelines, log: circleOutput, wrap: circleMessages,
		what: "gh/acme/web pipeline 25, job build (container 0), step npm publish",
		want: scanner.Occurrence{
			Run: "gh/acme/web pipeline 25", Job: "build (container 0)", Step: "npm publish",
			Link: "https://circleci.com/gh/acme/web/9",
		},
		routes: func(log string) routes {
			return routes{
				circlePipelines: jsonAnswer(`{"items": [{"id": "p25", "number": 25, "project_slug": "gh/acme/web", "state": "created",
					"created_at": "2026-11-20T11:00:00Z", "vcs": {"branch": "main"}}], "next_page_token": null}`),
				"/api/v2/pipeline/p25/workflow": jsonAnswer(`{"items": [{"id": "w1", "name": "ci", "status": "running"}], "next_page_token": null}`),
				"/api/v2/workflow/w1/job": jsonAnswer(`{"items": [
					{"id": "j1", "job_number": 9, "name": "build", "type": "build", "status": "success"},
					{"id": "j2", "job_number": 10, "name": "deploy", "type": "build", "status": "running"},
					{"id": "j3", "name": "approve", "type": "approval", "status": "success"}], "next_page_token": null}`),
				circleDetail: func(w http.ResponseWriter, r *http.Request) {
					jsonAnswer(circleSteps(fmt.Sprintf(`{"index": 0, "step": 101, "name": "npm publish", "status": "success", "has_output": true,
						"truncated": false, "output_url": "http://%s%s"}, {"index": 1, "step": 101, "status": "success", "has_output": false}`, r.Host, circleOutput)))(w, r)
				},
				circleOutput: jsonAnswer(log),
			}
		},
	}
}

// TestCircleCIStore reads a log from where its address alone gives access.
func TestCircleCIStore(t *testing.T) {
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if name == "Circle-Token" || name == "Authorization" || name == "Cookie" {
				t.Errorf("the store was sent %s", name)
			}
		}
		if r.URL.Query().Get("sig") != "abc" {
			t.Errorf("the store was asked for %s", r.URL.Path)
		}
		io.WriteString(w, circleMessages(logText(t)))
	}))
	defer store.Close()
	s := newRemoteScan(t, fakeCircleCI(), routes{circleDetail: jsonAnswer(circleSteps(
		`{"index": 0, "step": 101, "has_output": true, "output_url": "` + store.URL + `/step-101?sig=abc"}`))})
	res := s.run(t)
	if n := len(occurrences(res)); n != 1 || !res.Complete() {
		t.Errorf("%d occurrences, gaps %+v", n, res.Coverage[0].Gaps)
	}
}

func TestCircleCISteps(t *testing.T) {
	tests := []struct {
		name, detail string
		why          string
	}{
		{"output has expired", circleSteps(`{"has_output": true}`), "erased or has expired"},
		{"address is malformed", circleSteps(`{"has_output": true, "output_url": "http://[::1"}`), "malformed"},
		{"address of a file", circleSteps(`{"has_output": true, "output_url": "file:///etc/passwd"}`), "no http address"},
		{"kept in part", circleSteps(`{"has_output": true, "truncated": true, "output_url": "OUTPUT"}`), "cut off the output"},
		{"no steps", `{"build_num": 9}`, `no "steps"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newRemoteScan(t, fakeCircleCI(), routes{circleDetail: func(w http.ResponseWriter, r *http.Request) {
				jsonAnswer(strings.ReplaceAll(tt.detail, "OUTPUT", "http://"+r.Host+circleOutput))(w, r)
			}})
			gaps := s.run(t).Coverage[0].Gaps
			if len(gaps) != 1 || !strings.Contains(gaps[0].Why, tt.why) {
				t.Errorf("gaps: %+v, want one that says %q", gaps, tt.why)
			}
		})
	}
}

// TestCircleCIPages reads an organisation's pipelines: two pages of the window,
// of one branch.
func TestCircleCIPages(t *testing.T) {
	ci := fakeCircleCI()
	ci.opts = RemoteOptions{Org: "gh/acme", Branch: "main", Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	pipeline := func(id, branch, created string) string {
		return fmt.Sprintf(`{"id": %q, "project_slug": "gh/acme/web", "created_at": %q, "vcs": {"branch": %q}}`, id, created, branch)
	}
	none := jsonAnswer(`{"items": [], "next_page_token": null}`)
	s := newRemoteScan(t, ci, routes{
		"/api/v2/pipeline": func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			if q.Get("org-slug") != "gh/acme" {
				t.Errorf("asked for %v", q)
			}
			switch q.Get("page-token") {
			case "":
				jsonAnswer(`{"items": [`+pipeline("a", "main", "2026-11-20T11:00:00Z")+`, `+pipeline("b", "dev", "2026-11-19T11:00:00Z")+`], "next_page_token": "n2"}`)(w, r)
			case "n2":
				jsonAnswer(`{"items": [`+pipeline("c", "main", "2026-11-18T11:00:00Z")+`, `+pipeline("d", "main", "2026-10-01T11:00:00Z")+`], "next_page_token": "n3"}`)(w, r)
			default:
				t.Errorf("a page beyond the window was asked for")
			}
		},
		"/api/v2/pipeline/a/workflow": none,
		"/api/v2/pipeline/c/workflow": none,
	})
	res := s.run(t)
	if res.Coverage[0].Read["builds"] != 2 || !res.Complete() {
		t.Errorf("read %v, want 2 builds; gaps %+v", res.Coverage[0].Read, res.Coverage[0].Gaps)
	}
}
