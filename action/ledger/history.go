package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// History is all that the ledger knows of one secret.
type History struct {
	Secret
	Occurrences []Occurrence     `json:"occurrences"`
	Verdicts    []verify.Verdict `json:"verdicts"` // the oldest first
	Owners      []Owner          `json:"owners,omitempty"`
	Kept        []Keeper         `json:"kept,omitempty"` // where secrets managers hold it
	Issue       *Issue           `json:"issue,omitempty"`
	Events      []Event          `json:"events"` // the oldest first
}

// History returns all that is known of the secrets of a filter.
func (l *Ledger) History(ctx context.Context, f Filter) ([]History, error) {
	var all []History
	err := l.read(ctx, func(tx *tx) error {
		secrets, err := tx.secrets(f)
		if err != nil {
			return err
		}
		for _, s := range secrets {
			h := History{Secret: s}
			if err := tx.fill(&h); err != nil {
				return fmt.Errorf("secret %s: %w", s.ID, err)
			}
			all = append(all, h)
		}
		return nil
	})
	return all, err
}

func (t *tx) fill(h *History) error {
	id := []any{h.ID}
	return errors.Join(
		t.places(h),
		t.Each("SELECT at, verdict FROM ledger_verdict WHERE secret = ? ORDER BY seq", id, func(scan func(...any) error) error {
			var at int64
			var text string
			if err := scan(&at, &text); err != nil {
				return err
			}
			var v verify.Verdict
			err := json.Unmarshal([]byte(text), &v)
			v.When = timeOf(at)
			h.Verdicts = append(h.Verdicts, v)
			return err
		}),
		t.Each("SELECT kind, name, evidence FROM ledger_owner WHERE secret = ? ORDER BY rank", id, func(scan func(...any) error) error {
			var o Owner
			err := scan(&o.Kind, &o.Name, &o.Evidence)
			h.Owners = append(h.Owners, o)
			return err
		}),
		t.Each("SELECT at, actor, kind, reason FROM ledger_event WHERE secret = ? ORDER BY seq", id, func(scan func(...any) error) error {
			var e Event
			var at int64
			err := scan(&at, &e.Actor, &e.Kind, &e.Reason)
			e.At = timeOf(at)
			h.Events = append(h.Events, e)
			return err
		}),
		t.issue(h),
		t.keepers(h), // behind places: it goes by their names
	)
}

func (t *tx) places(h *History) error {
	return t.Each("SELECT id, found_at, seen_at, place FROM ledger_occurrence WHERE secret = ? ORDER BY found_at, id", []any{h.ID}, func(scan func(...any) error) error {
		var o Occurrence
		var found, seen int64
		var place string
		if err := scan(&o.ID, &found, &seen, &place); err != nil {
			return err
		}
		o.FoundAt, o.SeenAt = timeOf(found), timeOf(seen)
		err := json.Unmarshal([]byte(place), &o.Occurrence)
		h.Occurrences = append(h.Occurrences, o)
		return err
	})
}

func (t *tx) issue(h *History) error {
	var i Issue
	var open, opened, closed, reminded int64
	err := t.Row("SELECT tracker, project, number, url, open, digest, opened_at, closed_at, reminded_at FROM ledger_issue WHERE secret = ?", h.ID).
		Scan(&i.Tracker, &i.Project, &i.Number, &i.URL, &open, &i.Digest, &opened, &closed, &reminded)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	i.Open, i.OpenedAt, i.ClosedAt, i.Reminded = open != 0, timeOf(opened), timeOf(closed), timeOf(reminded)
	h.Issue = &i
	return err
}

// SetIssue records the issue of a secret as it is now, with what was done.
func (l *Ledger) SetIssue(ctx context.Context, id string, i Issue, kind, reason string) error {
	open := 0
	if i.Open {
		open = 1
	}
	return l.write(ctx, func(tx *tx) error {
		err := tx.Exec(`INSERT INTO ledger_issue (secret, tracker, project, number, url, open, digest, opened_at, closed_at, reminded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (secret) DO UPDATE SET tracker = excluded.tracker, project = excluded.project, number = excluded.number, url = excluded.url, open = excluded.open,
			digest = excluded.digest, opened_at = excluded.opened_at, closed_at = excluded.closed_at, reminded_at = excluded.reminded_at`,
			id, i.Tracker, i.Project, i.Number, i.URL, open, i.Digest, millis(i.OpenedAt), millis(i.ClosedAt), millis(i.Reminded))
		if err != nil {
			return err
		}
		return tx.event(id, l.now(), "issues sync", kind, reason)
	})
}

// SetOwners records who has to deal with a secret, in place of whoever was known.
func (l *Ledger) SetOwners(ctx context.Context, id string, owners []Owner) error {
	return l.write(ctx, func(tx *tx) error {
		if err := tx.Exec("DELETE FROM ledger_owner WHERE secret = ?", id); err != nil {
			return err
		}
		for i, o := range owners {
			if err := tx.Exec("INSERT INTO ledger_owner (secret, rank, kind, name, evidence) VALUES (?, ?, ?, ?, ?)", id, i, o.Kind, o.Name, o.Evidence); err != nil {
				return err
			}
		}
		return nil
	})
}

// Note adds an event.
func (l *Ledger) Note(ctx context.Context, id, actor, kind, reason string) error {
	return l.write(ctx, func(tx *tx) error { return tx.event(id, l.now(), actor, kind, reason) })
}

// Scan is one scan that was recorded.
type Scan struct {
	At       time.Time           `json:"at"`
	Ruleset  string              `json:"ruleset"`
	Complete bool                `json:"complete"`
	Coverage []*scanner.Coverage `json:"coverage"`
}

// Scans lists the recorded scans since a time, the oldest first.
func (l *Ledger) Scans(ctx context.Context, since time.Time) ([]Scan, error) {
	var all []Scan
	err := l.read(ctx, func(tx *tx) error {
		return tx.Each("SELECT at, ruleset, complete, coverage FROM ledger_scan WHERE at >= ? ORDER BY seq", []any{millis(since)}, func(scan func(...any) error) error {
			var s Scan
			var at, complete int64
			var coverage string
			if err := scan(&at, &s.Ruleset, &complete, &coverage); err != nil {
				return err
			}
			s.At, s.Complete = timeOf(at), complete != 0
			all = append(all, s)
			return json.Unmarshal([]byte(coverage), &all[len(all)-1].Coverage)
		})
	})
	return all, err
}
