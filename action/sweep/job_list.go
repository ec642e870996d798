package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/forge"
)

const kindList = "sweep_list"

// listArgs are the arguments of the job that lists the repositories of a source.
type listArgs struct {
	Run    int64  `json:"run"`
	Source string `json:"source"`
}

func (listArgs) Kind() string { return kindList }

type listWorker struct {
	river.WorkerDefaults[listArgs]
	e *Engine
}

func (w *listWorker) NextRetry(job *river.Job[listArgs]) time.Time { return w.e.nextRetry(job.Attempt) }

// batch is how many repositories are inserted at once.
const batch = 200

// Work lists the source. What an attempt before has listed stays as it is.
func (w *listWorker) Work(ctx context.Context, job *river.Job[listArgs]) error {
	var run *Run
	err := w.e.db.Write(ctx, writers, func(tx *database.Tx) (err error) {
		if run, err = lastRun(tx, "id = ?", job.Args.Run); err != nil {
			return err
		}
		return change(tx, "UPDATE sweep_source SET state = 'running' WHERE job = ? AND state IN ('waiting', 'running') RETURNING job", job.ID)
	})
	if errors.Is(err, errTaken) {
		return nil
	}
	var limit *forge.LimitError
	cov := scanner.NewCoverage(job.Args.Source, "")
	if err == nil {
		err = w.list(ctx, run, job, cov)
	}
	switch {
	case errors.Is(err, errTaken):
		return nil
	case ctx.Err() == context.Canceled:
		return river.JobSnooze(0)
	case errors.As(err, &limit):
		return w.e.postpone(ctx, "sweep_source", job.ID, job.Args.Run, limit)
	case err != nil:
		return w.failed(ctx, job, err)
	}
	return w.listed(ctx, job, cov)
}

// list inserts the repositories of the source, with a job for each.
func (w *listWorker) list(ctx context.Context, run *Run, job *river.Job[listArgs], cov *scanner.Coverage) error {
	lister, err := w.e.opts.List(job.Args.Source, run.Plan.Choice)
	if err != nil {
		return err
	}
	leftOut, err := run.Plan.Choice.LeftOut()
	if err != nil {
		return err
	}
	cov.Source = lister.Name()
	var some []Repository
	flush := func() error {
		if len(some) == 0 {
			return nil
		}
		err := w.e.insert(ctx, job, run, some)
		some = some[:0]
		return err
	}
	err = lister.List(ctx, func(r Repository) error {
		if why, fix := leftOut(r); why != "" {
			cov.Exclude("repositories", why, fix, 1)
			return nil
		}
		cov.Count("repositories", 1)
		some = append(some, r)
		if len(some) < batch {
			return nil
		}
		return flush()
	}, cov.Gap)
	return errors.Join(err, flush())
}

// insert inserts the rows of repositories that the sweep does not have yet, and with them
// the jobs of all in which there may be something new.
func (e *Engine) insert(ctx context.Context, job *river.Job[listArgs], run *Run, all []Repository) error {
	stand, err := e.unchanged(ctx, run.ID, all)
	if err != nil {
		return err
	}
	return e.db.Write(ctx, writers, func(tx *database.Tx) error {
		if err := change(tx, "UPDATE sweep_source SET state = 'running' WHERE job = ? AND state = 'running' RETURNING job", job.ID); err != nil {
			return err
		}
		for i := range all {
			for _, r := range run.rows(&all[i], stand[all[i].Clone]) {
				if err := e.insertOne(ctx, tx, run.ID, &r); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (e *Engine) insertOne(ctx context.Context, tx *database.Tx, run int64, r *row) error {
	if have, err := has(tx, run, &r.Repository, r.kind); err != nil || have {
		return err
	}
	if r.done != nil {
		return insertDone(tx, run, r, r.done)
	}
	job, err := e.river.InsertTx(ctx, tx.Tx, r.args, &river.InsertOpts{Priority: r.priority(time.Now())})
	if err != nil {
		return err
	}
	return tx.Exec("INSERT INTO sweep_repository (run, clone, kind, name, job, state) VALUES (?, ?, ?, ?, ?, ?)", run, r.Clone, string(r.kind), r.Name, job.Job.ID, string(Waiting))
}

// priority is that of its job, 1 to 4: what was pushed to of late comes first, and what
// everybody can read.
func (r *Repository) priority(now time.Time) int {
	p := 1
	if r.Private {
		p++
	}
	if r.Archived || !r.Pushed.IsZero() && now.Sub(r.Pushed) > 90*24*time.Hour {
		p += 2
	}
	return p
}

func (w *listWorker) listed(ctx context.Context, job *river.Job[listArgs], cov *scanner.Coverage) error {
	text, err := json.Marshal(cov)
	if err != nil {
		return err
	}
	return w.e.settle(ctx, job.Args.Run, "UPDATE sweep_source SET state = 'done', coverage = ?, error = '' WHERE job = ? AND state = 'running' RETURNING job", string(text), job.ID)
}

func (w *listWorker) failed(ctx context.Context, job *river.Job[listArgs], why error) error {
	state := Waiting
	var never *Unreadable
	if job.Attempt >= job.MaxAttempts || errors.As(why, &never) {
		state = Failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute) // that of the job may be over
	defer cancel()
	err := w.e.settle(ctx, job.Args.Run, "UPDATE sweep_source SET state = ?, error = ? WHERE job = ? AND state IN ('waiting', 'running') RETURNING job", string(state), why.Error(), job.ID)
	if never != nil {
		why = river.JobCancel(why)
	}
	return errors.Join(why, err)
}
