package database

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// Tx is a transaction in the terms of both databases: parameters are written ?.
type Tx struct {
	*sql.Tx
	ctx     context.Context
	dialect dialect
}

// Write runs do in a transaction that writes. Of those with one lock, which is not 0,
// one runs at a time; in SQLite, of all. PostgreSQL ends one that says nothing for a
// minute: see mostIdle.
func (d *DB) Write(ctx context.Context, lock int64, do func(*Tx) error) error {
	return d.in(ctx, &sql.TxOptions{}, func(tx *Tx) error {
		if err := tx.endIfIdle(); err != nil {
			return err
		}
		if err := tx.Lock(lock); err != nil {
			return err
		}
		return do(tx)
	})
}

// mostIdle is for how long a transaction that writes may be silent: all others wait for
// the locks of a process that hangs in it. The address, the user or the server may say
// otherwise.
// https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
const mostIdle = "60s"

// endIfIdle sets mostIdle for this transaction alone, which a pool of connections between
// here and the server bears, too.
func (t *Tx) endIfIdle() error {
	if !t.dialect.numbers {
		return nil
	}
	const name = "'idle_in_transaction_session_timeout'"
	return t.Exec("SELECT set_config("+name+", ?, true) WHERE current_setting("+name+") = '0'", mostIdle)
}

// Lock takes another lock for the rest of a transaction that writes: see Write.
func (t *Tx) Lock(lock int64) error {
	if lock == 0 || !t.dialect.numbers {
		return nil
	}
	return t.Exec("SELECT pg_advisory_xact_lock(?)", lock)
}

// Read runs do in a transaction that sees the database at one moment.
func (d *DB) Read(ctx context.Context, do func(*Tx) error) error {
	o := &sql.TxOptions{ReadOnly: true}
	if d.Postgres() {
		o.Isolation = sql.LevelRepeatableRead
	}
	return d.in(ctx, o, do)
}

func (d *DB) in(ctx context.Context, o *sql.TxOptions, do func(*Tx) error) (err error) {
	t, err := d.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreDone(t.Rollback()))
		}
	}()
	if err := do(&Tx{t, ctx, d.dialect}); err != nil {
		return err
	}
	return t.Commit()
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// bind writes the parameters as the database wants them.
func (d dialect) bind(query string) string {
	if !d.numbers {
		return query
	}
	var b strings.Builder
	for i, part := range strings.Split(query, "?") {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}

// Exec runs a statement.
func (t *Tx) Exec(query string, args ...any) error {
	_, err := t.ExecContext(t.ctx, t.dialect.bind(query), args...)
	return err
}

// Row asks for one row.
func (t *Tx) Row(query string, args ...any) *sql.Row {
	return t.QueryRowContext(t.ctx, t.dialect.bind(query), args...)
}

// Each calls one for each row, to scan it.
func (t *Tx) Each(query string, args []any, one func(scan func(...any) error) error) error {
	rows, err := t.QueryContext(t.ctx, t.dialect.bind(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := one(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
