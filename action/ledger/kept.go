package ledger

import (
	"context"
	"time"

	"github.com/leakguard/leakguard/detectors/known"
	"github.com/leakguard/leakguard/scanner"
)

// Kept is an entry of a secrets manager as it was when it was last read: what it is
// called and whose it is, never its value.
type Kept struct {
	scanner.Keeper

	// Repository and Name are those of a secret of a CI system, whose value nobody
	// can read back: the web page of the repository or organisation in which it
	// holds, and the name by which jobs use it.
	Repository string `json:"repository,omitempty"`
	Name       string `json:"name,omitempty"`

	Version  string    `json:"version,omitempty"`
	Rotation string    `json:"rotation,omitempty"` // what the manager does by itself: "every 30 days"
	Created  time.Time `json:"createdAt,omitzero"`
	Updated  time.Time `json:"updatedAt,omitzero"` // when its value was last set
	Synced   time.Time `json:"syncedAt,omitzero"`  // when a reading last saw it
	GoneAt   time.Time `json:"goneAt,omitzero"`    // when one did not see it any more

	// Values are what is known of its values; none if they cannot be read. Only
	// SyncKept takes them, and nothing returns them.
	Values []KeptValue `json:"-"`
}

// KeptValue is what is known of a value that an entry has, or had.
type KeptValue struct {
	known.Value
	Secret string    // the id that it has in the ledger, should it leak
	Until  time.Time // when another value took its place; zero: it is the entry's value
}

// Keeping computes what is to be known of values.
type Keeping struct {
	ledger  *Ledger
	printer *known.Printer
	secrets map[string]string // ids by print, of values that the ledger knows
}

// Keeping starts the reading of a secrets manager.
func (l *Ledger) Keeping(ctx context.Context) (*Keeping, error) {
	k := &Keeping{l, l.printer(), map[string]string{}}
	err := l.read(ctx, func(tx *tx) error {
		return tx.Each("SELECT print, secret FROM ledger_kept_value", nil, func(scan func(...any) error) error {
			var print, secret string
			err := scan(&print, &secret)
			k.secrets[print] = secret
			return err
		})
	})
	return k, err
}

func (l *Ledger) printer() *known.Printer { return known.NewPrinter(l.mac("known", "")) }

// Of returns what is to be known of a value; ok is false for one that is too short to
// be recognised. It takes some 30 ms for a guessable value that is new.
func (k *Keeping) Of(value []byte) (v KeptValue, ok bool) {
	if v.Value, ok = k.printer.Of(value); !ok {
		return v, false
	}
	if v.Secret = k.secrets[v.Print]; v.Secret == "" {
		v.Secret = k.ledger.ID(scanner.Fingerprint(value))
	}
	return v, true
}

// Known recognises what secrets managers hold.
type Known struct {
	Set     *known.Set
	keepers [][]scanner.Keeper // by the index in Set
}

// Known returns what all managers hold or held. It is nil if nothing is known.
func (l *Ledger) Known(ctx context.Context) (*Known, error) {
	var values []known.Value
	k := new(Known)
	err := l.read(ctx, func(tx *tx) error {
		query := `SELECT v.print, v.hint, v.length, v.spaced, k.manager, k.entry, k.link, k.owner FROM ledger_kept_value v
			JOIN ledger_kept k ON k.manager = v.manager AND k.entry = v.entry ORDER BY v.print, v.until <> 0, k.manager, k.entry`
		return tx.Each(query, nil, func(scan func(...any) error) error {
			var v known.Value
			var keeper scanner.Keeper
			var spaced int
			if err := scan(&v.Print, &v.Hint, &v.Length, &spaced, &keeper.Manager, &keeper.Entry, &keeper.Link, &keeper.Owner); err != nil {
				return err
			}
			v.Spaced = spaced != 0
			if n := len(values); n > 0 && values[n-1].Print == v.Print {
				k.keepers[n-1] = append(k.keepers[n-1], keeper)
				return nil
			}
			values = append(values, v)
			k.keepers = append(k.keepers, []scanner.Keeper{keeper})
			return nil
		})
	})
	if err != nil || len(values) == 0 {
		return nil, err
	}
	k.Set = known.NewSet(l.printer(), values)
	return k, nil
}

// Find returns the entries that hold a value, or held it.
func (k *Known) Find(value []byte) []scanner.Keeper {
	i, ok := k.Set.Find(value)
	if !ok {
		return nil
	}
	return append([]scanner.Keeper(nil), k.keepers[i]...)
}

// Inventory lists all entries that are known.
func (l *Ledger) Inventory(ctx context.Context) ([]Kept, error) {
	var all []Kept
	err := l.read(ctx, func(tx *tx) error {
		return tx.Each("SELECT "+keptColumns+" FROM ledger_kept k ORDER BY manager, entry", nil, func(scan func(...any) error) error {
			k, err := scanKept(scan)
			all = append(all, k)
			return err
		})
	})
	return all, err
}

const keptColumns = `k.manager, k.entry, k.link, k.owner, k.repository, k.name, k.version, k.rotation, k.created_at, k.updated_at, k.synced_at, k.gone_at`

// scanKept reads keptColumns, and then what more there is.
func scanKept(scan func(...any) error, more ...any) (Kept, error) {
	var k Kept
	var created, updated, synced, gone int64
	err := scan(append([]any{&k.Manager, &k.Entry, &k.Link, &k.Owner, &k.Repository, &k.Name, &k.Version, &k.Rotation, &created, &updated, &synced, &gone}, more...)...)
	k.Created, k.Updated, k.Synced, k.GoneAt = timeOf(created), timeOf(updated), timeOf(synced), timeOf(gone)
	return k, err
}
