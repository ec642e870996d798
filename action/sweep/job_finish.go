package sweep

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"github.com/leakguard/leakguard/scanner/database"
)

const kindFinish = "sweep_finish"

// finishArgs are the arguments of the job that ends a sweep.
type finishArgs struct {
	Run int64 `json:"run"`
}

func (finishArgs) Kind() string { return kindFinish }

type finishWorker struct {
	river.WorkerDefaults[finishArgs]
	e *Engine
}

func (w *finishWorker) NextRetry(job *river.Job[finishArgs]) time.Time {
	return w.e.nextRetry(job.Attempt)
}

// closeIfDone inserts the job that ends the sweep, if nothing else is left to do.
func (e *Engine) closeIfDone(ctx context.Context, tx *database.Tx, id int64) error {
	var left int
	err := tx.Row(`SELECT (SELECT count(*) FROM sweep_source WHERE run = ? AND state IN ('waiting', 'running'))
		+ (SELECT count(*) FROM sweep_repository WHERE run = ? AND state IN ('waiting', 'running'))
		+ (SELECT count(*) FROM sweep_run WHERE id = ? AND (job <> 0 OR state <> 'running'))`, id, id, id).Scan(&left)
	if err != nil || left > 0 {
		return err
	}
	run := Run{ID: id}
	job, err := e.river.InsertTx(ctx, tx.Tx, finishArgs{Run: id}, &river.InsertOpts{Queue: run.queue()})
	if err != nil {
		return err
	}
	return tx.Exec("UPDATE sweep_run SET job = ? WHERE id = ?", job.Job.ID, id)
}

// Work does what is to be done at the end of a sweep. If it fails for good the sweep is
// done, and says so.
func (w *finishWorker) Work(ctx context.Context, job *river.Job[finishArgs]) error {
	var run *Run
	err := w.e.db.Read(ctx, func(tx *database.Tx) (err error) {
		run, err = lastRun(tx, "job = ? AND state = 'running'", job.ID)
		return err
	})
	if errors.Is(err, ErrNoRun) {
		return nil // another process has it
	}
	if err != nil {
		return err
	}
	if err := w.e.forget(ctx); err != nil && ctx.Err() == nil {
		w.e.opts.Log.ErrorContext(ctx, "the memory of older rules takes room until the next sweep ends: "+database.Concealed(err).Error())
	}
	if w.e.opts.Finish != nil {
		err = w.e.opts.Finish(ctx, run.Plan)
	}
	if ctx.Err() == context.Canceled {
		return river.JobSnooze(0)
	}
	if err != nil && job.Attempt < job.MaxAttempts {
		return err
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	return errors.Join(err, w.e.db.Write(ctx, writers, func(tx *database.Tx) error {
		return tx.Exec("UPDATE sweep_run SET state = 'done', error = ?, finished = ? WHERE job = ? AND state = 'running'", text, time.Now().UnixMilli(), job.ID)
	}))
}

// The memory of objects is kept for as many of the last sweeps of each plan as began within
// that time: who goes back to the rules of before finds it.
const (
	keptSweeps = 3
	keptTime   = 90 * 24 * time.Hour
)

// forget deletes what is remembered of objects under rulesets that are not in use.
func (e *Engine) forget(ctx context.Context) error {
	used := []string{e.opts.Ruleset}
	err := e.db.Read(ctx, func(tx *database.Tx) error {
		query := `SELECT DISTINCT ruleset FROM sweep_repository WHERE ruleset <> '' AND run IN (
			SELECT id FROM sweep_run r WHERE state = 'running' OR began > ?
			AND (SELECT count(*) FROM sweep_run later WHERE later.plan = r.plan AND later.id > r.id) < ?)`
		return tx.Each(query, []any{time.Now().Add(-keptTime).UnixMilli(), keptSweeps}, func(scan func(...any) error) error {
			var rules string
			err := scan(&rules)
			used = append(used, rulesetOf(rules))
			return err
		})
	})
	if err != nil {
		return err
	}
	return outlast(ctx, func() error { return e.seen.Forget(ctx, used) })
}
