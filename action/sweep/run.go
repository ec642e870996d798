package sweep

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/leakguard/leakguard/scanner/database"
)

// Plan is what a sweep sweeps. Two sweeps of equal plans sweep the same.
type Plan struct {
	Sources []string `json:"sources"` // as Options.List knows them: "org:acme", "file:/etc/repositories"
	Choice  Choice   `json:"choice"`
	Issues  bool     `json:"issues,omitempty"` // whether Options.Finish is to bring the issues up to date

	Logs      time.Duration `json:"logs,omitempty"`      // how far back build logs are read; 0: none are
	Variables bool          `json:"variables,omitempty"` // whether variables of pipelines are read
}

// Run is one sweep.
type Run struct {
	ID       int64     `json:"id"`
	Plan     Plan      `json:"plan"`
	State    State     `json:"state"`
	Error    string    `json:"error,omitempty"` // of its end
	Began    time.Time `json:"began"`
	Finished time.Time `json:"finished,omitzero"`
}

// State is how far something is.
type State string

// The states of sweeps, sources and repositories. A sweep never waits or fails.
const (
	Waiting   State = "waiting" // for its turn, or for another attempt
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed" // and given up
	Cancelled State = "cancelled"
)

// ErrNoRun is the error of asking for a sweep that is not there.
var ErrNoRun = errors.New("there was no sweep yet")

// queue is the one of which the jobs that need a list, and the credentials for it, are
// worked: only by processes that sweep this plan.
func (r *Run) queue() string { return fmt.Sprintf("sweep-%d", r.ID) }

// Begin begins a sweep of the plan. One of the same plan that is not finished is taken
// up instead, and one that began less than every ago is not repeated: it is returned as
// it is, done.
func (e *Engine) Begin(ctx context.Context, p Plan, every time.Duration) (*Run, error) {
	plan, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	var run *Run
	err = e.db.Write(ctx, writers, func(tx *database.Tx) error {
		run, err = lastRun(tx, "plan = ? AND state <> 'cancelled'", string(plan))
		now := time.Now()
		switch {
		case err == nil && run.State == Running:
			return e.wake(ctx, tx, run)
		case err == nil && every > 0 && now.Before(run.Began.Add(every)):
			return nil
		}
		if err != nil && !errors.Is(err, ErrNoRun) {
			return err
		}
		run = &Run{Plan: p, State: Running, Began: time.UnixMilli(now.UnixMilli())}
		err := tx.Row("INSERT INTO sweep_run (plan, state, began) VALUES (?, ?, ?) RETURNING id", string(plan), string(Running), now.UnixMilli()).Scan(&run.ID)
		if err != nil {
			return err
		}
		return e.insertSources(ctx, tx, run)
	})
	return run, err
}

func (e *Engine) insertSources(ctx context.Context, tx *database.Tx, run *Run) error {
	for _, name := range run.Plan.Sources {
		job, err := e.river.InsertTx(ctx, tx.Tx, listArgs{Run: run.ID, Source: name}, &river.InsertOpts{Queue: run.queue()})
		if err != nil {
			return err
		}
		err = tx.Exec("INSERT INTO sweep_source (run, name, job, state) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", run.ID, name, job.Job.ID, string(Waiting))
		if err != nil {
			return err
		}
	}
	return nil
}

// wake has the jobs of a sweep that is taken up go on which wait for the limit of an API:
// this process may have another.
func (e *Engine) wake(ctx context.Context, tx *database.Tx, run *Run) error {
	waiting := river.NewJobListParams().States(rivertype.JobStateScheduled).Kinds(kindList, kindLogs, kindVariables).First(mostListed)
	list, err := e.river.JobListTx(ctx, tx.Tx, waiting)
	if err != nil {
		return err
	}
	for _, job := range list.Jobs {
		of, err := runOf(job)
		if err == nil && of == run.ID {
			_, err = e.river.JobRetryTx(ctx, tx.Tx, job.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mostListed is how many jobs River lists at once.
const mostListed = 10_000

// runOf is the sweep of a job.
func runOf(job *rivertype.JobRow) (int64, error) {
	var args struct {
		Run int64 `json:"run"`
	}
	err := json.Unmarshal(job.EncodedArgs, &args)
	return args.Run, err
}

// Lead has the engine work the jobs of that sweep that Start alone does not: listing and
// finishing.
func (e *Engine) Lead(run *Run) error {
	return e.river.Queues().Add(run.queue(), river.QueueConfig{MaxWorkers: 1})
}

// Unlead ends Lead, once the sweep is finished.
func (e *Engine) Unlead(ctx context.Context, run *Run) error {
	return e.river.Queues().Remove(ctx, run.queue())
}

// Cancel ends a sweep: what is done stays, what is under way stops within seconds, and
// nothing more is begun.
func (e *Engine) Cancel(ctx context.Context, id int64) error {
	return e.db.Write(ctx, writers, func(tx *database.Tx) error {
		run, err := lastRun(tx, "id = ?", id)
		if err != nil {
			return err
		}
		if run.State != Running {
			return fmt.Errorf("sweep %d is %s already", id, run.State)
		}
		for _, table := range []string{"sweep_source", "sweep_repository"} {
			if err := tx.Exec("UPDATE "+table+" SET state = 'cancelled' WHERE run = ? AND state IN ('waiting', 'running')", id); err != nil {
				return err
			}
		}
		return tx.Exec("UPDATE sweep_run SET state = 'cancelled', finished = ? WHERE id = ?", time.Now().UnixMilli(), id)
	})
}

// lastRun is the last of the sweeps for which the condition holds.
func lastRun(tx *database.Tx, where string, args ...any) (*Run, error) {
	var r Run
	var plan string
	var began, finished int64
	err := tx.Row("SELECT id, plan, state, error, began, finished FROM sweep_run WHERE "+where+" ORDER BY id DESC LIMIT 1", args...).
		Scan(&r.ID, &plan, &r.State, &r.Error, &began, &finished)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoRun
	}
	if err != nil {
		return nil, err
	}
	r.Began, r.Finished = moment(began), moment(finished)
	if err := json.Unmarshal([]byte(plan), &r.Plan); err != nil {
		return nil, fmt.Errorf("the plan of sweep %d: %w", r.ID, err)
	}
	return &r, nil
}

// moment is a time of the database.
func moment(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}
