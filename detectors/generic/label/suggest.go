package label

import "github.com/leakguard/leakguard/detectors/generic"

// Bounds of the cut that is suggested.
const (
	mostLower = 20 // hundredths below the default
	highest   = 95 // hundredths
)

// Split is what a cut makes of the labels: how many of the findings it lets through, and
// how many of these are secrets.
type Split struct{ Found, Secrets int }

// good reports whether at least 9 of 10 are secrets.
func (s Split) good() bool { return 10*s.Secrets >= 9*s.Found }

// Suggestion is a cut for the medium level, beside the default.
type Suggestion struct {
	Cut           float32 // 0: none will do
	Default, With Split
}

// Suggest finds the cut that parts the labels best: the least one at which at least
// 9 of 10 labelled findings above it are secrets, from the default minus 0.2 up to
// 0.95, in hundredths. Of cuts that let the same labels through it is the nearest to
// the default.
func (s Set) Suggest() Suggestion {
	all := make(weighed, 0, len(s))
	for _, l := range s {
		all = append(all, weight{l.Probability(), l.Secret})
	}
	return all.suggest(generic.CutMedium)
}

// weight is all of a label that a cut depends on.
type weight struct {
	probability float32
	secret      bool
}

type weighed []weight

func (w weighed) suggest(standard float32) Suggestion {
	out := Suggestion{Default: w.split(standard)}
	for h := hundredths(standard) - mostLower; h <= highest; h++ {
		if out.With = w.split(cut(h)); !out.With.good() {
			continue
		}
		for cut(h+1) <= standard && w.split(cut(h+1)) == out.With {
			h++
		}
		out.Cut = cut(h)
		return out
	}
	return out
}

// split is what a cut makes of them.
func (w weighed) split(cut float32) (at Split) {
	for _, one := range w {
		if one.probability >= cut {
			at.Found++
			if one.secret {
				at.Secrets++
			}
		}
	}
	return at
}

// cut is a number of hundredths as a probability.
func cut(h int) float32 { return float32(h) / 100 }

func hundredths(p float32) int { return int(p*100 + 0.5) }
