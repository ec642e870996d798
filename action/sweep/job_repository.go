package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

const kindRepository = "sweep_repository"

// repositoryArgs are the arguments of the job that sweeps a repository.
type repositoryArgs struct {
	Run        int64      `json:"run"`
	Repository Repository `json:"repository"`
}

func (repositoryArgs) Kind() string { return kindRepository }

type repositoryWorker struct {
	river.WorkerDefaults[repositoryArgs]
	e *Engine
}

func (w *repositoryWorker) NextRetry(job *river.Job[repositoryArgs]) time.Time {
	return w.e.nextRetry(job.Attempt)
}

// nextRetry is when a job that failed is tried again.
func (e *Engine) nextRetry(attempt int) time.Time {
	wait := e.opts.Pace.Retry
	if attempt > 1 {
		wait *= 6
	}
	return time.Now().Add(wait)
}

// Work sweeps the repository.
func (w *repositoryWorker) Work(ctx context.Context, job *river.Job[repositoryArgs]) error {
	return w.e.work(ctx, job.JobRow, job.Args.Run, func(ctx context.Context) error { return w.sweep(ctx, job) })
}

// begin notes that a job is under way, so that it is stopped when it is not ours any
// more.
func (e *Engine) begin(ctx context.Context, job int64) (_ context.Context, done func()) {
	ctx, stop := context.WithCancelCause(ctx)
	e.mu.Lock()
	e.working[job] = stop
	e.mu.Unlock()
	return ctx, func() {
		e.mu.Lock()
		delete(e.working, job)
		e.mu.Unlock()
		stop(nil)
	}
}

// sweep fetches the repository and reads it, unless nothing has changed, and records it.
func (w *repositoryWorker) sweep(ctx context.Context, job *river.Job[repositoryArgs]) error {
	r := &job.Args.Repository
	var before *outcome
	err := w.e.db.Read(ctx, func(tx *database.Tx) (err error) {
		before, err = w.e.lastRead(tx, r)
		return err
	})
	if err != nil {
		return err
	}
	finish := func(o *outcome, also func(*database.Tx) error) error {
		return w.e.record(ctx, job.Args.Run, job.ID, o, also)
	}
	c, err := w.e.opts.Fetch(ctx, *r)
	var never *Unreadable
	if errors.As(err, &never) {
		return finish(unread(r, never), nothing)
	}
	if err != nil {
		return err
	}
	defer c.Release()
	if before != nil && c.Refs == before.Refs {
		return finish(before, nothing)
	}
	repo, err := git.Open(c.Path)
	if err != nil {
		return finish(unread(r, &Unreadable{err, "git fsck in the repository at its host"}), nothing)
	}
	began := time.Now()
	res := w.e.opts.Scan(ctx, repo, w.e.remember(ctx))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	res.Coverage[0].Gaps = append(res.Coverage[0].Gaps, c.Gaps...)
	rename(res, c.Path, r)
	o := w.e.outcome(res)
	o.Refs = c.Refs
	return finish(o, func(tx *database.Tx) error {
		if _, err := w.e.opts.Ledger.RecordIn(tx, res, began); err != nil {
			return fmt.Errorf("the ledger: %w", err)
		}
		return nil
	})
}

// remember has a scan skip the objects that were read before, and remember those that it
// reads. That they held nothing is true whatever becomes of the scan.
func (e *Engine) remember(ctx context.Context) func(*git.Options) {
	return func(o *git.Options) {
		o.Clean = func(ctx context.Context, ids []pack.ID) (clean func(pack.ID) bool, err error) {
			err = outlast(ctx, func() error {
				clean, err = e.seen.Clean(ctx, e.opts.Ruleset, ids)
				return err
			})
			return clean, err
		}
		o.Read = func(ids []pack.ID) {
			add := func() error { return e.seen.Add(context.WithoutCancel(ctx), e.opts.Ruleset, ids) }
			if err := outlast(ctx, add); err != nil {
				e.opts.Log.ErrorContext(ctx, "objects will be read again: "+database.Concealed(err).Error())
			}
		}
	}
}

// unread is what is known of a repository that could not be read at all.
func unread(r *Repository, why *Unreadable) *outcome {
	return &outcome{Gaps: []scanner.Gap{{What: r.Name, Why: why.Error(), Fix: why.Remedy, Count: 1}}}
}
