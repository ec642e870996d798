package report

import (
	"bytes"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
)

// scoreOf is the probability that the reasons come to.
func scoreOf(reasons []generic.Reason) float32 {
	_, sum := generic.Reasons(make([]float32, len(generic.EvidenceNames())))
	for _, r := range reasons {
		sum += r.Share
	}
	return float32(1 / (1 + math.Exp(-float64(sum))))
}

func TestTip(t *testing.T) {
	for _, c := range []struct {
		name   string
		shares []float32
		cut    float32   // 0: what the model says of nothing, so that the shares alone decide
		want   []float32 // shares of what is taken away; nil: nothing tips it
	}{
		{"found, and one piece does", []float32{6, 0.2, -0.5}, 0, []float32{6}},
		{"found, and two are needed", []float32{5, 5, 0.2, -0.5}, 0, []float32{5, 5}},
		{"not found, and one piece does", []float32{6, -8}, 0, []float32{-8}},
		{"not found, and nothing speaks against it", []float32{0.001}, 0.999, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, base := generic.Reasons(make([]float32, len(generic.EvidenceNames())))
			if c.cut == 0 {
				c.cut = scoreOf(nil)
			}
			// What is known of nobody must not matter here.
			reasons := []generic.Reason{{Evidence: "valueHex", Words: "constant", Share: 0}}
			for _, s := range c.shares {
				reasons = append(reasons, generic.Reason{Evidence: "valueHex", Words: "x", Value: 1, Share: s})
			}
			e := &Evidence{Score: scoreOf(reasons), Reasons: reasons, Cuts: generic.Cuts{High: 1, Medium: c.cut, Low: 0.01}, Least: rules.Likely}
			without, p := e.tip(e.Score >= c.cut, c.cut)
			var got []float32
			for _, r := range without {
				got = append(got, r.Share)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("taken away %v, want %v (base %v, score %v)", got, c.want, base, e.Score)
			}
			if without != nil && (float32(p) >= c.cut) == (e.Score >= c.cut) {
				t.Errorf("probability then %v, on the same side of %v as %v", p, c.cut, e.Score)
			}
		})
	}
}

func TestEvidenceGolden(t *testing.T) {
	var out bytes.Buffer
	many := slices.Repeat(weighed()[4:5], mostEvidence+2)
	for _, least := range []rules.Confidence{rules.Doubtful, rules.Certain} {
		// The score is made up: it stands for what a model says, which changes.
		e := &Evidence{Score: 0.4, Reasons: append(weighed(), many...), Cuts: generic.Cuts{High: 0.9, Medium: 0.6, Low: 0.3}, Least: least}
		if err := e.Write(&out); err != nil {
			t.Fatal(err)
		}
	}
	text := out.String()
	var kept strings.Builder
	for line := range strings.Lines(text) { // what would tip it depends on the model's base
		if !strings.Contains(line, "would") {
			kept.WriteString(line)
		}
	}
	if strings.Count(text, "would") != 2 {
		t.Errorf("it does not say twice what would have tipped it:\n%s", text)
	}
	golden(t, filepath.Join("text", "evidence.txt"), kept.String())
}
