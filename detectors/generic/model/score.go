package model

import (
	"cmp"
	"math/bits"
	"slices"
)

// blockTrees is how many trees Score reads at a time: what it keeps of them must
// fit the stack.
const blockTrees = 256

// block holds trees by their questions instead of by their nodes. Those about one
// feature are sorted by their cut, so that the ones that x is above come first:
// each of them closes the leaves on its left. Of what stays open in a tree, the
// leftmost leaf is where x ends up. No tree is walked, and nearly no branch is
// guessed wrong.
type block struct {
	features  []asked
	questions []question
	leaves    [][]float32 // by tree, from left to right
}

// asked are the questions about one feature, from and to in block.questions.
type asked struct {
	feature  int32
	from, to int32
}

// question is a split: above cut, only the leaves in open are left of the tree.
type question struct {
	cut  float32
	tree uint8
	open uint64
}

// Score returns the log-odds that x is the evidence of a secret. x has one element
// per name and no NaN.
func (e *Ensemble) Score(x []float32) float32 {
	sum := e.bias
	for i := range e.blocks {
		sum += e.blocks[i].score(x)
	}
	return sum
}

func (b *block) score(x []float32) float32 {
	var open [blockTrees]uint64
	for i := range b.leaves {
		open[i] = ^uint64(0)
	}
	for _, f := range b.features {
		v := x[f.feature]
		for i := f.from; i < f.to; i++ {
			q := &b.questions[i]
			if !(v > q.cut) {
				break
			}
			open[q.tree] &= q.open
		}
	}
	sum := float32(0)
	for i, leaves := range b.leaves {
		sum += leaves[bits.TrailingZeros64(open[i])]
	}
	return sum
}

// arrange fills e.blocks from e.nodes.
func (e *Ensemble) arrange() {
	e.blocks = nil
	for roots := range slices.Chunk(e.roots, blockTrees) {
		e.blocks = append(e.blocks, e.block(roots))
	}
}

func (e *Ensemble) block(roots []int32) block {
	var b block
	of := map[int32][]question{} // by feature
	for tree, root := range roots {
		var leaves []float32
		var visit func(i int32)
		visit = func(i int32) {
			n := e.nodes[i]
			if e.leaf(i) {
				leaves = append(leaves, n.value)
				return
			}
			from := len(leaves)
			visit(n.left)
			closed := uint64(1)<<len(leaves) - uint64(1)<<from
			of[n.feature] = append(of[n.feature], question{n.cut, uint8(tree), ^closed})
			visit(n.left + 1)
		}
		visit(root)
		b.leaves = append(b.leaves, leaves)
	}
	for feature := range e.names {
		asks := of[int32(feature)]
		if len(asks) == 0 {
			continue
		}
		slices.SortStableFunc(asks, func(x, y question) int { return cmp.Compare(x.cut, y.cut) })
		from := int32(len(b.questions))
		b.questions = append(b.questions, asks...)
		b.features = append(b.features, asked{int32(feature), from, int32(len(b.questions))})
	}
	return b
}
