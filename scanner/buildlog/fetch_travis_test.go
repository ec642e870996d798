package buildlog

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/seen"
)

const (
	travisBuilds = "/repo/acme%2Fweb/builds"
	travisLog    = "/job/22/log.txt"
)

// fakeTravis answers as https://developer.travis-ci.com/ says, in version 3.
func fakeTravis() fakeCI {
	return fakeCI{
		name: "travis", opts: RemoteOptions{Project: "acme/web"},
		header: "Authorization", value: "token t0ken",
		list: travisBuilds, log: travisLog, wrap: plainLog,
		what: "acme/web build 5, job 5.1",
		want: scanner.Occurrence{Run: "acme/web build 5", Job: "5.1", Link: "SERVER/acme/web/jobs/22#L3"},
		routes: func(log string) routes {
			return routes{
				travisBuilds: jsonAnswer(`{"@type": "builds", "@pagination": {"limit": 100, "offset": 0, "count": 1, "is_last": true, "next": null},
					"builds": [{"id": 20, "number": "5", "state": "started", "started_at": "2026-11-20T10:00:00Z", "jobs": [
						{"id": 22, "number": "5.1", "state": "passed", "started_at": "2026-11-20T10:00:00Z"},
						{"id": 23, "number": "5.2", "state": "started", "started_at": "2026-11-20T10:00:00Z"},
						{"id": 24, "number": "5.3", "state": "canceled", "started_at": null}]}]}`),
				travisLog: textAnswer(log),
			}
		},
	}
}

func TestTravisRemoved(t *testing.T) {
	s := newRemoteScan(t, fakeTravis(), routes{travisLog: textAnswer("Log removed by Ann Other at 2026-11-21 13:29:54 UTC")})
	gaps := s.run(t).Coverage[0].Gaps
	if len(gaps) != 1 || !strings.Contains(gaps[0].Why, "was erased") {
		t.Errorf("gaps: %+v, want the removed log", gaps)
	}
}

// TestTravisPages reads all repositories of an owner, and of one of them two pages
// of builds: the third begins before the window.
func TestTravisPages(t *testing.T) {
	ci := fakeTravis()
	ci.opts = RemoteOptions{Org: "acme", Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	s := newRemoteScan(t, ci, routes{
		"/owner/acme/repos": jsonAnswer(`{"repositories": [{"slug": "acme/web"}], "@pagination": {"next": null}}`),
		travisBuilds: func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Travis-Api-Version") != "3" {
				t.Error("another version of the API was asked for")
			}
			at := map[string]string{"": "2026-11-20", "100": "2026-11-10", "200": "2026-10-10"}[r.URL.Query().Get("offset")]
			next := map[string]int{"": 100, "100": 200, "200": 300}[r.URL.Query().Get("offset")]
			jsonAnswer(fmt.Sprintf(`{"builds": [{"id": %[1]d, "number": "1", "started_at": "%[2]sT10:00:00Z", "jobs": []}],
				"@pagination": {"next": {"offset": %[1]d}}}`, next, at))(w, r)
		},
	})
	res := s.run(t)
	if res.Coverage[0].Read["builds"] != 2 || s.requests(travisBuilds) != 3 || !res.Complete() {
		t.Errorf("read %v in %d pages, want 2 builds in 3; gaps %+v", res.Coverage[0].Read, s.requests(travisBuilds), res.Coverage[0].Gaps)
	}
}

// TestTravisRestarted wants a log read again whose job was run again.
func TestTravisRestarted(t *testing.T) {
	state, err := seen.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	hour := 10
	s := newRemoteScan(t, fakeTravis(), routes{
		travisLog: textAnswer("Done\n"),
		travisBuilds: func(w http.ResponseWriter, r *http.Request) {
			jsonAnswer(fmt.Sprintf(`{"builds": [{"id": 20, "number": "5", "jobs": [
				{"id": 22, "number": "5.1", "state": "passed", "started_at": "2026-11-20T%d:00:00Z"}]}]}`, hour))(w, r)
		},
	})
	s.source.opts.State, s.source.opts.Ruleset = state, "a"
	for ; hour < 12; hour++ {
		s.run(t)
	}
	if n := s.requests(travisLog); n != 2 {
		t.Errorf("the log was fetched %d times, want 2", n)
	}
}
