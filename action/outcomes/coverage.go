package outcomes

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner"
)

// Coverage is what was scanned in the window. A source that no scan of the window
// read is not in it.
type Coverage struct {
	Scans    int
	Complete int      // scans without a gap
	Sources  []Source // by name
}

// Source is the last scan of a source in the window.
type Source struct {
	Name string           `json:"name"`
	At   time.Time        `json:"at"`
	Read map[string]int64 `json:"read"` // by unit: commits, bytes, …
	Gaps []scanner.Gap    `json:"gaps"`
}

// Share is the share of scans that were complete; it is unknown if there are none.
func (c Coverage) Share() (share float64, known bool) {
	if c.Scans == 0 {
		return 0, false
	}
	return float64(c.Complete) / float64(c.Scans), true
}

// Gappy counts the sources whose last scan has gaps.
func (c Coverage) Gappy() int {
	n := 0
	for _, s := range c.Sources {
		n += one(len(s.Gaps) > 0)
	}
	return n
}

// MarshalJSON writes the share too, null if it is unknown.
func (c Coverage) MarshalJSON() ([]byte, error) {
	out := struct {
		Scans    int      `json:"scans"`
		Complete int      `json:"complete"`
		Share    *float64 `json:"completeShare"`
		Sources  []Source `json:"sources"`
	}{c.Scans, c.Complete, nil, c.Sources}
	if share, ok := c.Share(); ok {
		out.Share = &share
	}
	return json.Marshal(out)
}

func coverageOf(scans []ledger.Scan, w window) Coverage {
	c := Coverage{Sources: []Source{}}
	last := map[string]Source{}
	for _, s := range scans {
		if !w.has(s.At) {
			continue
		}
		c.Scans++
		c.Complete += one(s.Complete)
		for _, source := range s.Coverage {
			if s.At.Before(last[source.Source].At) {
				continue
			}
			last[source.Source] = sourceOf(source, s.At)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(last)) {
		c.Sources = append(c.Sources, last[name])
	}
	return c
}

func sourceOf(c *scanner.Coverage, at time.Time) Source {
	s := Source{c.Source, at, c.Read, c.Gaps}
	if s.Read == nil {
		s.Read = map[string]int64{}
	}
	if s.Gaps == nil {
		s.Gaps = []scanner.Gap{}
	}
	return s
}
