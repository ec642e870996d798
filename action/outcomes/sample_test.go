package outcomes

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/known"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// begin is day 0 of the tests: an hour of it is no boundary of a day.
var begin = time.Date(2026, 8, 3, 9, 0, 0, 0, time.UTC)

// on is a time so many days after begin.
func on(days float64) time.Time { return begin.Add(time.Duration(days * 24 * float64(time.Hour))) }

// book is a ledger that tests write to, at times of their own.
type book struct {
	t   testing.TB
	l   *ledger.Ledger
	now time.Time
}

func newBook(t testing.TB) *book {
	t.Helper()
	b := &book{t: t, now: begin}
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{
		Key: bytes.Repeat([]byte{7}, 32), Now: func() time.Time { return b.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	b.l = l
	return b
}

func (b *book) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// kind is the rule, and so the provider, and the severity of a secret.
func kind(provider string, severity rules.Severity) *rules.Rule {
	return &rules.Rule{ID: provider + "-key", Name: provider + " key", Provider: &rules.Provider{ID: provider, Name: provider}, Severity: severity}
}

// seen records that a scan saw a secret at a place, with a verdict; since is when
// the place came to be, if that is known.
func (b *book) seen(days float64, name string, r *rules.Rule, state verify.State, since time.Time, path string) {
	b.t.Helper()
	b.now = on(days)
	_, err := b.l.Record(b.t.Context(), &scanner.Result{RulesetHash: "r1", Secrets: []scanner.Secret{{
		Fingerprint: name, Rule: r, Severity: r.Severity, Redacted: "key***", Verdict: verify.Verdict{State: state},
		Occurrences: []scanner.Occurrence{{Kind: scanner.InGit, Repository: "https://git.acme.com/shop", Path: path, Date: since}},
	}}}, b.now)
	b.must(err)
}

// scanned records a scan that found nothing.
func (b *book) scanned(days float64, sources ...*scanner.Coverage) {
	b.t.Helper()
	_, err := b.l.Record(b.t.Context(), &scanner.Result{RulesetHash: "r1", Coverage: sources}, on(days))
	b.must(err)
}

// source is what a scan read of a source, with gaps.
func source(name string, commits int64, gaps ...string) *scanner.Coverage {
	c := scanner.NewCoverage(name, scanner.InGit)
	c.Count("commits", commits)
	for _, g := range gaps {
		c.Gap(g, "it cannot be read", "fetch it anew")
	}
	return c
}

// owned gives a secret owners, the first first.
func (b *book) owned(name string, owners ...string) {
	b.t.Helper()
	var all []ledger.Owner
	for _, o := range owners {
		all = append(all, ledger.Owner{Kind: "team", Name: o, Evidence: "CODEOWNERS line 1"})
	}
	b.must(b.l.SetOwners(b.t.Context(), b.l.ID(name), all))
}

func (b *book) acknowledged(days float64, name string) {
	b.t.Helper()
	b.now = on(days)
	b.must(b.l.Acknowledge(b.t.Context(), b.l.ID(name), "ada", "on it"))
}

func (b *book) rotated(days float64, name string) {
	b.t.Helper()
	b.now = on(days)
	b.must(b.l.Rotate(b.t.Context(), b.l.ID(name), "ada", "version 2 of the entry"))
}

// closed has the secret closed as dead at once after its last verdict.
func (b *book) closed(days float64, name string) {
	b.t.Helper()
	b.now = on(days)
	_, err := b.l.CloseDead(b.t.Context(), b.l.ID(name), "issues sync", time.Hour)
	b.must(err)
}

func (b *book) accepted(days float64, name string, until float64) {
	b.t.Helper()
	b.now = on(days)
	b.must(b.l.Accept(b.t.Context(), b.l.ID(name), "ada", "a test account", on(until)))
}

func (b *book) falsePositive(days float64, name string) {
	b.t.Helper()
	b.now = on(days)
	b.must(b.l.FalsePositive(b.t.Context(), b.l.ID(name), "ada", "a checksum"))
}

// The window of the sample, in days: it begins long after the first events.
const sampleSince, sampleNow = 10, 40

// sample is a ledger of twelve secrets whose figures TestSample has worked out by
// hand. Deadlines are those of ledger.DefaultPolicy: of a critical secret 1 day if it
// is live and 3 else, of a high one 3 and 7, of a medium one 7 and 30, of a low one
// 30 and 90.
func sample(t testing.TB) *book {
	b := newBook(t)
	aws, git, db := kind("aws", rules.Critical), kind("github", rules.High), kind("postgres", rules.Medium)
	const live, dead, unknown, none = verify.Live, verify.Dead, verify.Unknown, verify.Unverified

	// 1: all before the window.
	b.seen(2, "s01", aws, live, on(0), "a")
	b.seen(4, "s01", aws, dead, on(0), "a")
	b.seen(5, "s01", aws, dead, on(0), "a")
	b.closed(5, "s01")
	// 2: found before the window, dead in it.
	b.seen(4, "s02", aws, live, on(1), "a")
	b.acknowledged(5, "s02")
	b.rotated(12, "s02")
	b.seen(14, "s02", aws, dead, on(1), "a")
	b.seen(15, "s02", aws, dead, on(1), "a")
	b.closed(16, "s02")
	// 3: dead in the window, and leaked again.
	b.seen(11, "s03", git, live, on(9), "a")
	b.acknowledged(12, "s03")
	b.seen(13, "s03", git, dead, on(9), "a")
	b.seen(14, "s03", git, dead, on(9), "a")
	b.closed(14, "s03")
	b.seen(20, "s03", git, live, on(9), "b")
	// 4: live, and the deadline has passed.
	b.seen(30, "s04", aws, live, on(18), "a")
	// 5: was live, and the issuer did not answer since.
	b.seen(35, "s05", git, live, on(35), "a")
	b.seen(36, "s05", git, unknown, on(35), "a")
	b.acknowledged(38, "s05")
	// 6: nobody could say, within its deadline.
	b.seen(38, "s06", db, unknown, on(37), "a")
	// 7: dead once, not closed.
	b.seen(20, "s07", db, live, on(19), "a")
	b.seen(22, "s07", db, dead, on(19), "a")
	// 8: accepted, and live.
	b.seen(15, "s08", git, live, on(14), "a")
	b.accepted(16, "s08", 100)
	// 9: a false positive.
	b.seen(15, "s09", db, none, on(12), "a")
	b.falsePositive(17, "s09")
	// 10: dead in the window, without a date of its place.
	b.seen(24, "s10", git, live, time.Time{}, "a")
	b.rotated(25, "s10")
	b.seen(26, "s10", git, dead, time.Time{}, "a")
	b.seen(27, "s10", git, dead, time.Time{}, "a")
	b.closed(28, "s10")
	// 11: found just when the window begins.
	b.seen(10, "s11", db, none, on(4), "a")
	// 12: found just when the window ends: it is in the next one.
	b.seen(40, "s12", aws, live, on(1), "a")

	for i, owner := range []string{"@acme/payments", "@acme/payments", "@acme/web", "@acme/payments", "@acme/web", "", "@acme/data", "@acme/web", "@acme/data", "@acme/web", ""} {
		if owner != "" {
			b.owned(fmt.Sprintf("s%02d", i+1), owner, "@ada")
		}
	}
	b.keptSample()
	b.scanned(9, source("history of shop", 10), source("logs of shop", 1))
	b.scanned(12, source("history of shop", 12, "blob 1", "blob 2"))
	b.scanned(30, source("history of shop", 15, "blob 2"), source("history of web", 7))
	return b
}

// keptSample has two managers read: a vault on day 39, long after a first time on day
// 1, and the secrets of a repository on day 30. Two of the entries leaked: s04, which
// the vault still holds, and s10, which it held.
func (b *book) keptSample() {
	const vault, github, shop = "vault https://vault.acme.example secret/", "github acme/shop", "https://git.acme.com/shop"
	entry := func(manager, name, owner string, created, updated float64, values ...ledger.KeptValue) ledger.Kept {
		k := ledger.Kept{Keeper: scanner.Keeper{Manager: manager, Entry: name, Owner: owner}, Created: on(created), Updated: on(updated), Values: values}
		if manager == github {
			k.Repository, k.Name = shop, name
		}
		return k
	}
	b.synced(1, vault, entry(vault, "secret/gone#key", "payments", -900, -900), entry(vault, "secret/web/github#token", "@acme/web", -20, -20, b.valueOf("s10")))
	undated := entry(vault, "secret/old#key", "", 0, 0)
	undated.Created, undated.Updated = time.Time{}, time.Time{}
	leased := undated
	leased.Entry, leased.Rotation = "database/roles/shop", "issued per lease, ttl 1h"
	b.synced(39, vault,
		entry(vault, "secret/shop/aws#key", "payments", -500, -400, b.valueOf("s04")),
		entry(vault, "secret/shop/stripe#key", "payments", -100, -100),
		entry(vault, "secret/web/github#token", "@acme/web", -20, 25),
		undated, leased)
	b.synced(30, github, entry(github, "DEPLOY_KEY", "", -800, -800), entry(github, "NEW_KEY", "", 29, 29))
}

// synced records that a manager was read.
func (b *book) synced(days float64, manager string, entries ...ledger.Kept) {
	b.t.Helper()
	_, err := b.l.SyncKept(b.t.Context(), manager, entries, on(days))
	b.must(err)
}

// valueOf is a value that is a secret of the ledger.
func (b *book) valueOf(name string) ledger.KeptValue {
	return ledger.KeptValue{Value: known.Value{Print: name}, Secret: b.l.ID(name)}
}

func figuresOf(t testing.TB, b *book, since, now float64) *Outcomes {
	t.Helper()
	o, err := Compute(t.Context(), b.l, on(since), on(now), DefaultStale)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
