package ledger

import (
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
)

// Policy says how long there is to deal with a secret, by severity.
type Policy map[string]Deadlines

// Deadlines are the times for secrets that are live, and for those of which that
// is not known.
type Deadlines struct{ Live, Other time.Duration }

const day = 24 * time.Hour

// DefaultPolicy is used unless the configuration says otherwise.
func DefaultPolicy() Policy {
	return Policy{
		"critical": {1 * day, 3 * day},
		"high":     {3 * day, 7 * day},
		"medium":   {7 * day, 30 * day},
		"low":      {30 * day, 90 * day},
		"info":     {90 * day, 180 * day},
	}
}

// within is the time that there is.
func (p Policy) within(severity string, v verify.State) time.Duration {
	d, ok := p[severity]
	if !ok {
		d = p["high"]
	}
	if v == verify.Live {
		return d.Live
	}
	return d.Other
}
