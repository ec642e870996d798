package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// KeptSum counts what a reading of a secrets manager brought.
type KeptSum struct {
	Entries, Gone int // entries there are, and that are there no more
	Values        int // values, of these entries, that are recognised if they leak
	Rotated       int // secrets of the ledger that are seen to be replaced now

	// Leaked are the ids of the secrets of the ledger that one of the entries holds or
	// held.
	Leaked []string
}

// SyncKept records what a manager holds at a time, in place of what it held before:
// all entries of it, or nothing if it fails. A value that an entry has no more is kept,
// for it may have leaked; a leaked secret whose entry has another value is rotated.
func (l *Ledger) SyncKept(ctx context.Context, manager string, list []Kept, at time.Time) (KeptSum, error) {
	var sum KeptSum
	err := l.write(ctx, func(tx *tx) error {
		sum = KeptSum{Entries: len(list)}
		for i := range list {
			if err := tx.keep(manager, &list[i], at, &sum); err != nil {
				return err
			}
		}
		err := tx.Row("SELECT count(*) FROM ledger_kept WHERE manager = ? AND synced_at < ? AND gone_at = 0", manager, millis(at)).Scan(&sum.Gone)
		if err != nil {
			return err
		}
		// What is gone holds no value any more; what it held is still recognised.
		if err := tx.Exec(`UPDATE ledger_kept_value SET until = ? WHERE manager = ? AND until = 0 AND entry IN
			(SELECT entry FROM ledger_kept WHERE manager = ? AND synced_at < ?)`, millis(at), manager, manager, millis(at)); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE ledger_kept SET name = '', gone_at = ? WHERE manager = ? AND synced_at < ? AND gone_at = 0", millis(at), manager, millis(at)); err != nil {
			return err
		}
		return l.rotated(tx, manager, at, &sum)
	})
	return sum, err
}

// keep records one entry with what is known of its values.
func (t *tx) keep(manager string, k *Kept, at time.Time, sum *KeptSum) error {
	err := t.Exec(`INSERT INTO ledger_kept (manager, entry, link, owner, repository, name, version, rotation, created_at, updated_at, synced_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (manager, entry) DO UPDATE SET link = excluded.link, owner = excluded.owner, repository = excluded.repository, name = excluded.name, version = excluded.version,
		rotation = excluded.rotation, created_at = excluded.created_at, updated_at = excluded.updated_at, synced_at = excluded.synced_at, gone_at = 0`,
		manager, k.Entry, k.Link, k.Owner, k.Repository, k.Name, k.Version, k.Rotation, millis(k.Created), millis(k.Updated), millis(at))
	if err != nil {
		return err
	}
	replaced := at
	if !k.Updated.IsZero() && k.Updated.Before(at) {
		replaced = k.Updated
	}
	if err := t.Exec("UPDATE ledger_kept_value SET until = ? WHERE manager = ? AND entry = ? AND until = 0", millis(replaced), manager, k.Entry); err != nil {
		return err
	}
	for _, v := range k.Values {
		spaced := 0
		if v.Spaced {
			spaced = 1
		}
		sum.Values++
		err := t.Exec(`INSERT INTO ledger_kept_value (manager, entry, print, hint, length, spaced, secret, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (manager, entry, print) DO UPDATE SET until = excluded.until`,
			manager, k.Entry, v.Print, int64(v.Hint), v.Length, spaced, v.Secret, millis(v.Until))
		if err != nil {
			return err
		}
	}
	return nil
}

// keptBy lists the secrets that a manager's entries may hold: those whose value one has
// or had, and those of a repository in which one holds by its name.
func (t *tx) keptBy(manager string) (ids []string, err error) {
	query := `SELECT s.id FROM ledger_secret s WHERE s.id IN (SELECT secret FROM ledger_kept_value WHERE manager = ?)
		OR s.id IN (SELECT o.secret FROM ledger_occurrence o JOIN ledger_kept k ON o.repository = k.repository OR o.repository LIKE k.repository || '/%'
			WHERE k.manager = ? AND k.name <> '') ORDER BY s.id`
	err = t.Each(query, []any{manager, manager}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// rotated marks the secrets that a manager's entries show to be replaced.
func (l *Ledger) rotated(tx *tx, manager string, at time.Time, sum *KeptSum) error {
	ids, err := tx.keptBy(manager)
	if err != nil {
		return err
	}
	var secrets []Secret
	for some := range slices.Chunk(ids, 500) { // a statement takes only so many parameters
		list, err := tx.secrets(Filter{IDs: some})
		if err != nil {
			return err
		}
		secrets = append(secrets, list...)
	}
	for i := range secrets {
		h := History{Secret: secrets[i]}
		if err := tx.places(&h); err != nil {
			return err
		}
		if err := tx.keepers(&h); err != nil {
			return err
		}
		if !slices.ContainsFunc(h.Kept, func(k Keeper) bool { return k.Manager == manager }) {
			continue
		}
		sum.Leaked = append(sum.Leaked, h.ID)
		when, why := h.replaced()
		if when.IsZero() || !h.Rotated.IsZero() || h.State.Closed() {
			continue
		}
		s := &h.Secret
		s.Rotated, s.State = when, Rotating
		if s.Rotated.Before(s.OpenedAt) {
			s.Rotated = s.OpenedAt
		}
		if err := tx.put(s); err != nil {
			return err
		}
		if err := tx.event(s.ID, at, "inventory", "rotated", why); err != nil {
			return err
		}
		sum.Rotated++
	}
	return nil
}

// replaced is when, and why it is believed that, all entries that held a secret got
// another value; zero if one still has it, or nothing tells.
func (h *History) replaced() (when time.Time, why string) {
	for i := range h.Kept {
		k := &h.Kept[i]
		changed, how := k.Until, "has another value since "
		if k.ByName {
			changed, how = k.Updated, "was set, by its name the same, on "
			if !changed.After(h.OpenedAt) {
				changed = time.Time{}
			}
		}
		if changed.IsZero() {
			return time.Time{}, ""
		}
		if changed.After(when) {
			when = changed
			why = fmt.Sprintf("%s of %s %s%s", k.Entry, k.Manager, how, changed.UTC().Format(time.RFC3339))
		}
	}
	return when, why
}
