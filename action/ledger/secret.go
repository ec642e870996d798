package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// State is where a secret is on its way from being found to being dead.
type State string

const (
	// Opened: somebody has to deal with it.
	Opened State = "open"
	// Rotating: somebody said that they do.
	Rotating State = "rotating"
	// Dead: its issuer refused it twice, some time apart. It is closed.
	Dead State = "dead"
	// Accepted: somebody takes the risk, until a day.
	Accepted State = "accepted"
	// FalsePositive: it is no secret, somebody says.
	FalsePositive State = "false-positive"
	// Reopened: it was closed, and is live or was leaked again.
	Reopened State = "reopened"
)

// Closed reports whether nobody has to deal with a secret of this state.
func (s State) Closed() bool { return s == Dead || s == Accepted || s == FalsePositive }

// Secret is a secret of the ledger: never the value, only what is known of it.
type Secret struct {
	ID       string `json:"id"` // keyed fingerprint
	Rule     string `json:"rule"`
	RuleName string `json:"ruleName"`
	Provider string `json:"provider"`
	Severity string `json:"severity"`
	Redacted string `json:"redacted"`
	Name     string `json:"name,omitempty"`
	State    State  `json:"state"`

	AcceptedUntil time.Time `json:"acceptedUntil,omitzero"`
	ExposedSince  time.Time `json:"exposedSince"` // when the oldest known occurrence came to be
	FoundAt       time.Time `json:"foundAt"`      // when a scan first saw it
	SeenAt        time.Time `json:"seenAt"`       // and last
	OpenedAt      time.Time `json:"openedAt"`
	Acknowledged  time.Time `json:"acknowledgedAt,omitzero"`
	Rotated       time.Time `json:"rotatedAt,omitzero"`
	ClosedAt      time.Time `json:"closedAt,omitzero"`
	Deadline      time.Time `json:"deadline"`
	Recurrences   int       `json:"recurrences"`

	Verdict   verify.State `json:"verdictState"`
	VerdictAt time.Time    `json:"verdictAt,omitzero"`
	LiveAt    time.Time    `json:"liveAt,omitzero"`    // last seen live
	DeadSince time.Time    `json:"deadSince,omitzero"` // dead since then, without a live verdict between
	DeadAt    time.Time    `json:"deadAt,omitzero"`    // last seen dead

	Details Details `json:"details"`
}

// Details is the last that a scan knew of a secret.
type Details struct {
	Verdict verify.Verdict         `json:"verdict"`
	Risks   []scanner.Risk         `json:"risks,omitempty"`
	Parts   []scanner.RedactedPart `json:"parts,omitempty"`
}

// Occurrence is a place of a secret.
type Occurrence struct {
	ID string `json:"id"`
	scanner.Occurrence
	FoundAt time.Time `json:"foundAt"`
	SeenAt  time.Time `json:"seenAt"`
}

// Event is something that happened. Events are only ever added.
type Event struct {
	Secret string    `json:"secret,omitempty"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"` // "scan", "issues sync", or who said so
	Kind   string    `json:"kind"`
	Reason string    `json:"reason,omitempty"`
}

// Owner is who has to deal with a secret, the first of a list above all.
type Owner struct {
	Kind     string `json:"kind"`     // team, person, application, nobody
	Name     string `json:"name"`     // "@acme/payments", "@ada", "shop"
	Evidence string `json:"evidence"` // "CODEOWNERS line 3 of acme/shop"
}

// Issue is the issue that a secret has in a tracker.
type Issue struct {
	Tracker  string    `json:"tracker"` // "github"
	Project  string    `json:"project"` // "acme/security"
	Number   int64     `json:"number"`
	URL      string    `json:"url"`
	Open     bool      `json:"open"`
	Digest   string    `json:"digest"` // of what we last wrote
	OpenedAt time.Time `json:"openedAt"`
	ClosedAt time.Time `json:"closedAt,omitzero"`
	Reminded time.Time `json:"remindedAt,omitzero"`
}

// ErrNotFound is a secret that the ledger does not have.
var ErrNotFound = errors.New("the ledger has no such secret")

// Filter says which secrets are wanted; an empty list: all.
type Filter struct {
	IDs      []string
	States   []State
	Verdicts []verify.State
}

const secretColumns = `id, rule, rule_name, provider, severity, redacted, name, state, accepted_until, exposed_since, found_at, seen_at, opened_at,
	acknowledged_at, rotated_at, closed_at, deadline, recurrences, verdict, verdict_at, live_at, dead_since, dead_at, details`

// Secrets lists secrets, in the order in which they were found.
func (l *Ledger) Secrets(ctx context.Context, f Filter) ([]Secret, error) {
	var all []Secret
	err := l.read(ctx, func(tx *tx) (err error) {
		all, err = tx.secrets(f)
		return err
	})
	return all, err
}

func (t *tx) secrets(f Filter) ([]Secret, error) {
	query, args := "SELECT "+secretColumns+" FROM ledger_secret", []any{}
	var where []string
	add := func(column string, n int, value func(i int) any) {
		if n == 0 {
			return
		}
		where = append(where, column+" IN (?"+strings.Repeat(", ?", n-1)+")")
		for i := range n {
			args = append(args, value(i))
		}
	}
	add("id", len(f.IDs), func(i int) any { return f.IDs[i] })
	add("state", len(f.States), func(i int) any { return string(f.States[i]) })
	add("verdict", len(f.Verdicts), func(i int) any { return string(f.Verdicts[i]) })
	if where != nil {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	var all []Secret
	err := t.Each(query+" ORDER BY found_at, id", args, func(scan func(...any) error) error {
		s, err := scanSecret(scan)
		all = append(all, s)
		return err
	})
	return all, err
}

// secret returns one secret.
func (t *tx) secret(id string) (Secret, error) {
	s, err := scanSecret(t.Row("SELECT "+secretColumns+" FROM ledger_secret WHERE id = ?", id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	return s, err
}

func scanSecret(scan func(...any) error) (Secret, error) {
	var s Secret
	var at [13]int64
	var details string
	err := scan(&s.ID, &s.Rule, &s.RuleName, &s.Provider, &s.Severity, &s.Redacted, &s.Name, &s.State, &at[0], &at[1], &at[2], &at[3], &at[4],
		&at[5], &at[6], &at[7], &at[8], &s.Recurrences, &s.Verdict, &at[9], &at[10], &at[11], &at[12], &details)
	if err != nil {
		return s, err
	}
	for i, t := range []*time.Time{&s.AcceptedUntil, &s.ExposedSince, &s.FoundAt, &s.SeenAt, &s.OpenedAt, &s.Acknowledged, &s.Rotated, &s.ClosedAt, &s.Deadline,
		&s.VerdictAt, &s.LiveAt, &s.DeadSince, &s.DeadAt} {
		*t = timeOf(at[i])
	}
	if err := json.Unmarshal([]byte(details), &s.Details); err != nil {
		return s, fmt.Errorf("secret %s: details: %w", s.ID, err)
	}
	return s, nil
}

// put writes a secret, new or known.
func (t *tx) put(s *Secret) error {
	details, err := json.Marshal(s.Details)
	if err != nil {
		return err
	}
	columns := strings.Split(strings.Join(strings.Fields(secretColumns), ""), ",")
	var set []string
	for _, c := range columns[1:] {
		set = append(set, c+" = excluded."+c)
	}
	return t.Exec("INSERT INTO ledger_secret ("+secretColumns+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+") ON CONFLICT (id) DO UPDATE SET "+strings.Join(set, ", "),
		s.ID, s.Rule, s.RuleName, s.Provider, s.Severity, s.Redacted, s.Name, string(s.State), millis(s.AcceptedUntil), millis(s.ExposedSince), millis(s.FoundAt), millis(s.SeenAt), millis(s.OpenedAt),
		millis(s.Acknowledged), millis(s.Rotated), millis(s.ClosedAt), millis(s.Deadline), s.Recurrences, string(s.Verdict), millis(s.VerdictAt), millis(s.LiveAt), millis(s.DeadSince), millis(s.DeadAt), string(details))
}

// millis and timeOf turn times into what the database holds, and back.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
