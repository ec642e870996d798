package sweep

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/forge"
)

// Metrics are the figures of a database of sweeps that monitoring wants. They name no
// repository and no secret.
type Metrics struct {
	Last         *Status              // of the sweep that began last; nil: there was none
	Waiting      int                  // jobs that wait, of all sweeps
	LastComplete time.Time            // when the last sweep ended that read everything; zero: none
	Secrets      map[verify.State]int // that are open in the ledger, by verdict
	API          []forge.Usage        // of this process
}

// finishedLookedAt is how many finished sweeps are looked at for one that read everything.
const finishedLookedAt = 100

// Metrics gathers the figures. The engine needs its ledger for it.
func (e *Engine) Metrics(ctx context.Context) (*Metrics, error) {
	m := &Metrics{Secrets: map[verify.State]int{}, API: e.opts.API.Usage()}
	if last, err := e.Status(ctx, 0); err == nil {
		m.Last = last
	} else if !errors.Is(err, ErrNoRun) {
		return nil, err
	}
	if err := e.db.Read(ctx, m.readRuns); err != nil {
		return nil, err
	}
	secrets, err := e.opts.Ledger.Secrets(ctx, ledger.Filter{})
	for i := range secrets {
		if s := &secrets[i]; !s.State.Closed() {
			m.Secrets[s.Verdict]++
		}
	}
	return m, err
}

func (m *Metrics) readRuns(tx *database.Tx) error {
	err := tx.Row(`SELECT (SELECT count(*) FROM sweep_source s JOIN sweep_run r ON r.id = s.run WHERE r.state = 'running' AND s.state = 'waiting')
		+ (SELECT count(*) FROM sweep_repository s JOIN sweep_run r ON r.id = s.run WHERE r.state = 'running' AND s.state = 'waiting')`).Scan(&m.Waiting)
	if err != nil {
		return err
	}
	// Sources are few, and their coverage is JSON: it is read where the repositories allow it.
	var candidates []Status
	err = tx.Each(`SELECT id, finished FROM (SELECT id, finished FROM sweep_run WHERE state = 'done' AND error = '' ORDER BY id DESC LIMIT ?) AS last
		WHERE NOT EXISTS (SELECT 1 FROM sweep_repository WHERE run = last.id AND (state <> 'done' OR complete = 0)) ORDER BY id DESC`,
		[]any{finishedLookedAt}, func(scan func(...any) error) error {
			var finished int64
			s := Status{Run: Run{State: Done}}
			err := scan(&s.ID, &finished)
			s.Finished = moment(finished)
			candidates = append(candidates, s)
			return err
		})
	for i := range candidates {
		s := &candidates[i]
		if err != nil || !m.LastComplete.IsZero() {
			return err
		}
		if err = s.readSources(tx); err == nil && s.Complete() {
			m.LastComplete = s.Finished
		}
	}
	return err
}

// Write writes them in the text format of OpenMetrics 1.0.
func (m *Metrics) Write(w io.Writer) error {
	x := new(exposition)
	if m.Last != nil {
		m.writeLast(x)
	}
	x.family("leakguard_sweep_jobs_waiting", "", "Jobs that wait for a worker or for another attempt, of all sweeps.")
	x.sample(float64(m.Waiting))
	if !m.LastComplete.IsZero() {
		x.family("leakguard_sweep_last_complete_timestamp_seconds", "seconds", "When the last sweep ended that read everything.")
		x.sample(seconds(m.LastComplete))
	}
	x.family("leakguard_ledger_secrets", "", "Open secrets of the ledger by verdict.")
	for _, v := range []verify.State{verify.Live, verify.Dead, verify.Unknown, verify.Unverifiable, verify.Unverified} {
		x.sample(float64(m.Secrets[v]), "verdict", string(v))
	}
	m.writeAPI(x)
	return x.end(w)
}

func (m *Metrics) writeAPI(x *exposition) {
	if len(m.API) == 0 {
		return
	}
	x.counter("leakguard_api_requests", "Requests of this process to APIs of forges.")
	for _, u := range m.API {
		x.sample(float64(u.Requests), "host", u.Host)
	}
	x.family("leakguard_api_remaining", "", "Requests that an API, or the budget of this process, has left.")
	for _, u := range m.API {
		if u.Left >= 0 {
			x.sample(float64(u.Left), "host", u.Host)
		}
	}
}

func (m *Metrics) writeLast(x *exposition) {
	states, gaps := map[Kind]map[State]int{History: {}, Logs: {}, Variables: {}}, 0
	for i := range m.Last.Repositories {
		r := &m.Last.Repositories[i]
		states[cmp.Or(r.Kind, History)][r.State]++
		for _, g := range r.Gaps {
			gaps += g.Count
		}
	}
	for i := range m.Last.Sources {
		if c := m.Last.Sources[i].Coverage; c != nil {
			for _, g := range c.Gaps {
				gaps += g.Count
			}
		}
	}
	t := m.Last.Totals()
	x.family("leakguard_sweep_began_timestamp_seconds", "seconds", "When the last sweep began.")
	x.sample(seconds(m.Last.Began))
	for _, of := range []struct {
		kind       Kind
		name, help string
	}{
		{History, "leakguard_sweep_repositories", "Repositories of the last sweep by state."},
		{Logs, "leakguard_sweep_logs", "Repositories whose logs the last sweep reads, by state."},
		{Variables, "leakguard_sweep_variables", "Repositories, organisations and groups whose variables the last sweep reads, by state."},
	} {
		x.family(of.name, "", of.help)
		for _, s := range []State{Waiting, Running, Done, Failed, Cancelled} {
			x.sample(float64(states[of.kind][s]), "state", string(s))
		}
	}
	x.family("leakguard_sweep_unchanged_repositories", "", "Repositories that the last sweep found as they were, and did not read again.")
	x.sample(float64(t.Unchanged))
	x.family("leakguard_sweep_objects", "", "Git objects that the last sweep read.")
	x.sample(float64(t.Objects))
	x.family("leakguard_sweep_read_bytes", "bytes", "Bytes that the last sweep read.")
	x.sample(float64(t.Bytes))
	x.family("leakguard_sweep_gaps", "", "Things that the last sweep could not read.")
	x.sample(float64(gaps))
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
