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
	const standard = float32(generic.CutMedium)
	probability := make(map[string]float32, len(s))
	for id, l := range s {
		probability[id] = l.Probability()
	}
	split := func(cut float32) (at Split) {
		for id, l := range s {
			if probability[id] >= cut {
				at.Found++
				if l.Secret {
					at.Secrets++
				}
			}
		}
		return at
	}
	out := Suggestion{Default: split(standard)}
	for h := hundredths(standard) - mostLower; h <= highest; h++ {
		if out.With = split(cut(h)); !out.With.good() {
			continue
		}
		for cut(h+1) <= standard && split(cut(h+1)) == out.With {
			h++
		}
		out.Cut = cut(h)
		return out
	}
	return out
}

// cut is a number of hundredths as a probability.
func cut(h int) float32 { return float32(h) / 100 }

func hundredths(p float32) int { return int(p*100 + 0.5) }
