package detectors

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Hash identifies what the engine looks for: two engines with one hash find the
// same matches in the same bytes.
func (e *Engine) Hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "engine %d decode %d confidence %d\n", engineVersion, e.opts.DecodeDepth, e.opts.MinConfidence)
	for level := rules.Doubtful; level <= rules.Certain; level++ {
		fmt.Fprintln(h, "cut", level, e.opts.Cuts.Least(level))
	}
	if e.opts.Known != nil {
		fmt.Fprintln(h, "known", e.opts.Known.Digest())
	}
	for _, p := range e.all {
		digest := p.Digest
		if digest == "" {
			digest = p.Sum()
		}
		fmt.Fprintln(h, p.ID, digest)
		if e.opts.Disabled == nil {
			continue
		}
		for _, r := range p.Rules {
			if e.opts.Disabled(r.ID) {
				fmt.Fprintln(h, "without", r.ID)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// engineVersion is raised when a change of code, not of rules, changes what is
// found.
const engineVersion = 1
