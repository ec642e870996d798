package forge_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// budgeted asks a server that answers with status and header, as two accounts.
func budgeted(t *testing.T, budget *forge.Budget, clock *fakegithub.Clock, answer func(http.Header) int) (one, other *forge.Client, sent *int) {
	t.Helper()
	sent = new(int)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*sent++
		w.WriteHeader(answer(w.Header()))
		w.Write([]byte("{}"))
	}))
	t.Cleanup(srv.Close)
	var clients [2]*forge.Client
	for i, account := range []string{"one", "other"} {
		var err error
		clients[i], err = forge.New(forge.Options{BaseURL: srv.URL, Rate: rate.Inf, Budget: budget, Account: account, Sleep: clock.Sleep, Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
	}
	return clients[0], clients[1], sent
}

// TestBudget asks until a limit is reached: who has the same limit sends nothing more until
// its end, and whose limit is another goes on.
func TestBudget(t *testing.T) {
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	in := func(d time.Duration) string { return strconv.FormatInt(noon.Add(d).Unix(), 10) }
	for _, tc := range []struct {
		name    string
		perHour int
		answer  func(n int, h http.Header) int
		sent    int           // until it is reached
		until   time.Duration // from noon
		shared  bool          // by other accounts
		says    string
	}{
		{"the budget", 3, func(int, http.Header) int { return 200 }, 3, time.Hour, true, "the budget of 3 requests an hour is used up until 2026-03-04T13:00:00Z"},
		{"GitHub's limit", 0, func(n int, h http.Header) int {
			h.Set("X-RateLimit-Remaining", strconv.Itoa(5-n))
			h.Set("X-RateLimit-Reset", in(20*time.Minute))
			return 200
		}, 5, 20 * time.Minute, false, "the limit of 127.0.0.1"},
		{"GitLab's limit", 0, func(n int, h http.Header) int {
			h.Set("RateLimit-Remaining", strconv.Itoa(2-n))
			h.Set("RateLimit-Reset", in(time.Minute))
			return 200
		}, 2, time.Minute, false, "the limit of 127.0.0.1"},
		{"a limit of another resource", 2, func(_ int, h http.Header) int {
			h.Set("X-RateLimit-Resource", "graphql")
			h.Set("X-RateLimit-Remaining", "0")
			h.Set("X-RateLimit-Reset", in(time.Minute))
			return 200
		}, 2, time.Hour, true, "the budget of 2"},
		{"a refusal", 0, func(n int, h http.Header) int {
			if n < 4 {
				return 200
			}
			h.Set("Retry-After", "90")
			return 403
		}, 4, 90 * time.Second, false, "403"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clock := fakegithub.NewClock(noon)
			budget := forge.NewBudget(tc.perHour, clock.Now)
			n := 0
			one, other, sent := budgeted(t, budget, clock, func(h http.Header) int {
				n++
				return tc.answer(n, h)
			})
			ctx, tally := forge.WithTally(t.Context())
			var err error
			for err == nil && *sent < 100 {
				err = ask(ctx, one)
			}
			var limit *forge.LimitError
			if !errors.As(err, &limit) || !limit.Until.Equal(noon.Add(tc.until)) || !strings.Contains(err.Error(), tc.says) || forge.StatusOf(err) != 0 {
				t.Fatalf("it says %v, want until %s", err, noon.Add(tc.until))
			}
			if *sent != tc.sent || tally.Requests() != int64(tc.sent) || tally.Limit() != limit {
				t.Errorf("%d were sent and %d counted, want %d; the tally has %v", *sent, tally.Requests(), tc.sent, tally.Limit())
			}
			if u := budget.Usage(); len(u) != 1 || u[0].Left != 0 || !u[0].Reset.Equal(noon.Add(tc.until)) {
				t.Errorf("usage %+v", u)
			}
			if err := ask(ctx, one); err == nil || *sent != tc.sent {
				t.Errorf("%d were sent, and then %v", *sent, err)
			}
			n = 0
			if err := ask(ctx, other); (err == nil) == tc.shared {
				t.Errorf("another account: %v", err)
			}
			if err := clock.Sleep(ctx, tc.until); err != nil {
				t.Fatal(err)
			}
			n = 0
			if err := ask(ctx, one); err != nil {
				t.Errorf("after its end: %v", err)
			}
		})
	}
}

func ask(ctx context.Context, c *forge.Client) error {
	var v any
	_, err := c.Get(ctx, "thing", &v)
	return err
}

// TestBudgetWithin tells what an hour's budget has.
func TestBudgetWithin(t *testing.T) {
	for _, tc := range []struct {
		perHour  int
		requests int64
		want     bool
	}{{0, 1 << 40, false}, {100, 99, false}, {100, 100, true}} {
		if got := forge.NewBudget(tc.perHour, nil).Within(tc.requests); got != tc.want {
			t.Errorf("%d of %d an hour: %t", tc.requests, tc.perHour, got)
		}
	}
}
