package scanner

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Coverage is what one source read, and each thing that it did not.
// It is safe for concurrent use.
type Coverage struct {
	Source string `json:"source"`
	Kind   Kind   `json:"-"`

	// Read counts what was read, by unit: objects, commits, blobs, files, bytes, …
	Read map[string]int64 `json:"read"`

	// Gaps are what should have been read and could not be. Any makes the scan
	// incomplete.
	Gaps []Gap `json:"gaps"`

	// Excluded is what was left out by choice, of the user or of the defaults.
	Excluded []Gap `json:"excluded,omitempty"`

	mu   sync.Mutex
	fold int // how many gaps make it worth folding them
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

// foldEvery is how many gaps are kept before they are folded for the first time.
const foldEvery = 10_000

// NewCoverage returns an empty account of the named source of that kind.
func NewCoverage(source string, kind Kind) *Coverage {
	return &Coverage{Source: source, Kind: kind, Read: map[string]int64{}, Gaps: []Gap{}, fold: foldEvery}
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
	defer c.mu.Unlock()
	c.Gaps = append(c.Gaps, Gap{what, why, fix, 1})
	if len(c.Gaps) >= c.fold {
		// A million unreadable files are not to fill the memory.
		c.Gaps = folded(c.Gaps)
		c.fold = 2*len(c.Gaps) + foldEvery
	}
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
	c.Gaps = folded(c.Gaps)
	sortGaps(c.Excluded)
}

// folded sorts gaps and puts those of one reason beyond the first few together.
// Which are listed depends only on what they are, not on the order of reading.
func folded(gaps []Gap) []Gap {
	sortGaps(gaps)
	kept := make([]Gap, 0, len(gaps))
	run := 0
	for i, g := range gaps {
		if i > 0 && g.Why == gaps[i-1].Why {
			run++
		} else {
			run = 0
		}
		switch {
		case run < maxListed:
			kept = append(kept, g)
		case run == maxListed:
			kept = append(kept, Gap{others, g.Why, g.Fix, g.Count})
		default:
			kept[len(kept)-1].Count += g.Count
		}
	}
	return kept
}

// others stands for the gaps that are not listed; it sorts behind those that are.
const others = "and others"

func sortGaps(gaps []Gap) {
	slices.SortFunc(gaps, func(a, b Gap) int {
		return cmp.Or(
			strings.Compare(a.Why, b.Why),
			cmp.Compare(b2i(a.What == others), b2i(b.What == others)),
			strings.Compare(a.What, b.What),
		)
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
