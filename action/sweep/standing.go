package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/scanner/database"
)

const (
	// askedAtOnce is how many repositories are asked for their refs at once.
	askedAtOnce = 8

	// retold is for how long a result stands that has gaps: what was missing may be there
	// later under the same refs.
	retold = 24 * time.Hour
)

// unchanged are, by clone address, the results that stand: of repositories whose refs are
// those of then. Forges' times of the last push do not tell: a pull request from a fork
// makes a ref, and is no push. Of one that cannot be asked a fetch will tell.
func (e *Engine) unchanged(ctx context.Context, run int64, all []Repository) (map[string]*outcome, error) {
	if e.opts.Refs == nil {
		return nil, nil
	}
	before := make([]*outcome, len(all))
	err := e.db.Read(ctx, func(tx *database.Tx) (err error) {
		for i := range all {
			have, err := has(tx, run, &all[i], History)
			if err == nil && !have && !all[i].Disabled {
				before[i], err = e.lastRead(tx, &all[i])
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	stand := map[string]*outcome{}
	asking := pool.New().WithMaxGoroutines(askedAtOnce)
	for i, o := range before {
		if o == nil {
			continue
		}
		asking.Go(func() {
			if refs, err := e.opts.Refs(ctx, all[i]); err != nil || refs != o.Refs {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			stand[all[i].Clone] = o
		})
	}
	asking.Wait()
	return stand, ctx.Err()
}

// has reports whether the sweep has a row for the repository already.
func has(tx *database.Tx, run int64, r *Repository, kind Kind) (bool, error) {
	var n int
	err := tx.Row("SELECT count(*) FROM sweep_repository WHERE run = ? AND clone = ? AND kind = ?", run, r.Clone, string(kind)).Scan(&n)
	return n > 0, err
}

// lastRead is what the last sweep that read the history of a repository brought; nil if
// there was none, if it was made under other rules, or if it is time to look for what it
// lacks.
func (e *Engine) lastRead(tx *database.Tx, r *Repository) (found *outcome, err error) {
	const query = `SELECT refs, ruleset, complete, gaps, secrets, finished FROM sweep_repository
		WHERE clone = ? AND kind = 'history' AND state = 'done' AND unchanged = 0 AND refs <> '' ORDER BY finished DESC LIMIT 1`
	err = tx.Each(query, []any{r.Clone}, func(scan func(...any) error) error {
		o := &outcome{Unchanged: true}
		var gaps, secrets string
		var finished int64
		if err := scan(&o.Refs, &o.Ruleset, &o.Complete, &gaps, &secrets, &finished); err != nil {
			return err
		}
		if o.Ruleset != e.rules() || !o.Complete && time.Since(moment(finished)) > retold {
			return nil
		}
		if err := json.Unmarshal([]byte(gaps), &o.Gaps); err != nil {
			return fmt.Errorf("the gaps of %s: %w", r.Name, err)
		}
		if err := json.Unmarshal([]byte(secrets), &o.Secrets); err != nil {
			return fmt.Errorf("the secrets of %s: %w", r.Name, err)
		}
		found = o
		return nil
	})
	return found, err
}
