package forge

import (
	"context"
	"sync"
)

// Tally counts what is asked under one context.
type Tally struct {
	mu       sync.Mutex
	requests int64
	taken    int64 // of them, by Take
	limit    *LimitError
}

type tallyKey struct{}

// WithTally returns a context under which the requests of clients with a Budget are counted.
func WithTally(ctx context.Context) (context.Context, *Tally) {
	t := new(Tally)
	return context.WithValue(ctx, tallyKey{}, t), t
}

// TallyOf is the tally of a context. One that was not made by WithTally has an empty one.
func TallyOf(ctx context.Context) *Tally {
	if t, ok := ctx.Value(tallyKey{}).(*Tally); ok {
		return t
	}
	return new(Tally)
}

// Requests is how many were sent.
func (t *Tally) Requests() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.requests
}

// Take is Requests since it was called last.
func (t *Tally) Take() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.requests - t.taken
	t.taken = t.requests
	return n
}

// Limit is the limit that kept one of them from being sent or answered, of several the
// one that lasts longest; nil: none did.
func (t *Tally) Limit() *LimitError {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.limit
}

func (t *Tally) sent() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests++
}

func (t *Tally) limited(by *LimitError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.limit == nil || by.Until.After(t.limit.Until) {
		t.limit = by
	}
}
