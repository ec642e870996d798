// Package label keeps what people said of generic findings: whether each is a secret,
// and the evidence on it, but neither its value nor a hash of it, nor a name or a
// place. Such a file may be committed; training can learn from it, and the cuts of a
// repository can be shifted by it.
package label

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/leakguard/leakguard/detectors/generic"
)

// Label is what a person said of a finding.
type Label struct {
	Secret   bool               `json:"secret"`
	Date     string             `json:"date"`     // on which it was said: 2006-01-02, in UTC
	Evidence map[string]float32 `json:"evidence"` // by name; what is not there is 0
}

// New is a label of a finding with that evidence.
func New(secret bool, at time.Time, reasons []generic.Reason) Label {
	l := Label{secret, at.UTC().Format(time.DateOnly), map[string]float32{}}
	for _, r := range reasons {
		if r.Value != 0 {
			l.Evidence[r.Evidence] = r.Value
		}
	}
	return l
}

// ID names what was judged: a hash of the evidence, which says no more than the
// evidence does. Findings with the same evidence are one to the model, and here.
func (l Label) ID() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(l.Evidence)) {
		fmt.Fprintln(h, name, l.Evidence[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// Vector is the evidence in the order of generic.EvidenceNames.
func (l Label) Vector() []float32 {
	names := generic.EvidenceNames()
	x := make([]float32, len(names))
	for i, name := range names {
		x[i] = l.Evidence[name]
	}
	return x
}

// Probability is what the embedded model makes of the evidence.
func (l Label) Probability() float32 {
	return generic.Probability(l.Vector())
}

// check reports what is wrong with a label that was read.
func (l Label) check(known []string) error {
	if _, err := time.Parse(time.DateOnly, l.Date); err != nil {
		return fmt.Errorf("date %q, want one such as 2026-01-31", l.Date)
	}
	if len(l.Evidence) == 0 {
		return fmt.Errorf("no evidence")
	}
	for _, name := range slices.Sorted(maps.Keys(l.Evidence)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("this version knows no evidence %q: take the label out, and label the finding again", name)
		}
	}
	return nil
}
