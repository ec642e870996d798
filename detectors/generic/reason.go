package generic

import (
	"cmp"
	"math"
	"slices"
)

// Reason is what one piece of evidence says of a candidate.
type Reason struct {
	Evidence string  // its name: valueLength
	Words    string  // for people: "length of the value"
	Value    float32 // of the evidence
	Share    float32 // what it adds to the log-odds: above 0 it speaks for a secret; 0: nothing
}

// Reasons are the pieces of evidence that the model heeds, the weightiest first, behind
// them those that are there and that it does not heed, and what it thinks of a
// candidate before it knows any.
func Reasons(evidence []float32) (all []Reason, base float32) {
	shares := make([]float32, evidenceCount)
	base = Model().Explain(evidence, shares)
	for i, share := range shares {
		if share != 0 || evidence[i] != 0 {
			all = append(all, Reason{evidenceOf[i].name, evidenceOf[i].words, evidence[i], share})
		}
	}
	slices.SortStableFunc(all, func(a, b Reason) int {
		return cmp.Compare(math.Abs(float64(b.Share)), math.Abs(float64(a.Share)))
	})
	return all, base
}
