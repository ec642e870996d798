package outcomes

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

func pageOf(t *testing.T, b *book, since, now float64) Page {
	t.Helper()
	p, err := NewPage(t.Context(), b.l, figuresOf(t, b, since, now))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestBurndown compares with numbers that were worked out by hand. Each day ends 15
// hours after the time of on.
func TestBurndown(t *testing.T) {
	b := newBook(t)
	high := kind("github", rules.High) // 3 days if live, else 7
	b.seen(1, "late", high, verify.Live, time.Time{}, "a")
	b.seen(1, "again", high, verify.Live, time.Time{}, "a")
	b.seen(2, "again", high, verify.Dead, time.Time{}, "a")
	b.seen(2, "slow", high, verify.Unknown, time.Time{}, "a")
	b.seen(3, "again", high, verify.Dead, time.Time{}, "a")
	b.closed(3, "again")
	b.seen(5, "late", high, verify.Dead, time.Time{}, "a")
	b.seen(6, "late", high, verify.Dead, time.Time{}, "a")
	b.closed(6, "late")
	b.seen(8, "again", high, verify.Live, time.Time{}, "a")
	b.seen(10, "not yet", high, verify.Live, time.Time{}, "a")

	var got []string
	for _, d := range pageOf(t, b, 0, 10).Burndown {
		open := "–"
		if d.Open != nil {
			open = fmt.Sprint(*d.Open)
		}
		got = append(got, fmt.Sprintf("%s %s %d", d.Date[5:], open, d.InTime))
	}
	want := []string{
		"08-03 0 0", "08-04 2 2", "08-05 3 3", "08-06 2 2", "08-07 2 1", "08-08 2 1", "08-09 1 1", "08-10 1 1", "08-11 2 2",
		"08-12 2 1", "08-13 2 1", // until now
		"08-14 – 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("day, open, in time:\n%q, want\n%q", got, want)
	}
}

// TestBurndownAhead wants the days to come to end, however far the last deadline is.
func TestBurndownAhead(t *testing.T) {
	for _, tt := range []struct {
		severity rules.Severity
		days     int // to come: 3 days, 90 days, more than are shown
	}{{rules.Critical, 3}, {rules.Low, 90}, {rules.Info, maxAhead}} {
		b := newBook(t)
		b.seen(0, "s", kind("acme", tt.severity), verify.Unknown, time.Time{}, "a")
		all := pageOf(t, b, 0, 0.5).Burndown
		ahead := len(all) - 1
		if ahead != tt.days {
			t.Errorf("%s: %d days to come, want %d", tt.severity, ahead, tt.days)
		}
	}
}

func TestRow(t *testing.T) {
	b := newBook(t)
	b.now = on(1)
	found := scanner.Secret{
		Fingerprint: "s", Rule: kind("aws", rules.High), Severity: rules.High, Redacted: "key***", Name: "API_KEY",
		Verdict: verify.Verdict{State: verify.Live, Evidence: "its account", Access: verify.Admin, Identity: verify.Identity{ID: "7", Name: "bot", Account: "acme", Kind: "machine"}},
	}
	for i := range maxPlaces + 3 {
		found.Occurrences = append(found.Occurrences, scanner.Occurrence{
			Kind: scanner.InGit, Repository: fmt.Sprint("https://git.acme.com/", i%2), Path: fmt.Sprint("f", i), Region: scanner.Region{StartLine: 4},
			Link: "https://git.acme.com/x", Author: "Ada", Date: on(0),
		})
	}
	_, err := b.l.Record(t.Context(), &scanner.Result{Secrets: []scanner.Secret{found}}, b.now)
	b.must(err)
	b.owned("s", "@acme/web", "@ada")
	id := b.l.ID("s")
	b.must(b.l.SetIssue(t.Context(), id, ledger.Issue{Tracker: "github", Project: "acme/security", Number: 7, URL: "https://git.acme.com/7", Open: true}, "issue opened", ""))
	b.seen(3, "s", found.Rule, verify.Unknown, on(0), "f1")

	p := pageOf(t, b, 2, 5)
	if len(p.Rows) != 1 || len(p.Rows[0].Places) != maxPlaces {
		t.Fatalf("%d rows", len(p.Rows))
	}
	r := p.Rows[0]
	r.Places, r.Repositories = nil, nil // their order is that of ids
	want := Row{
		ID: id, Rule: "aws-key", RuleName: "aws key", Provider: "aws", Severity: "high", Redacted: "key***", Name: "API_KEY", State: "open",
		Verdict: "unknown", VerdictAt: on(3).UnixMilli(), Live: true, Owner: "@acme/web",
		Owners: []string{"@acme/web: CODEOWNERS line 1", "@ada: CODEOWNERS line 1"}, ExposedSince: on(0).UnixMilli(), ExposedDays: 5,
		FoundAt: on(1).UnixMilli(), Deadline: on(4).UnixMilli(), Issue: &Link{"acme/security#7", "https://git.acme.com/7"}, Occurrences: maxPlaces + 4,
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
}

func TestIdentityOf(t *testing.T) {
	for _, tt := range []struct {
		in   verify.Identity
		want string
	}{
		{verify.Identity{}, ""},
		{verify.Identity{ID: "7"}, "7"},
		{verify.Identity{ID: "7", Name: "bot", Account: "acme", Kind: "machine"}, "bot of acme, machine"},
		{verify.Identity{Account: "acme", Kind: "machine"}, "acme, machine"},
		{verify.Identity{Name: "acme", Account: "acme"}, "acme"},
		{verify.Identity{Kind: "person"}, ""},
	} {
		if got := identityOf(tt.in); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestWhereOf(t *testing.T) {
	line := scanner.Region{StartLine: 3}
	for _, tt := range []struct {
		in   scanner.Occurrence
		want string
	}{
		{scanner.Occurrence{Kind: scanner.InGit, Path: "a.env", Region: line}, "a.env:3"},
		{scanner.Occurrence{Kind: scanner.InGit, Field: "message", Region: line}, "message:3"},
		{scanner.Occurrence{Kind: scanner.InFile, Path: "a.zip!b"}, "a.zip!b"},
		{scanner.Occurrence{Kind: scanner.InLog, Run: "7", Job: "build", Step: "test"}, "run 7, job build, step test"},
		{scanner.Occurrence{Kind: scanner.InVariable, Variable: "KEY", Scope: "environment production"}, "variable KEY, of environment production"},
		{scanner.Occurrence{Kind: scanner.InStdin}, "stdin"},
	} {
		if got := whereOf(&tt.in); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestWebAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://git.acme.com/a?b#L1": "https://git.acme.com/a?b#L1",
		"http://git.acme.com/":        "http://git.acme.com/",
		"javascript:alert(1)":         "",
		"JavaScript://git.acme.com/":  "",
		"data:text/html,x":            "",
		"file:///etc/passwd":          "",
		"//git.acme.com/a":            "",
		"https:///a":                  "",
		"/a":                          "",
		"ht\ntps://git.acme.com":      "",
		"":                            "",
	} {
		if got := webAddress(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
