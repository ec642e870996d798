package detectors_test

import (
	"cmp"
	"math/rand/v2"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
)

// poor is a source of randomness with little of it: two times in three it gives
// the first letter of an alphabet, so that examples come out as people's
// made-up values do.
type poor struct{ *rand.PCG }

func (p poor) Uint64() uint64 {
	v := p.PCG.Uint64()
	if v%3 > 0 {
		return v % 3
	}
	return v
}

// madeUp is the floor to which a rule without one is held, in bits a character:
// below it a value of some length was made up by a person, whatever issuer's
// pattern it fits.
const madeUp = 3.0

// TestEntropyFloors expands the match examples of each rule with poor randomness.
// What lies below the rule's floor, and would be found without it, must not be
// found; each floor refuses such a value, or it would be there for nothing; and
// a rule without a floor must find no made-up value.
func TestEntropyFloors(t *testing.T) {
	all, err := providers.ReadDir("providers")
	if err != nil {
		t.Fatal(err)
	}
	with, without := engine(t), engineWithoutFloors(t)
	for _, p := range all {
		for _, r := range p.Rules {
			if r.Checksum != "" || r.Detector != "" {
				continue
			}
			t.Run(r.ID, func(t *testing.T) {
				t.Parallel()
				checkFloor(t, r, with, without)
			})
		}
	}
}

// poorRounds is how many texts each template is expanded to, at most: until enough of
// them are of so little entropy that the floor is tried.
const (
	poorRounds = 400
	enoughPoor = 25
)

func checkFloor(t *testing.T, r *rules.Rule, with, without *detectors.Engine) {
	floor := cmp.Or(r.Entropy, madeUp)
	bitten := 0
	for _, template := range r.Match {
		before := bitten
		for round := range uint64(poorRounds) {
			if bitten-before == enoughPoor {
				break
			}
			text, err := rules.Expand(template, rand.New(poor{rand.NewPCG(round, 7)}))
			if err != nil {
				t.Fatal(err)
			}
			m := foundBy(without.Scan([]byte(text), ""), r.ID)
			if m == nil || m.Entropy >= floor {
				continue
			}
			bitten++
			if foundBy(with.Scan([]byte(text), ""), r.ID) != nil {
				t.Fatalf("template %q, round %d: a value of %.2f bits a character is found; want a floor of at least %.2f", template, round, m.Entropy, floor)
			}
		}
	}
	if bitten == 0 && r.Entropy > 0 {
		t.Errorf("no value is refused by the entropy floor of %.2f alone: is it too low to matter?", r.Entropy)
	}
}

func foundBy(matches []detectors.Match, rule string) *detectors.Match {
	for i := range matches {
		if matches[i].Rule.ID == rule {
			return &matches[i]
		}
	}
	return nil
}

func engineWithoutFloors(t *testing.T) *detectors.Engine {
	all, err := providers.ReadDir("providers")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		for _, r := range p.Rules {
			r.Entropy = 0
		}
	}
	e, err := detectors.New(all, detectors.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return e
}
