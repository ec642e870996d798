package ledger

import (
	"context"

	"github.com/leakguard/leakguard/scanner/database"
)

// tx is a transaction on the ledger.
type tx struct{ *database.Tx }

// writers take turns: the lock of those of the ledger.
const writers = 7305809

// write runs do in a transaction that writes. Writers take turns.
func (l *Ledger) write(ctx context.Context, do func(*tx) error) error {
	return l.db.Write(ctx, writers, func(t *database.Tx) error { return do(&tx{t}) })
}

// read runs do in a transaction that sees the ledger at one moment.
func (l *Ledger) read(ctx context.Context, do func(*tx) error) error {
	return l.db.Read(ctx, func(t *database.Tx) error { return do(&tx{t}) })
}
