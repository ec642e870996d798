package inventory

import (
	"context"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
)

// Listed is an entry as the ledger knows it.
type Listed struct {
	ledger.Kept
	Gone   bool     `json:"gone,omitempty"` // the last reading of its manager did not see it
	Leaked []Leaked `json:"leaked,omitempty"`
}

// Leaked is a secret of the ledger that an entry holds, or held.
type Leaked struct {
	ID     string       `json:"id"`
	State  ledger.State `json:"state"`
	ByName bool         `json:"byName,omitempty"` // by name and repository alone
	Until  time.Time    `json:"until,omitzero"`   // when the entry got another value
}

// List tells what is known of all managers, by manager and entry. With stale, which is
// how long ago an entry's value was last set at least, only of the entries that are
// there and of which that is known.
func List(ctx context.Context, l *ledger.Ledger, stale time.Duration, now time.Time) ([]Listed, error) {
	all, err := l.Inventory(ctx)
	if err != nil {
		return nil, err
	}
	histories, err := l.History(ctx, ledger.Filter{})
	if err != nil {
		return nil, err
	}
	type address struct{ manager, entry string }
	leaked := map[address][]Leaked{}
	for i := range histories {
		h := &histories[i]
		for _, k := range h.Kept {
			at := address{k.Manager, k.Entry}
			leaked[at] = append(leaked[at], Leaked{h.ID, h.State, k.ByName, k.Until})
		}
	}
	list := []Listed{}
	for _, k := range all {
		gone := !k.GoneAt.IsZero()
		if stale > 0 && (gone || k.Updated.IsZero() || now.Sub(k.Updated) < stale) {
			continue
		}
		list = append(list, Listed{k, gone, leaked[address{k.Manager, k.Entry}]})
	}
	return list, nil
}
