// Package database opens the one database in which leakguard keeps its state: a SQLite
// file, or PostgreSQL for teams. Each room that keeps something in it owns its tables,
// which are made by numbered files of SQL: see Migrate.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// DB is an open database. It is safe for concurrent use, also by several processes.
type DB struct {
	*sql.DB
	dialect dialect
}

// dialect is what the two databases do differently.
type dialect struct {
	name    string // of the migrations: "sqlite", "postgres"
	driver  string
	serial  string // the type of a column that numbers rows
	bytes   string // the type of a column of bytes
	numbers bool   // whether parameters are $1, $2 instead of ?
}

var (
	sqlite   = dialect{name: "sqlite", driver: "sqlite", serial: "INTEGER PRIMARY KEY AUTOINCREMENT", bytes: "BLOB"}
	postgres = dialect{name: "postgres", driver: "pgx", serial: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", bytes: "BYTEA", numbers: true}
)

// Open opens the database at dsn, the path of a SQLite file, which is made if it is not
// there, or a postgres:// URL. Its errors do not quote the address, which may hold a
// password. That there is a server at all is seen by the first use.
func Open(dsn string) (*DB, error) {
	d := &DB{dialect: sqlite}
	if IsPostgres(dsn) {
		d.dialect = postgres
	} else {
		if err := makeFile(dsn); err != nil {
			return nil, err
		}
		dsn = sqliteDSN(dsn)
	}
	var err error
	if d.DB, err = sql.Open(d.dialect.driver, dsn); err != nil {
		return nil, Concealed(err)
	}
	if !d.Postgres() {
		d.SetMaxOpenConns(4)
	}
	return d, nil
}

// Postgres reports whether it is PostgreSQL.
func (d *DB) Postgres() bool { return d.dialect.numbers }

// IsPostgres reports whether dsn is the address of a PostgreSQL database.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// makeFile makes the file of a new SQLite database, to be read by its owner alone.
func makeFile(name string) error {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".database-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	// It is closed under another name: closing a database's file ends the locks that
	// this process has on it.
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), name); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// sqliteDSN has writers wait for one another, and what was acknowledged survive a
// crash.
func sqliteDSN(path string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(60000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// Concealed is an error of opening a database without its address.
func Concealed(err error) error {
	var parse *pgconn.ParseConfigError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &parse):
		return errors.New("want postgres://USER:PASSWORD@HOST:PORT/DATABASE, with % escapes for what is special in an address")
	case errors.As(err, &connect):
		return connect.Unwrap()
	}
	return err
}

// Migrate brings the tables of a room up to date, or says that the program is too old
// for them. files has its migrations, 0001.sql to that of the number latest: what both
// databases share, and beside it 0001.sqlite.sql and 0001.postgres.sql with what each has
// of its own. In them {{serial}} and {{bytes}} are the types of a column that numbers
// rows and of one of bytes. The room's table NAME_meta remembers where it is.
func (d *DB) Migrate(ctx context.Context, name string, files fs.FS, latest int, lock int64) error {
	meta := name + "_meta"
	return d.Write(ctx, lock, func(tx *Tx) error {
		if err := tx.Exec("CREATE TABLE IF NOT EXISTS " + meta + " (name TEXT PRIMARY KEY, value TEXT NOT NULL)"); err != nil {
			return err
		}
		have := 0
		err := tx.Each("SELECT value FROM "+meta+" WHERE name = 'version'", nil, func(scan func(...any) error) error {
			var text string
			if err := scan(&text); err != nil {
				return err
			}
			_, err := fmt.Sscan(text, &have)
			return err
		})
		if err != nil {
			return err
		}
		if have > latest {
			return fmt.Errorf("the %s has version %d, this program knows %d: use a newer leakguard", name, have, latest)
		}
		for n := have + 1; n <= latest; n++ {
			if err := tx.apply(files, n); err != nil {
				return fmt.Errorf("migration %d of the %s: %w", n, name, err)
			}
		}
		return tx.Exec("INSERT INTO "+meta+" (name, value) VALUES ('version', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", fmt.Sprint(latest))
	})
}

// apply runs one migration.
func (t *Tx) apply(files fs.FS, n int) error {
	types := strings.NewReplacer("{{serial}}", t.dialect.serial, "{{bytes}}", t.dialect.bytes)
	for _, name := range []string{fmt.Sprintf("%04d.sql", n), fmt.Sprintf("%04d.%s.sql", n, t.dialect.name)} {
		text, err := fs.ReadFile(files, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := t.Exec(types.Replace(string(text))); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
