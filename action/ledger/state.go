package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
)

// change reads a secret, lets do change it, and writes it with an event.
func (l *Ledger) change(ctx context.Context, id, actor, kind, reason string, do func(*Secret) error) error {
	if actor == "" {
		return errors.New("say who does it")
	}
	return l.write(ctx, func(tx *tx) error {
		s, err := tx.secret(id)
		if err != nil {
			return err
		}
		if err := do(&s); err != nil {
			return err
		}
		if err := tx.put(&s); err != nil {
			return err
		}
		return tx.event(id, l.now(), actor, kind, reason)
	})
}

// Accept lets somebody take the risk of a secret until a day, for a reason.
func (l *Ledger) Accept(ctx context.Context, id, actor, reason string, until time.Time) error {
	if reason == "" || !until.After(l.now()) {
		return errors.New("accept: want a reason, and a day to come until which it holds")
	}
	return l.change(ctx, id, actor, "accepted", fmt.Sprintf("until %s: %s", until.Format(time.DateOnly), reason), func(s *Secret) error {
		s.State, s.AcceptedUntil, s.ClosedAt = Accepted, until, l.now()
		return nil
	})
}

// FalsePositive records that somebody says that a secret is none.
func (l *Ledger) FalsePositive(ctx context.Context, id, actor, reason string) error {
	if reason == "" {
		return errors.New("false positive: want a reason")
	}
	return l.change(ctx, id, actor, "false-positive", reason, func(s *Secret) error {
		if s.Verdict == verify.Live {
			return errors.New("its issuer says that it is live: it is no false positive")
		}
		s.State, s.ClosedAt = FalsePositive, l.now()
		return nil
	})
}

// Acknowledge records that somebody deals with a secret.
func (l *Ledger) Acknowledge(ctx context.Context, id, actor, reason string) error {
	return l.change(ctx, id, actor, "acknowledged", reason, func(s *Secret) error {
		if s.State.Closed() {
			return fmt.Errorf("it is %s", s.State)
		}
		if s.Acknowledged.IsZero() {
			s.Acknowledged = l.now()
		}
		s.State = Rotating
		return nil
	})
}

// Rotate records that a new credential is in the place of a secret's.
func (l *Ledger) Rotate(ctx context.Context, id, actor, evidence string) error {
	return l.change(ctx, id, actor, "rotated", evidence, func(s *Secret) error {
		if s.Rotated.IsZero() {
			s.Rotated = l.now()
		}
		if !s.State.Closed() {
			s.State = Rotating
		}
		return nil
	})
}

// Reopen opens a closed secret again.
func (l *Ledger) Reopen(ctx context.Context, id, actor, reason string) error {
	return l.change(ctx, id, actor, "reopened", reason, func(s *Secret) error {
		if !s.State.Closed() {
			return fmt.Errorf("it is %s", s.State)
		}
		s.reopen(l.now(), l.policy)
		return nil
	})
}

// Proof is why a secret counts as dead: two verdicts of its issuer, some time apart.
type Proof struct{ First, Second time.Time }

// Proven returns the proof that a secret is dead, if two dead verdicts lie at least
// that far apart, without a live one between.
func (s *Secret) Proven(apart time.Duration) (Proof, bool) {
	p := Proof{s.DeadSince, s.DeadAt}
	return p, s.Verdict == verify.Dead && !p.First.IsZero() && p.Second.Sub(p.First) >= apart && p.Second.After(p.First)
}

// CloseDead closes a secret that is proven dead. It is an error if it is not: the
// line being gone is no fix.
func (l *Ledger) CloseDead(ctx context.Context, id, actor string, apart time.Duration) (Proof, error) {
	var proof Proof
	err := l.change(ctx, id, actor, "dead", "", func(s *Secret) error {
		var ok bool
		if proof, ok = s.Proven(apart); !ok {
			return errors.New("it is not proven dead")
		}
		s.State, s.ClosedAt = Dead, l.now()
		return nil
	})
	return proof, err
}

// Expire opens again what was accepted until a day that has passed, and returns how
// many these are.
func (l *Ledger) Expire(ctx context.Context) (int, error) {
	n := 0
	err := l.write(ctx, func(tx *tx) error {
		n = 0
		accepted, err := tx.secrets(Filter{States: []State{Accepted}})
		if err != nil {
			return err
		}
		for _, s := range accepted {
			if s.AcceptedUntil.After(l.now()) {
				continue
			}
			s.reopen(l.now(), l.policy)
			if err := errors.Join(tx.put(&s), tx.event(s.ID, l.now(), "ledger", "reopened", "the time for which it was accepted is over")); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}
