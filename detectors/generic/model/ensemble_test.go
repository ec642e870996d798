package model_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/generic/model"
)

// grown returns an ensemble of random trees, and evidence for it.
func grown(t testing.TB, trees, leaves, features int) (*model.Ensemble, [][]float32) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	names := make([]string, features)
	for i := range names {
		names[i] = "f" + strconv.Itoa(i)
	}
	all := make([][]model.Node, trees)
	for i := range all {
		all[i] = grow(rng, leaves, features)
	}
	e, err := model.New(names, -2.5, all)
	if err != nil {
		t.Fatal(err)
	}
	xs := make([][]float32, 64)
	for i := range xs {
		xs[i] = make([]float32, features)
		for j := range xs[i] {
			xs[i][j] = rng.Float32()
		}
	}
	return e, xs
}

// grow splits a random leaf until there are as many as wanted.
func grow(rng *rand.Rand, leaves, features int) []model.Node {
	t := []model.Node{{Feature: -1, Value: rng.Float32() - 0.5}}
	open := []int{0}
	for len(open) < leaves {
		k := rng.IntN(len(open))
		n := &t[open[k]]
		n.Feature, n.Cut, n.Left, n.Right = rng.IntN(features), rng.Float32(), len(t), len(t)+1
		open[k] = len(t)
		open = append(open, len(t)+1)
		t = append(t, model.Node{Feature: -1, Value: rng.Float32() - 0.5}, model.Node{Feature: -1, Value: rng.Float32() - 0.5})
	}
	return t
}

// stump is one question: v up to cut scores low, above it high.
func stump(feature int, cut, low, high float32) []model.Node {
	return []model.Node{{Feature: feature, Cut: cut, Left: 1, Right: 2, Value: (low + high) / 2}, {Feature: -1, Value: low}, {Feature: -1, Value: high}}
}

func TestScore(t *testing.T) {
	e, err := model.New([]string{"length", "quoted"}, -1, [][]model.Node{
		stump(0, 8, -2, 1),
		stump(1, 0.5, 0, 0.5),
		{{Feature: -1, Value: 0.25}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		x    []float32
		want float32
	}{
		{"both low", []float32{3, 0}, -2.75},
		{"at the cut", []float32{8, 0}, -2.75},
		{"above the cut", []float32{9, 0}, 0.25},
		{"both high", []float32{9, 1}, 0.75},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := e.Score(tt.x); got != tt.want {
				t.Errorf("score %v, want %v", got, tt.want)
			}
		})
	}
}

func TestExplainAddsUpToScore(t *testing.T) {
	e, xs := grown(t, 300, 12, 20)
	for _, x := range xs {
		shares := make([]float32, len(x))
		sum := e.Explain(x, shares)
		for _, s := range shares {
			sum += s
		}
		if got := e.Score(x); sum != got {
			t.Fatalf("base and shares give %v, the score is %v", sum, got)
		}
	}
}

func TestExplainNamesTheQuestion(t *testing.T) {
	e, err := model.New([]string{"unused", "length"}, -1, [][]model.Node{stump(1, 8, -2, 1)})
	if err != nil {
		t.Fatal(err)
	}
	shares := make([]float32, 2)
	if base := e.Explain([]float32{0, 9}, shares); base != -1.5 {
		t.Errorf("base %v, want -1.5", base)
	}
	if want := []float32{0, 1.5}; !slices.Equal(shares, want) {
		t.Errorf("shares %v, want %v", shares, want)
	}
}

func TestBind(t *testing.T) {
	e, xs := grown(t, 20, 8, 10)
	want := make([]float32, len(xs))
	for i, x := range xs {
		want[i] = e.Score(x)
	}
	names := append([]string{"new"}, e.Names()...)
	slices.Reverse(names)
	if err := e.Bind(names); err != nil {
		t.Fatal(err)
	}
	for i, x := range xs {
		y := append([]float32{7}, x...)
		slices.Reverse(y)
		if got := e.Score(y); got != want[i] {
			t.Fatalf("bound score %v, want %v", got, want[i])
		}
	}
	err := e.Bind(names[2:])
	if err == nil || !strings.Contains(err.Error(), `evidence "f9"`) {
		t.Errorf("error %v, want one that names f9", err)
	}
	if err := e.Bind([]string{"a", "a"}); err == nil {
		t.Error("a name that is there twice is no error")
	}
}

func TestScoreAllocatesNothing(t *testing.T) {
	e, xs := grown(t, 20, 8, 10)
	if n := testing.AllocsPerRun(10, func() { e.Score(xs[0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNewRefuses(t *testing.T) {
	nan := float32(math.NaN())
	tests := []struct {
		name  string
		names []string
		bias  float32
		tree  []model.Node
		want  string
	}{
		{"a bias out of bounds", nil, 17, stump(0, 1, 0, 0), "bias 17"},
		{"a bias that is no number", nil, nan, stump(0, 1, 0, 0), "bias NaN"},
		{"an empty name", []string{""}, 0, nil, `feature name ""`},
		{"a name with a blank", []string{"a b"}, 0, nil, `feature name "a b"`},
		{"a name twice", []string{"a", "a"}, 0, nil, "feature a is there twice"},
		{"no nodes", nil, 0, []model.Node{}, "tree 0: no nodes"},
		{"an unknown feature", nil, 0, stump(2, 1, 0, 0), "tree 0: node 0: feature 2 of 2"},
		{"a cut that is no number", nil, 0, stump(0, nan, 0, 0), "tree 0: node 0: cut NaN"},
		{"a value out of bounds", nil, 0, stump(0, 1, 0, 20), "tree 0: node 2: value 20"},
		{"a child outside", nil, 0, []model.Node{{Left: 1, Right: 2}, {Feature: -1}}, "tree 0: node 0: child 2 of 2"},
		{"a circle", nil, 0, []model.Node{{Left: 0, Right: 1}, {Feature: -1}}, "tree 0: node 0: child 0 of 2"},
		{"a node with two parents", nil, 0, []model.Node{{Left: 1, Right: 1}, {Feature: -1}}, "tree 0: node 1 has 2 parents"},
		{"65 leaves", nil, 0, grow(rand.New(rand.NewPCG(1, 1)), 65, 2), "tree 0: 129 nodes, at most 64 leaves"},
		{"a node without a parent", nil, 0, append(stump(0, 1, 0, 0), model.Node{Feature: -1}), "tree 0: node 3 has 0 parents"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			names := tt.names
			if names == nil {
				names = []string{"a", "b"}
			}
			_, err := model.New(names, tt.bias, [][]model.Node{tt.tree})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// BenchmarkScore is the score of one candidate by 200 trees of 12 leaves.
func BenchmarkScore(b *testing.B) {
	e, xs := grown(b, 200, 12, 150)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		e.Score(xs[i%len(xs)])
		i++
	}
}
