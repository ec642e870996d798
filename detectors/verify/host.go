package verify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// host is how one server is treated: how many questions a second and at once,
// when it asked to be left alone until, and whether it fails over and over.
// Questions to one host wait for that host only.
type host struct {
	name     string
	slots    chan struct{}
	bucket   *rate.Limiter
	patience time.Duration // the longest wait that it may ask for
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error

	mu       sync.Mutex
	notUntil time.Time // it answered Retry-After
	failures int       // in a row
	trial    time.Time // when it may be tried again after it failed
}

// breakAfter is how many failures in a row, of connections, time or the server
// itself, end the questions to a host for coolDown.
const (
	breakAfter = 5
	coolDown   = 30 * time.Second
)

// errHostFails is met by questions to a host that has failed over and over.
var errHostFails = errors.New("it was not asked: the server failed several times in a row")

// errWait is a wait that the server asks for and that is longer than we wait.
type errWait struct {
	host string
	wait time.Duration
}

func (e *errWait) Error() string {
	return fmt.Sprintf("%s asks to wait for %s", e.host, e.wait.Round(time.Second))
}

// enter waits until a question may be put. leave must be called afterwards.
func (h *host) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { <-h.slots }
	if err := h.wait(ctx); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

func (h *host) wait(ctx context.Context) error {
	for {
		pause, err := h.pause()
		if err != nil {
			return err
		}
		if pause == 0 {
			return h.bucket.Wait(ctx)
		}
		if err := h.sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// pause is how long to wait before the next question.
func (h *host) pause() (time.Duration, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if h.failures >= breakAfter {
		if now.Before(h.trial) {
			return 0, errHostFails
		}
		h.trial = now.Add(coolDown) // one question tries it; the others fail meanwhile
	}
	wait := h.notUntil.Sub(now)
	if wait > h.patience {
		return 0, &errWait{h.name, wait}
	}
	return max(wait, 0), nil
}

// patient reports whether what the host asks to wait is not too long.
func (h *host) patient() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.notUntil.Sub(h.now()) <= h.patience
}

// refuse notes that the host wants no questions for a while.
func (h *host) refuse(wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until := h.now().Add(wait); until.After(h.notUntil) {
		h.notUntil = until
	}
}

// report notes how a question ended: a failure is one of the host, not of the
// credential.
func (h *host) report(failed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !failed {
		h.failures = 0
		return
	}
	if h.failures++; h.failures >= breakAfter {
		h.trial = h.now().Add(coolDown)
	}
}

// hosts are the servers of one run.
type hosts struct {
	limits Limits
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	byName sync.Map // *host
}

func (hs *hosts) of(name string) *host {
	if h, ok := hs.byName.Load(name); ok {
		return h.(*host)
	}
	h, _ := hs.byName.LoadOrStore(name, &host{
		name:     name,
		slots:    make(chan struct{}, hs.limits.AtOnce),
		bucket:   rate.NewLimiter(rate.Limit(hs.limits.Rate), hs.limits.Burst),
		patience: hs.limits.Patience, now: hs.now, sleep: hs.sleep,
	})
	return h.(*host)
}
