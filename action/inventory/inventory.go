// Package inventory reads what secrets managers hold: which entries there are, whose
// they are, and when each was last set. Of values it keeps only what the ledger needs
// to recognise them again (see ledger.Keeping): no value leaves this process, and none
// stays in it.
//
// A reading is one walk through a manager, made by Vault.Read or GitHub; Sync brings
// the ledger up to date with it, and List tells what the ledger knows.
package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner"
)

// Reading is what a walk through a secrets manager brought.
type Reading struct {
	Parts []Part

	// Whole is what the managers of all parts that there are begin with. It is "" if
	// there may be more of them than Parts.
	Whole string

	Skipped map[Skip]int // values that are not looked for, by the reason
	Gaps    []scanner.Gap
}

// Part is what is read, and known, by itself: an engine of a vault, a repository.
type Part struct {
	Manager string // as the ledger names it: "vault https://vault.acme.example secret/"
	Entries []ledger.Kept
	Unread  []string // what the entries begin with that could not be read; "" is all
}

// Report is what a reading changed.
type Report struct {
	Parts   []Synced
	Leaked  int // secrets of the ledger that an entry that was read now holds or held
	Skipped map[Skip]int
	Gaps    []scanner.Gap
}

// Synced is what became of one part.
type Synced struct {
	Manager string
	ledger.KeptSum
}

// Sync brings the ledger up to date with a reading that began at a time. A part of
// which something known could not be read again stays as it was: what was not seen is
// neither gone nor rotated.
func Sync(ctx context.Context, l *ledger.Ledger, r *Reading, at time.Time) (*Report, error) {
	all, err := l.Inventory(ctx)
	if err != nil {
		return nil, err
	}
	report := &Report{Skipped: r.Skipped, Gaps: slices.Clone(r.Gaps)}
	known, leaked := present(all), map[string]bool{}
	for _, p := range inOrder(r, known) {
		if n, such := p.missed(known[p.Manager]); n > 0 {
			report.Gaps = append(report.Gaps, scanner.Gap{
				What:  p.Manager,
				Why:   fmt.Sprintf("%d entries that are known, such as %s, could not be read again: what is known of all of it stays as it was", n, such),
				Fix:   "close the other gaps and run it again",
				Count: n,
			})
			continue
		}
		if len(p.Entries)+len(known[p.Manager]) == 0 {
			continue // one of the many repositories without a secret
		}
		sum, err := l.SyncKept(ctx, p.Manager, p.Entries, at)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Manager, err)
		}
		report.Parts = append(report.Parts, Synced{p.Manager, sum})
		for _, id := range sum.Leaked {
			leaked[id] = true
		}
	}
	report.Leaked = len(leaked)
	slices.SortFunc(report.Parts, func(a, b Synced) int { return cmp.Compare(a.Manager, b.Manager) })
	return report, nil
}

// present lists the known entries of each manager that its last reading saw.
func present(all []ledger.Kept) map[string][]ledger.Kept {
	known := map[string][]ledger.Kept{}
	for _, k := range all {
		if k.GoneAt.IsZero() {
			known[k.Manager] = append(known[k.Manager], k)
		}
	}
	return known
}

// inOrder lists the parts, with an empty one for each that is gone. Those that lost
// most come last: a value that moved from one part to another is then known in its new
// place before it is seen to be gone from the old one, and is not taken for rotated.
func inOrder(r *Reading, known map[string][]ledger.Kept) []Part {
	parts := slices.Clone(r.Parts)
	read := map[string]bool{}
	for _, p := range parts {
		read[p.Manager] = true
	}
	for manager := range known {
		if r.Whole != "" && strings.HasPrefix(manager, r.Whole) && !read[manager] {
			parts = append(parts, Part{Manager: manager})
		}
	}
	lost := map[string]int{}
	for _, p := range parts {
		lost[p.Manager] = p.lost(known[p.Manager])
	}
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(lost[a.Manager], lost[b.Manager]), cmp.Compare(a.Manager, b.Manager))
	})
	return parts
}

// lost counts the known entries that a part has no more.
func (p *Part) lost(known []ledger.Kept) int {
	there := map[string]bool{}
	for i := range p.Entries {
		there[p.Entries[i].Entry] = true
	}
	n := 0
	for i := range known {
		if !there[known[i].Entry] {
			n++
		}
	}
	return n
}

// missed counts the known entries that lie in what could not be read, and names one.
func (p *Part) missed(known []ledger.Kept) (n int, such string) {
	for i := range known {
		entry := known[i].Entry
		if slices.ContainsFunc(p.Unread, func(begin string) bool { return strings.HasPrefix(entry, begin) }) {
			n++
			such = cmp.Or(such, entry)
		}
	}
	return n, such
}

// gap adds something that could not be read.
func (r *Reading) gap(what, why, fix string) {
	r.Gaps = append(r.Gaps, scanner.Gap{What: what, Why: why, Fix: fix, Count: 1})
}

// skip counts a value that is not looked for.
func (r *Reading) skip(why Skip) {
	if r.Skipped == nil {
		r.Skipped = map[Skip]int{}
	}
	r.Skipped[why]++
}
