package sweep

import (
	"context"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/forge"
)

// APIStatus is what an API has left to this database's sweeps.
type APIStatus struct {
	Host  string    `json:"host"`
	Left  int       `json:"left"` // requests
	Reset time.Time `json:"reset"`
}

// jobKey is the key of the job in the context of its work.
type jobKey struct{}

// counted is the context of a job's work, whose requests to APIs are counted.
func counted(ctx context.Context, job *rivertype.JobRow) context.Context {
	ctx, _ = forge.WithTally(ctx)
	return context.WithValue(ctx, jobKey{}, job)
}

// counting returns what adds the requests that the job of ctx has made since it was called
// last to the row of the job.
func counting(ctx context.Context) func(*database.Tx) error {
	job, ok := ctx.Value(jobKey{}).(*rivertype.JobRow)
	n := forge.TallyOf(ctx).Take()
	if !ok || n == 0 {
		return nothing
	}
	return func(tx *database.Tx) error {
		return tx.Exec("UPDATE "+tableOf(job.Kind)+" SET requests = requests + ? WHERE job = ?", n, job.ID)
	}
}

// tellAPI tells other processes what the APIs have left.
func (e *Engine) tellAPI(ctx context.Context) error {
	usage := e.opts.API.Usage()
	if len(usage) == 0 {
		return nil
	}
	return e.db.Write(ctx, 0, func(tx *database.Tx) error {
		for _, u := range usage {
			err := tx.Exec("INSERT INTO sweep_api (host, remain, reset) VALUES (?, ?, ?) ON CONFLICT (host) DO UPDATE SET remain = excluded.remain, reset = excluded.reset",
				u.Host, u.Left, u.Reset.UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// readAPI reads what APIs have left: what this process knows itself it knows best.
func (e *Engine) readAPI(tx *database.Tx, now time.Time) (all []APIStatus, err error) {
	all = []APIStatus{}
	known := map[string]bool{}
	for _, u := range e.opts.API.Usage() {
		if known[u.Host] = true; u.Left >= 0 && now.Before(u.Reset) {
			all = append(all, APIStatus{u.Host, u.Left, u.Reset.UTC()})
		}
	}
	err = tx.Each("SELECT host, remain, reset FROM sweep_api WHERE remain >= 0 AND reset > ? ORDER BY host", []any{now.UnixMilli()}, func(scan func(...any) error) error {
		var a APIStatus
		var reset int64
		if err := scan(&a.Host, &a.Left, &reset); err != nil || known[a.Host] {
			return err
		}
		a.Reset = moment(reset)
		all = append(all, a)
		return nil
	})
	return all, err
}
