package scanner

import (
	"bytes"
	"cmp"
	"slices"
	"sync"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
)

// spread is a value that may be a part of a secret and stands in the same text, but
// farther from it than the rule has its parts stand.
type spread struct {
	part  string // its name: "key_id"
	kind  string // see kindOf
	value []byte
	name  string // of what it is assigned to
	below int    // how many lines it begins below the secret's first; negative: above
	lines int    // how many lines it is away
}

const (
	// mostSpread bounds how many values are thought of for one part of one hit.
	mostSpread = 32
	// mostSearched bounds for how many hits of one text a part's pattern is looked
	// for: in a longer list nothing would be clear.
	mostSearched = 16
)

// kindOf names what a part is: the rule that finds it, or its pattern.
func kindOf(p rules.Part) string { return cmp.Or(p.Rule, p.Pattern) }

// spreadParts notes, for each hit of one text that lacks a part, what else in the
// text may be it. Hits are sorted by where they begin.
func spreadParts(text []byte, hits []Hit) {
	byRule := sync.OnceValue(func() map[string][]int { return hitsByRule(hits) })
	searched := map[string]int{}
	for i := range hits {
		h := &hits[i]
		for _, p := range h.Lacks(h.Has) {
			if p.Rule != "" {
				h.pickParts(hits, byRule()[p.Rule], p)
			} else if searched[p.Pattern]++; searched[p.Pattern] <= mostSearched {
				h.searchPart(text, p)
			}
		}
	}
}

func hitsByRule(hits []Hit) map[string][]int {
	all := map[string][]int{}
	for i := range hits {
		all[hits[i].Rule.ID] = append(all[hits[i].Rule.ID], i)
	}
	return all
}

// pickParts notes the nearest of the hits that the part's rule has in the text.
func (h *Hit) pickParts(hits []Hit, own []int, p rules.Part) {
	behind, _ := slices.BinarySearchFunc(own, h.Secret.Start, func(i, start int) int {
		return cmp.Compare(hits[i].Secret.Start, start)
	})
	for _, i := range own[max(0, behind-mostSpread/2):min(len(own), behind+mostSpread/2)] {
		o := &hits[i]
		h.spread = append(h.spread, spread{
			part: p.Name, kind: kindOf(p), value: o.Value, name: o.name,
			below: o.Region.StartLine - h.Region.StartLine, lines: h.linesTo(o.Region),
		})
	}
}

// searchPart notes what the part's pattern matches in the text.
func (h *Hit) searchPart(text []byte, p rules.Part) {
	found := h.Apart(text, p)
	for _, at := range found[:min(mostSpread, len(found))] {
		below := lineEnds(text, h.Secret.Start, at.Start)
		line := h.Region.StartLine + below
		h.spread = append(h.spread, spread{
			part: p.Name, kind: kindOf(p), value: slices.Clone(text[at.Start:at.End]), name: generic.NameBefore(text, at.Start),
			below: below, lines: h.linesTo(Region{StartLine: line, EndLine: line}),
		})
	}
}

// linesTo is how many lines the secret is away from what lies in o.
func (h *Hit) linesTo(o Region) int {
	return max(0, o.StartLine-h.Region.EndLine, h.Region.StartLine-o.EndLine)
}

// lineEnds counts the line ends from offset a to b, as negative if b comes first.
func lineEnds(text []byte, a, b int) int {
	if b < a {
		return -lineEnds(text, b, a)
	}
	return bytes.Count(text[a:b], []byte{'\n'})
}

// assigned is the name that a match is assigned to.
func assigned(text []byte, m *detectors.Match) string {
	return cmp.Or(m.Name, generic.NameBefore(text, m.Secret.Start))
}
