package ledger_test

import (
	"errors"
	"testing"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
	store "github.com/leakguard/leakguard/scanner/database"
)

// TestRecordIn: a scan that is recorded in a transaction of others is recorded if that is
// committed, and not if it is not.
func TestRecordIn(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		c := start()
		l := openAt(t, dsn, c)
		db, err := store.Open(dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		res := result(verify.Live, map[string][]string{"lg1s-1": {"a.env", "b.env"}})
		failed := errors.New("what else was to be done failed")
		for _, test := range []struct {
			then error
			want int
		}{{failed, 0}, {nil, 1}} {
			err := db.Write(t.Context(), 0, func(tx *store.Tx) error {
				sum, err := l.RecordIn(tx, res, c.now)
				if err != nil || sum != (ledger.Recorded{New: 1, Occurrences: 2}) {
					t.Errorf("recorded %+v: %v", sum, err)
				}
				return test.then
			})
			if !errors.Is(err, test.then) {
				t.Errorf("the error is %v, want %v", err, test.then)
			}
			if all, err := l.History(t.Context(), ledger.Filter{}); err != nil || len(all) != test.want {
				t.Errorf("after %v: %d secrets, want %d: %v", test.then, len(all), test.want, err)
			}
		}
	})
}
