package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/leakguard/leakguard/scanner/database"
)

// A process that works jobs says again and again that it is there. The jobs of one that
// does not are given to others, as new jobs of River: a row names the one job that may
// write it. So a process that was only paused finds its jobs taken, stops them, and
// writes nothing. Jobs that were fetched and not begun are seen by the same look, and so
// are those that River gave to this process, or took back from it, while the database
// went away: it counts them as worked here, and they are not.

// errTaken is why a job stops that is not ours any more: it was given to another process
// or its sweep was cancelled.
var errTaken = errors.New("the job was taken away")

// live keeps the engine alive to others, and looks after what dead ones left.
func (e *Engine) live(ctx context.Context) {
	tick := time.NewTicker(e.opts.Pace.Beat)
	defer tick.Stop()
	for {
		for _, step := range []func(context.Context) error{e.beat, e.tellAPI, e.stopTaken, e.inherit} {
			if err := step(ctx); err != nil && ctx.Err() == nil {
				e.opts.Log.ErrorContext(ctx, "looking after the jobs of this process: "+database.Concealed(err).Error())
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// now is the database's time in milliseconds: the machines' clocks need not agree.
func (e *Engine) now() string {
	if e.db.Postgres() {
		return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
	}
	return "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
}

// sign is when a process last said that it is there, or might have had the database been
// there to be told.
func (e *Engine) sign() string {
	if e.db.Postgres() {
		return "greatest(beat, CAST(extract(epoch FROM pg_postmaster_start_time()) * 1000 AS BIGINT))"
	}
	return "beat"
}

// beat says that the process is there.
func (e *Engine) beat(ctx context.Context) error {
	return e.db.Write(ctx, 0, func(tx *database.Tx) error {
		return tx.Exec("INSERT INTO sweep_worker (id, beat) VALUES (?, "+e.now()+") ON CONFLICT (id) DO UPDATE SET beat = excluded.beat", e.river.ID())
	})
}

// leave says that it is there no more.
func (e *Engine) leave(ctx context.Context) error {
	return e.db.Write(ctx, 0, func(tx *database.Tx) error {
		return tx.Exec("DELETE FROM sweep_worker WHERE id = ?", e.river.ID())
	})
}

// stopTaken stops the jobs under way that are not ours any more.
func (e *Engine) stopTaken(ctx context.Context) error {
	e.mu.Lock()
	jobs := make([]int64, 0, len(e.working))
	for job := range e.working {
		jobs = append(jobs, job)
	}
	e.mu.Unlock()
	for _, job := range jobs {
		var n int
		err := e.db.Read(ctx, func(tx *database.Tx) error {
			return tx.Row("SELECT count(*) FROM sweep_repository WHERE job = ? AND state = 'running'", job).Scan(&n)
		})
		if err != nil {
			return err
		}
		e.mu.Lock()
		if stop := e.working[job]; n == 0 && stop != nil {
			stop(errTaken)
		}
		e.mu.Unlock()
	}
	return nil
}

// inherit gives the jobs of dead processes to others.
func (e *Engine) inherit(ctx context.Context) error {
	list, err := e.river.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).Kinds(kindList, kindRepository, kindLogs, kindVariables, kindFinish).First(mostListed))
	if err != nil || len(list.Jobs) == 0 {
		return err
	}
	alive, err := e.alive(ctx)
	if err != nil {
		return err
	}
	astray := e.astray(list.Jobs)
	for _, job := range list.Jobs {
		if n := len(job.AttemptedBy); n > 0 && !slices.Contains(alive, job.AttemptedBy[n-1]) || astray(job.ID) {
			if err := e.replace(ctx, job); err != nil {
				return err
			}
		}
	}
	return nil
}

// handle works a job that River gives to this process, notes that it is here, and has its
// requests counted.
func (e *Engine) handle(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	e.mu.Lock()
	e.atHand[job.ID] = true
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		delete(e.atHand, job.ID)
		e.mu.Unlock()
	}()
	return work(counted(ctx, job))
}

// astray reports of jobs that River counts as worked by this process whether they have not
// been here for as long as makes a process count as dead.
func (e *Engine) astray(running []*rivertype.JobRow) func(job int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, missing := time.Now(), map[int64]time.Time{}
	for _, job := range running {
		if n := len(job.AttemptedBy); n == 0 || job.AttemptedBy[n-1] != e.river.ID() || e.atHand[job.ID] {
			continue
		}
		missing[job.ID] = now
		if since, ok := e.missing[job.ID]; ok {
			missing[job.ID] = since
		}
	}
	e.missing = missing
	return func(job int64) bool {
		since, ok := missing[job]
		return ok && now.Sub(since) > e.opts.Pace.Dead
	}
}

// alive lists the processes that are there. This one is, whatever its last sign.
func (e *Engine) alive(ctx context.Context) ([]string, error) {
	alive := []string{e.river.ID()}
	err := e.db.Read(ctx, func(tx *database.Tx) error {
		return tx.Each("SELECT id FROM sweep_worker WHERE "+e.sign()+" > "+e.now()+" - ?", []any{e.opts.Pace.Dead.Milliseconds()}, func(scan func(...any) error) error {
			var id string
			if err := scan(&id); err != nil {
				return err
			}
			alive = append(alive, id)
			return nil
		})
	})
	return alive, err
}

// replace puts a new job in the place of one whose process is gone, unless somebody did.
func (e *Engine) replace(ctx context.Context, job *rivertype.JobRow) error {
	return e.db.Write(ctx, writers, func(tx *database.Tx) error {
		var owed bool
		var lost int
		var args river.JobArgs
		var err error
		switch job.Kind {
		case kindList:
			args, owed, lost, err = owes[listArgs](tx, job)
		case kindRepository:
			args, owed, lost, err = owes[repositoryArgs](tx, job)
		case kindLogs:
			args, owed, lost, err = owes[logsArgs](tx, job)
		case kindVariables:
			args, owed, lost, err = owes[variablesArgs](tx, job)
		case kindFinish:
			args, owed, lost, err = owes[finishArgs](tx, job)
		}
		if err != nil || !owed {
			return err
		}
		if lost >= maxLost {
			return e.giveUpLost(ctx, tx, job, lost)
		}
		next, err := e.river.InsertTx(ctx, tx.Tx, args, &river.InsertOpts{Queue: job.Queue, Priority: job.Priority})
		if err != nil {
			return err
		}
		if _, err := e.river.JobCancelTx(ctx, tx.Tx, job.ID); err != nil && !errors.Is(err, rivertype.ErrNotFound) {
			return err
		}
		if job.Kind == kindFinish {
			return tx.Exec("UPDATE sweep_run SET job = ? WHERE job = ?", next.Job.ID, job.ID)
		}
		return tx.Exec("UPDATE "+tableOf(job.Kind)+" SET job = ?, state = 'waiting', lost = lost + 1 WHERE job = ?", next.Job.ID, job.ID)
	})
}

// tableOf is the table that has the rows of jobs of a kind.
func tableOf(kind string) string {
	switch kind {
	case kindFinish:
		return "sweep_run"
	case kindList:
		return "sweep_source"
	}
	return "sweep_repository"
}

// owes reports whether a job has its work still before it, what that is, and how often a
// process was lost over it.
func owes[T river.JobArgs](tx *database.Tx, job *rivertype.JobRow) (args T, owed bool, lost int, err error) {
	query := "SELECT lost FROM " + tableOf(job.Kind) + " WHERE job = ? AND state IN ('waiting', 'running')"
	if job.Kind == kindFinish {
		query = "SELECT 0 FROM sweep_run WHERE job = ? AND state = 'running'"
	}
	err = tx.Each(query, []any{job.ID}, func(scan func(...any) error) error {
		owed = true
		return scan(&lost)
	})
	if err == nil && owed {
		err = json.Unmarshal(job.EncodedArgs, &args)
	}
	return args, owed, lost, err
}

// giveUpLost gives up what has cost too many processes.
func (e *Engine) giveUpLost(ctx context.Context, tx *database.Tx, job *rivertype.JobRow, lost int) error {
	why := fmt.Sprintf("%d processes ended while they worked at it; it may need more memory than they have", lost+1)
	if err := tx.Exec("UPDATE "+tableOf(job.Kind)+" SET state = 'failed', error = ?, lost = lost + 1 WHERE job = ?", why, job.ID); err != nil {
		return err
	}
	run, err := runOf(job)
	if err != nil {
		return err
	}
	return e.closeIfDone(ctx, tx, run)
}
