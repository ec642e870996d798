package detectors_test

import (
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
)

// fewRules is how many credentials leakguard began with: more of them must not cost
// more than a fifth.
const fewRules = 120

// fewDisabled leaves fewRules rules on, spread over all, and the detectors of what has
// no issuer.
func fewDisabled() func(id string) bool {
	on := map[string]bool{}
	var all []string
	for _, p := range providers.Load() {
		for _, r := range p.Rules {
			all = append(all, r.ID)
			if r.Detector != "" {
				on[r.ID] = true
			}
		}
	}
	for i, left := 0, fewRules-len(on); i < left; i++ {
		on[all[i*len(all)/left]] = true
	}
	return func(id string) bool { return !on[id] }
}

// BenchmarkRules compares scans by few rules and by all, of sources without secrets.
func BenchmarkRules(b *testing.B) {
	text := goSources(b, benchSize)
	for _, bb := range []struct {
		name     string
		disabled func(id string) bool
	}{{"few", fewDisabled()}, {"all", nil}} {
		o := detectors.DefaultOptions()
		o.Disabled = bb.disabled
		e, err := detectors.New(providers.Load(), o)
		if err != nil {
			b.Fatal(err)
		}
		e.Scan(text, "")
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				e.Scan(text, "")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(text)), "ns/byte")
		})
	}
}
