package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
)

// samplePackages is how many findings of one package are drawn at most, so that no file
// of test vectors decides.
const samplePackages = 4

// sampling says what to draw.
type sampling struct {
	seed  string
	size  int             // findings of each tool
	known map[string]bool // values that were judged before and are not drawn again
}

// draw takes a sample of each tool's findings at its default level: one for each
// value, of each corpus as many, or all that it has. What both tools report is drawn
// once. The order is by hash of the seed, so a finding that comes or goes moves no other.
func draw(corpora []corpus, how sampling) []judged {
	rows := map[secretPlace]*judged{}
	for _, t := range []tool{leakguard, gitleaks} {
		for _, f := range drawTool(corpora, t, how) {
			row := rows[f.place()]
			if row == nil {
				row = &judged{drawn: map[tool]bool{}, finding: f, judgement: unjudged, why: "-"}
				rows[f.place()] = row
			}
			row.drawn[t] = true
		}
	}
	var all []judged
	for _, row := range rows {
		all = append(all, *row)
	}
	slices.SortFunc(all, func(a, b judged) int {
		return cmp.Or(cmp.Compare(a.corpus, b.corpus), cmp.Compare(a.path, b.path),
			cmp.Compare(a.start, b.start), cmp.Compare(a.value, b.value))
	})
	return all
}

func drawTool(corpora []corpus, t tool, how sampling) []finding {
	pools := map[string][]finding{}
	for _, c := range corpora {
		pools[c.name] = pool(c.found[t], how)
	}
	var sample []finding
	for name, n := range shares(pools, how.size) {
		sample = append(sample, pools[name][:n]...)
	}
	return sample
}

// pool is what may be drawn of a corpus, in the order of the draw.
func pool(found []finding, how sampling) []finding {
	order := func(f finding) string {
		sum := sha256.Sum256([]byte(how.seed + "\n" + f.path + "\n" + f.value))
		return hex.EncodeToString(sum[:])
	}
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b finding) int { return cmp.Compare(order(a), order(b)) })
	var kept []finding
	values, packages := map[string]bool{}, map[string]int{}
	for _, f := range found {
		if in := packageOf(f.path); f.shown() && !values[f.value] && !how.known[f.value] && packages[in] < samplePackages {
			kept = append(kept, f)
			values[f.value] = true
			packages[in]++
		}
	}
	return kept
}

// shares says how many to draw of each corpus: an equal part, and of what a small
// corpus does not have, one after the other of the larger ones.
func shares(pools map[string][]finding, size int) map[string]int {
	n := map[string]int{}
	names := slices.Sorted(maps.Keys(pools))
	for total, before := 0, -1; total != before && total < size; {
		before = total
		for _, name := range names {
			if n[name] < len(pools[name]) && total < size {
				n[name]++
				total++
			}
		}
	}
	return n
}
