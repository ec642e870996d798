package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A holder of a lease in SQLite says again and again that it is there. One that does
// not, because it was killed, loses the lease after leaseTime.
const (
	leaseTime = 45 * time.Second
	leaseBeat = 15 * time.Second
	leasePoll = 250 * time.Millisecond // how often others look whether it is free
)

// Exclusive waits until nobody else does what has that name, on any machine that uses
// the ledger, and keeps others from it until release is called. A process that is
// killed keeps nobody from it for longer than a minute. The context held ends, beside
// when ctx does, if the hold on it is lost: whatever is done must stop then.
func (l *Ledger) Exclusive(ctx context.Context, name string) (held context.Context, release func(), err error) {
	hold := l.lease
	if l.db.Postgres() {
		hold = l.advisory
	}
	h, err := hold(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	held, lost := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for wait(held, leaseBeat) == nil {
			beat, cancel := context.WithTimeout(held, leaseBeat)
			err := h.beat(beat)
			cancel()
			if err != nil {
				lost(fmt.Errorf("the hold on %q is lost: %w", name, err))
			}
		}
	}()
	return held, func() {
		lost(nil)
		<-done
		h.end(context.WithoutCancel(ctx))
	}, nil
}

// hold is what keeps others away.
type hold struct {
	beat func(context.Context) error // an error if it is lost
	end  func(context.Context)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// advisory takes a lock of PostgreSQL that ends with the connection.
// https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
func (l *Ledger) advisory(ctx context.Context, name string) (hold, error) {
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return hold{}, err
	}
	// The first number keeps it apart from that of writers.
	const try, unlock = "SELECT pg_try_advisory_lock(7305810, hashtext($1))", "SELECT pg_advisory_unlock(7305810, hashtext($1))"
	for got := false; !got; {
		if err := conn.QueryRowContext(ctx, try, name).Scan(&got); err != nil {
			return hold{}, errors.Join(err, conn.Close())
		}
		if got {
			break
		}
		if err := wait(ctx, leasePoll); err != nil {
			return hold{}, errors.Join(err, conn.Close())
		}
	}
	return hold{
		beat: func(ctx context.Context) error { return conn.PingContext(ctx) },
		end: func(ctx context.Context) {
			if _, err := conn.ExecContext(ctx, unlock, name); err != nil {
				conn.Raw(func(any) error { return driver.ErrBadConn }) // ends the connection, and the lock with it
			}
			conn.Close()
		},
	}, nil
}

// lease is the value of a row of ledger_meta that says who holds it, until when.
type lease struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// lease takes a row of ledger_meta.
func (l *Ledger) lease(ctx context.Context, name string) (hold, error) {
	row, holder := "exclusive "+name, rand.Text()
	for {
		got, err := l.takeLease(ctx, row, holder)
		if err != nil {
			return hold{}, err
		}
		if got {
			break
		}
		if err := wait(ctx, leasePoll); err != nil {
			return hold{}, err
		}
	}
	return hold{
		beat: func(ctx context.Context) error {
			got, err := l.takeLease(ctx, row, holder)
			if err == nil && !got {
				err = errors.New("it was not heard of for too long, and another process took over")
			}
			return err
		},
		end: func(ctx context.Context) {
			// If this fails it ends by itself.
			l.write(ctx, func(tx *tx) error {
				if now, err := tx.lease(row); err != nil || now.Holder != holder {
					return err
				}
				return tx.Exec("DELETE FROM ledger_meta WHERE name = ?", row)
			})
		},
	}, nil
}

// takeLease takes the lease, or prolongs it, unless somebody else has it.
func (l *Ledger) takeLease(ctx context.Context, row, holder string) (got bool, err error) {
	err = l.write(ctx, func(tx *tx) error {
		got = false
		now := time.Now() // others compare it: not the ledger's clock, which tests set
		has, err := tx.lease(row)
		if err != nil || has.Holder != "" && has.Holder != holder && now.Before(has.Until) && has.Until.Sub(now) <= leaseTime {
			return err
		}
		text, err := json.Marshal(lease{holder, now.Add(leaseTime)})
		if err != nil {
			return err
		}
		got = true
		return tx.Exec("INSERT INTO ledger_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", row, string(text))
	})
	return got && err == nil, err
}

// lease reads a lease; the zero value is that of none.
func (t *tx) lease(row string) (has lease, err error) {
	var text string
	err = t.Row("SELECT value FROM ledger_meta WHERE name = ?", row).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return has, nil
	}
	if err != nil {
		return has, err
	}
	if err := json.Unmarshal([]byte(text), &has); err != nil {
		return has, fmt.Errorf("%s: %w", row, err)
	}
	return has, nil
}
