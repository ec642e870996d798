package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/forge"
)

// work does a job that has a row in sweep_repository. All that do brings is recorded by it,
// in one transaction, before the job is complete; its error is tried again.
func (e *Engine) work(ctx context.Context, job *rivertype.JobRow, run int64, do func(context.Context) error) error {
	err := e.db.Write(ctx, writers, func(tx *database.Tx) error {
		return change(tx, "UPDATE sweep_repository SET state = 'running', began = ? WHERE job = ? AND state IN ('waiting', 'running') RETURNING job", time.Now().UnixMilli(), job.ID)
	})
	if err == nil {
		var done func()
		ctx, done = e.begin(ctx, job.ID) // not before: of a row that is not running, the job is taken
		defer done()
		err = unpanicked(func() error { return do(ctx) })
	}
	var limit *forge.LimitError
	switch {
	case err == nil, errors.Is(err, errTaken), errors.Is(context.Cause(ctx), errTaken):
		return nil
	case ctx.Err() == context.Canceled: // the process is stopping
		return river.JobSnooze(0)
	case errors.As(err, &limit):
		return e.postpone(ctx, "sweep_repository", job.ID, run, limit)
	}
	return e.failed(ctx, job, run, err)
}

// unpanicked is do with an error for a panic, without its value, which may quote what was
// read.
func unpanicked(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error (%T): please report it", p)
		}
	}()
	return do()
}

// postpone puts a job back until more may be asked of an API. That is no attempt.
func (e *Engine) postpone(ctx context.Context, table string, job, run int64, limit *forge.LimitError) error {
	err := e.settle(ctx, run, "UPDATE "+table+" SET state = 'waiting', error = ? WHERE job = ? AND state = 'running' RETURNING job", limit.Error(), job)
	return errors.Join(err, river.JobSnooze(max(0, time.Until(limit.Until))))
}

// failed notes why an attempt failed, and gives up after the last.
func (e *Engine) failed(ctx context.Context, job *rivertype.JobRow, run int64, why error) error {
	state := Waiting
	if job.Attempt >= job.MaxAttempts {
		state = Failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute) // that of the job may be over
	defer cancel()
	err := e.settle(ctx, run,
		"UPDATE sweep_repository SET state = ?, error = ?, attempts = attempts + 1, finished = ? WHERE job = ? AND state IN ('waiting', 'running') RETURNING job",
		string(state), why.Error(), time.Now().UnixMilli(), job.ID)
	return errors.Join(why, err)
}
