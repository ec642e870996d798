package scanner

import (
	"sort"
	"sync"
)

// Coverage is what one source read, and each thing that it did not.
// It is safe for concurrent use.
type Coverage struct {
	Source string `json:"source"`

	// Read counts what was read, by unit: objects, commits, blobs, files, bytes, …
	Read map[string]int64 `json:"read"`

	// Gaps are what should have been read and could not be. Any makes the scan
	// incomplete.
	Gaps []Gap `json:"gaps"`

	// Excluded is what was left out by choice, of the user or of the defaults.
	Excluded []Gap `json:"excluded,omitempty"`

	mu sync.Mutex
}

// Gap is something that was not read.
type Gap struct {
	What string `json:"what"` // "blob 1f3a… in pack-9c….pack at offset 712"
	Why  string `json:"why"`  // "its compressed data is corrupt: …"
	Fix  string `json:"fix"`  // what closes the gap: "git fsck; fetch the repository anew"

	// Count is how many things of this kind the entry stands for.
	Count int `json:"count"`
}

// maxListed bounds how many gaps of one reason are listed one by one; the rest
// are counted in a last entry, so that a thousand missing blobs stay readable.
const maxListed = 50

// NewCoverage returns an empty account of the named source.
func NewCoverage(source string) *Coverage {
	return &Coverage{Source: source, Read: map[string]int64{}, Gaps: []Gap{}}
}

// Count adds n to what was read of unit.
func (c *Coverage) Count(unit string, n int64) {
	c.mu.Lock()
	c.Read[unit] += n
	c.mu.Unlock()
}

// Gap records something that could not be read.
func (c *Coverage) Gap(what, why, fix string) {
	c.mu.Lock()
	c.Gaps = append(c.Gaps, Gap{what, why, fix, 1})
	c.mu.Unlock()
}

// Exclude records that n things were left out by choice.
func (c *Coverage) Exclude(what, why, fix string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.Excluded {
		if e := &c.Excluded[i]; e.What == what && e.Why == why {
			e.Count += n
			return
		}
	}
	c.Excluded = append(c.Excluded, Gap{what, why, fix, n})
}

// Complete reports whether nothing is missing.
func (c *Coverage) Complete() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.Gaps) == 0
}

// settle puts gaps in a stable order and folds what is too many to list.
func (c *Coverage) settle() {
	order := func(g []Gap) {
		sort.Slice(g, func(i, j int) bool {
			if g[i].Why != g[j].Why {
				return g[i].Why < g[j].Why
			}
			return g[i].What < g[j].What
		})
	}
	order(c.Gaps)
	order(c.Excluded)
	var kept []Gap
	run := 0
	for i, g := range c.Gaps {
		if i > 0 && g.Why == c.Gaps[i-1].Why {
			run++
		} else {
			run = 0
		}
		switch {
		case run < maxListed:
			kept = append(kept, g)
		case run == maxListed:
			kept = append(kept, Gap{"and others", g.Why, g.Fix, g.Count})
		default:
			kept[len(kept)-1].Count += g.Count
		}
	}
	if kept == nil {
		kept = []Gap{}
	}
	c.Gaps = kept
}
