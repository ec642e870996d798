package git

import (
	"fmt"
	"slices"

	"github.com/leakguard/leakguard/scanner"
)

// reportMissing makes a gap of each object that a ref leads to and that is not
// there. What only unreachable objects name was pruned by git and is no gap.
func (g *graph) reportMissing(cov *scanner.Coverage) {
	if len(g.missing) == 0 {
		return
	}
	live := g.liveTrees()
	why := "the object is missing from the database"
	fix := "fetch it from another clone; git fsck lists what is missing"
	if g.store.Promisor {
		why = "this is a partial clone: the object was never fetched"
		fix = "fetch everything: git fetch --refetch --no-filter, or clone without --filter"
	}
	pruned := 0
	for id, w := range g.missing {
		if w.tree != noTree && !live[w.tree] || w.tree == noTree && !g.namedByLive(w) {
			pruned++
			continue
		}
		cov.Gap(fmt.Sprintf("%s %s (%s)", w.typ, g.store.Hash.Hex(id), w.by), why, fix)
	}
	if pruned > 0 {
		cov.Exclude("objects that only unreachable objects name", "git has pruned them", "none: they are gone", pruned)
	}
}

// namedByLive reports whether the commit that names a missing object is reachable.
func (g *graph) namedByLive(w want) bool {
	for _, n := range g.order[:g.reached] {
		if w.by == "commit "+g.store.Hash.Hex(g.commits[n].id) {
			return true
		}
	}
	return false
}

// liveTrees marks the trees that a ref leads to.
func (g *graph) liveTrees() map[uint32]bool {
	down := slices.Clone(g.edges)
	slices.SortFunc(down, func(a, b edge) int { return int(a.parent) - int(b.parent) })
	live := map[uint32]bool{}
	var stack []uint32
	for _, n := range g.order[:g.reached] {
		if g.commits[n].hasTree {
			stack = append(stack, g.commits[n].treeOrd)
		}
	}
	for _, r := range g.refs {
		id := g.peel(r.id)
		if n, ok := g.store.Ordinal(&id); ok {
			stack = append(stack, n)
		}
	}
	for len(stack) > 0 {
		t := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if live[t] {
			continue
		}
		live[t] = true
		i, _ := slices.BinarySearchFunc(down, t, func(e edge, t uint32) int { return int(e.parent) - int(t) })
		for ; i < len(down) && down[i].parent == t; i++ {
			stack = append(stack, down[i].child)
		}
	}
	return live
}
