package inventory_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/inventory"
	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

var update = flag.Bool("update", false, "write the golden files")

// entry is one of a manager with these values, the last of them now.
func entry(t *testing.T, l *ledger.Ledger, name string, values ...string) ledger.Kept {
	t.Helper()
	k := ledger.Kept{Keeper: scanner.Keeper{Entry: name}}
	for _, v := range values {
		held, ok := keeping(t, l).Of([]byte(v))
		if !ok {
			t.Fatal("a value is too short")
		}
		k.Values = append(k.Values, held)
	}
	return k
}

// leak records that a value was found, and returns the id of the secret.
func leak(t *testing.T, l *ledger.Ledger, value string, at time.Time) string {
	t.Helper()
	s := scanner.Secret{
		Fingerprint: scanner.Fingerprint([]byte(value)), Severity: rules.High, Redacted: "ghp_***", Verdict: verify.Verdict{State: verify.Live},
		Rule:        &rules.Rule{ID: "github-pat", Name: "GitHub token", Provider: &rules.Provider{ID: "github"}, Severity: rules.High},
		Occurrences: []scanner.Occurrence{{Kind: scanner.InGit, Repository: "https://github.com/acme/web", Path: "a.env"}},
	}
	if _, err := l.Record(t.Context(), &scanner.Result{Secrets: []scanner.Secret{s}}, at); err != nil {
		t.Fatal(err)
	}
	return l.ID(s.Fingerprint)
}

func syncAt(t *testing.T, l *ledger.Ledger, r *inventory.Reading, at time.Time) *inventory.Report {
	t.Helper()
	report, err := inventory.Sync(t.Context(), l, r, at)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// What a manager does not hold any more is rotated; what was only not seen is not.
func TestSync(t *testing.T) {
	for name, c := range map[string]struct {
		parts         func(e ledger.Kept) []inventory.Part
		whole         string
		rotated, gaps int
	}{
		"still there": {parts: func(e ledger.Kept) []inventory.Part {
			return []inventory.Part{{Manager: "m a/", Entries: []ledger.Kept{e}}}
		}},
		"gone": {parts: func(ledger.Kept) []inventory.Part { return []inventory.Part{{Manager: "m a/"}} }, rotated: 1},
		"not read": {parts: func(ledger.Kept) []inventory.Part {
			return []inventory.Part{{Manager: "m a/", Unread: []string{"shop/"}}}
		}, gaps: 1},
		"something else not read": {parts: func(ledger.Kept) []inventory.Part {
			return []inventory.Part{{Manager: "m a/", Unread: []string{"hr/"}}}
		}, rotated: 1},
		"moved to another part": {parts: func(e ledger.Kept) []inventory.Part {
			return []inventory.Part{{Manager: "m a/"}, {Manager: "m b/", Entries: []ledger.Kept{e}}}
		}},
		"part not asked for": {parts: func(ledger.Kept) []inventory.Part { return nil }},
		"part gone":          {parts: func(ledger.Kept) []inventory.Part { return nil }, whole: "m ", rotated: 1},
		"of another manager": {parts: func(ledger.Kept) []inventory.Part { return nil }, whole: "n "},
	} {
		t.Run(name, func(t *testing.T) {
			l, start := openLedger(t), time.Now()
			e := entry(t, l, "shop/key#value", expand(t, "ghp_${alnum:36}", 1))
			syncAt(t, l, &inventory.Reading{Parts: []inventory.Part{{Manager: "m a/", Entries: []ledger.Kept{e}}}}, start)
			leak(t, l, expand(t, "ghp_${alnum:36}", 1), start)
			report := syncAt(t, l, &inventory.Reading{Parts: c.parts(e), Whole: c.whole}, start.Add(time.Hour))
			rotated := 0
			for _, p := range report.Parts {
				rotated += p.Rotated
			}
			if rotated != c.rotated || len(report.Gaps) != c.gaps {
				t.Errorf("%d rotated, want %d; gaps %+v", rotated, c.rotated, report.Gaps)
			}
		})
	}
}

// A repository that has no secret leaves no trace.
func TestSyncEmpty(t *testing.T) {
	l := openLedger(t)
	report := syncAt(t, l, &inventory.Reading{Parts: []inventory.Part{{Manager: "github acme/empty"}}}, time.Now())
	if len(report.Parts) != 0 || len(listed(t, l)) != 0 {
		t.Errorf("%+v", report)
	}
}

func TestList(t *testing.T) {
	l, start := openLedger(t), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	value := expand(t, "ghp_${alnum:36}", 1)
	old := entry(t, l, "shop/stripe#api_key", value)
	old.Owner, old.Version, old.Updated = "payments", "3", start.AddDate(0, -6, 0)
	recent := entry(t, l, "shop/db#password", expand(t, "ghp_${alnum:36}", 2))
	recent.Updated = start.AddDate(0, 0, -1)
	role := ledger.Kept{Keeper: scanner.Keeper{Entry: "db/roles/app\x1b[31m"}, Rotation: "issued per lease, ttl 1h"}
	gone := entry(t, l, "shop/gone#token", expand(t, "ghp_${alnum:36}", 3))
	gone.Updated = start.AddDate(-1, 0, 0)
	named := ledger.Kept{Keeper: scanner.Keeper{Entry: "actions/STRIPE_KEY"}, Repository: "https://github.com/acme/web", Name: "STRIPE_KEY", Updated: start.AddDate(0, -6, 0)}
	read := func(at time.Time, entries ...ledger.Kept) {
		syncAt(t, l, &inventory.Reading{Parts: []inventory.Part{
			{Manager: "vault https://vault.acme.example secret/", Entries: entries}, {Manager: "github acme/web", Entries: []ledger.Kept{named}},
		}}, at)
	}
	read(start, old, recent, role, gone)
	id := leak(t, l, value, start)
	read(start.Add(time.Hour), old, recent, role)
	for name, stale := range map[string]time.Duration{"all": 0, "stale": 90 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			list, err := inventory.List(t.Context(), l, stale, start.Add(2*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := inventory.WriteList(&b, list); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", strings.ReplaceAll(b.String(), id, "lgk1-ID"))
		})
	}
}

func TestReportText(t *testing.T) {
	var b strings.Builder
	err := (&inventory.Report{
		Parts: []inventory.Synced{
			{Manager: "vault https://vault.acme.example secret/", KeptSum: ledger.KeptSum{Entries: 12, Values: 14, Gone: 1, Rotated: 1}},
			{Manager: "vault https://vault.acme.example team\n/", KeptSum: ledger.KeptSum{Entries: 1, Values: 1}},
		},
		Leaked:  2,
		Skipped: map[inventory.Skip]int{inventory.SkipShort: 7, inventory.SkipName: 5},
		Gaps:    []scanner.Gap{{What: "secret/hr/", Why: "GET https://vault.acme.example/v1/secret/metadata/hr/: 403 Forbidden", Fix: "give the token a policy"}},
	}).WriteText(&b)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s", path, got)
	}
}
