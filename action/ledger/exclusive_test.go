package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakguard/leakguard/testdata/postgresql"
)

// TestExclusive: what has one name is done by one at a time, also where each has
// opened the ledger by itself.
func TestExclusive(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		var inside, most, turns atomic.Int32
		var all sync.WaitGroup
		openAt(t, dsn, start()) // makes the tables
		for range 4 {
			l := openAt(t, dsn, start())
			all.Go(func() {
				for range 3 {
					_, release, err := l.Exclusive(t.Context(), "test")
					if err != nil {
						t.Error(err)
						return
					}
					n := inside.Add(1)
					most.Store(max(most.Load(), n))
					turns.Add(1)
					time.Sleep(time.Millisecond)
					inside.Add(-1)
					release()
				}
			})
		}
		all.Wait()
		if most.Load() != 1 || turns.Load() != 12 {
			t.Errorf("%d at a time, %d turns; want 1 and 12", most.Load(), turns.Load())
		}
	})
}

// TestExclusiveWaits: whoever waits can be called off, and another name is free.
func TestExclusiveWaits(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		l, other := openAt(t, dsn, start()), openAt(t, dsn, start())
		held, release, err := l.Exclusive(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, _, err := other.Exclusive(ctx, "test"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it was taken twice: %v", err)
		}
		_, releaseOther, err := other.Exclusive(t.Context(), "another")
		if err != nil {
			t.Fatalf("another name: %v", err)
		}
		releaseOther()
		if held.Err() != nil {
			t.Errorf("the hold ended: %v", context.Cause(held))
		}
		release()
		if held.Err() == nil {
			t.Error("what was held goes on after its release")
		}
		_, release, err = other.Exclusive(t.Context(), "test")
		if err != nil {
			t.Fatalf("after the release: %v", err)
		}
		release()
	})
}

// TestExclusiveOfTheDead: what a killed process held is free again. In SQLite its row
// stays behind, until its time is over.
func TestExclusiveOfTheDead(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		dsn := postgresql.Database(t)
		dead := openAt(t, dsn, start())
		if _, _, err := dead.Exclusive(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		// A process that is killed leaves a connection that is cut.
		if _, err := database(t, dsn).ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); err != nil {
			t.Fatal(err)
		}
		_, release, err := openAt(t, dsn, start()).Exclusive(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		release()
	})
	now := time.Now()
	for _, test := range []struct {
		name  string
		until time.Time
		free  bool
	}{
		{"its time is over", now.Add(-time.Second), true},
		{"its time is not over", now.Add(30 * time.Second), false},
		{"its clock was ahead by a day", now.Add(24 * time.Hour), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dsn := t.TempDir() + "/ledger.db"
			l := openAt(t, dsn, start())
			left, err := json.Marshal(map[string]any{"holder": "killed", "until": test.until})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := database(t, dsn).ExecContext(t.Context(), "INSERT INTO ledger_meta (name, value) VALUES ('exclusive test', ?)", string(left)); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if !test.free {
				time.AfterFunc(100*time.Millisecond, cancel)
			}
			_, release, err := l.Exclusive(ctx, "test")
			if free := err == nil; free != test.free {
				t.Errorf("free: %t, want %t: %v", free, test.free, err)
			}
			if err == nil {
				release()
			}
		})
	}
}
