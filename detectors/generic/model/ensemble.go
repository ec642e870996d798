// Package model scores evidence with an ensemble of boosted trees: each tree
// asks a few questions about the evidence and adds a number to the log-odds that
// the value is a secret. The trees are read from a text file, see Read.
//
// All numbers that are added are multiples of 1/1024 and bounded, so that their
// sums are exact: a score does not depend on the order of the trees, and the
// shares that Explain gives add up to it to the last bit.
package model

import (
	"fmt"
	"math"
	"slices"
)

// Limits that keep every sum of an ensemble exact in a float32.
const (
	unit      = 1024 // values are multiples of 1/unit
	maxValue  = 16   // of a node, and of the bias
	maxTrees  = 1000
	maxLeaves = 64 // of a tree
)

// Node is one node of a tree as New takes it. The root is the tree's first node;
// children stand behind their parent.
type Node struct {
	// Feature is asked for: evidence up to Cut goes Left, above it goes Right.
	// Below 0 the node is a leaf.
	Feature     int
	Cut         float32
	Left, Right int // indices into the tree

	// Value is what a leaf adds to the log-odds, and what a split adds on average.
	Value float32
}

// Ensemble is a set of trees over a vector of evidence. It is safe for concurrent
// use once Bind has returned.
type Ensemble struct {
	names  []string // of the vector's elements
	bias   float32
	base   float32 // bias and the values of the roots
	roots  []int32
	nodes  []node
	blocks []block // the same trees once more, as Score reads them
}

// node is a node of all trees in one array. A split's right child follows its left
// one, and a leaf leads to itself.
type node struct {
	feature int32
	cut     float32
	left    int32
	value   float32
}

// New makes an ensemble of trees over evidence of those names. Values are rounded,
// see Round; a tree that is no tree or a value out of bounds is an error.
func New(names []string, bias float32, trees [][]Node) (*Ensemble, error) {
	if len(trees) > maxTrees {
		return nil, fmt.Errorf("%d trees, at most %d are possible", len(trees), maxTrees)
	}
	if err := checkNames(names); err != nil {
		return nil, err
	}
	if !inBounds(bias) {
		return nil, fmt.Errorf("bias %v is not within -%d and %d", bias, maxValue, maxValue)
	}
	e := &Ensemble{names: slices.Clone(names), bias: Round(bias)}
	e.base = e.bias
	for i, t := range trees {
		if err := checkTree(t, len(names)); err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		root := int32(len(e.nodes))
		e.roots = append(e.roots, root)
		e.nodes = append(e.nodes, node{})
		e.place(t, 0, root)
		e.base += e.nodes[root].value
	}
	e.arrange()
	return e, nil
}

// place lays out the node of t at index at, and all below it, in e.nodes[to].
func (e *Ensemble) place(t []Node, at int, to int32) {
	n := t[at]
	if n.Feature < 0 {
		e.nodes[to] = node{cut: float32(math.Inf(1)), left: to, value: Round(n.Value)}
		return
	}
	left := int32(len(e.nodes))
	e.nodes = append(e.nodes, node{}, node{})
	e.nodes[to] = node{feature: int32(n.Feature), cut: n.Cut, left: left, value: Round(n.Value)}
	e.place(t, n.Left, left)
	e.place(t, n.Right, left+1)
}

// leaf reports whether the node at index i is a leaf.
func (e *Ensemble) leaf(i int32) bool { return e.nodes[i].left == i }

func checkNames(names []string) error {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if !validName(name) {
			return fmt.Errorf("feature name %q is empty or has blanks, control characters or a #", name)
		}
		if seen[name] {
			return fmt.Errorf("feature %s is there twice", name)
		}
		seen[name] = true
	}
	return nil
}

func validName(name string) bool {
	return name != "" && !slices.ContainsFunc([]byte(name), func(c byte) bool { return c <= ' ' || c == '#' || c >= 0x7f })
}

func inBounds(v float32) bool { return v >= -maxValue && v <= maxValue }

// checkTree checks that each node but the root is the child of exactly one node
// before it.
func checkTree(t []Node, features int) error {
	if len(t) == 0 {
		return fmt.Errorf("no nodes")
	}
	if len(t) > 2*maxLeaves-1 {
		return fmt.Errorf("%d nodes, at most %d leaves are possible", len(t), maxLeaves)
	}
	parents := make([]int, len(t))
	for i, n := range t {
		if !inBounds(n.Value) {
			return fmt.Errorf("node %d: value %v is not within -%d and %d", i, n.Value, maxValue, maxValue)
		}
		if n.Feature < 0 {
			continue
		}
		if n.Feature >= features {
			return fmt.Errorf("node %d: feature %d of %d", i, n.Feature, features)
		}
		if math.IsNaN(float64(n.Cut)) || math.IsInf(float64(n.Cut), 0) {
			return fmt.Errorf("node %d: cut %v is no number", i, n.Cut)
		}
		for _, child := range []int{n.Left, n.Right} {
			if child <= i || child >= len(t) {
				return fmt.Errorf("node %d: child %d of %d nodes", i, child, len(t))
			}
			parents[child]++
		}
	}
	for i, n := range parents[1:] {
		if n != 1 {
			return fmt.Errorf("node %d has %d parents", i+1, n)
		}
	}
	return nil
}

// Round rounds to the values that an ensemble can hold.
func Round(v float32) float32 {
	return float32(math.Round(float64(v)*unit)/unit + 0) // no -0
}

// Names are the names of the elements of the vector that Score takes.
func (e *Ensemble) Names() []string { return slices.Clone(e.names) }

// Bind makes Score and Explain take vectors whose elements have these names. It is
// an error if a tree asks for one that is not among them.
func (e *Ensemble) Bind(names []string) error {
	if err := checkNames(names); err != nil {
		return err
	}
	index := make(map[string]int32, len(names))
	for i, name := range names {
		index[name] = int32(i)
	}
	moved := make([]int32, len(e.names))
	for i, name := range e.names {
		at, ok := index[name]
		if !ok {
			at = -1
		}
		moved[i] = at
	}
	for i, n := range e.nodes {
		if !e.leaf(int32(i)) && moved[n.feature] < 0 {
			return fmt.Errorf("the model asks for evidence %q, which nothing gives: train it anew", e.names[n.feature])
		}
	}
	for i := range e.nodes {
		if n := &e.nodes[i]; !e.leaf(int32(i)) {
			n.feature = moved[n.feature]
		}
	}
	e.names = slices.Clone(names)
	e.arrange()
	return nil
}

// next is the index of the node that follows n.
func (n *node) next(x []float32) int32 {
	next := n.left
	if x[n.feature] > n.cut {
		next++
	}
	return next
}

// Explain adds to into, which is parallel to x, what each element of x adds to the
// score: at every question on the way through a tree, the change of what the tree
// adds on average. It returns the base, the score of evidence of which nothing is
// known; base and shares add up to Score(x) exactly, if into was all zero and no
// share is beyond 2^13.
func (e *Ensemble) Explain(x, into []float32) (base float32) {
	for _, i := range e.roots {
		for !e.leaf(i) {
			n := &e.nodes[i]
			next := n.next(x)
			into[n.feature] += e.nodes[next].value - n.value
			i = next
		}
	}
	return e.base
}

// Probability turns log-odds into a probability.
func Probability(score float32) float64 {
	return 1 / (1 + math.Exp(-float64(score)))
}
