package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/database"
)

// Status is how far a sweep is, and what it brought.
type Status struct {
	Run
	Sources      []SourceStatus     `json:"sources"`
	Repositories []RepositoryStatus `json:"repositories"`
	API          []APIStatus        `json:"api"` // of which anything is known
}

// SourceStatus is that of what lists repositories.
type SourceStatus struct {
	Source   string            `json:"source"`
	State    State             `json:"state"`
	Error    string            `json:"error,omitempty"`    // of the last attempt
	Coverage *scanner.Coverage `json:"coverage,omitempty"` // nil: it is not listed yet
	Requests int64             `json:"requests,omitempty"` // to its API
}

// RepositoryStatus is that of a repository's history, logs or variables, or of the variables
// of an organisation or group.
type RepositoryStatus struct {
	Name      string        `json:"name"`
	Kind      Kind          `json:"kind"`
	Clone     string        `json:"clone"`
	State     State         `json:"state"`
	Attempts  int           `json:"failedAttempts,omitempty"`
	Lost      int           `json:"lostProcesses,omitempty"` // that ended while they worked at it
	Error     string        `json:"error,omitempty"`         // of the last attempt
	Complete  bool          `json:"complete"`
	Unchanged bool          `json:"unchanged,omitempty"` // since an earlier sweep, so not read
	Gaps      []scanner.Gap `json:"gaps"`
	Secrets   []Secret      `json:"secrets"`
	Objects   int64         `json:"objects"`
	Bytes     int64         `json:"bytes"`
	Requests  int64         `json:"requests,omitempty"` // to the API of its forge
	Began     time.Time     `json:"began,omitzero"`
	Finished  time.Time     `json:"finished,omitzero"` // or when the last attempt failed
}

// Totals are the sums of a status. Logs and variables are counted apart from the
// repositories.
type Totals struct {
	Repositories int   `json:"repositories"`
	Done         int   `json:"done"`
	Unchanged    int   `json:"unchanged"`
	Failed       int   `json:"failed"`     // and given up
	Incomplete   int   `json:"incomplete"` // of those that are done
	Logs         Tally `json:"logs"`
	Variables    Tally `json:"variables"`
	Requests     int64 `json:"requests"` // to APIs
	Secrets      int   `json:"secrets"`  // each once, in however many repositories it is
	Live         int   `json:"live"`
	Fails        int   `json:"fails"` // that make the exit code 1
	Objects      int64 `json:"objects"`
	Bytes        int64 `json:"bytes"`
}

// Tally is how far readings of one kind are.
type Tally struct {
	All        int `json:"all"`
	Done       int `json:"done"`
	Failed     int `json:"failed"`
	Incomplete int `json:"incomplete"`
}

func (t *Tally) add(r *RepositoryStatus) {
	t.All++
	switch r.State {
	case Done:
		t.Done++
		t.Incomplete += number(!r.Complete)
	case Failed:
		t.Failed++
	}
}

// Totals sums it up.
func (s *Status) Totals() Totals {
	var t Totals
	var history Tally
	secrets := map[string]Secret{}
	for i := range s.Repositories {
		r := &s.Repositories[i]
		t.Objects += r.Objects
		t.Bytes += r.Bytes
		t.Requests += r.Requests
		switch r.Kind {
		case Logs:
			t.Logs.add(r)
		case Variables:
			t.Variables.add(r)
		default:
			history.add(r)
			t.Unchanged += number(r.State == Done && r.Unchanged)
		}
		for _, found := range r.Secrets {
			known := secrets[found.ID]
			secrets[found.ID] = Secret{ID: found.ID, Fails: known.Fails || found.Fails, Live: known.Live || found.Live}
		}
	}
	for i := range s.Sources {
		t.Requests += s.Sources[i].Requests
	}
	t.Repositories, t.Done, t.Failed, t.Incomplete = history.All, history.Done, history.Failed, history.Incomplete
	t.Secrets = len(secrets)
	for _, found := range secrets {
		t.Live += number(found.Live)
		t.Fails += number(found.Fails)
	}
	return t
}

// Complete reports whether the sweep has read all that it was to read.
func (s *Status) Complete() bool {
	for i := range s.Sources {
		if src := &s.Sources[i]; src.State != Done || src.Coverage == nil || !src.Coverage.Complete() {
			return false
		}
	}
	for i := range s.Repositories {
		if r := &s.Repositories[i]; r.State != Done || !r.Complete {
			return false
		}
	}
	return s.State == Done && s.Error == ""
}

// Status is that of a sweep; of the last one, if id is 0.
func (e *Engine) Status(ctx context.Context, id int64) (*Status, error) {
	s := &Status{Sources: []SourceStatus{}, Repositories: []RepositoryStatus{}}
	err := e.db.Read(ctx, func(tx *database.Tx) error {
		run, err := lastRun(tx, "id = ? OR ? = 0", id, id)
		if err != nil {
			return err
		}
		s.Run = *run
		if err := s.readSources(tx); err != nil {
			return err
		}
		if s.API, err = e.readAPI(tx, time.Now()); err != nil {
			return err
		}
		return s.readRepositories(tx)
	})
	return s, err
}

func (s *Status) readSources(tx *database.Tx) error {
	return tx.Each("SELECT name, state, error, coverage, requests FROM sweep_source WHERE run = ? ORDER BY name", []any{s.ID}, func(scan func(...any) error) error {
		var src SourceStatus
		var coverage string
		if err := scan(&src.Source, &src.State, &src.Error, &coverage, &src.Requests); err != nil {
			return err
		}
		if coverage != "" {
			if err := json.Unmarshal([]byte(coverage), &src.Coverage); err != nil {
				return fmt.Errorf("the coverage of %s: %w", src.Source, err)
			}
		}
		s.Sources = append(s.Sources, src)
		return nil
	})
}

func (s *Status) readRepositories(tx *database.Tx) error {
	query := `SELECT name, kind, clone, state, attempts, lost, error, complete, unchanged, gaps, secrets, objects, bytes, requests, began, finished
		FROM sweep_repository WHERE run = ? ORDER BY name, clone, kind`
	return tx.Each(query, []any{s.ID}, func(scan func(...any) error) error {
		var r RepositoryStatus
		var complete, unchanged int
		var gaps, secrets string
		var began, finished int64
		err := scan(&r.Name, &r.Kind, &r.Clone, &r.State, &r.Attempts, &r.Lost, &r.Error, &complete, &unchanged, &gaps, &secrets, &r.Objects, &r.Bytes, &r.Requests, &began, &finished)
		if err != nil {
			return err
		}
		r.Complete, r.Unchanged, r.Began, r.Finished = complete == 1, unchanged == 1, moment(began), moment(finished)
		if err := json.Unmarshal([]byte(gaps), &r.Gaps); err != nil {
			return fmt.Errorf("the gaps of %s: %w", r.Name, err)
		}
		if err := json.Unmarshal([]byte(secrets), &r.Secrets); err != nil {
			return fmt.Errorf("the secrets of %s: %w", r.Name, err)
		}
		s.Repositories = append(s.Repositories, r)
		return nil
	})
}
