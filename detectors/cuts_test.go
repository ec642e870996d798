package detectors_test

import (
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
)

// TestCuts has one value under cuts of one's own: its probability stays, and its level
// follows the cuts.
func TestCuts(t *testing.T) {
	text := []byte(`billing_password = "Tr4` + "vel" + `-9x!Qm"`)
	engine := func(cuts generic.Cuts) *detectors.Engine {
		e, err := detectors.New(providers.Load(), detectors.Options{MinConfidence: rules.Doubtful, Cuts: cuts})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	standard := engine(generic.Cuts{})
	found := standard.Scan(text, "")
	if len(found) != 1 {
		t.Fatalf("%d matches under the default cuts, want 1", len(found))
	}
	p := found[0].Score
	for _, c := range []struct {
		name string
		cuts generic.Cuts
		want rules.Confidence
	}{
		{"at the highest", generic.Cuts{High: p, Medium: p / 2, Low: p / 4}, rules.Certain},
		{"at the middle one", generic.Cuts{High: 2, Medium: p, Low: p / 4}, rules.Likely},
		{"at the lowest", generic.Cuts{High: 2, Medium: 2, Low: p}, rules.Doubtful},
		{"below all", generic.Cuts{High: 2, Medium: 2, Low: 2}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := engine(c.cuts)
			if e.Hash() == standard.Hash() {
				t.Error("the hash is that of the default cuts")
			}
			got := e.Scan(text, "")
			if c.want == 0 {
				if len(got) != 0 {
					t.Errorf("%d matches, want none", len(got))
				}
				return
			}
			if len(got) != 1 || got[0].Score != p || got[0].Confidence != c.want {
				t.Fatalf("%d matches, want one of confidence %s", len(got), c.want)
			}
			if stands := e.Settle([]*detectors.Match{&got[0]}); !stands[0] || got[0].Confidence != c.want {
				t.Errorf("settled at confidence %s, want %s", got[0].Confidence, c.want)
			}
		})
	}
	if got := engine(generic.Cuts{Medium: generic.CutMedium}).Hash(); got != standard.Hash() {
		t.Error("the default cut, if it is given, makes another hash")
	}
}
