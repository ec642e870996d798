package generic

import (
	"bytes"
	"cmp"
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

// Probability is what the embedded model makes of evidence, 0 to 1.
func Probability(evidence []float32) float32 {
	return float32(model.Probability(Model().Score(evidence)))
}

// The levels of confidence: the least probability of each, unless Cuts say
// otherwise. docs/model.md shows what each finds and spares.
const (
	CutHigh   = 0.85
	CutMedium = 0.4
	CutLow    = 0.15
)

// Cuts are the least probabilities of the levels of confidence, each at most the next
// higher one. One that is 0 stands for its default.
type Cuts struct{ High, Medium, Low float32 }

// Least is the least probability of a level.
func (c Cuts) Least(level rules.Confidence) float32 {
	switch level {
	case rules.Certain:
		return cmp.Or(c.High, CutHigh)
	case rules.Likely:
		return cmp.Or(c.Medium, CutMedium)
	}
	return cmp.Or(c.Low, CutLow)
}

// Level is the confidence that a probability means; 0: a secret is not to be thought of.
func (c Cuts) Level(probability float32) rules.Confidence {
	for level := rules.Certain; level >= rules.Doubtful; level-- {
		if probability >= c.Least(level) {
			return level
		}
	}
	return 0
}
