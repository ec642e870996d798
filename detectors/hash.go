package detectors

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash identifies what the engine looks for: two engines with one hash find the
// same matches in the same bytes.
func (e *Engine) Hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "engine %d decode %d confidence %d\n", engineVersion, e.opts.DecodeDepth, e.opts.MinConfidence)
	for _, r := range e.rules {
		fmt.Fprintf(h, "%q %q %q %q %v %q %q %v %v\n",
			r.ID, r.Pattern, r.Detector, r.Keywords, r.Entropy, r.Checksum, r.Path, r.Parts, r.Allow)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// engineVersion is raised when a change of code, not of rules, changes what is
// found.
const engineVersion = 1
