// Package outcomes computes from the ledger what became of leaked secrets: how many
// are open and live, how long it takes to find, rotate and revoke them, how long
// they were exposed, and what was scanned at all. docs/outcomes.md defines each
// figure.
package outcomes

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
)

// Outcomes are the figures of a ledger, of a window of time that holds Since and
// does not hold Now. What is counted now is counted just before Now; owners,
// severities and deadlines are those that the ledger has.
type Outcomes struct {
	Since time.Time
	Now   time.Time

	All        Figures
	Teams      []Group // by the first owner
	Providers  []Group
	Severities []Group // the worst first; the other lists are sorted by name

	Daily    []Day            // the oldest first
	Exposed  []SecretExposure // in the window, the longest first
	Kept     Kept
	Coverage Coverage
}

// Group is the figures of the secrets of one team, provider or severity.
type Group struct {
	Name    string  `json:"name"`
	Figures Figures `json:"figures"`
}

// Nobody is the team of secrets that have no owner.
const Nobody = "nobody"

// window is a stretch of time that holds since and does not hold now.
type window struct{ since, now time.Time }

func (w window) has(t time.Time) bool { return !t.Before(w.since) && t.Before(w.now) }

// Compute reads the ledger and computes the figures of the time from since until
// now. A kept value that was set longer ago than stale counts as stale. It is an error
// if the window is no time at all.
func Compute(ctx context.Context, l *ledger.Ledger, since, now time.Time, stale time.Duration) (*Outcomes, error) {
	if !since.Before(now) {
		return nil, fmt.Errorf("outcomes: %s is not before %s", since.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	w := window{since.UTC(), now.UTC()}
	secrets, err := l.History(ctx, ledger.Filter{})
	if err != nil {
		return nil, err
	}
	scans, err := l.Scans(ctx, w.since)
	if err != nil {
		return nil, err
	}
	inventory, err := l.Inventory(ctx)
	if err != nil {
		return nil, err
	}
	return compute(secrets, scans, keptOf(inventory, stale, w), w), nil
}

func compute(secrets []ledger.History, scans []ledger.Scan, kept Kept, w window) *Outcomes {
	o := &Outcomes{Since: w.since, Now: w.now, Kept: kept, Coverage: coverageOf(scans, w)}
	known := &leaks{map[entryName][]string{}, map[entryName]bool{}}
	days := newDays(w)
	teams, providers, severities := groups{}, groups{}, groups{}
	for i := range secrets {
		h := &secrets[i]
		if !h.FoundAt.Before(w.now) {
			continue
		}
		t := replay(h, w.now)
		for _, f := range []*Figures{&o.All, teams.of(teamOf(h)), providers.of(h.Provider), severities.of(h.Severity)} {
			f.add(&t, w)
		}
		days.add(&t)
		o.Kept.leaked(&t, w, known)
		if e := t.exposure(w); e.Days > 0 {
			o.Exposed = append(o.Exposed, e)
		}
	}
	o.Kept.tie(known)
	o.All.settle()
	o.Teams, o.Providers, o.Severities = teams.sorted(byName), providers.sorted(byName), severities.sorted(worstFirst)
	o.Daily = days.settle()
	slices.SortFunc(o.Exposed, func(a, b SecretExposure) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), strings.Compare(a.Secret, b.Secret))
	})
	return o
}

// teamOf is the first owner of a secret.
func teamOf(h *ledger.History) string {
	if len(h.Owners) == 0 || h.Owners[0].Kind == Nobody {
		return Nobody
	}
	return cmp.Or(h.Owners[0].Name, Nobody)
}

// groups are figures by the name of what they are of.
type groups map[string]*Figures

func (g groups) of(name string) *Figures {
	f := g[name]
	if f == nil {
		f = new(Figures)
		g[name] = f
	}
	return f
}

func (g groups) sorted(compare func(a, b string) int) []Group {
	all := make([]Group, 0, len(g))
	for _, name := range slices.SortedFunc(maps.Keys(g), compare) {
		f := g[name]
		f.settle()
		all = append(all, Group{name, *f})
	}
	return all
}

func byName(a, b string) int { return strings.Compare(a, b) }

func worstFirst(a, b string) int {
	var x, y rules.Severity // zero, and so last, where the ledger has another word
	_ = x.UnmarshalText([]byte(a))
	_ = y.UnmarshalText([]byte(b))
	return cmp.Or(cmp.Compare(y, x), strings.Compare(a, b))
}
