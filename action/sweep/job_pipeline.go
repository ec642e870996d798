package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/forge"
)

const (
	kindLogs      = "sweep_logs"
	kindVariables = "sweep_variables"
)

// Reading is what was read of build logs or variables: a part, if the context ended or a
// limit of the API was reached.
type Reading struct {
	Result *scanner.Result

	// Recorded is called once the result is in the ledger: only then are logs with
	// secrets taken for read. nil: nothing is to be done.
	Recorded func() error
}

// logsArgs are the arguments of the job that reads the build logs of a repository.
type logsArgs struct {
	Run        int64      `json:"run"`
	Repository Repository `json:"repository"`
	Since      time.Time  `json:"since"` // when the oldest build began that counts
}

func (logsArgs) Kind() string { return kindLogs }

func (a logsArgs) subject() subject { return subject{a.Run, a.Repository, Logs, a.Since} }

func (a logsArgs) read(ctx context.Context, o *Options) (*Reading, error) {
	return o.Logs(ctx, a.Repository, a.Since)
}

// variablesArgs are the arguments of the job that reads the variables of a repository; or
// of its owner, an organisation or group, if that is named.
type variablesArgs struct {
	Run        int64      `json:"run"`
	Repository Repository `json:"repository"`
	Owner      string     `json:"owner,omitempty"`
}

func (variablesArgs) Kind() string { return kindVariables }

func (a variablesArgs) subject() subject { return subject{a.Run, a.Repository, Variables, time.Time{}} }

func (a variablesArgs) read(ctx context.Context, o *Options) (*Reading, error) {
	return o.Variables(ctx, a.Repository, a.Owner)
}

// subject is what a job reads.
type subject struct {
	run int64
	Repository
	kind  Kind
	since time.Time // of logs
}

// pipelineArgs are arguments of one of these jobs.
type pipelineArgs interface {
	river.JobArgs
	subject() subject
	read(ctx context.Context, o *Options) (*Reading, error)
}

// pipelineWorker reads what a forge keeps of a pipeline, through its API.
type pipelineWorker[T pipelineArgs] struct {
	river.WorkerDefaults[T]
	e *Engine
}

func (w *pipelineWorker[T]) NextRetry(job *river.Job[T]) time.Time {
	return w.e.nextRetry(job.Attempt)
}

// Work reads and records it. What was read until the process is stopped or a limit is
// reached is recorded, too: what is remembered of logs is not read again.
func (w *pipelineWorker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	of := job.Args.subject()
	return w.e.work(ctx, job.JobRow, of.run, func(ctx context.Context) error {
		began := time.Now()
		reading, err := job.Args.read(ctx, &w.e.opts)
		var never *Unreadable
		if errors.As(err, &never) {
			return w.e.record(ctx, of.run, job.ID, unread(&of.Repository, never), nothing)
		}
		if err != nil {
			return err
		}
		if errors.Is(context.Cause(ctx), errTaken) {
			return errTaken
		}
		broken := w.broken(ctx, of)
		lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute) // that of the job may be over
		defer cancel()
		if err := w.e.keep(lasting, job.ID, of, reading, began, broken == nil); err != nil {
			return err
		}
		if reading.Recorded != nil {
			if err := reading.Recorded(); err != nil {
				w.e.opts.Log.ErrorContext(ctx, "logs will be read again: "+err.Error())
			}
		}
		return broken
	})
}

// broken is why not everything was read; nil: it was, or waiting would bring no more. That
// is so where a whole hour's budget does not do for what has no memory.
func (w *pipelineWorker[T]) broken(ctx context.Context, of subject) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tally := forge.TallyOf(ctx)
	limit := tally.Limit()
	if limit == nil || of.kind == Variables && w.e.opts.API.Within(tally.Requests()) {
		return nil
	}
	return limit
}

// keep records what was read, and with it what was read of the same before and is not read
// again. The row is done if that is all.
func (e *Engine) keep(ctx context.Context, job int64, of subject, reading *Reading, began time.Time, all bool) error {
	addressed(reading.Result, &of.Repository)
	o := e.outcome(reading.Result)
	if of.kind == Logs {
		for i := range o.Secrets {
			o.Secrets[i].Read = began.UTC()
		}
		earlier, err := e.earlier(ctx, of)
		if err != nil {
			return err
		}
		o.Secrets = merged(o.Secrets, earlier)
	}
	ledger := func(tx *database.Tx) error {
		if _, err := e.opts.Ledger.RecordIn(tx, reading.Result, began); err != nil {
			return fmt.Errorf("the ledger: %w", err)
		}
		return nil
	}
	if all {
		return e.record(ctx, of.run, job, o, ledger)
	}
	secrets, err := json.Marshal(o.Secrets)
	if err != nil {
		return err
	}
	return e.settleWith(ctx, of.run, ledger, "UPDATE sweep_repository SET secrets = ?, ruleset = ? WHERE job = ? AND state = 'running' RETURNING job", string(secrets), o.Ruleset, job)
}

// earlier are the secrets that were found in logs of the same before, under the same rules,
// so that those are not read again: each for as long as its log may be in the window.
func (e *Engine) earlier(ctx context.Context, of subject) (all []Secret, err error) {
	err = e.db.Read(ctx, func(tx *database.Tx) error {
		all = nil
		const query = "SELECT secrets FROM sweep_repository WHERE clone = ? AND kind = ? AND ruleset = ? ORDER BY run DESC LIMIT 2" // this run's, and the one before
		return tx.Each(query, []any{of.Clone, string(of.kind), e.rules()}, func(scan func(...any) error) error {
			var text string
			var some []Secret
			if err := scan(&text); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(text), &some); err != nil {
				return fmt.Errorf("the secrets of %s: %w", of.Name, err)
			}
			for _, s := range some {
				if s.Read.After(of.since) {
					all = append(all, s)
				}
			}
			return nil
		})
	})
	return all, err
}

// merged adds secrets that are not there yet.
func merged(all, more []Secret) []Secret {
	known := map[string]bool{}
	for _, s := range all {
		known[s.ID] = true
	}
	for _, s := range more {
		if !known[s.ID] {
			known[s.ID] = true
			all = append(all, s)
		}
	}
	return all
}

// addressed has occurrences tell of the repository as those of its history do.
func addressed(res *scanner.Result, r *Repository) {
	for _, secrets := range [][]scanner.Secret{res.Secrets, res.Suppressed} {
		for i := range secrets {
			for j := range secrets[i].Occurrences {
				secrets[i].Occurrences[j].Repository = r.address()
			}
		}
	}
}

// ofOwner is an organisation or group in the place of a repository of its own.
func (r *Repository) ofOwner(owner string) Repository {
	page := strings.TrimSuffix(r.Web, r.Name) + owner
	return Repository{Name: owner, Clone: page, Web: page, Host: r.Host, Forge: r.Forge}
}
