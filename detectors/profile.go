package detectors

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Profile adds up what each rule costs in the scans of an Engine whose Options name
// it. To measure takes time itself, some 0.1 µs a window. A Profile belongs to one
// Engine; it is safe for concurrent use.
type Profile struct {
	rules []*rules.Rule
	costs []counters // by rule
	texts atomic.Int64
	bytes atomic.Int64
	time  atomic.Int64 // in nanoseconds, of all that a scan does
}

type counters struct{ windows, bytes, matches, time atomic.Int64 }

// RuleCost is what one rule cost.
type RuleCost struct {
	Rule *rules.Rule

	// Windows is how often the pattern was run: where a keyword stood and what is
	// round it could be a match. Bytes is the length of all windows. A detector is
	// asked at each of its keywords, and reads no window.
	Windows, Bytes int64

	// Matches are counted before one is chosen of those that overlap.
	Matches int64

	Time time.Duration // in the pattern or the detector, and in judging the matches
}

// Costs returns what each rule cost, the dearest first; rules that were never
// woken are left out.
func (p *Profile) Costs() []RuleCost {
	var all []RuleCost
	for i := range p.costs {
		c := &p.costs[i]
		if c.windows.Load() > 0 {
			all = append(all, RuleCost{
				p.rules[i], c.windows.Load(), c.bytes.Load(), c.matches.Load(), time.Duration(c.time.Load()),
			})
		}
	}
	slices.SortStableFunc(all, func(a, b RuleCost) int { return cmp.Compare(b.Time, a.Time) })
	return all
}

// Scanned returns how many texts were scanned, their bytes, and the time that all
// took together: rules, the search for keywords, decoding.
func (p *Profile) Scanned() (texts, bytes int64, took time.Duration) {
	return p.texts.Load(), p.bytes.Load(), time.Duration(p.time.Load())
}

// profileOf makes the profile one of these rules.
func (p *Profile) profileOf(all []*rules.Rule) {
	p.rules, p.costs = all, make([]counters, len(all))
}

// scanned counts a text whose scan began then.
func (p *Profile) scanned(text []byte, began time.Time) {
	p.texts.Add(1)
	p.bytes.Add(int64(len(text)))
	p.time.Add(int64(time.Since(began)))
}

// measure calls f, which has rule r read that many bytes, and counts what it cost.
func (p *Profile) measure(r, bytes int, s *scratch, f func()) {
	before, began := len(s.found), time.Now()
	f()
	c := &p.costs[r]
	c.time.Add(int64(time.Since(began)))
	c.windows.Add(1)
	c.bytes.Add(int64(bytes))
	c.matches.Add(int64(len(s.found) - before))
}

// run has rule r search its window.
func (e *Engine) run(s *scratch, text []byte, r int) {
	p := e.opts.Profile
	if p == nil {
		e.search(s, text, r)
		return
	}
	p.measure(r, s.windows[r].end-s.windows[r].start, s, func() { e.search(s, text, r) })
}

// ask has the detector of a target read what stands at a keyword.
func (e *Engine) ask(s *scratch, text []byte, t target, end int) {
	p := e.opts.Profile
	if p == nil {
		e.readGeneric(s, text, t, end)
		return
	}
	p.measure(t.rule, 0, s, func() { e.readGeneric(s, text, t, end) })
}
