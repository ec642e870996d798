package sweep_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// shop lists one repository, and a gap if it is to.
type shop struct {
	address string
	gap     bool
}

func (s shop) Name() string { return "the shop" }

func (s shop) List(_ context.Context, each func(sweep.Repository) error, gap func(what, why, fix string)) error {
	if s.gap {
		gap("hidden repositories", "the token may not see them", "give it more")
	}
	return each(sweep.Repository{Name: "shop", Clone: s.address})
}

// The figures are those of the last sweep, of all jobs, and of the last sweep that read
// everything.
func TestMetrics(t *testing.T) {
	databases(t, func(t *testing.T, dsn string) {
		repo := gitrepo.New(t)
		repo.Write("a.env", "TOKEN="+token()+"\n").Commit("a secret")
		s := &site{Dir: t.TempDir(), DSN: dsn, Pace: quick, Jobs: 1}
		e, done := s.listing(t, func(source string, _ sweep.Choice) (sweep.Lister, error) {
			return shop{repo.URL(), source == "partly"}, nil
		})
		defer done()
		figures := func() *sweep.Metrics {
			t.Helper()
			m, err := e.Metrics(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		if m := figures(); m.Last != nil || m.Waiting != 0 || !m.LastComplete.IsZero() || len(m.Secrets) != 0 {
			t.Errorf("before the first sweep: %+v", m)
		}
		if _, err := e.Begin(t.Context(), sweep.Plan{Sources: []string{"partly"}}, 0); err != nil {
			t.Fatal(err)
		}
		if m := figures(); m.Last == nil || m.Waiting != 1 {
			t.Errorf("before anything is listed: %+v", m)
		}
		if err := e.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		var whole time.Time
		for _, source := range []string{"partly", "wholly", "partly"} {
			status := toEnd(t, e, source)
			if source == "wholly" {
				whole = status.Finished
			}
			m := figures()
			if m.Last.ID != status.ID || m.Waiting != 0 || m.Secrets[verify.Unverified] != 1 || len(m.Last.Repositories) != 1 {
				t.Errorf("after sweep %d: %+v", status.ID, m)
			}
			if !m.LastComplete.Equal(whole) {
				t.Errorf("after sweep %d: everything was last read at %v, want %v", status.ID, m.LastComplete, whole)
			}
		}
	})
}

// listing is an engine at the site whose sources are listed by list.
func (s *site) listing(t *testing.T, list func(string, sweep.Choice) (sweep.Lister, error)) (e *sweep.Engine, done func()) {
	t.Helper()
	first, l, err := s.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := s.options(l)
	o.List = list
	e, err = sweep.Open(t.Context(), o)
	if err = errors.Join(err, first.Close()); err != nil {
		t.Fatal(err)
	}
	return e, func() {
		if err := errors.Join(e.Stop(context.Background()), e.Close(), l.Close()); err != nil {
			t.Error(err)
		}
	}
}

// toEnd sweeps one source, with an engine that is started.
func toEnd(t *testing.T, e *sweep.Engine, source string) *sweep.Status {
	t.Helper()
	return toEndOf(t, e, sweep.Plan{Sources: []string{source}})
}

// toEndOf is toEnd for a plan.
func toEndOf(t *testing.T, e *sweep.Engine, p sweep.Plan) *sweep.Status {
	t.Helper()
	run, err := e.Begin(t.Context(), p, 0)
	if err == nil {
		err = e.Lead(run)
	}
	for err == nil {
		var status *sweep.Status
		if status, err = e.Status(t.Context(), run.ID); err == nil && status.State != sweep.Running {
			return status
		}
		time.Sleep(quick.Poll)
	}
	t.Fatal(err)
	return nil
}
