package ledger_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// clock is the time of a test.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time       { return c.now }
func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }
func start() *clock                   { return &clock{time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)} }
func key() []byte                     { return bytes.Repeat([]byte{7}, 32) }

var rule = func() *rules.Rule {
	p := &rules.Provider{ID: "acme", Name: "Acme"}
	return &rules.Rule{ID: "acme-key", Name: "Acme key", Provider: p, Severity: rules.High}
}()

// result is a scan that found secrets, each at the paths given, with a verdict.
func result(state verify.State, found map[string][]string) *scanner.Result {
	res := &scanner.Result{RulesetHash: "r1"}
	for fingerprint, paths := range found {
		s := scanner.Secret{Fingerprint: fingerprint, Rule: rule, Severity: rules.High, Redacted: "acme***", Verdict: verify.Verdict{State: state}}
		for _, p := range paths {
			s.Occurrences = append(s.Occurrences, scanner.Occurrence{Kind: scanner.InFile, Repository: "https://git.acme.com/shop", Path: p})
		}
		res.Secrets = append(res.Secrets, s)
	}
	return res
}

func record(t *testing.T, l *ledger.Ledger, c *clock, res *scanner.Result) ledger.Recorded {
	t.Helper()
	sum, err := l.Record(t.Context(), res, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func only(t *testing.T, l *ledger.Ledger) ledger.History {
	t.Helper()
	all, err := l.History(t.Context(), ledger.Filter{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d secrets, want 1: %v", len(all), err)
	}
	return all[0]
}

// TestLife follows one secret from being found to being closed, and back.
func TestLife(t *testing.T) { onBoth(t, testLife) }

func testLife(t *testing.T, dsn string) {
	c := start()
	l := openAt(t, dsn, c)
	at := map[string][]string{"lg1s-1": {"a.env", "b.env"}}
	if sum := record(t, l, c, result(verify.Live, at)); sum != (ledger.Recorded{New: 1, Occurrences: 2}) {
		t.Errorf("recorded %+v", sum)
	}
	h := only(t, l)
	if h.State != ledger.Opened || h.Verdict != verify.Live || len(h.Occurrences) != 2 || !h.Deadline.Equal(c.now.Add(72*time.Hour)) {
		t.Errorf("found: %+v", h)
	}
	id := h.ID
	if err := l.Acknowledge(t.Context(), id, "ada", "on it"); err != nil {
		t.Error(err)
	}
	c.pass(time.Hour)
	record(t, l, c, result(verify.Dead, at))
	if _, err := l.CloseDead(t.Context(), id, "sync", time.Hour); err == nil {
		t.Error("closed on one dead verdict")
	}
	c.pass(2 * time.Hour)
	record(t, l, c, result(verify.Unknown, at))
	if _, err := l.CloseDead(t.Context(), id, "sync", time.Hour); err == nil {
		t.Error("closed while the last verdict is unknown")
	}
	c.pass(time.Hour)
	record(t, l, c, result(verify.Dead, at))
	proof, err := l.CloseDead(t.Context(), id, "sync", time.Hour)
	if err != nil || proof.Second.Sub(proof.First) != 3*time.Hour {
		t.Errorf("proof %+v: %v", proof, err)
	}
	c.pass(time.Hour)
	if sum := record(t, l, c, result(verify.Dead, at)); sum.Reopened != 0 {
		t.Error("reopened although it is dead, in the places that are known")
	}
	if sum := record(t, l, c, result(verify.Live, at)); sum.Reopened != 1 {
		t.Error("not reopened although it is live")
	}
	h = only(t, l)
	var kinds []string
	for _, e := range h.Events {
		kinds = append(kinds, e.Kind)
	}
	if got, want := strings.Join(kinds, " "), "found acknowledged dead reopened"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
	if h.State != ledger.Reopened || h.Recurrences != 1 || len(h.Verdicts) != 6 || !h.DeadSince.IsZero() {
		t.Errorf("reopened: %+v", h.Secret)
	}
}

// TestNotAsked keeps what an issuer said when a later scan cannot or does not ask.
func TestNotAsked(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		c := start()
		l := openAt(t, dsn, c)
		at := map[string][]string{"lg1s-1": {"a"}}
		for _, state := range []verify.State{verify.Unverified, verify.Unverifiable, verify.Live, verify.Unverified, verify.Unverifiable} {
			c.pass(time.Hour)
			record(t, l, c, result(state, at))
		}
		h := only(t, l)
		if h.Verdict != verify.Live || h.Details.Verdict.State != verify.Live || len(h.Verdicts) != 2 {
			t.Errorf("verdict %s, %s in the details, %d in the history; want live, live, 2", h.Verdict, h.Details.Verdict.State, len(h.Verdicts))
		}
	})
}

func TestAccept(t *testing.T) { onBoth(t, testAccept) }

func testAccept(t *testing.T, dsn string) {
	c := start()
	l := openAt(t, dsn, c)
	record(t, l, c, result(verify.Unknown, map[string][]string{"lg1s-1": {"a"}}))
	id := only(t, l).ID
	if err := l.Accept(t.Context(), id, "ada", "", c.now.Add(time.Hour)); err == nil {
		t.Error("accepted without a reason")
	}
	if err := l.Accept(t.Context(), id, "ada", "test account", c.now); err == nil {
		t.Error("accepted until a time that has passed")
	}
	if err := l.Accept(t.Context(), "lgk1-none", "ada", "x", c.now.Add(time.Hour)); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := l.Accept(t.Context(), id, "ada", "test account", c.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Expire(t.Context()); n != 0 || err != nil {
		t.Errorf("%d expired: %v", n, err)
	}
	c.pass(2 * time.Hour)
	if n, err := l.Expire(t.Context()); n != 1 || err != nil || only(t, l).State != ledger.Reopened {
		t.Errorf("%d expired: %v", n, err)
	}
}

func TestKey(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "ledger.db")
	none := func(string) string { return "" }
	k, err := ledger.LoadKey(dsn, none)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ledger.LoadKey(dsn, none)
	if err != nil || !bytes.Equal(k, again) {
		t.Errorf("another key the second time: %v", err)
	}
	l, err := ledger.Open(t.Context(), dsn, ledger.Options{Key: k})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := ledger.Open(t.Context(), dsn, ledger.Options{Key: key()}); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("opened with another key: %v", err)
	}
	if _, err := ledger.LoadKey("postgres://db/x", none); err == nil || !strings.Contains(err.Error(), ledger.KeyVariable) {
		t.Errorf("a shared ledger without a key: %v", err)
	}
}
