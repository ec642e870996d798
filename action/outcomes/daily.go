package outcomes

import (
	"sort"
	"time"
)

// Day is a day (UTC) of the window: what was so just before its end, or before now
// on the last one, and what happened on it within the window. What turned out to be
// a false positive counts for as long as it was open.
type Day struct {
	Date     string `json:"date"` // "2026-11-01"
	Open     int    `json:"open"`
	OpenLive int    `json:"openLive"`
	Found    int    `json:"found"`
	Dead     int    `json:"dead"` // closed as dead
}

// days sums up the days of a window. While secrets are added, Open and OpenLive
// hold the change against the day before.
type days struct {
	w    window
	ends []time.Time // that a day does not hold
	days []Day
}

func newDays(w window) *days {
	d := &days{w: w}
	for day := w.since.Truncate(24 * time.Hour); day.Before(w.now); day = day.AddDate(0, 0, 1) {
		d.ends = append(d.ends, earlier(day.AddDate(0, 0, 1), w.now))
		d.days = append(d.days, Day{Date: day.Format(time.DateOnly)})
	}
	return d
}

// holding is the index of the day that holds a time, len(d.days) if none does and
// 0 if it is before the first.
func (d *days) holding(t time.Time) int {
	return sort.Search(len(d.ends), func(i int) bool { return d.ends[i].After(t) })
}

func (d *days) add(t *timeline) {
	for i := range t.openings {
		o := &t.openings[i]
		d.count(o.span(d.w.now), func(day *Day, n int) { day.Open += n })
		if d.w.has(o.dead) {
			d.days[d.holding(o.dead)].Dead++
		}
	}
	for _, s := range t.openAndLive(d.w.now) {
		d.count(s, func(day *Day, n int) { day.OpenLive += n })
	}
	if d.w.has(t.secret.FoundAt) {
		d.days[d.holding(t.secret.FoundAt)].Found++
	}
}

// count counts a span on the days whose end it reaches.
func (d *days) count(s span, change func(*Day, int)) {
	from, to := d.holding(s.from), d.holding(s.to)
	if from < len(d.days) {
		change(&d.days[from], 1)
	}
	if to < len(d.days) {
		change(&d.days[to], -1)
	}
}

func (d *days) settle() []Day {
	for i := 1; i < len(d.days); i++ {
		d.days[i].Open += d.days[i-1].Open
		d.days[i].OpenLive += d.days[i-1].OpenLive
	}
	return d.days
}
