package ledger

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// tx is a transaction in the terms of both databases: parameters are written ?.
type tx struct {
	ctx context.Context
	tx  *sql.Tx
	d   dialect
}

// write runs do in a transaction that writes. Writers take turns.
func (l *Ledger) write(ctx context.Context, do func(*tx) error) error { return l.in(ctx, true, do) }

// read runs do in a transaction that sees the ledger at one moment.
func (l *Ledger) read(ctx context.Context, do func(*tx) error) error { return l.in(ctx, false, do) }

func (l *Ledger) in(ctx context.Context, write bool, do func(*tx) error) (err error) {
	o := &sql.TxOptions{ReadOnly: !write}
	if !write && l.dialect.numbers {
		o.Isolation = sql.LevelRepeatableRead
	}
	t, err := l.db.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreDone(t.Rollback()))
		}
	}()
	if write && l.dialect.lock != "" {
		if _, err := t.ExecContext(ctx, l.dialect.lock); err != nil {
			return err
		}
	}
	if err := do(&tx{ctx, t, l.dialect}); err != nil {
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
	n := 0
	for i, part := range strings.Split(query, "?") {
		if i > 0 {
			n++
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
	}
	return b.String()
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.tx.ExecContext(t.ctx, t.d.bind(query), args...)
	return err
}

func (t *tx) row(query string, args ...any) *sql.Row {
	return t.tx.QueryRowContext(t.ctx, t.d.bind(query), args...)
}

// each calls one for each row, to scan it.
func (t *tx) each(query string, args []any, one func(scan func(...any) error) error) error {
	rows, err := t.tx.QueryContext(t.ctx, t.d.bind(query), args...)
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
