package boost

import (
	"maps"
	"slices"
	"sort"
)

// binned is the evidence of all examples, cut into bins.
type binned struct {
	features []feature

	// entries are the bins of the examples, by example; those of usual bins, which
	// are most, are left out. Example i has entries[starts[i]:starts[i+1]].
	entries []entry
	starts  []int
}

// feature is how one column was cut.
type feature struct {
	cuts  []float32 // bin i holds what is above cuts[i-1] and up to cuts[i]
	first int       // index of bin 0 in a histogram of all features
	usual int       // the bin of most examples
}

// bins is how many bins there are.
func (f *feature) bins() int { return len(f.cuts) + 1 }

func (f *feature) bin(v float32) int {
	return sort.Search(len(f.cuts), func(i int) bool { return v <= f.cuts[i] })
}

// entry is the index of a bin in a histogram of all features.
type entry uint32

// bin cuts the evidence into at most bins bins a column, of about the same weight
// each. Columns that are banned have one bin.
func bin(examples []Example, columns []column, bins int) *binned {
	b := &binned{features: make([]feature, len(columns)), starts: make([]int, 1, len(examples)+1)}
	all := make([]uint8, len(examples)*len(columns))
	size := 0
	for c := range columns {
		f := &b.features[c]
		f.first = size
		if !columns[c].banned {
			f.cuts = quantiles(examples, c, bins)
		}
		size += f.bins()
		count := make([]int, f.bins())
		for i, ex := range examples {
			k := f.bin(ex.X[c])
			all[i*len(columns)+c] = uint8(k)
			count[k]++
		}
		f.usual = slices.Index(count, slices.Max(count))
	}
	for i := range examples {
		for c := range columns {
			f := &b.features[c]
			if k := int(all[i*len(columns)+c]); k != f.usual {
				b.entries = append(b.entries, entry(f.first+k))
			}
		}
		b.starts = append(b.starts, len(b.entries))
	}
	return b
}

// of are the entries of example i.
func (b *binned) of(i int32) []entry { return b.entries[b.starts[i]:b.starts[i+1]] }

// has reports whether example i is in one of the bins from to to (exclusive) of
// feature f, which the usual one is not among.
func (b *binned) has(i int32, from, to entry) bool {
	own := b.of(i)
	k, _ := slices.BinarySearch(own, from)
	return k < len(own) && own[k] < to
}

// size is how many bins all features have.
func (b *binned) size() int {
	last := &b.features[len(b.features)-1]
	return last.first + last.bins()
}

// quantiles returns cuts that part column c of the examples into at most bins bins.
func quantiles(examples []Example, c, bins int) []float32 {
	weights := map[float32]float64{}
	var left float64
	for i := range examples {
		weights[examples[i].X[c]] += examples[i].Weight
		left += examples[i].Weight
	}
	distinct := slices.Sorted(maps.Keys(weights))
	var cuts []float32
	var in float64
	for i := 0; i+1 < len(distinct) && len(cuts) < bins-1; i++ {
		w := weights[distinct[i]]
		in += w
		left -= w
		// The bins that remain share what remains.
		if few := len(distinct)-1-i <= bins-1-len(cuts); few || in >= (in+left)/float64(bins-len(cuts)) {
			cuts = append(cuts, between(distinct[i], distinct[i+1]))
			in = 0
		}
	}
	return cuts
}

// between is a value that is not below a and is below b.
func between(a, b float32) float32 {
	if mid := a + (b-a)/2; mid >= a && mid < b {
		return mid
	}
	return a
}
