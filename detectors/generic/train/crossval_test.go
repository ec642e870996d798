package main

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic/boost"
)

func TestAssignIsEven(t *testing.T) {
	secrets := map[string]int{}
	total := 0
	for i := range 40 {
		secrets[fmt.Sprintf("%08x", i)] = i
		total += i
	}
	one, again, other := assign(secrets, 5, 1), assign(secrets, 5, 1), assign(secrets, 5, 2)
	full := make([]int, 5)
	differ := false
	for id, n := range secrets {
		full[one[id]] += n
		if one[id] != again[id] {
			t.Fatal("the same seed gives other folds")
		}
		differ = differ || one[id] != other[id]
	}
	if !differ {
		t.Error("another seed gives the same folds")
	}
	if slices.Max(full)-slices.Min(full) > total/5/5 {
		t.Errorf("secrets by fold: %v", full)
	}
}

// Whatever a repository says of itself, its scores come from the others: here every
// repository calls its own mark a secret, which no other has.
func TestCrossValidateHoldsOut(t *testing.T) {
	const repositories = 10
	c := &corpus{labels: &labels{byFile: map[string]stretch{}}, names: make([]string, repositories)}
	var examples []boost.Example
	for k := range repositories {
		file := fmt.Sprintf("data/%08d/a", k)
		c.names[k] = fmt.Sprintf("mark%d", k)
		c.labels.spans = append(c.labels.spans, span{file: file, first: 1, last: 1, truth: secret})
		for i := range 40 {
			x := make([]float32, repositories)
			x[k] = float32(i % 2)
			c.candidates = append(c.candidates, candidate{finding: finding{file: file, first: i + 1, last: i + 1}, x: x})
			examples = append(examples, boost.Example{X: x, Secret: i%2 == 1, Weight: 1})
		}
	}
	c.candidates[0].gate = "a placeholder"
	o := boost.Options{Trees: 30, Leaves: 8, Rate: 0.3, L2: 1, MinWeight: 0.5, Bins: 8, Columns: 1}
	r, err := crossValidate(c, examples, o, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(r.scores[0], -1) {
		t.Errorf("a gated candidate has the score %v", r.scores[0])
	}
	for i := 1; i+1 < len(c.candidates); i += 2 {
		if c.candidates[i].file == c.candidates[i+1].file && r.scores[i] != r.scores[i+1] {
			t.Fatalf("%s: %v with its mark, %v without", c.candidates[i].file, r.scores[i], r.scores[i+1])
		}
	}
	m, err := boost.Train(examples, c.names, o)
	if err != nil {
		t.Fatal(err)
	}
	if with, without := m.Score(c.candidates[1].x), m.Score(c.candidates[0].x); with <= without {
		t.Errorf("a model that saw all gives %v with a mark and %v without: this test shows nothing", with, without)
	}
}

func TestPropagated(t *testing.T) {
	one := func(repository string, value uint64, gate string) candidate {
		return candidate{finding: finding{file: "data/" + repository + "/a"}, value: value, gate: gate}
	}
	c := &corpus{candidates: []candidate{
		one("r", 1, ""), one("r", 1, ""), one("r", 2, ""), one("s", 1, ""), one("r", 1, "a path"),
	}}
	gated := math.Inf(-1)
	got := propagated(c, []float64{4, -2, -2, -2, gated})
	if want := []float64{4, 1, -2, -2, gated}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
