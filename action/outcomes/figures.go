package outcomes

import (
	"encoding/json"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
)

// Figures are the figures of some secrets. Secrets that are false positives now are
// in FalsePositives and in no other figure.
type Figures struct {
	Open        int `json:"open"` // to be dealt with now
	OpenLive    int `json:"openLive"`
	Overdue     int `json:"overdue"` // open, and the deadline has come
	OverdueLive int `json:"overdueLive"`

	Accepted       int `json:"accepted"`
	AcceptedLive   int `json:"acceptedLive"`
	FalsePositives int `json:"falsePositives"`

	Detect      Times `json:"timeToDetect"`
	Acknowledge Times `json:"timeToAcknowledge"`
	Rotate      Times `json:"timeToRotate"`
	Dead        Times `json:"timeToDead"`

	Exposure   Exposure   `json:"exposure"`
	Recurrence Recurrence `json:"recurrence"`
}

// Exposure is how long secrets could be used by whoever saw them.
type Exposure struct {
	Days    float64 `json:"days"`    // within the window, of all secrets together
	Secrets int     `json:"secrets"` // that were exposed in the window
	Open    int     `json:"open"`    // that still are
}

// SecretExposure is the same of one secret.
type SecretExposure struct {
	Secret string    `json:"secret"` // its id in the ledger
	Since  time.Time `json:"since"`  // when the oldest known occurrence came to be
	Days   float64   `json:"days"`   // within the window
	Open   bool      `json:"open"`   // whether it still is exposed
}

// Recurrence is how many closings as dead in the window did not last until now.
type Recurrence struct{ Closed, Again int }

// Rate is the share of those that did not last; it is unknown if there are none.
func (r Recurrence) Rate() (rate float64, known bool) {
	if r.Closed == 0 {
		return 0, false
	}
	return float64(r.Again) / float64(r.Closed), true
}

// MarshalJSON writes both numbers and the rate, null if it is unknown.
func (r Recurrence) MarshalJSON() ([]byte, error) {
	out := struct {
		Closed int      `json:"closed"`
		Again  int      `json:"again"`
		Rate   *float64 `json:"rate"`
	}{Closed: r.Closed, Again: r.Again}
	if rate, ok := r.Rate(); ok {
		out.Rate = &rate
	}
	return json.Marshal(out)
}

// add counts a secret.
func (f *Figures) add(t *timeline, w window) {
	if t.state == ledger.FalsePositive {
		f.FalsePositives++
		return
	}
	live := ongoing(t.live, w.now)
	switch overdue := !t.secret.Deadline.After(w.now); {
	case !t.state.Closed():
		f.Open++
		f.OpenLive += one(live)
		f.Overdue += one(overdue)
		f.OverdueLive += one(overdue && live)
	case t.state == ledger.Accepted:
		f.Accepted++
		f.AcceptedLive += one(live)
	}
	if w.has(t.secret.FoundAt) {
		f.Detect.add(t.secret.FoundAt.Sub(t.secret.ExposedSince))
	}
	for i := range t.openings {
		o := &t.openings[i]
		f.Acknowledge.follow(o, o.acknowledged, w)
		f.Rotate.follow(o, o.rotated, w)
		f.Dead.follow(o, o.dead, w)
		if w.has(o.dead) {
			f.Recurrence.Closed++
			f.Recurrence.Again += one(i+1 < len(t.openings))
		}
	}
	if e := t.exposure(w); e.Days > 0 {
		f.Exposure.Days += e.Days
		f.Exposure.Secrets++
		f.Exposure.Open += one(e.Open)
	}
}

func (f *Figures) settle() {
	for _, t := range []*Times{&f.Detect, &f.Acknowledge, &f.Rotate, &f.Dead} {
		t.settle()
	}
}

// exposure is how long the secret was exposed within the window.
func (t *timeline) exposure(w window) SecretExposure {
	e := SecretExposure{Secret: t.secret.ID, Since: t.secret.ExposedSince}
	if t.state == ledger.FalsePositive {
		return e
	}
	for _, s := range t.exposed {
		e.Days += inDays(s.within(w))
	}
	e.Open = ongoing(t.exposed, w.now)
	return e
}

// ongoing reports whether the last of the spans is not over.
func ongoing(spans []span, now time.Time) bool {
	return len(spans) > 0 && spans[len(spans)-1].to.Equal(now)
}

func inDays(d time.Duration) float64 { return d.Hours() / 24 }

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
