package git

import (
	"context"
	"slices"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// sighting is a blob at a path, and the first commit in which it is there.
type sighting struct {
	blob   uint32
	path   string
	commit int32 // into graph.commits; -1: none
	ref    int32 // into graph.refs; -1: none leads here
}

// lead is a tree entry on the way to a hot blob.
type lead struct {
	name   string
	object uint32
	isTree bool
}

// origins finds where hot blobs come from: every (blob, path) with the commit
// that introduced it, oldest first, those that refs lead to before the others.
// Only trees that lead to a hot blob are looked into.
func (g *graph) origins(ctx context.Context, hot []bool, workers int) ([]sighting, map[string]uint32, error) {
	leading := g.leading()
	leads, err := g.leads(ctx, leading, hot, workers)
	if err != nil {
		return nil, nil, err
	}
	w := &originWalk{leads: leads, paths: map[string]int32{}, seenTree: map[treeAt]bool{}, seenBlob: map[treeAt]bool{}}
	for i, n := range g.order {
		c := &g.commits[n]
		if c.hasTree && leading[c.treeOrd] {
			ref := g.owner[n]
			if i >= g.reached {
				ref = -1
			}
			w.tree(c.treeOrd, "", n, ref)
		}
	}
	g.looseEnds(w, leading, hot)
	return w.found, g.headPaths(leads, leading), nil
}

// leading marks the trees from which a hot blob can be reached.
func (g *graph) leading() map[uint32]bool {
	up := slices.Clone(g.edges)
	slices.SortFunc(up, func(a, b edge) int { return int(a.child) - int(b.child) })
	leading := map[uint32]bool{}
	stack := slices.Clone(g.holds)
	for len(stack) > 0 {
		t := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if leading[t] {
			continue
		}
		leading[t] = true
		i, _ := slices.BinarySearchFunc(up, t, func(e edge, t uint32) int { return int(e.child) - int(t) })
		for ; i < len(up) && up[i].child == t; i++ {
			stack = append(stack, up[i].parent)
		}
	}
	return leading
}

// leads reads the leading trees once more and keeps their entries that lead on.
func (g *graph) leads(ctx context.Context, leading map[uint32]bool, hot []bool, workers int) (map[uint32][]lead, error) {
	all := map[uint32][]lead{}
	if len(leading) == 0 {
		return all, nil
	}
	names := map[string]string{}
	err := g.store.Each(ctx, pack.Tree, workers, func(o pack.Object) {
		if !leading[o.Ordinal] {
			return
		}
		var list []lead
		eachEntry(o.Data, g.store.Hash, func(e treeEntry) {
			if e.mode == modeGitlink {
				return
			}
			n, ok := g.store.Ordinal(&e.id)
			if isTree := e.mode == modeTree; ok && (isTree && leading[n] || !isTree && hot[n]) {
				list = append(list, lead{string(e.name), n, isTree})
			}
		})
		g.mu.Lock()
		for i := range list {
			if s, ok := names[list[i].name]; ok {
				list[i].name = s
			} else {
				names[list[i].name] = list[i].name
			}
		}
		all[o.Ordinal] = list
		g.mu.Unlock()
	})
	return all, err
}

// treeAt is an object at a path.
type treeAt struct {
	object uint32
	path   int32
}

// originWalk walks leading trees; a tree that was seen at a path is not entered
// there again.
type originWalk struct {
	leads    map[uint32][]lead
	paths    map[string]int32
	seenTree map[treeAt]bool
	seenBlob map[treeAt]bool
	found    []sighting
}

func (w *originWalk) at(object uint32, path string) treeAt {
	n, ok := w.paths[path]
	if !ok {
		n = int32(len(w.paths))
		w.paths[path] = n
	}
	return treeAt{object, n}
}

func (w *originWalk) tree(tree uint32, path string, commit, ref int32) {
	if at := w.at(tree, path); w.seenTree[at] {
		return
	} else {
		w.seenTree[at] = true
	}
	for _, l := range w.leads[tree] {
		p := l.name
		if path != "" {
			p = path + "/" + l.name
		}
		if l.isTree {
			w.tree(l.object, p, commit, ref)
			continue
		}
		if at := w.at(l.object, p); !w.seenBlob[at] {
			w.seenBlob[at] = true
			w.found = append(w.found, sighting{l.object, p, commit, ref})
		}
	}
}

// looseEnds adds blobs and trees that a ref or tag names itself, and trees that
// nothing names any more.
func (g *graph) looseEnds(w *originWalk, leading map[uint32]bool, hot []bool) {
	for i, r := range g.refs {
		id := g.peel(r.id)
		n, ok := g.store.Ordinal(&id)
		switch {
		case !ok:
		case leading[n]:
			w.tree(n, "", -1, int32(i))
		case hot[n]:
			w.found = append(w.found, sighting{n, "", -1, int32(i)})
		}
	}
	named := map[uint32]bool{}
	for _, e := range g.edges {
		named[e.child] = true
	}
	for i := range g.commits {
		named[g.commits[i].treeOrd] = named[g.commits[i].treeOrd] || g.commits[i].hasTree
	}
	roots := make([]uint32, 0, len(leading))
	for t := range leading {
		if !named[t] {
			roots = append(roots, t)
		}
	}
	slices.SortFunc(roots, func(a, b uint32) int {
		x, y := g.store.NameOf(a), g.store.NameOf(b)
		return slices.Compare(x[:], y[:])
	})
	for _, t := range roots {
		w.tree(t, "", -1, -1)
	}
}

// headPaths lists the hot blobs that HEAD has, by path.
func (g *graph) headPaths(leads map[uint32][]lead, leading map[uint32]bool) map[string]uint32 {
	at := map[string]uint32{}
	if g.head == nil {
		return at
	}
	n, ok := g.number[*g.head]
	if !ok || !g.commits[n].hasTree || !leading[g.commits[n].treeOrd] {
		return at
	}
	var walk func(tree uint32, path string, depth int)
	walk = func(tree uint32, path string, depth int) {
		for _, l := range leads[tree] {
			p := l.name
			if path != "" {
				p = path + "/" + l.name
			}
			if l.isTree && depth < 4096 {
				walk(l.object, p, depth+1)
			} else if !l.isTree {
				at[p] = l.object
			}
		}
	}
	walk(g.commits[n].treeOrd, "", 0)
	return at
}
