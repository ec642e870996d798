package generic

import (
	"bytes"
	_ "embed"
	"sync"

	"github.com/leakguard/leakguard/detectors/generic/model"
	"github.com/leakguard/leakguard/detectors/rules"
)

// secrets is what make train has learnt: docs/model.md tells from what, and how well.
//
//go:embed secrets.model
var secrets []byte

// Model is the embedded one, read when it is first asked.
var Model = sync.OnceValue(func() *model.Ensemble {
	m, err := model.Read(bytes.NewReader(secrets))
	if err == nil {
		err = m.Bind(EvidenceNames())
	}
	if err != nil {
		panic("the embedded model of secrets: " + err.Error()) // a test reads it
	}
	return m
})

// The levels of confidence: the least probability of each. The cuts are fixed;
// docs/model.md shows what each finds and spares.
const (
	CutHigh   = 0.85
	CutMedium = 0.43
	CutLow    = 0.15
)

// Level is the confidence that a probability means; 0: a secret is not to be thought of.
func Level(probability float32) rules.Confidence {
	switch {
	case probability >= CutHigh:
		return rules.Certain
	case probability >= CutMedium:
		return rules.Likely
	case probability >= CutLow:
		return rules.Doubtful
	}
	return 0
}
