package ledger_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// keep syncs a manager that has one entry with these values, the last of them now.
func keep(t *testing.T, l *ledger.Ledger, at time.Time, k ledger.Kept, values ...string) ledger.KeptSum {
	t.Helper()
	keeping, err := l.Keeping(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	k.Values = nil
	for i, v := range values {
		known, ok := keeping.Of([]byte(v))
		if !ok {
			t.Fatal("a value is too short")
		}
		if i < len(values)-1 {
			known.Until = at.Add(-time.Minute)
		}
		k.Values = append(k.Values, known)
	}
	sum, err := l.SyncKept(t.Context(), k.Manager, []ledger.Kept{k}, at)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func historyOf(t *testing.T, l *ledger.Ledger, id string) *ledger.History {
	t.Helper()
	all, err := l.History(context.Background(), ledger.Filter{IDs: []string{id}})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d histories of %s: %v", len(all), id, err)
	}
	return &all[0]
}

// A vaulted value that leaked is tied to its entry, and is rotated once the entry has
// another one.
func TestKept(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		c := start()
		l := openAt(t, dsn, c)
		start := c.now
		value := rand.Text()
		entry := ledger.Kept{Keeper: scanner.Keeper{Manager: "vault https://vault.acme.example", Entry: "secret/shop/stripe#key", Owner: "payments"}}
		sum := keep(t, l, start, entry, value)
		if sum.Entries != 1 || sum.Values != 1 || sum.Leaked != nil || sum.Rotated != 0 {
			t.Errorf("first sync: %+v", sum)
		}
		known, err := l.Known(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := known.Find([]byte(value)); len(got) != 1 || got[0].Owner != "payments" {
			t.Errorf("the value is found in %d entries, want that of payments", len(got))
		}
		fingerprint := scanner.Fingerprint([]byte(value))
		record(t, l, c, result(verify.Live, map[string][]string{fingerprint: {"notes.txt"}}))
		id := l.ID(fingerprint)
		if h := historyOf(t, l, id); len(h.Kept) != 1 || !h.Kept[0].Until.IsZero() {
			t.Fatalf("kept: %+v", h.Kept)
		}
		if sum := keep(t, l, start.Add(time.Hour), entry, value); len(sum.Leaked) != 1 || sum.Rotated != 0 {
			t.Errorf("it still has the value: %+v", sum)
		}

		entry.Updated, entry.Version = start.Add(90*time.Minute), "2"
		if sum := keep(t, l, start.Add(2*time.Hour), entry, rand.Text()); sum.Rotated != 1 {
			t.Errorf("it has another value: %+v", sum)
		}
		h := historyOf(t, l, id)
		if !h.Rotated.Equal(entry.Updated) || h.State != ledger.Rotating {
			t.Errorf("rotated at %v, state %s", h.Rotated, h.State)
		}
		if last := h.Events[len(h.Events)-1]; last.Actor != "inventory" || !strings.Contains(last.Reason, entry.Entry) {
			t.Errorf("event %+v", last)
		}
		if sum := keep(t, l, start.Add(3*time.Hour), entry, rand.Text()); sum.Rotated != 0 {
			t.Errorf("rotated twice: %+v", sum)
		}
		if known, err = l.Known(t.Context()); err != nil || known.Find([]byte(value)) == nil {
			t.Error("the value that it had is not recognised any more")
		}
	})
}

// The values of a CI system's secrets cannot be read: name and time tell.
func TestKeptByName(t *testing.T) {
	const web = "https://github.com/acme/shop"
	start := start().now
	for name, c := range map[string]struct {
		repository, name string
		updated          time.Time
		linked           bool
		rotated          bool
	}{
		"set before":            {web, "STRIPE_KEY", start.Add(-time.Hour), true, false},
		"set since":             {web, "STRIPE_KEY", start.Add(time.Hour), true, true},
		"of the organisation":   {"https://github.com/acme", "STRIPE_KEY", start.Add(time.Hour), true, true},
		"of another":            {"https://github.com/acme/shop2", "STRIPE_KEY", start.Add(time.Hour), false, false},
		"of another name":       {web, "OTHER_KEY", start.Add(time.Hour), false, false},
		"of nowhere":            {"", "STRIPE_KEY", start.Add(time.Hour), false, false},
		"when is not known":     {web, "STRIPE_KEY", time.Time{}, true, false},
		"name of its variable":  {web, "PAY", start.Add(time.Hour), true, true},
		"part of that variable": {web, "env", start.Add(time.Hour), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			at := &clock{start}
			l := openAt(t, filepath.Join(t.TempDir(), "ledger.db"), at)
			res := result(verify.Live, map[string][]string{"lg1s-1": {".github/workflows/a.yml"}})
			s := &res.Secrets[0]
			s.Name = "STRIPE_KEY"
			s.Occurrences[0].Repository, s.Occurrences[0].Variable = web, "jobs.deploy.env.PAY"
			record(t, l, at, res)
			sum := keep(t, l, start.Add(2*time.Hour), ledger.Kept{
				Keeper: scanner.Keeper{Manager: "github acme", Entry: "actions secret"}, Repository: c.repository, Name: c.name, Updated: c.updated,
			})
			if (len(sum.Leaked) == 1) != c.linked || (sum.Rotated == 1) != c.rotated {
				t.Errorf("%+v", sum)
			}
			if h := historyOf(t, l, l.ID(s.Fingerprint)); len(h.Kept) != len(sum.Leaked) || h.Rotated.IsZero() == c.rotated {
				t.Errorf("kept %+v, rotated %v", h.Kept, h.Rotated)
			}
		})
	}
}

// An entry that is gone holds nothing more, and by its name nothing is found.
func TestKeptGone(t *testing.T) {
	c := start()
	l := openAt(t, filepath.Join(t.TempDir(), "ledger.db"), c)
	start, value := c.now, rand.Text()
	keep(t, l, start, ledger.Kept{Keeper: scanner.Keeper{Manager: "m", Entry: "a"}}, value)
	record(t, l, c, result(verify.Live, map[string][]string{scanner.Fingerprint([]byte(value)): {"notes.txt"}}))
	sum, err := l.SyncKept(t.Context(), "m", nil, start.Add(time.Hour))
	if err != nil || sum.Gone != 1 || sum.Rotated != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	all, err := l.Inventory(t.Context())
	if err != nil || len(all) != 1 || !all[0].Synced.Equal(start) || !all[0].GoneAt.Equal(start.Add(time.Hour)) {
		t.Errorf("inventory %+v, %v", all, err)
	}
}
