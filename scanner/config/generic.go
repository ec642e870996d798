package config

import (
	"fmt"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
)

// Generic says how likely a secret without an issuer must be for each level of
// confidence; 0 is the default of package generic.
type Generic struct {
	CutHigh   Probability `toml:"cut-high"`
	CutMedium Probability `toml:"cut-medium"`
	CutLow    Probability `toml:"cut-low"`
}

// Cuts are the cuts as the engine takes them.
func (g Generic) Cuts() generic.Cuts {
	return generic.Cuts{High: float32(g.CutHigh), Medium: float32(g.CutMedium), Low: float32(g.CutLow)}
}

// check reports levels that are not in their order.
func (g Generic) check() error {
	c := g.Cuts()
	low, medium, high := c.Least(rules.Doubtful), c.Least(rules.Likely), c.Least(rules.Certain)
	if low > medium || medium > high {
		return fmt.Errorf("generic: cut-low %v, cut-medium %v, cut-high %v: want none above the next; one that is not given has its default", low, medium, high)
	}
	return nil
}

// Probability is from just above 0 to 1.
type Probability float32

// UnmarshalTOML reads the probability.
func (p *Probability) UnmarshalTOML(v any) error {
	f, ok := v.(float64)
	if !ok || !(float32(f) > 0 && f <= 1) {
		return fmt.Errorf("%#v: want a number above 0.0 and up to 1.0, such as 0.6", v)
	}
	*p = Probability(f)
	return nil
}
