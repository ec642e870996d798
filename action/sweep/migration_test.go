package sweep

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// TestMigrationKeepsRows has the sweeps of the first version brought up to date: what a
// repository brought is that of its history.
func TestMigrationKeepsRows(t *testing.T) {
	for name, dsn := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "state.db") },
		"PostgreSQL": func(t *testing.T) string { return postgresql.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			address := dsn(t)
			if err := firstVersion(t.Context(), address); err != nil {
				t.Fatal(err)
			}
			e, err := Open(t.Context(), Options{DSN: address})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			s, err := e.Status(t.Context(), 0)
			if err != nil || len(s.Repositories) != 2 || len(s.Sources) != 1 {
				t.Fatalf("%+v, %v", s, err)
			}
			closed, shop := &s.Repositories[0], &s.Repositories[1]
			if shop.Kind != History || shop.Name != "acme/shop" || shop.Objects != 12 || shop.Bytes != 345 || !shop.Complete || len(shop.Secrets) != 1 || shop.Finished.UnixMilli() != 1700000000003 {
				t.Errorf("%+v", shop)
			}
			if closed.State != Failed || closed.Attempts != 3 || closed.Lost != 1 || closed.Error != "away" || len(closed.Gaps) != 1 {
				t.Errorf("%+v", closed)
			}
			if s.Plan.Sources[0] != "org:acme" || s.Plan.Logs != 0 || s.Totals().Requests != 0 {
				t.Errorf("%+v", s.Run)
			}
			err = e.db.Read(t.Context(), func(tx *database.Tx) error {
				before, err := e.lastRead(tx, &Repository{Clone: shop.Clone})
				if before != nil { // under other rules than none
					t.Errorf("%+v", before)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// firstVersion makes a database of the first version, with a sweep.
func firstVersion(ctx context.Context, dsn string) error {
	db, err := database.Open(dsn)
	if err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err == nil {
		err = db.Migrate(ctx, "sweep", files, 1, writers)
	}
	if err == nil {
		err = db.Write(ctx, writers, func(tx *database.Tx) error {
			return errors.Join(
				tx.Exec(`INSERT INTO sweep_run (plan, state, began) VALUES ('{"sources":["org:acme"],"choice":{"Archived":false,"Forks":false,"Wikis":false,"Gists":false,"Exclude":null}}', 'done', 1700000000000)`),
				tx.Exec(`INSERT INTO sweep_source (run, name, job, state) VALUES (1, 'org:acme', 1, 'done')`),
				tx.Exec(`INSERT INTO sweep_repository (run, clone, name, job, state, complete, refs, ruleset, objects, bytes, secrets, began, finished)
					VALUES (1, 'https://github.example/acme/shop.git', 'acme/shop', 2, 'done', 1, 'refs', 'rules', 12, 345, '[{"id":"lgk1-1","fails":true}]', 1700000000002, 1700000000003)`),
				tx.Exec(`INSERT INTO sweep_repository (run, clone, name, job, state, attempts, lost, error, gaps)
					VALUES (1, 'https://github.example/acme/closed.git', 'acme/closed', 3, 'failed', 3, 1, 'away', '[{"what":"a","why":"b","fix":"c","count":1}]')`),
			)
		})
	}
	return errors.Join(err, db.Close())
}
