package sweep

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/riverqueue/river"

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

// finish records what a job brought. A second time it changes nothing.
func (e *Engine) finish(ctx context.Context, job *river.Job[repositoryArgs], o *outcome) error {
	return e.finishWith(ctx, job, o, nothing)
}

// finishWith is finish with what else is to be done in its transaction.
func (e *Engine) finishWith(ctx context.Context, job *river.Job[repositoryArgs], o *outcome, also func(*database.Tx) error) error {
	return e.record(ctx, job.Args.Run, job.ID, o, also)
}

// record ends a row with what its job brought.
func (e *Engine) record(ctx context.Context, run, job int64, o *outcome, also func(*database.Tx) error) error {
	gaps, err := json.Marshal(o.Gaps)
	if err != nil {
		return err
	}
	secrets, err := json.Marshal(o.Secrets)
	if err != nil {
		return err
	}
	return e.settleWith(ctx, run, also, `UPDATE sweep_repository SET state = 'done', error = '', gaps = ?, complete = ?, unchanged = ?, refs = ?, ruleset = ?,
		objects = ?, bytes = ?, secrets = ?, finished = ? WHERE job = ? AND state = 'running' RETURNING job`,
		string(gaps), number(o.Complete), number(o.Unchanged), o.Refs, o.Ruleset,
		o.Objects, o.Bytes, string(secrets), time.Now().UnixMilli(), job)
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// lastComplete is what the last complete scan of the repository brought; nil, if there was
// none, or if it was made under other rules.
func (e *Engine) lastComplete(ctx context.Context, r *Repository) (*outcome, error) {
	var found *outcome
	err := e.db.Read(ctx, func(tx *database.Tx) error {
		query := `SELECT refs, ruleset, secrets FROM sweep_repository WHERE clone = ? AND kind = 'history' AND complete = 1 AND state = 'done' ORDER BY finished DESC LIMIT 1`
		return tx.Each(query, []any{r.Clone}, func(scan func(...any) error) error {
			o := &outcome{Complete: true, Unchanged: true}
			var secrets string
			if err := scan(&o.Refs, &o.Ruleset, &secrets); err != nil {
				return err
			}
			if o.Ruleset == e.rules() {
				found = o
			}
			return json.Unmarshal([]byte(secrets), &o.Secrets)
		})
	})
	return found, err
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
