// Package boost learns the trees of package model: gradient boosting of the
// logistic loss (Friedman, "Greedy function approximation", Annals of Statistics
// 29, 2001), with evidence cut into a few bins and trees that grow where the loss
// falls most. The same examples and options give the same model, bit for bit.
package boost

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/leakguard/leakguard/detectors/generic/model"
)

// Example is one value whose kind is known.
type Example struct {
	X      []float32 // evidence, no NaN
	Secret bool
	Weight float64 // how much it counts; 0: not at all
}

// Options settle what is learnt. Trees and Leaves must be positive.
type Options struct {
	Trees  int
	Leaves int     // of a tree, at most 64
	Rate   float64 // how much of what a tree learnt is used, above 0 and up to 1
	L2     float64 // pulls what a leaf adds towards 0

	// MinWeight is the least weight of a leaf: the sum over its examples of
	// weight times p(1-p), p being the probability so far.
	MinWeight float64

	Bins    int     // of a feature, 2 to 256
	Columns float64 // share of the features that a tree may ask for, above 0 and up to 1
	Seed    uint64  // of the choice of the features

	// Rising and Falling name features above whose cuts the score must not be lower,
	// or not higher, than below; Without names those that are not to be used.
	Rising, Falling, Without []string
}

// DefaultOptions are a middle way for some ten thousand examples.
func DefaultOptions() Options {
	return Options{Trees: 200, Leaves: 12, Rate: 0.08, L2: 1, MinWeight: 1, Bins: 64, Columns: 0.5}
}

func (o *Options) check() error {
	switch {
	case o.Trees < 1:
		return fmt.Errorf("%d trees, want at least one", o.Trees)
	case o.Leaves < 2 || o.Leaves > 64:
		return fmt.Errorf("%d leaves, want 2 to 64", o.Leaves)
	case !(o.Rate > 0 && o.Rate <= 1):
		return fmt.Errorf("rate %v, want above 0 and up to 1", o.Rate)
	case !(o.L2 >= 0):
		return fmt.Errorf("L2 %v, want 0 or more", o.L2)
	case !(o.MinWeight > 0):
		return fmt.Errorf("least weight of a leaf %v, want above 0", o.MinWeight)
	case o.Bins < 2 || o.Bins > 256:
		return fmt.Errorf("%d bins, want 2 to 256", o.Bins)
	case !(o.Columns > 0 && o.Columns <= 1):
		return fmt.Errorf("share of columns %v, want above 0 and up to 1", o.Columns)
	}
	return nil
}

// Train learns from examples of evidence of those names. Options out of their
// bounds, unknown names in them, and examples that teach nothing are errors.
func Train(examples []Example, names []string, o Options) (*model.Ensemble, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	columns, err := o.columns(names)
	if err != nil {
		return nil, err
	}
	for i, ex := range examples {
		if len(ex.X) != len(names) {
			return nil, fmt.Errorf("example %d has %d pieces of evidence, there are %d names", i, len(ex.X), len(names))
		}
		if !(ex.Weight >= 0) || math.IsInf(ex.Weight, 0) {
			return nil, fmt.Errorf("example %d: weight %v", i, ex.Weight)
		}
	}
	examples = slices.DeleteFunc(slices.Clone(examples), func(ex Example) bool { return ex.Weight == 0 })
	bias, err := prior(examples)
	if err != nil {
		return nil, err
	}
	g := newGrower(examples, columns, &o, bias)
	rng := rand.New(rand.NewPCG(o.Seed, 0))
	trees := make([][]model.Node, 0, o.Trees)
	for range o.Trees {
		trees = append(trees, g.tree(rng))
	}
	return model.New(names, bias, trees)
}

// column is what a feature may be used for.
type column struct {
	banned   bool
	monotone int // 1: rising, -1: falling
}

func (o *Options) columns(names []string) ([]column, error) {
	columns := make([]column, len(names))
	for _, list := range []struct {
		names []string
		mark  func(*column)
	}{
		{o.Rising, func(c *column) { c.monotone = 1 }},
		{o.Falling, func(c *column) { c.monotone = -1 }},
		{o.Without, func(c *column) { c.banned = true }},
	} {
		for _, name := range list.names {
			i := slices.Index(names, name)
			if i < 0 {
				return nil, fmt.Errorf("there is no evidence named %q", name)
			}
			list.mark(&columns[i])
		}
	}
	return columns, nil
}

// prior is the log-odds of a secret among the examples.
func prior(examples []Example) (float32, error) {
	var secrets, others float64
	for _, ex := range examples {
		if ex.Secret {
			secrets += ex.Weight
		} else {
			others += ex.Weight
		}
	}
	if secrets == 0 || others == 0 {
		return 0, fmt.Errorf("of %d examples with a weight all are of one kind: nothing can be learnt", len(examples))
	}
	bias := math.Log(secrets / others)
	return model.Round(float32(max(-10, min(10, bias)))), nil
}
