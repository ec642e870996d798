package ledger

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/database"
)

// Recorded counts what a scan brought to the ledger.
type Recorded struct {
	New, Known, Reopened, Occurrences int
}

// Record brings the ledger up to date with a scan that was made at a time: all of
// it, or nothing if it fails. Suppressed secrets are recorded only if they are live.
func (l *Ledger) Record(ctx context.Context, res *scanner.Result, at time.Time) (Recorded, error) {
	var sum Recorded
	err := l.db.Write(ctx, 0, func(t *database.Tx) (err error) {
		sum, err = l.RecordIn(t, res, at)
		return err
	})
	return sum, err
}

// RecordIn is Record as part of a transaction on the ledger's database. From here to its
// end other writers of the ledger wait: locks of other tables are taken before, never
// after.
func (l *Ledger) RecordIn(t *database.Tx, res *scanner.Result, at time.Time) (Recorded, error) {
	var sum Recorded
	if err := t.Lock(writers); err != nil {
		return sum, err
	}
	for i := range res.Secrets {
		if err := l.recordSecret(&tx{t}, &res.Secrets[i], at, &sum); err != nil {
			return sum, err
		}
	}
	return sum, l.recordScan(&tx{t}, res, at)
}

func (l *Ledger) recordScan(tx *tx, res *scanner.Result, at time.Time) error {
	coverage, err := json.Marshal(res.Coverage)
	if err != nil {
		return err
	}
	complete := 0
	if res.Complete() {
		complete = 1
	}
	return tx.Exec("INSERT INTO ledger_scan (at, ruleset, complete, coverage) VALUES (?, ?, ?, ?)", millis(at), res.RulesetHash, complete, l.keyed(string(coverage)))
}

func (l *Ledger) recordSecret(tx *tx, found *scanner.Secret, at time.Time, sum *Recorded) error {
	id := l.ID(found.Fingerprint)
	known, err := tx.secrets(Filter{IDs: []string{id}})
	if err != nil {
		return err
	}
	var s Secret
	isNew := len(known) == 0
	if isNew {
		s = Secret{ID: id, State: Opened, FoundAt: at, OpenedAt: at, ExposedSince: at}
		sum.New++
	} else {
		s = known[0]
		sum.Known++
	}
	if isNew {
		s.Verdict = verify.Unverified
	}
	before := s.Verdict
	s.describe(found, at)
	s.judge(&found.Verdict, at)
	if isNew || s.Deadline.IsZero() {
		s.Deadline = s.OpenedAt.Add(l.policy.within(s.Severity, s.Verdict))
	}
	if err := tx.put(&s); err != nil { // occurrences and verdicts refer to it
		return err
	}
	if isNew {
		if err := tx.event(id, at, "scan", "found", found.Rule.Name); err != nil {
			return err
		}
	}
	places, err := l.recordPlaces(tx, id, found.Occurrences, at)
	if err != nil {
		return err
	}
	sum.Occurrences += places
	if tells(found.Verdict.State, before) {
		if err := tx.verdict(id, &found.Verdict, at); err != nil {
			return err
		}
	}
	if why := s.recurs(places, isNew); why != "" {
		sum.Reopened++
		s.reopen(at, l.policy)
		if err := tx.event(id, at, "scan", "reopened", why); err != nil {
			return err
		}
	}
	return tx.put(&s)
}

// describe takes over what the scan says of the secret.
func (s *Secret) describe(found *scanner.Secret, at time.Time) {
	s.Rule, s.RuleName, s.Provider = found.Rule.ID, found.Rule.Name, found.Rule.Provider.ID
	s.Severity, s.Redacted = found.Severity.String(), found.Redacted
	if found.Name != "" {
		s.Name = found.Name
	}
	if at.After(s.SeenAt) {
		s.SeenAt = at
	}
	s.Details.Parts = found.Parts
	for i := range found.Occurrences {
		if date := found.Occurrences[i].Date; !date.IsZero() && date.Before(s.ExposedSince) {
			s.ExposedSince = date
		}
	}
	if tells(found.Verdict.State, s.Verdict) {
		s.Details.Verdict, s.Details.Risks = found.Verdict, found.Risks
	}
}

// judge takes over a verdict.
func (s *Secret) judge(v *verify.Verdict, at time.Time) {
	if !tells(v.State, s.Verdict) {
		return
	}
	if !v.When.IsZero() {
		at = v.When
	}
	s.Verdict, s.VerdictAt = v.State, at
	switch v.State {
	case verify.Live:
		s.LiveAt, s.DeadSince = at, time.Time{}
	case verify.Dead:
		if s.DeadSince.IsZero() {
			s.DeadSince = at
		}
		s.DeadAt = at
	}
}

// tells reports whether a verdict says anything after the one before: that a scan
// could not or did not ask takes nothing back.
func tells(now, before verify.State) bool {
	switch now {
	case verify.Unverified:
		return false
	case verify.Unverifiable:
		return before == verify.Unverified || before == verify.Unverifiable
	}
	return true
}

// recurs says why a closed secret has to be dealt with again, or "".
func (s *Secret) recurs(newPlaces int, isNew bool) string {
	switch {
	case isNew || s.State != Dead:
		return ""
	case s.Verdict == verify.Live:
		return "it is live again"
	case newPlaces > 0:
		return fmt.Sprintf("it was leaked again, in %d more places", newPlaces)
	}
	return ""
}

func (s *Secret) reopen(at time.Time, p Policy) {
	s.State, s.OpenedAt, s.ClosedAt = Reopened, at, time.Time{}
	s.Acknowledged, s.Rotated = time.Time{}, time.Time{}
	s.Recurrences++
	s.Deadline = at.Add(p.within(s.Severity, s.Verdict))
	// What was seen before does not prove it dead a second time.
	s.DeadSince, s.DeadAt = time.Time{}, time.Time{}
	if s.Verdict == verify.Dead {
		s.DeadSince, s.DeadAt = at, at
	}
}

// recordPlaces adds occurrences and returns how many are new.
func (l *Ledger) recordPlaces(tx *tx, id string, places []scanner.Occurrence, at time.Time) (int, error) {
	added := 0
	for i := range places {
		o := &places[i]
		key := hex.EncodeToString(l.mac("occurrence", id+"\x00"+placeOf(o))[:16])
		kept := *o
		kept.Blob = "" // where the file holds the secret alone, that is a plain hash of it
		place, err := json.Marshal(kept)
		if err != nil {
			return added, err
		}
		var seen int64
		err = tx.Each("SELECT seen_at FROM ledger_occurrence WHERE id = ?", []any{key}, func(scan func(...any) error) error { return scan(&seen) })
		if err != nil {
			return added, err
		}
		if seen == 0 {
			added++
		}
		err = tx.Exec(`INSERT INTO ledger_occurrence (id, secret, kind, repository, path, found_at, seen_at, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, place = excluded.place`,
			key, id, string(o.Kind), o.Repository, o.Path, millis(at), millis(at), string(place))
		if err != nil {
			return added, err
		}
	}
	return added, nil
}

// placeOf names a place by what stays the same from scan to scan: lines move.
func placeOf(o *scanner.Occurrence) string {
	return strings.Join([]string{string(o.Kind), o.Repository, o.Path, o.Field, o.Commit, o.Run, o.Job, o.Step, o.Variable, o.Scope}, "\x00")
}

func (t *tx) verdict(id string, v *verify.Verdict, at time.Time) error {
	if !v.When.IsZero() {
		at = v.When
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.Exec("INSERT INTO ledger_verdict (secret, at, state, verdict) VALUES (?, ?, ?, ?)", id, millis(at), string(v.State), string(text))
}

func (t *tx) event(id string, at time.Time, actor, kind, reason string) error {
	return t.Exec("INSERT INTO ledger_event (secret, at, actor, kind, reason) VALUES (?, ?, ?, ?, ?)", id, millis(at), actor, kind, reason)
}
