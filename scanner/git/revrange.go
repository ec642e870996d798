package git

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// Range is the source of the commits that lead to one revision and not to
// another: what A..B names in git. Only what these commits add is reported, also
// if a later one of them takes it away again.
type Range struct {
	repo  *Repository
	opts  Options
	spec  string
	from  pack.ID // zero for the whole history of the tips
	tips  []ref
	store *pack.Store
	graph *graph
	tip   *changes
}

// NewRange returns the commits of "A..B", "A.." (to HEAD), "..B" or "B" (all that
// leads to B). A revision that does not exist is an error.
func NewRange(ctx context.Context, r *Repository, spec string, o Options) (*Range, error) {
	a, b, ok := strings.Cut(spec, "..")
	if !ok {
		a, b = "", spec
	}
	if strings.HasPrefix(b, ".") {
		return nil, fmt.Errorf("range %q: want A..B", spec)
	}
	if b == "" {
		b = "HEAD"
	}
	g := &Range{repo: r, opts: o, spec: spec}
	if a != "" {
		var err error
		if g.from, err = r.resolve(ctx, a); err != nil {
			return nil, err
		}
	}
	to, err := r.resolve(ctx, b)
	g.tips = []ref{{spec, to}}
	return g, err
}

// resolve is the commit that a revision names, as git reads it.
func (r *Repository) resolve(ctx context.Context, rev string) (id pack.ID, err error) {
	out, err := git(ctx, r.Root, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return id, fmt.Errorf("revision %q is not known in %s", rev, r.Root)
	}
	return r.hash.Parse(strings.TrimSpace(string(out)))
}

// HasCommit reports whether a revision names a commit: HEAD names none before the
// first one.
func (r *Repository) HasCommit(ctx context.Context, rev string) bool {
	_, err := r.resolve(ctx, rev)
	return err == nil
}

// Name says what is read.
func (g *Range) Name() string { return "git history of " + g.repo.Root + ", " + g.spec }

// Kind is the kind of its occurrences.
func (g *Range) Kind() scanner.Kind { return scanner.InGit }

// Read scans the files that each commit of the range changed, and its message.
func (g *Range) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	var err error
	// A fault matters only if the range needs the object; then the walk says so.
	g.store, err = g.repo.objects(g.opts.MaxSize, func(pack.Fault) {})
	if err != nil {
		return fmt.Errorf("the object database cannot be opened: %w", err)
	}
	if g.graph, err = newGraph(g.store, g.repo, nil, nil, scanner.NewCoverage("", scanner.InGit)); err != nil {
		return err
	}
	err = g.store.Each(ctx, pack.Commit, g.opts.workers(), func(o pack.Object) { g.graph.add(pack.Commit, o) })
	if err != nil {
		return err
	}
	g.begin(ctx, scan, cov)
	for _, n := range g.commits(cov) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		g.readCommit(n, cov)
	}
	return nil
}

// begin makes ready to read the changes of commits.
func (g *Range) begin(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) {
	g.tip = &changes{ctx: ctx, reader: g.store.Reader(), hash: g.repo.hash, archives: g.opts.Archives, exclude: g.opts.Exclude, scan: scan, cov: cov}
}

// commits are those of the range, parents first.
func (g *Range) commits(cov *scanner.Coverage) []int32 {
	out := map[pack.ID]bool{}
	g.ancestors(g.from, out, func(pack.ID, string) {})
	in := map[pack.ID]bool{}
	for id := range out {
		in[id] = true
	}
	g.ancestors(g.tips[0].id, in, func(id pack.ID, by string) {
		cov.Gap("commit "+g.repo.hash.Hex(id)+" and what leads to it", "it is not in the object database, and "+by+" names it",
			"fetch more history: git fetch --deepen, or fetch-depth: 0 in actions/checkout")
	})
	var list []int32
	for id := range in {
		if !out[id] {
			list = append(list, g.graph.number[id])
		}
	}
	// Committers' clocks may lie: parents go first whatever the dates say.
	depth := g.depths(list)
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if depth[a] != depth[b] {
			return depth[a] < depth[b]
		}
		return string(g.graph.commits[a].id[:]) < string(g.graph.commits[b].id[:])
	})
	return list
}

// ancestors adds id and all that leads to it to seen.
func (g *Range) ancestors(id pack.ID, seen map[pack.ID]bool, missing func(id pack.ID, by string)) {
	if id == (pack.ID{}) {
		return
	}
	type step struct {
		id pack.ID
		by string
	}
	stack := []step{{id, "the range"}}
	for len(stack) > 0 {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[s.id] {
			continue
		}
		n, ok := g.graph.number[s.id]
		if !ok {
			missing(s.id, s.by)
			continue
		}
		seen[s.id] = true
		for _, p := range g.graph.commits[n].parents {
			stack = append(stack, step{p, "commit " + g.repo.hash.Hex(s.id)})
		}
	}
}

// depths is how many commits of the list lie below each, on the longest way.
func (g *Range) depths(list []int32) map[int32]int {
	inside := map[int32]bool{}
	for _, n := range list {
		inside[n] = true
	}
	depth := map[int32]int{}
	for _, start := range list {
		stack := []int32{start}
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			if _, done := depth[n]; done {
				stack = stack[:len(stack)-1]
				continue
			}
			d, ready := 0, true
			for _, p := range g.graph.commits[n].parents {
				m, ok := g.graph.number[p]
				if !ok || !inside[m] {
					continue
				}
				if pd, done := depth[m]; done {
					d = max(d, pd+1)
				} else {
					ready = false
					stack = append(stack, m)
				}
			}
			if ready {
				depth[n] = d
				stack = stack[:len(stack)-1]
			}
		}
	}
	return depth
}

func (g *Range) readCommit(n int32, cov *scanner.Coverage) {
	c := &g.graph.commits[n]
	cov.Count("commits", 1)
	if _, data, err := g.tip.reader.Get(c.id); err == nil {
		g.tip.scan(scanner.Chunk{Text: data, Place: objectPlace{ordinal: c.ordinal, typ: pack.Commit}})
	}
	var before []pack.ID
	for _, p := range c.parents {
		if m, ok := g.graph.number[p]; ok {
			before = append(before, g.graph.commits[m].tree)
		}
	}
	g.tip.between(n, c.tree, before)
}

// Locate turns the hits that the range adds into occurrences.
func (g *Range) Locate(_ context.Context, hits []scanner.Hit, cov *scanner.Coverage) ([]scanner.Located, error) {
	if g.graph == nil {
		return nil, nil
	}
	h := &History{repo: g.repo, opts: Options{Unreachable: true}, store: g.store, graph: g.graph}
	g.graph.own(g.tips, scanner.NewCoverage("", scanner.InGit)) // Read said what is missing
	l := &locator{h: h, cov: cov, g: g.graph, hits: hits, reader: g.store.Reader(), people: map[int32]*person{}}
	for _, i := range fresh(hits) {
		p := hits[i].Place.(changePlace)
		occ := p.occurrence(g.repo, &hits[i])
		if p.commit >= 0 {
			l.commit(&occ, p.commit, g.graph.owner[p.commit])
			occ.Link = webLink(g.repo.web, occ.Commit, p.path, occ.StartLine)
			occ.InHead = g.stillThere(hits, p, string(hits[i].Value))
		}
		l.emit(i, occ)
	}
	for i := range hits {
		if p, ok := hits[i].Place.(objectPlace); ok {
			l.meta(i, p)
		}
	}
	return l.out, nil
}

// stillThere reports whether a commit at the end of the range has the secret at
// its path.
func (g *Range) stillThere(hits []scanner.Hit, p changePlace, value string) bool {
	for _, t := range g.tips {
		n, ok := g.graph.number[g.graph.peel(t.id)]
		if !ok {
			continue
		}
		if g.tip.holds(g.graph.commits[n].tree, hits, p, value) {
			return true
		}
	}
	return false
}
