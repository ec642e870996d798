package sweep

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestAway(t *testing.T) {
	says := func(code string) error { return fmt.Errorf("the ledger: %w", &pgconn.PgError{Code: code}) }
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":                {nil, false},
		"it is shut down":        {says("57P01"), true},
		"it is starting":         {says("57P03"), true},
		"it ended what was idle": {says("25P03"), true},
		"the connection failed":  {says("08006"), true},
		"the statement is wrong": {says("42601"), false},
		"the password is wrong":  {says("28P01"), false},
		"nobody listens":         {&net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		"the connection ended":   {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), true},
		"the pool has dead ones": {driver.ErrBadConn, true},
		"too slow":               {context.DeadlineExceeded, false},
		"taken":                  {errTaken, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := away(test.err); got != test.want {
				t.Errorf("away is %t for %v", got, test.err)
			}
		})
	}
}

// What fails because the database is away is done again, and what fails for another reason
// is not.
func TestOutlast(t *testing.T) {
	other := errors.New("another reason")
	n := 0
	err := outlast(t.Context(), func() error {
		if n++; n < 3 {
			return driver.ErrBadConn
		}
		return other
	})
	if n != 3 || !errors.Is(err, other) {
		t.Errorf("after %d times: %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := outlast(ctx, func() error { return driver.ErrBadConn }); !errors.Is(err, context.Canceled) {
		t.Errorf("after it was cancelled: %v", err)
	}
}
