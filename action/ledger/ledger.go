// Package ledger remembers secrets over time: where each was found, what its issuer
// said and when, who has to deal with it until when, and what was done. It is what
// issues are made of and what outcome figures are computed from.
//
// It holds no secret. A secret is named by an HMAC of its fingerprint with a key
// that lies outside of the database, so that whoever gets the database alone can
// not try a dictionary on it.
//
// The database is SQLite, or PostgreSQL for teams; both have the same tables, made
// by the numbered files of the folder migrations.
package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Ledger is an open ledger. It is safe for concurrent use, also by several
// processes.
type Ledger struct {
	db      *sql.DB
	dialect dialect
	key     []byte
	policy  Policy
	now     func() time.Time
}

// Options settle how a ledger is opened.
type Options struct {
	Key    []byte // see LoadKey
	Policy Policy // the zero value stands for DefaultPolicy
	Now    func() time.Time
}

// dialect is what the two databases do differently.
type dialect struct {
	name    string // of the migrations: "sqlite", "postgres"
	driver  string
	serial  string // the type of a column that numbers rows
	numbers bool   // whether parameters are $1, $2 instead of ?
	lock    string // begins a transaction that writes, one at a time
}

var (
	sqlite   = dialect{name: "sqlite", driver: "sqlite", serial: "INTEGER PRIMARY KEY AUTOINCREMENT"}
	postgres = dialect{name: "postgres", driver: "pgx", serial: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", numbers: true,
		lock: "SELECT pg_advisory_xact_lock(7305809)"}
)

// Open opens the ledger at dsn, the path of a SQLite file or the postgres:// URL of
// a database, and brings its tables up to date.
func Open(ctx context.Context, dsn string, o Options) (*Ledger, error) {
	if len(o.Key) < 16 {
		return nil, errors.New("ledger: want a key of at least 16 bytes")
	}
	l := &Ledger{dialect: sqlite, key: o.Key, policy: o.Policy, now: o.Now}
	if l.policy == nil {
		l.policy = DefaultPolicy()
	}
	if l.now == nil {
		l.now = time.Now
	}
	if isPostgres(dsn) {
		l.dialect = postgres
	} else {
		if err := makeFile(dsn); err != nil {
			return nil, err
		}
		dsn = sqliteDSN(dsn)
	}
	var err error
	if l.db, err = sql.Open(l.dialect.driver, dsn); err != nil {
		return nil, openError(err)
	}
	if l.dialect.name == "sqlite" {
		l.db.SetMaxOpenConns(4)
	}
	err = l.migrate(ctx)
	if err == nil {
		err = l.checkKey(ctx)
	}
	if err != nil {
		return nil, errors.Join(openError(err), l.db.Close())
	}
	return l, nil
}

// makeFile makes the file of a new SQLite ledger, to be read by its owner alone.
func makeFile(name string) error {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".ledger-*")
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

// Close closes the ledger.
func (l *Ledger) Close() error { return l.db.Close() }

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// sqliteDSN has writers wait for one another, and what was acknowledged survive a
// crash.
func sqliteDSN(path string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(60000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// openError does not quote the address, which may hold a password.
func openError(err error) error {
	var parse *pgconn.ParseConfigError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &parse):
		err = errors.New("want postgres://USER:PASSWORD@HOST:PORT/DATABASE, with % escapes for what is special in an address")
	case errors.As(err, &connect):
		err = connect.Unwrap()
	}
	return fmt.Errorf("the ledger cannot be opened: %w", err)
}

// ID is the name of a secret in this ledger: an HMAC (RFC 2104) of its fingerprint.
func (l *Ledger) ID(fingerprint string) string {
	return "lgk1-" + hex.EncodeToString(l.mac("fingerprint", fingerprint)[:20])
}

var fingerprints = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("lg1[as]-[0-9a-f]{40}") })

// keyed names the secrets in a text, such as what a gap is about, as the ledger
// does: a fingerprint has no key.
func (l *Ledger) keyed(text string) string { return fingerprints().ReplaceAllStringFunc(text, l.ID) }

func (l *Ledger) mac(purpose, text string) []byte {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte(purpose + "\x00" + text))
	return h.Sum(nil)
}

// checkKey compares the key with the one that the ledger was made with: with
// another, every secret would be a new one.
func (l *Ledger) checkKey(ctx context.Context) error {
	want := hex.EncodeToString(l.mac("check", "leakguard ledger"))
	return l.write(ctx, func(tx *tx) error {
		var got string
		err := tx.row("SELECT value FROM ledger_meta WHERE name = 'key-check'").Scan(&got)
		if errors.Is(err, sql.ErrNoRows) {
			return tx.exec("INSERT INTO ledger_meta (name, value) VALUES ('key-check', ?)", want)
		}
		if err == nil && got != want {
			return errors.New("it was made with another key: give it that one (LEAKGUARD_LEDGER_KEY, or the file beside the database)")
		}
		return err
	})
}
