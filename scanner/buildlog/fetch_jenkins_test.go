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
	jenkinsWeb     = "/job/team/job/web"
	jenkinsConsole = jenkinsWeb + "/12/consoleText"
)

const jenkinsFreestyle = `{"_class": "hudson.model.FreeStyleProject", "allBuilds": [%s]}`

// fakeJenkins answers as Jenkins' own page /api/ says, with "tree".
func fakeJenkins() fakeCI {
	return fakeCI{
		name: "jenkins", opts: RemoteOptions{Project: "team/web"},
		header: "Authorization", value: "Basic Y2k6dDBrZW4=",
		list: jenkinsWeb + "/api/json", log: jenkinsConsole, wrap: plainLog,
		what: "team/web #12, job team/web",
		want: scanner.Occurrence{
			Run: "team/web #12", Job: "team/web",
			Link: "https://jenkins.example.com/job/team/job/web/12/console",
		},
		routes: func(log string) routes {
			return routes{
				jenkinsWeb + "/api/json": jsonAnswer(fmt.Sprintf(jenkinsFreestyle, `
					{"_class": "hudson.model.FreeStyleBuild", "number": 13, "timestamp": 1795000000000, "building": true, "url": "https://jenkins.example.com/job/team/job/web/13/"},
					{"_class": "hudson.model.FreeStyleBuild", "number": 12, "timestamp": 1794000000000, "building": false, "url": "https://jenkins.example.com/job/team/job/web/12/"}`)),
				jenkinsConsole: textAnswer(log),
			}
		},
	}
}

// TestJenkinsTree reads a server with a folder, a multibranch project, a matrix
// job and a job in no folder.
func TestJenkinsTree(t *testing.T) {
	builds := func(numbers ...int) string {
		var all []string
		for _, n := range numbers {
			all = append(all, fmt.Sprintf(`{"number": %d, "timestamp": 1794000000000, "building": false}`, n))
		}
		return strings.Join(all, ",")
	}
	answers := routes{
		"/api/json":          jsonAnswer(`{"_class": "hudson.model.Hudson", "jobs": [{"name": "team"}, {"name": "nightly build"}, {"name": "empty"}]}`),
		"/job/team/api/json": jsonAnswer(`{"_class": "com.cloudbees.hudson.plugins.folder.Folder", "jobs": [{"name": "app"}, {"name": "matrix"}]}`),
		"/job/team/job/app/api/json": jsonAnswer(`{"_class": "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject",
			"jobs": [{"name": "main"}, {"name": "feature%2Fx"}]}`),
		"/job/team/job/app/job/main/api/json":               jsonAnswer(fmt.Sprintf(jenkinsFreestyle, builds(2, 1))),
		"/job/team/job/app/job/feature%252Fx/api/json":      jsonAnswer(fmt.Sprintf(jenkinsFreestyle, builds(1))),
		"/job/team/job/matrix/api/json":                     jsonAnswer(`{"_class": "hudson.matrix.MatrixProject", "activeConfigurations": [{"name": "os=linux"}], "allBuilds": [` + builds(5) + `]}`),
		"/job/team/job/matrix/os=linux/api/json":            jsonAnswer(fmt.Sprintf(jenkinsFreestyle, builds(5))),
		"/job/nightly%20build/api/json":                     jsonAnswer(fmt.Sprintf(jenkinsFreestyle, builds(9))),
		"/job/empty/api/json":                               jsonAnswer(fmt.Sprintf(jenkinsFreestyle, "")),
		"/job/team/job/app/job/main/2/consoleText":          textAnswer("log\n"),
		"/job/team/job/app/job/main/1/consoleText":          textAnswer("log\n"),
		"/job/team/job/app/job/feature%252Fx/1/consoleText": textAnswer("log\n"),
		"/job/team/job/matrix/5/consoleText":                textAnswer("log\n"),
		"/job/team/job/matrix/os=linux/5/consoleText":       textAnswer("log\n"),
		"/job/nightly%20build/9/consoleText":                textAnswer("log\n"),
	}
	tests := []struct {
		name string
		opts RemoteOptions
		logs int64
	}{
		{"the whole server", RemoteOptions{}, 6},
		{"a folder", RemoteOptions{Project: "team"}, 5},
		{"a multibranch project", RemoteOptions{Project: "team/app"}, 3},
		{"one branch of it", RemoteOptions{Project: "team/app", Branch: "feature/x"}, 1},
		{"a job with a space", RemoteOptions{Project: "nightly build"}, 1},
		{"by folder and job", RemoteOptions{Org: "team", Project: "matrix"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ci := fakeJenkins()
			ci.opts = tt.opts
			ci.opts.Workers = 3
			res := newRemoteScan(t, ci, answers).run(t)
			if got := res.Coverage[0].Read["logs"]; got != tt.logs || !res.Complete() {
				t.Errorf("%d logs, want %d; gaps %+v", got, tt.logs, res.Coverage[0].Gaps)
			}
		})
	}
}

// TestJenkinsPages wants as many pages of builds as the window needs.
func TestJenkinsPages(t *testing.T) {
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	answers := routes{jenkinsWeb + "/api/json": func(w http.ResponseWriter, r *http.Request) {
		_, window, _ := strings.Cut(r.URL.Query().Get("tree"), "{")
		var from, to int
		if _, err := fmt.Sscanf(window, "%d,%d}", &from, &to); err != nil {
			t.Errorf("tree without a range: %v", err)
		}
		var page []string
		for i := from; i < to && i < 230; i++ { // one build an hour, newest first
			at := start.Add(-time.Duration(i) * time.Hour)
			page = append(page, fmt.Sprintf(`{"number": %d, "timestamp": %d, "building": true}`, 1000-i, at.UnixMilli()))
		}
		jsonAnswer(fmt.Sprintf(jenkinsFreestyle, strings.Join(page, ",")))(w, r)
	}}
	tests := []struct {
		name          string
		since         time.Time
		builds, pages int
	}{
		{"all", time.Time{}, 230, 3},
		{"a window within the first page", start.Add(-9*time.Hour - time.Minute), 10, 1},
		{"a window into the second page", start.Add(-149*time.Hour - time.Minute), 150, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ci := fakeJenkins()
			ci.opts.Since = tt.since
			s := newRemoteScan(t, ci, answers)
			cov := s.run(t).Coverage[0]
			if len(cov.Excluded) != 1 || cov.Excluded[0].Count != tt.builds || len(cov.Gaps) != 0 {
				t.Errorf("excluded %+v, want %d running builds; gaps %+v", cov.Excluded, tt.builds, cov.Gaps)
			}
			if n := s.requests(jenkinsWeb + "/api/json"); int(n) != tt.pages {
				t.Errorf("%d pages, want %d", n, tt.pages)
			}
		})
	}
}

func TestJenkinsHostile(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		why    string
	}{
		{"folders without end", jsonAnswer(`{"_class": "Folder", "jobs": [{"name": "d"}]}`), "more than 16 deep"},
		{"neither folder nor job", jsonAnswer(`{"_class": "hudson.model.AllView"}`), "neither a folder nor a job"},
		{"the same builds on each page", jsonAnswer(fmt.Sprintf(jenkinsFreestyle,
			strings.TrimSuffix(strings.Repeat(`{"number": 1, "building": true},`, jenkinsPage), ","))), "repeat themselves"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answers := routes{}
			path := jenkinsWeb
			for range jenkinsDepth + 2 {
				answers[path+"/api/json"] = tt.answer
				path += "/job/d"
			}
			gaps := newRemoteScan(t, fakeJenkins(), answers).run(t).Coverage[0].Gaps
			if len(gaps) != 1 || !strings.Contains(gaps[0].Why, tt.why) {
				t.Errorf("gaps: %+v, want one that says %q", gaps, tt.why)
			}
		})
	}
}
