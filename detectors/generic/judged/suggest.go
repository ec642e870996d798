package judged

import "github.com/leakguard/leakguard/detectors/generic"

// Bounds of the cut that is suggested.
const (
	mostLower = 20 // hundredths below the default
	highest   = 95 // hundredths
)

// Split is what a cut makes of the labels: how many findings it lets through, and how
// many of them are secrets.
type Split struct{ Found, True int }

// Split tells of a cut.
func (s *Set) Split(cut float32) (at Split) {
	for i := range s.Labels {
		l := &s.Labels[i]
		if l.Probability() >= cut {
			at.Found++
			if l.Secret {
				at.True++
			}
		}
	}
	return at
}

// good reports whether at least 9 of 10 are secrets.
func (s Split) good() bool { return 10*s.True >= 9*s.Found }

// Suggest returns the cut of the medium level that parts the labels best: the least
// one at which at least 9 of 10 labelled findings above it are secrets, from the
// default minus 0.2 up to 0.95, in hundredths. Of cuts that let the same labels
// through it is the nearest to the default. ok is false if no such cut will do.
func (s *Set) Suggest() (cut float32, ok bool) {
	const standard = float32(generic.CutMedium)
	for h := hundredths(standard) - mostLower; h <= highest; h++ {
		best := s.Split(at(h))
		if !best.good() {
			continue
		}
		for at(h) < standard && h < highest && s.Split(at(h+1)) == best {
			h++
		}
		return at(h), true
	}
	return 0, false
}

// at is a number of hundredths as a cut.
func at(h int) float32 { return float32(h) / 100 }

func hundredths(p float32) int { return int(p*100 + 0.5) }
