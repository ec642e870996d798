package forge_test

import (
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// TestGetWaits: what a client waits for before it reads again, and what it takes for
// an answer.
func TestGetWaits(t *testing.T) {
	reset := "X-RateLimit-Reset: " + strconv.FormatInt(noon.Add(time.Hour).Unix(), 10)
	secondary := func(status int, header string) answer {
		return answer{status: status, header: header, body: `{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`}
	}
	for _, tc := range []struct {
		name    string
		answers []answer
		waited  time.Duration
		status  int // of the error; 0: none
	}{
		{name: "an answer"},
		{name: "a secondary limit in words alone", answers: []answer{secondary(403, "")}, waited: 61 * time.Second},
		{name: "twice", answers: []answer{secondary(403, ""), secondary(403, "")}, waited: 182 * time.Second},
		{name: "it comes with the reset of the primary limit", answers: []answer{secondary(403, reset)}, waited: 61 * time.Second},
		{name: "it says for how long", answers: []answer{secondary(403, "Retry-After: 90")}, waited: 90 * time.Second},
		{name: "as 429", answers: []answer{secondary(429, "")}, waited: 61 * time.Second},
		{name: "as 429 that says for how long", answers: []answer{secondary(429, "Retry-After: 2")}, waited: 2 * time.Second},
		{name: "the primary limit", answers: []answer{{status: 403, header: "X-RateLimit-Remaining: 0\n" + reset}}, waited: time.Hour},
		{name: "the primary limit, without its reset", answers: []answer{{status: 403, header: "X-RateLimit-Remaining: 0"}}, waited: 61 * time.Second},
		{name: "a limit that stays", answers: slices.Repeat([]answer{secondary(403, "")}, 6), waited: 5*time.Second + 31*time.Minute, status: 403},
		{name: "not allowed", answers: []answer{{status: 403, body: `{"message": "Resource not accessible by integration"}`}}, status: 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := httptest.NewServer(&answers{list: slices.Clone(tc.answers)})
			defer srv.Close()
			clock := fakegithub.NewClock(noon)
			c, err := forge.NewGitHub(forge.GitHubOptions{URL: srv.URL, Getenv: env("GH_TOKEN", "one"), Rate: rate.Inf, Sleep: clock.Sleep, Now: clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			var out numbered
			_, err = c.Get(t.Context(), "repos/a/b/issues/7", &out)
			if forge.StatusOf(err) != tc.status || tc.status == 0 && (err != nil || out.Number != 7) {
				t.Errorf("Get: number %d, %v; want status %d", out.Number, err, tc.status)
			}
			if waited := clock.Now().Sub(noon); waited != tc.waited {
				t.Errorf("waited %s, want %s", waited, tc.waited)
			}
		})
	}
}
