package outcomes

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
)

// DefaultStale is how long ago a value was set that is stale, where nothing else is
// said: NIST SP 800-57 Part 1 Rev. 5, 5.3.6, suggests one to two years for private
// keys that authenticate.
const DefaultStale = 365 * 24 * time.Hour

const (
	neverRotated = 90 * 24 * time.Hour // how old a value that was never replaced may be
	atCreation   = time.Minute         // after an entry's creation its first value was set, at most
	managerLate  = 7 * 24 * time.Hour  // since a manager was last read
	mostWorst    = 20                  // entries that are listed by name
)

// Kept is what secrets managers keep, as each of them was when it was last read: no
// history of that is known. What a manager has no more is not in it.
type Kept struct {
	Stale time.Duration // how long ago a value was set that is stale

	All          KeptFigures
	Owners       []KeptGroup // by name; Nobody for entries without one
	Repositories []KeptGroup // by the web page of those whose CI system keeps them
	Managers     []Manager   // by name
	Entries      []KeptEntry // the longest not set first, those without a date last

	InUse     int // leaked secrets that an entry still holds
	Rotations int // that a reading of a manager saw in the window
}

// KeptFigures are the figures of some entries.
type KeptFigures struct {
	Entries      int `json:"entries"`
	Stale        int `json:"stale"`
	NeverRotated int `json:"neverRotated"`
	Unknown      int `json:"unknown"` // when their value was set: neither stale nor fresh
}

// KeptGroup is the figures of the entries of one owner or repository.
type KeptGroup struct {
	Name    string      `json:"name"`
	Figures KeptFigures `json:"figures"`
}

// Manager is a secrets manager.
type Manager struct {
	Name   string    `json:"name"`
	Synced time.Time `json:"syncedAt"` // when it was last read
	Late   bool      `json:"late"`     // that is too long ago
}

// KeptEntry is an entry, and what is to be said of the age of its value.
type KeptEntry struct {
	ledger.Kept
	Age          time.Duration // of its value; no meaning if Updated is zero
	Stale        bool
	NeverRotated bool
	Unknown      bool

	Leaked []string // ids of the secrets that it holds or held
	InUse  bool     // it still holds one of them
}

// Late counts the managers that were last read too long ago.
func (k *Kept) Late() int {
	n := 0
	for _, m := range k.Managers {
		n += one(m.Late)
	}
	return n
}

// Worst are the entries that are stale or were never rotated, the oldest first, at
// most 20.
func (k *Kept) Worst() []KeptEntry {
	var all []KeptEntry
	for _, e := range k.Entries {
		if len(all) < mostWorst && (e.Stale || e.NeverRotated) {
			all = append(all, e)
		}
	}
	return all
}

// keptOf judges the entries of an inventory by their age.
func keptOf(inventory []ledger.Kept, stale time.Duration, w window) Kept {
	k := Kept{Stale: stale}
	last := lastRead(inventory)
	for _, e := range inventory {
		if e.GoneAt.IsZero() {
			k.Entries = append(k.Entries, judged(e, stale, w.now))
		}
	}
	owners, repositories := map[string]*KeptFigures{}, map[string]*KeptFigures{}
	for i := range k.Entries {
		e := &k.Entries[i]
		k.All.add(e)
		figuresNamed(owners, ownerOf(e)).add(e)
		if e.Repository != "" {
			figuresNamed(repositories, e.Repository).add(e)
		}
	}
	k.Owners, k.Repositories = keptGroups(owners), keptGroups(repositories)
	for name, at := range last {
		k.Managers = append(k.Managers, Manager{name, at, w.now.Sub(at) > managerLate})
	}
	slices.SortFunc(k.Managers, func(a, b Manager) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(k.Entries, func(a, b KeptEntry) int { // the inventory is by manager and entry
		if a.Updated.IsZero() != b.Updated.IsZero() {
			return one(a.Updated.IsZero()) - one(b.Updated.IsZero())
		}
		return a.Updated.Compare(b.Updated)
	})
	return k
}

func ownerOf(e *KeptEntry) string { return cmp.Or(e.Owner, Nobody) }

// lastRead is when each manager was last read: the newest of its entries tells.
func lastRead(inventory []ledger.Kept) map[string]time.Time {
	last := map[string]time.Time{}
	for _, e := range inventory {
		last[e.Manager] = later(later(last[e.Manager], e.Synced), e.GoneAt)
	}
	return last
}

// judged says what is known of the age of an entry's value. What the manager issues or
// rotates by itself need not have a date.
func judged(k ledger.Kept, stale time.Duration, now time.Time) KeptEntry {
	e := KeptEntry{Kept: k}
	if k.Updated.IsZero() {
		e.Unknown = k.Rotation == ""
		return e
	}
	e.Age = max(0, now.Sub(k.Updated))
	e.Stale = e.Age > stale
	e.NeverRotated = e.Age > neverRotated && !k.Created.IsZero() && !k.Updated.After(k.Created.Add(atCreation))
	return e
}

func (f *KeptFigures) add(e *KeptEntry) {
	f.Entries++
	f.Stale += one(e.Stale)
	f.NeverRotated += one(e.NeverRotated)
	f.Unknown += one(e.Unknown)
}

func figuresNamed(all map[string]*KeptFigures, name string) *KeptFigures {
	f := all[name]
	if f == nil {
		f = new(KeptFigures)
		all[name] = f
	}
	return f
}

func keptGroups(all map[string]*KeptFigures) []KeptGroup {
	groups := make([]KeptGroup, 0, len(all))
	for name, f := range all {
		groups = append(groups, KeptGroup{name, *f})
	}
	slices.SortFunc(groups, func(a, b KeptGroup) int { return strings.Compare(a.Name, b.Name) })
	return groups
}

// entryName is what an entry is known by.
type entryName struct{ manager, entry string }

// leaks ties entries to the secrets that leaked from them.
type leaks struct {
	secrets map[entryName][]string
	inUse   map[entryName]bool
}

// leaked counts a secret that an entry holds or held. A dead one, and what is no
// secret, is used by nobody.
func (k *Kept) leaked(t *timeline, w window, known *leaks) {
	inUse := false
	for i := range t.secret.Kept {
		keeper := &t.secret.Kept[i]
		at := entryName{keeper.Manager, keeper.Entry}
		known.secrets[at] = append(known.secrets[at], t.secret.ID)
		if holds := !keeper.ByName && keeper.Until.IsZero(); holds && t.state != ledger.Dead && t.state != ledger.FalsePositive {
			inUse, known.inUse[at] = true, true
		}
	}
	k.InUse += one(inUse)
	for _, e := range t.secret.Events {
		k.Rotations += one(e.Actor == "inventory" && e.Kind == "rotated" && w.has(e.At))
	}
}

// tie has each entry know the secrets that leaked from it.
func (k *Kept) tie(known *leaks) {
	for i := range k.Entries {
		e := &k.Entries[i]
		at := entryName{e.Manager, e.Entry}
		e.Leaked, e.InUse = known.secrets[at], known.inUse[at]
	}
}
