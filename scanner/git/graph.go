package git

import (
	"container/heap"
	"fmt"
	"sync"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// graph is how the objects of a repository hang together, as far as is needed
// to say what is missing and where a blob comes from. Objects are known by their
// ordinals in the store.
type graph struct {
	store   *pack.Store
	repo    *Repository
	refs    []ref
	head    *pack.ID
	shallow map[pack.ID]bool

	mu      sync.Mutex
	commits []node
	number  map[pack.ID]int32 // into commits
	tags    map[pack.ID]pack.ID
	missing map[pack.ID]want // what is named and not there
	edges   []edge           // which tree holds which
	holds   []uint32         // trees that hold a hot blob

	order   []int32 // commits, parents first; reachable ones before others
	reached int     // how many of order a ref leads to
	owner   []int32 // by commit: the ref that leads to it, or -1
}

// node is a commit.
type node struct {
	id      pack.ID
	ordinal uint32
	commit
	treeOrd  uint32
	hasTree  bool
	children []int32
}

// edge says that tree parent holds tree child.
type edge struct{ child, parent uint32 }

// want is something that is missing: of which type, and which tree names it.
type want struct {
	typ  string
	tree uint32 // ordinal; noTree if a commit, tag or ref names it
	by   string
}

const noTree = ^uint32(0)

func newGraph(s *pack.Store, r *Repository, refs []ref, head *pack.ID, cov *scanner.Coverage) (*graph, error) {
	g := &graph{store: s, repo: r, refs: refs, head: head, shallow: map[pack.ID]bool{},
		number: map[pack.ID]int32{}, tags: map[pack.ID]pack.ID{}, missing: map[pack.ID]want{}}
	lines, err := r.shallow()
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if id, err := s.Hash.Parse(l); err == nil {
			g.shallow[id] = true
		}
	}
	if n := len(g.shallow); n > 0 {
		cov.Gap(fmt.Sprintf("history before %d commit(s), such as %.12s", n, lines[0]),
			"this is a shallow clone: it ends there", "fetch the rest: git fetch --unshallow (in actions/checkout: fetch-depth: 0)")
	}
	return g, nil
}

// add takes in a commit or a tag.
func (g *graph) add(typ pack.Type, o pack.Object) {
	if typ == pack.Tag {
		if target, ok := tagTarget(o.Data, g.store.Hash); ok {
			g.mu.Lock()
			g.tags[o.ID] = target
			g.mu.Unlock()
		}
		return
	}
	n := node{id: o.ID, ordinal: o.Ordinal, commit: parseCommit(o.Data, g.store.Hash)}
	n.treeOrd, n.hasTree = g.store.Ordinal(&n.tree)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.number[o.ID] = int32(len(g.commits))
	g.commits = append(g.commits, n)
	if !n.hasTree {
		g.missing[n.tree] = want{"tree", noTree, "commit " + g.store.Hash.Hex(o.ID)}
	}
}

// bitmap marks ordinals.
func (g *graph) bitmap(ordinals []uint32) []bool {
	b := make([]bool, g.store.Objects())
	for _, o := range ordinals {
		b[o] = true
	}
	return b
}

// addTree takes in a tree; it reports false if it is malformed.
func (g *graph) addTree(o pack.Object, hot []bool) bool {
	var edges []edge
	direct := false
	var missing []treeEntry
	whole := eachEntry(o.Data, g.store.Hash, func(e treeEntry) {
		if e.mode == modeGitlink {
			return
		}
		n, ok := g.store.Ordinal(&e.id)
		switch {
		case !ok:
			missing = append(missing, e)
		case e.mode == modeTree:
			edges = append(edges, edge{n, o.Ordinal})
		case hot[n]:
			direct = true
		}
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.edges = append(g.edges, edges...)
	if direct {
		g.holds = append(g.holds, o.Ordinal)
	}
	for _, e := range missing {
		typ := "blob"
		if e.mode == modeTree {
			typ = "tree"
		}
		g.missing[e.id] = want{typ, o.Ordinal, fmt.Sprintf("path %q", e.name)}
	}
	return whole
}

// connect orders the commits and says what is missing of what refs lead to.
func (g *graph) connect(o Options, cov *scanner.Coverage) {
	for i := range g.commits {
		for _, p := range g.commits[i].parents {
			if n, ok := g.number[p]; ok {
				g.commits[n].children = append(g.commits[n].children, int32(i))
			} else if !g.shallow[g.commits[i].id] && !g.shallow[p] {
				g.missing[p] = want{"commit", noTree, "commit " + g.store.Hash.Hex(g.commits[i].id)}
			}
		}
	}
	g.own(selected(g.refs, o.Refs), cov)
	g.sort()
	g.reportMissing(cov)
}

// own finds for each commit the first ref that leads to it.
func (g *graph) own(refs []ref, cov *scanner.Coverage) {
	g.owner = make([]int32, len(g.commits))
	for i := range g.owner {
		g.owner[i] = -1
	}
	g.refs = refs
	for i, r := range refs {
		n, ok := g.number[g.peel(r.id)]
		if !ok {
			target := g.peel(r.id)
			if _, there := g.store.Ordinal(&target); !there {
				cov.Gap("ref "+r.name, "the object that it names, "+g.store.Hash.Hex(target)+", is missing", "fetch it anew, or delete the ref")
			}
			continue
		}
		stack := []int32{n}
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if g.owner[n] >= 0 {
				continue
			}
			g.owner[n] = int32(i)
			for _, p := range g.commits[n].parents {
				if m, ok := g.number[p]; ok && g.owner[m] < 0 {
					stack = append(stack, m)
				}
			}
		}
	}
}

// peel follows annotated tags to what they are of.
func (g *graph) peel(id pack.ID) pack.ID {
	for range 1000 {
		target, ok := g.tags[id]
		if !ok {
			return id
		}
		id = target
	}
	return id
}

// sort puts parents before children and, among those that are ready, the oldest
// first; commits that no ref leads to come last.
func (g *graph) sort() {
	waiting := make([]int32, len(g.commits))
	ready := &queue{g: g}
	for i := range g.commits {
		for _, p := range g.commits[i].parents {
			if _, ok := g.number[p]; ok {
				waiting[i]++
			}
		}
		if waiting[i] == 0 {
			heap.Push(ready, int32(i))
		}
	}
	var lost []int32
	for ready.Len() > 0 {
		n := heap.Pop(ready).(int32)
		if g.owner[n] >= 0 {
			g.order = append(g.order, n)
		} else {
			lost = append(lost, n)
		}
		for _, c := range g.commits[n].children {
			if waiting[c]--; waiting[c] == 0 {
				heap.Push(ready, c)
			}
		}
	}
	g.reached = len(g.order)
	g.order = append(g.order, lost...)
}

// queue is a heap of commits, oldest first; the name breaks ties, so that the
// order does not depend on how objects were stored or read.
type queue struct {
	g    *graph
	list []int32
}

func (q *queue) Len() int      { return len(q.list) }
func (q *queue) Swap(i, j int) { q.list[i], q.list[j] = q.list[j], q.list[i] }
func (q *queue) Push(x any)    { q.list = append(q.list, x.(int32)) }
func (q *queue) Less(i, j int) bool {
	a, b := &q.g.commits[q.list[i]], &q.g.commits[q.list[j]]
	if a.time != b.time {
		return a.time < b.time
	}
	return string(a.id[:]) < string(b.id[:])
}
func (q *queue) Pop() any {
	n := q.list[len(q.list)-1]
	q.list = q.list[:len(q.list)-1]
	return n
}
