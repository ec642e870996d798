package sweep

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leakguard/leakguard/scanner/database"
)

// outage is how long a server of the database may be away, such as for an upgrade, until
// that is an error.
const outage = 2 * time.Minute

// store is the database of an engine. Its transactions are made again while the server
// is away. When a connection ends at a commit nobody knows whether that took place: a
// transaction must change nothing when it is made a second time.
type store struct{ *database.DB }

// Write is that of database.DB.
func (s store) Write(ctx context.Context, lock int64, do func(*database.Tx) error) error {
	return outlast(ctx, func() error { return s.DB.Write(ctx, lock, do) })
}

// Read is that of database.DB.
func (s store) Read(ctx context.Context, do func(*database.Tx) error) error {
	return outlast(ctx, func() error { return s.DB.Read(ctx, do) })
}

// outlast calls do again for as long as its error is that the database is away.
func outlast(ctx context.Context, do func() error) error {
	const longest = 2 * time.Second
	until := time.Now().Add(outage)
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, longest) {
		err := do()
		if !away(err) || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(wait):
		}
	}
}

// away reports whether an error is that the server of the database is not there, or was
// not for a moment. What it says itself has codes:
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func away(err error) bool {
	var says *pgconn.PgError
	var connect *pgconn.ConnectError
	var network *net.OpError
	if errors.As(err, &says) {
		switch says.Code {
		case "57P01", "57P02", "57P03", // it is shut down, has crashed, or is starting
			"25P03": // it did not hear from us in a transaction, and ended that
			return true
		}
		return strings.HasPrefix(says.Code, "08") // connections
	}
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
