package verify

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
)

// issuer is a server of these tests and an engine that asks it.
type issuer struct {
	engine *Engine
	rule   *rules.Rule
	clock  *clock
	asked  atomic.Int32
}

// clock is a time of its own that passes only while somebody sleeps.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

func newIssuer(t *testing.T, l Limits, answer func(n int32, at time.Time, w http.ResponseWriter)) *issuer {
	t.Helper()
	is := &issuer{clock: &clock{now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(is.asked.Add(1), is.clock.Now(), w)
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := question(nil, false, rules.Request{URL: "https://api.acme.com/me", Bearer: "${secret}"})
	is.rule = p.Rules[0]
	is.engine = New(Options{Endpoints: map[string][]*url.URL{"api.acme.com": {at}}, Limits: l, Now: is.clock.Now, Sleep: is.clock.Sleep})
	t.Cleanup(is.engine.Close)
	return is
}

func (is *issuer) verify(t *testing.T, value string) Verdict {
	return is.engine.Verify(t.Context(), &Credential{Rule: is.rule, Value: value})
}

func accept(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) }

// TestOneQuestionASecret asks 10,000 times about 50 secrets, from many goroutines.
func TestOneQuestionASecret(t *testing.T) {
	is := newIssuer(t, fast(), func(_ int32, _ time.Time, w http.ResponseWriter) { accept(w) })
	const findings, secrets = 10_000, 50
	var all sync.WaitGroup
	var live atomic.Int32
	for i := range findings {
		all.Go(func() {
			if is.verify(t, fmt.Sprint("secret-", i%secrets)).State == Live {
				live.Add(1)
			}
		})
	}
	all.Wait()
	if n := is.asked.Load(); n != secrets || live.Load() != findings {
		t.Errorf("%d questions about %d secrets; %d of %d findings are live", n, secrets, live.Load(), findings)
	}
}

// TestRetryAfter wants a host that says when to be asked again asked then, and by
// nobody before.
func TestRetryAfter(t *testing.T) {
	tests := []struct {
		name   string
		status int
		header func(now time.Time) string
		wait   time.Duration
	}{
		{"seconds", 429, func(time.Time) string { return "7" }, 7 * time.Second},
		{"date", 429, func(now time.Time) string { return now.Add(9 * time.Second).Format(http.TimeFormat) }, 9 * time.Second},
		{"not available", 503, func(time.Time) string { return "3" }, 3 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			var until time.Time
			l := fast()
			l.Patience, l.AtOnce = time.Minute, 1
			is := newIssuer(t, l, func(n int32, now time.Time, w http.ResponseWriter) {
				mu.Lock()
				defer mu.Unlock()
				if n == 2 {
					until = now.Add(tt.wait)
					w.Header().Set("Retry-After", tt.header(now))
					w.WriteHeader(tt.status)
					return
				}
				if now.Before(until) {
					t.Errorf("asked %s before it wanted to be", until.Sub(now))
				}
				accept(w)
			})
			var all sync.WaitGroup
			for i := range 6 {
				all.Go(func() {
					if v := is.verify(t, fmt.Sprint("secret-", i)); v.State != Live {
						t.Errorf("%s (%s)", v.State, v.Reason)
					}
				})
			}
			all.Wait()
			if n := is.asked.Load(); n != 7 {
				t.Errorf("%d questions about 6 secrets, of which one had to be put again", n)
			}
		})
	}
}

// TestRetryAfterTooLong asks no more of a host that wants to be left alone for
// longer than we wait.
func TestRetryAfterTooLong(t *testing.T) {
	is := newIssuer(t, fast(), func(_ int32, _ time.Time, w http.ResponseWriter) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	for i := range 5 {
		v := is.verify(t, fmt.Sprint("secret-", i))
		if v.State != Unknown || i > 0 && !strings.Contains(v.Reason, "asks to wait for 24h0m0s") {
			t.Errorf("%s (%s)", v.State, v.Reason)
		}
	}
	if n := is.asked.Load(); n != 1 || len(is.clock.slept) > 0 {
		t.Errorf("%d questions, want 1; slept %v", n, is.clock.slept)
	}
}

// TestFailingHost leaves a host alone that fails over and over, and tries it again
// after a while.
func TestFailingHost(t *testing.T) {
	failing := atomic.Bool{}
	failing.Store(true)
	is := newIssuer(t, fast(), func(_ int32, _ time.Time, w http.ResponseWriter) {
		if failing.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		accept(w)
	})
	for i := range 20 {
		if v := is.verify(t, fmt.Sprint("secret-", i)); v.State != Unknown {
			t.Errorf("%s (%s)", v.State, v.Reason)
		}
	}
	if n := is.asked.Load(); n != breakAfter {
		t.Errorf("%d questions, want %d", n, breakAfter)
	}
	failing.Store(false)
	is.clock.Sleep(t.Context(), coolDown)
	for i := range 5 {
		if v := is.verify(t, fmt.Sprint("later-", i)); v.State != Live {
			t.Errorf("after a while: %s (%s)", v.State, v.Reason)
		}
	}
}

// TestRefusalsAreNoFailures keeps asking a host that refuses secret after secret.
func TestRefusalsAreNoFailures(t *testing.T) {
	is := newIssuer(t, fast(), func(_ int32, _ time.Time, w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) })
	for i := range 3 * breakAfter {
		is.verify(t, fmt.Sprint("secret-", i))
	}
	if n := is.asked.Load(); n != 3*breakAfter {
		t.Errorf("%d questions, want %d", n, 3*breakAfter)
	}
}

// TestHangingHost has one host hang for as long as the questions to another take.
func TestHangingHost(t *testing.T) {
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-release }))
	defer hanging.Close()
	working := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer working.Close()
	endpoints := map[string][]*url.URL{}
	var of []*rules.Rule
	for host, server := range map[string]*httptest.Server{"a.acme.com": hanging, "b.acme.com": working} {
		at, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		endpoints[host] = []*url.URL{at}
	}
	for _, host := range []string{"a.acme.com", "b.acme.com"} {
		of = append(of, question(nil, false, rules.Request{URL: "https://" + host + "/", Bearer: "${secret}"}).Rules[0])
	}
	l := fast()
	l.Timeout = time.Minute
	e := New(Options{Endpoints: endpoints, Limits: l})
	defer e.Close()
	var stuck, done sync.WaitGroup
	for i := range 200 {
		stuck.Go(func() { e.Verify(t.Context(), &Credential{Rule: of[0], Value: fmt.Sprint("a-", i)}) })
	}
	for i := range 200 {
		done.Go(func() {
			if v := e.Verify(t.Context(), &Credential{Rule: of[1], Value: fmt.Sprint("b-", i)}); v.State != Live {
				t.Errorf("%s (%s)", v.State, v.Reason)
			}
		})
	}
	done.Wait() // while every question to the other host still hangs
	close(release)
	stuck.Wait()
}

// TestBudget ends questions when the time of the run is over, and says so.
func TestBudget(t *testing.T) {
	l := fast()
	l.Budget = 50 * time.Millisecond
	gone := make(chan struct{})
	is := newIssuer(t, l, func(_ int32, _ time.Time, w http.ResponseWriter) { <-gone })
	v := is.verify(t, "secret")
	close(gone)
	if v.State != Unknown || !strings.Contains(v.Reason, "verify.budget") {
		t.Errorf("%s (%s)", v.State, v.Reason)
	}
}

// TestSentOnce sends nothing again of which a part was sent before.
func TestSentOnce(t *testing.T) {
	is := newIssuer(t, fast(), func(_ int32, _ time.Time, w http.ResponseWriter) { panic(http.ErrAbortHandler) })
	p := is.rule.Provider
	p.Verify[0].Requests[0].Method = http.MethodPost
	if v := is.verify(t, "secret"); v.State != Unknown {
		t.Errorf("%s (%s)", v.State, v.Reason)
	}
	if n := is.asked.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// TestEndpoints asks at several servers of one's own.
func TestEndpoints(t *testing.T) {
	const yes, no, fails = 200, 401, 500
	tests := []struct {
		name   string
		answer []int
		want   State
	}{
		{"the first accepts", []int{yes, no}, Live},
		{"the second accepts", []int{no, yes}, Live},
		{"both refuse", []int{no, no}, Dead},
		{"one refuses, one fails", []int{no, fails}, Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var list []*url.URL
			for _, status := range tt.answer {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != "/api/v3/me" {
						t.Errorf("asked for %s", r.URL.Path)
					}
					w.WriteHeader(status)
				}))
				defer server.Close()
				at, err := url.Parse(server.URL + "/api/v3")
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, at)
			}
			p := question(nil, false, rules.Request{URL: "https://api.acme.com/me", Bearer: "${secret}", Dead: "status == 401"})
			e := New(Options{Endpoints: map[string][]*url.URL{"api.acme.com": list}, Limits: fast(), Sleep: noSleep})
			defer e.Close()
			if v := e.Verify(t.Context(), &Credential{Rule: p.Rules[0], Value: "secret"}); v.State != tt.want {
				t.Errorf("%s (%s), want %s", v.State, v.Reason, tt.want)
			}
		})
	}
}

// TestPairs tries the likeliest combinations of parts and calls nothing dead whose
// parts may be another's.
func TestPairs(t *testing.T) {
	tests := []struct {
		name  string
		ids   []string
		right string
		want  State
		asked int32
	}{
		{"one, accepted", []string{"a"}, "a", Live, 1},
		{"one, refused", []string{"a"}, "", Dead, 1},
		{"the third is right", []string{"a", "b", "c", "d"}, "c", Live, 3},
		{"none is right", []string{"a", "b"}, "", Unknown, 2},
		{"many: no product of all", []string{"a", "b", "c", "d", "e", "f", "g"}, "", Unknown, mostPairs},
		{"none", nil, "", Unverifiable, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if user, _, _ := r.BasicAuth(); user != tt.right {
					w.WriteHeader(http.StatusUnauthorized)
				}
			}))
			defer server.Close()
			at, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			p := question(nil, false, rules.Request{URL: "https://api.acme.com/", Basic: []string{"${id}", "${secret}"}, Dead: "status == 401"})
			e := New(Options{Endpoints: map[string][]*url.URL{"api.acme.com": {at}}, Limits: fast(), Sleep: noSleep})
			defer e.Close()
			v := e.Verify(t.Context(), &Credential{Rule: p.Rules[0], Value: "secret", Parts: map[string][]string{"id": tt.ids}})
			if v.State != tt.want || asked.Load() != tt.asked {
				t.Errorf("%s (%s) after %d questions, want %s after %d", v.State, v.Reason, asked.Load(), tt.want, tt.asked)
			}
		})
	}
}
