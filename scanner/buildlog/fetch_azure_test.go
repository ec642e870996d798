package buildlog

import (
	"net/http"
	"testing"

	"github.com/leakguard/leakguard/scanner"
)

const (
	azureBuilds = "/acme/web/_apis/build/builds"
	azureLog    = azureBuilds + "/31/logs/7"
)

// fakeAzure answers as https://learn.microsoft.com/rest/api/azure/devops/build/
// says, in version 7.1. Log 9 is the job's, which repeats that of its task.
func fakeAzure() fakeCI {
	return fakeCI{
		name: "azure", opts: RemoteOptions{Org: "acme", Project: "web"},
		header: "Authorization", value: "Basic OnQwa2Vu",
		list: azureBuilds, log: azureLog, wrap: plainLog,
		what: "web build 20261120.1, job Build, step Publish",
		want: scanner.Occurrence{
			Run: "web build 20261120.1", Job: "Build", Step: "Publish",
			Link: "https://dev.azure.com/acme/web/_build/results?buildId=31&view=logs&j=j1&t=t1&l=3",
		},
		routes: func(log string) routes {
			return routes{
				azureBuilds: jsonAnswer(`{"count": 2, "value": [
					{"id": 32, "buildNumber": "20261120.2", "status": "inProgress"},
					{"id": 31, "buildNumber": "20261120.1", "status": "completed",
					 "_links": {"web": {"href": "https://dev.azure.com/acme/web/_build/results?buildId=31"}}}]}`),
				azureBuilds + "/31/timeline": jsonAnswer(`{"records": [
					{"id": "s1", "parentId": null, "type": "Stage", "name": "CI", "log": null},
					{"id": "j1", "parentId": "s1", "type": "Job", "name": "Build", "log": {"id": 9}},
					{"id": "t1", "parentId": "j1", "type": "Task", "name": "Publish", "log": {"id": 7}}]}`),
				azureBuilds + "/31/logs": jsonAnswer(`{"count": 2, "value": [{"id": 7, "lineCount": 4}, {"id": 9, "lineCount": 4}]}`),
				azureLog:                 textAnswer(log),
			}
		},
	}
}

// TestAzureEarlierAttempt reads a log that the timeline does not know.
func TestAzureEarlierAttempt(t *testing.T) {
	s := newRemoteScan(t, fakeAzure(), routes{
		azureBuilds + "/31/logs":   jsonAnswer(`{"value": [{"id": 3}]}`),
		azureBuilds + "/31/logs/3": textAnswer(logText(t)),
	})
	found := occurrences(s.run(t))
	if len(found) != 1 || found[0].Step != "log 3" {
		t.Errorf("%d occurrences, want one in log 3", len(found))
	}
}

// TestAzureNoTimeline wants the logs read even if whose they are is not known.
func TestAzureNoTimeline(t *testing.T) {
	s := newRemoteScan(t, fakeAzure(), routes{
		azureBuilds + "/31/timeline": failure(404),
		azureBuilds + "/31/logs/9":   textAnswer("log\n"),
	})
	res := s.run(t)
	if gaps := res.Coverage[0].Gaps; len(gaps) != 1 || gaps[0].What != "the steps of web build 20261120.1" {
		t.Errorf("gaps: %+v, want one of the timeline", gaps)
	}
	if n := len(occurrences(res)); n != 1 {
		t.Errorf("%d occurrences, want 1", n)
	}
}

func TestAzurePages(t *testing.T) {
	ci := fakeAzure()
	ci.opts = RemoteOptions{Org: "acme", Branch: "main"}
	s := newRemoteScan(t, ci, routes{
		"/acme/_apis/projects": jsonAnswer(`{"value": [{"name": "web"}]}`),
		azureBuilds: func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			if q.Get("branchName") != "refs/heads/main" {
				t.Errorf("asked for %v", q)
			}
			if q.Get("continuationToken") == "" {
				w.Header().Set("X-Ms-Continuationtoken", "next+1")
				jsonAnswer(`{"value": [{"id": 1, "status": "inProgress"}]}`)(w, r)
				return
			}
			if q.Get("continuationToken") != "next+1" {
				t.Errorf("asked for %v", q)
			}
			jsonAnswer(`{"value": [{"id": 2, "status": "notStarted"}]}`)(w, r)
		},
	})
	cov := s.run(t).Coverage[0]
	if len(cov.Excluded) != 1 || cov.Excluded[0].Count != 2 || len(cov.Gaps) != 0 {
		t.Errorf("excluded %+v, want 2; gaps %+v", cov.Excluded, cov.Gaps)
	}
}
