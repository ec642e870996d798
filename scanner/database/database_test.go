package database_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

func open(t *testing.T, dsn string) *database.DB {
	t.Helper()
	db, err := database.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Two rooms in one database have tables and versions of their own.
func TestMigrate(t *testing.T) {
	for name, dsn := range map[string]string{"SQLite": filepath.Join(t.TempDir(), "new", "state.db"), "PostgreSQL": postgresql.Start(t)} {
		t.Run(name, func(t *testing.T) {
			db := open(t, dsn)
			files := fstest.MapFS{
				"0001.sql":          {Data: []byte("CREATE TABLE a (n {{serial}}, b {{bytes}} NOT NULL);")},
				"0002.sqlite.sql":   {Data: []byte("CREATE TABLE of_sqlite (n BIGINT);")},
				"0002.postgres.sql": {Data: []byte("CREATE TABLE of_postgres (n BIGINT);")},
			}
			for _, latest := range []int{1, 2, 2} {
				if err := db.Migrate(t.Context(), "room", files, latest, 1); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Migrate(t.Context(), "hall", fstest.MapFS{}, 0, 1); err != nil {
				t.Fatal(err)
			}
			err := db.Migrate(t.Context(), "room", files, 1, 1)
			if err == nil || !strings.Contains(err.Error(), "version 2") {
				t.Errorf("an older program: %v", err)
			}
			want := []byte{0, 1, '?'}
			var got []byte
			err = db.Write(t.Context(), 1, func(tx *database.Tx) error {
				if err := tx.Exec("INSERT INTO a (b) VALUES (?)", want); err != nil {
					return err
				}
				return tx.Row("SELECT b FROM a WHERE n = ? AND b = ?", 1, want).Scan(&got)
			})
			if err != nil || string(got) != string(want) {
				t.Errorf("%v, %v", got, err)
			}
			for table, there := range map[string]bool{"of_sqlite": !db.Postgres(), "of_postgres": db.Postgres()} {
				err := db.Read(t.Context(), func(tx *database.Tx) error { return tx.Row("SELECT count(*) FROM " + table).Scan(new(int)) })
				if (err == nil) != there {
					t.Errorf("table %s: %v", table, err)
				}
			}
		})
	}
}

// A transaction that fails leaves nothing.
func TestWriteFails(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "state.db"))
	fault := os.ErrClosed
	err := db.Write(t.Context(), 0, func(tx *database.Tx) error {
		if err := tx.Exec("CREATE TABLE a (n BIGINT)"); err != nil {
			return err
		}
		return fault
	})
	if err == nil || !strings.Contains(err.Error(), fault.Error()) {
		t.Errorf("error %v", err)
	}
	if err := db.Read(t.Context(), func(tx *database.Tx) error { return tx.Exec("SELECT n FROM a") }); err == nil {
		t.Error("the table is there")
	}
}

// A transaction that writes ends when its process hangs, for others wait for its locks; a
// session is as it was before.
func TestWriteIdle(t *testing.T) {
	dsn := postgresql.Start(t)
	for name, tt := range map[string]struct{ option, want string }{
		"usual":                {"", "1min"},
		"the address says two": {"&idle_in_transaction_session_timeout=2000", "2s"},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, dsn+tt.option)
			db.SetMaxOpenConns(1) // so that it is one session
			const show = "SHOW idle_in_transaction_session_timeout"
			ask := func(in func(do func(*database.Tx) error) error) (idle string) {
				t.Helper()
				if err := in(func(tx *database.Tx) error { return tx.Row(show).Scan(&idle) }); err != nil {
					t.Fatal(err)
				}
				return idle
			}
			read := func(do func(*database.Tx) error) error { return db.Read(t.Context(), do) }
			before := ask(read)
			if got := ask(func(do func(*database.Tx) error) error { return db.Write(t.Context(), 1, do) }); got != tt.want {
				t.Errorf("one that writes may be idle for %s, want %s", got, tt.want)
			}
			if got := ask(read); got != before {
				t.Errorf("afterwards, one that reads may be idle for %s, and before for %s", got, before)
			}
		})
	}
}
