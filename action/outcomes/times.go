package outcomes

import (
	"encoding/json"
	"slices"
	"time"
)

// Times are how long something took. What has not come to its end is no time; it is
// counted in Open.
type Times struct {
	Count  int           // how many times the median and the 90th percentile rest on
	Open   int           // how many have not come to their end
	Median time.Duration // of an even number the mean of the two in the middle; no meaning if Count is 0
	P90    time.Duration // the smallest time that at least nine in ten do not exceed; likewise

	all []time.Duration
}

// add counts a time.
func (t *Times) add(d time.Duration) { t.all = append(t.all, max(0, d)) }

// follow counts the time from an opening until what ended it, if that happened in
// the window, or that it still has to happen.
func (t *Times) follow(o *opening, end time.Time, w window) {
	switch {
	case w.has(end):
		t.add(end.Sub(o.at))
	case end.IsZero() && o.closed.IsZero():
		t.Open++
	}
}

// settle computes the median and the percentile (nearest rank).
func (t *Times) settle() {
	n := len(t.all)
	t.Count = n
	if n == 0 {
		return
	}
	slices.Sort(t.all)
	low, high := t.all[(n-1)/2], t.all[n/2]
	t.Median = low + (high-low)/2
	t.P90 = t.all[(9*n+9)/10-1]
}

// MarshalJSON writes seconds, null if there is no time.
func (t Times) MarshalJSON() ([]byte, error) {
	out := struct {
		Count  int    `json:"count"`
		Open   int    `json:"open"`
		Median *int64 `json:"medianSeconds"`
		P90    *int64 `json:"p90Seconds"`
	}{Count: t.Count, Open: t.Open}
	if t.Count > 0 {
		median, p90 := int64(t.Median/time.Second), int64(t.P90/time.Second)
		out.Median, out.P90 = &median, &p90
	}
	return json.Marshal(out)
}
