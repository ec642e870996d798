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
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"sync"
	"time"

	"github.com/leakguard/leakguard/scanner/database"
)

// Ledger is an open ledger. It is safe for concurrent use, also by several
// processes.
type Ledger struct {
	db     *database.DB
	key    []byte
	policy Policy
	now    func() time.Time
}

// Options settle how a ledger is opened.
type Options struct {
	Key    []byte // see LoadKey
	Policy Policy // the zero value stands for DefaultPolicy
	Now    func() time.Time
}

//go:embed migrations/*.sql
var migrations embed.FS

// latest is the number of the last migration.
const latest = 2

// Open opens the ledger at dsn, the path of a SQLite file or the postgres:// URL of
// a database, and brings its tables up to date.
func Open(ctx context.Context, dsn string, o Options) (*Ledger, error) {
	db, err := database.Open(dsn)
	if err != nil {
		return nil, openError(err)
	}
	l, err := On(ctx, db, o)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return l, nil
}

// On is the ledger in an open database, with its tables brought up to date.
func On(ctx context.Context, db *database.DB, o Options) (*Ledger, error) {
	if len(o.Key) < 16 {
		return nil, errors.New("ledger: want a key of at least 16 bytes")
	}
	l := &Ledger{db: db, key: o.Key, policy: o.Policy, now: o.Now}
	if l.policy == nil {
		l.policy = DefaultPolicy()
	}
	if l.now == nil {
		l.now = time.Now
	}
	files, err := fs.Sub(migrations, "migrations")
	if err == nil {
		err = db.Migrate(ctx, "ledger", files, latest, writers)
	}
	if err == nil {
		err = l.checkKey(ctx)
	}
	if err != nil {
		return nil, openError(err)
	}
	return l, nil
}

func openError(err error) error {
	return fmt.Errorf("the ledger cannot be opened: %w", database.Concealed(err))
}

// Close closes the ledger, and the database with it.
func (l *Ledger) Close() error { return l.db.Close() }

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
		err := tx.Row("SELECT value FROM ledger_meta WHERE name = 'key-check'").Scan(&got)
		if errors.Is(err, sql.ErrNoRows) {
			return tx.Exec("INSERT INTO ledger_meta (name, value) VALUES ('key-check', ?)", want)
		}
		if err == nil && got != want {
			return errors.New("it was made with another key: give it that one (LEAKGUARD_LEDGER_KEY, or the file beside the database)")
		}
		return err
	})
}
