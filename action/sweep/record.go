package sweep

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/database"
)

// outcome is what sweeping a repository brought.
type outcome struct {
	Gaps           []scanner.Gap
	Complete       bool
	Unchanged      bool // nothing was read: it is that of an earlier sweep
	Refs, Ruleset  string
	Objects, Bytes int64
	Secrets        []Secret
}

// Secret is one that a repository holds.
type Secret struct {
	ID    string `json:"id"`              // its name in the ledger
	Fails bool   `json:"fails,omitempty"` // whether it makes the exit code 1
	Live  bool   `json:"live,omitempty"`  // at the time when it was read

	Read time.Time `json:"read,omitzero"` // when, of logs, which are read once
}

// change runs a statement that returns a row if it has changed one. If not, the job is
// not ours any more.
func change(tx *database.Tx, query string, args ...any) error {
	var job int64
	err := tx.Row(query, args...).Scan(&job)
	if errors.Is(err, sql.ErrNoRows) {
		return errTaken
	}
	return err
}

// settle changes a row with such a statement, and ends the sweep if that was the last
// thing to do.
func (e *Engine) settle(ctx context.Context, run int64, query string, args ...any) error {
	return e.settleWith(ctx, run, nothing, query, args...)
}

func nothing(*database.Tx) error { return nil }

// settleWith is settle with what else is to be done in its transaction. If the job is not
// ours any more, nothing is done. The requests that the job made are counted with it.
func (e *Engine) settleWith(ctx context.Context, run int64, also func(*database.Tx) error, query string, args ...any) error {
	count := counting(ctx)
	err := e.db.Write(ctx, writers, func(tx *database.Tx) error {
		if err := change(tx, query, args...); err != nil {
			return err
		}
		if err := errors.Join(count(tx), also(tx)); err != nil {
			return err
		}
		return e.closeIfDone(ctx, tx, run)
	})
	if errors.Is(err, errTaken) {
		return nil
	}
	return err
}

// record ends a row with what its job brought, and does what else is to be done in the same
// transaction. A second time it changes nothing.
func (e *Engine) record(ctx context.Context, run, job int64, o *outcome, also func(*database.Tx) error) error {
	gaps, secrets, err := o.lists()
	if err != nil {
		return err
	}
	return e.settleWith(ctx, run, also, `UPDATE sweep_repository SET state = 'done', error = '', gaps = ?, complete = ?, unchanged = ?, refs = ?, ruleset = ?,
		objects = ?, bytes = ?, secrets = ?, finished = ? WHERE job = ? AND state = 'running' RETURNING job`,
		gaps, number(o.Complete), number(o.Unchanged), o.Refs, o.Ruleset,
		o.Objects, o.Bytes, secrets, time.Now().UnixMilli(), job)
}

// lists are its gaps and secrets as rows have them.
func (o *outcome) lists() (gaps, secrets string, err error) {
	g, err := json.Marshal(o.Gaps)
	if err != nil {
		return "", "", err
	}
	s, err := json.Marshal(o.Secrets)
	return string(g), string(s), err
}

// insertDone inserts a row of which nothing is to be read, and so without a job.
func insertDone(tx *database.Tx, run int64, r *row, o *outcome) error {
	gaps, secrets, err := o.lists()
	if err != nil {
		return err
	}
	return tx.Exec(`INSERT INTO sweep_repository (run, clone, kind, name, job, state, gaps, complete, unchanged, refs, ruleset, secrets, finished)
		VALUES (?, ?, ?, ?, 0, 'done', ?, ?, ?, ?, ?, ?, ?)`,
		run, r.Clone, string(r.kind), r.Name, gaps, number(o.Complete), number(o.Unchanged), o.Refs, o.Ruleset, secrets, time.Now().UnixMilli())
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rules names what a row was made under.
func (e *Engine) rules() string { return e.opts.Ruleset + " " + e.opts.Settings }

// rulesetOf is the ruleset in what rules has named.
func rulesetOf(rules string) string { return rules[:max(0, strings.LastIndexByte(rules, ' '))] }

// outcome is what is kept of a result.
func (e *Engine) outcome(res *scanner.Result) *outcome {
	o := &outcome{Complete: res.Complete(), Ruleset: e.rules()}
	for _, c := range res.Coverage {
		o.Gaps = append(o.Gaps, c.Gaps...)
		for unit, n := range c.Read {
			switch unit {
			case "commits", "tags", "trees", "blobs":
				o.Objects += n
			case "bytes":
				o.Bytes += n
			}
		}
	}
	for i := range res.Secrets {
		s := &res.Secrets[i]
		o.Secrets = append(o.Secrets, Secret{ID: e.opts.Ledger.ID(s.Fingerprint), Fails: e.opts.Fails(s), Live: s.Verdict.State == "live"})
	}
	return o
}

// rename has a result speak of the repository and not of the copy that was read: that
// has another path on each machine.
func rename(res *scanner.Result, path string, r *Repository) {
	names := strings.NewReplacer(path, r.Name)
	for _, c := range res.Coverage {
		c.Source = names.Replace(c.Source)
		for _, gaps := range [][]scanner.Gap{c.Gaps, c.Excluded} {
			for i := range gaps {
				gaps[i].What, gaps[i].Why = names.Replace(gaps[i].What), names.Replace(gaps[i].Why)
			}
		}
	}
	addressed(res, r)
}
