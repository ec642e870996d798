package outcomes

import (
	"slices"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
)

// timeline is what happened to a secret before a moment, now.
type timeline struct {
	secret   *ledger.History
	state    ledger.State
	openings []opening
	live     []span // its issuer had last said that it is live
	exposed  []span // it had come to be somewhere, and its issuer had not last said that it is dead
}

// opening is the time in which somebody had to deal with a secret. It begins when
// the secret is found, and when it is opened again. Times are zero for what did not
// happen.
type opening struct {
	at           time.Time
	acknowledged time.Time
	rotated      time.Time
	closed       time.Time // in whatever way
	dead         time.Time // closed by proof, also after it had been accepted
}

// span is a stretch of time that holds from and does not hold to.
type span struct{ from, to time.Time }

// within is how long the span lies in a window.
func (s span) within(w window) time.Duration {
	return max(0, earlier(s.to, w.now).Sub(later(s.from, w.since)))
}

// replay follows the events and verdicts of a secret up to now. Events are in the
// order in which they were recorded; one that was given an earlier time than the one
// before it counts at that one's time.
func replay(h *ledger.History, now time.Time) timeline {
	t := timeline{secret: h, state: ledger.Opened, openings: []opening{{at: h.FoundAt}}}
	at := h.FoundAt
	for _, e := range h.Events {
		if at = later(at, e.At); !at.Before(now) {
			break
		}
		t.apply(e.Kind, at)
	}
	t.live = t.spans(now, verify.Live)
	for _, s := range t.spans(now, verify.Live, verify.Unverified) {
		if s.from = later(s.from, h.ExposedSince); s.from.Before(s.to) {
			t.exposed = append(t.exposed, s)
		}
	}
	return t
}

// apply changes the state as package ledger does with an event of that kind. Other
// kinds, and events that do not fit the state, change nothing.
func (t *timeline) apply(kind string, at time.Time) {
	o := &t.openings[len(t.openings)-1]
	switch kind {
	case "acknowledged":
		if !t.state.Closed() {
			t.state = ledger.Rotating
			first(&o.acknowledged, at)
		}
	case "rotated": // who has rotated it has taken note of it
		first(&o.rotated, at)
		if !t.state.Closed() {
			t.state = ledger.Rotating
			first(&o.acknowledged, at)
		}
	case "dead":
		t.state = ledger.Dead
		first(&o.closed, at)
		first(&o.dead, at)
	case "accepted":
		t.state = ledger.Accepted
		first(&o.closed, at)
	case "false-positive":
		t.state = ledger.FalsePositive
		first(&o.closed, at)
	case "reopened":
		if t.state.Closed() {
			t.state = ledger.Reopened
			t.openings = append(t.openings, opening{at: at})
		}
	}
}

func first(t *time.Time, at time.Time) {
	if t.IsZero() {
		*t = at
	}
}

// spans are the stretches of time before now in which the last verdict that was
// live or dead is one of these; before the first one it is unverified.
func (t *timeline) spans(now time.Time, wanted ...verify.State) []span {
	verdicts := slices.Clone(t.secret.Verdicts)
	slices.SortStableFunc(verdicts, func(a, b verify.Verdict) int { return a.When.Compare(b.When) })
	var all []span
	state, since := verify.Unverified, time.Time{}
	end := func(at time.Time) {
		if slices.Contains(wanted, state) {
			all = append(all, span{since, at})
		}
	}
	for _, v := range verdicts {
		if settled := v.State == verify.Live || v.State == verify.Dead; settled && v.When.Before(now) {
			end(v.When)
			state, since = v.State, v.When
		}
	}
	end(now)
	return all
}

// openAndLive are the stretches of time in which the secret was open and live.
func (t *timeline) openAndLive(now time.Time) []span {
	var all []span
	for _, o := range t.openings {
		open := o.span(now)
		for _, l := range t.live {
			if s := (span{later(open.from, l.from), earlier(open.to, l.to)}); s.from.Before(s.to) {
				all = append(all, s)
			}
		}
	}
	return all
}

// span is the time in which the opening was not closed.
func (o *opening) span(now time.Time) span {
	if o.closed.IsZero() {
		return span{o.at, now}
	}
	return span{o.at, o.closed}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
