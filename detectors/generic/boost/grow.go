package boost

import (
	"math"
	"math/rand/v2"

	"github.com/leakguard/leakguard/detectors/generic/model"
)

// sum adds up the gradients and second derivatives of the loss over examples.
type sum struct{ g, h float64 }

func (s sum) plus(o sum) sum  { return sum{s.g + o.g, s.h + o.h} }
func (s sum) minus(o sum) sum { return sum{s.g - o.g, s.h - o.h} }

// maxStep bounds what a leaf adds before the rate: a few examples of one kind must
// not settle a score alone.
const maxStep = 8

// grower grows one tree after the other.
type grower struct {
	o        *Options
	examples []Example
	columns  []column
	data     *binned
	scores   []float32 // by example, of the trees so far
	slopes   []sum     // by example: what it adds to a sum
	rows     []int32   // the examples, those of one leaf together
	spare    []int32
	free     [][]sum // histograms to use again
}

func newGrower(examples []Example, columns []column, o *Options, bias float32) *grower {
	g := &grower{
		o: o, examples: examples, columns: columns, data: bin(examples, columns, o.Bins),
		scores: make([]float32, len(examples)), slopes: make([]sum, len(examples)),
		rows: make([]int32, len(examples)), spare: make([]int32, len(examples)),
	}
	for i := range g.scores {
		g.scores[i] = bias
	}
	return g
}

// leaf is a leaf of the tree that grows.
type leaf struct {
	node     int // index into the tree
	from, to int // its examples in grower.rows
	total    sum
	low, top float64 // bounds of what it may add
	hist     []sum   // by bin of all features
	best     split
}

// split is a question that a leaf might ask.
type split struct {
	gain        float64 // how much the loss falls; 0: there is none
	feature     int
	bin         int // the last one that goes left
	left, right sum
}

// tree grows a tree on the scores so far, and adds it to them.
func (g *grower) tree(rng *rand.Rand) []model.Node {
	var total sum
	for i := range g.examples {
		ex := &g.examples[i]
		p := model.Probability(g.scores[i])
		s := sum{g: ex.Weight * p, h: ex.Weight * p * (1 - p)}
		if ex.Secret {
			s.g -= ex.Weight
		}
		g.slopes[i], g.rows[i] = s, int32(i)
		total = total.plus(s)
	}
	chosen := g.choose(rng)
	root := &leaf{to: len(g.rows), total: total, low: -maxStep, top: maxStep}
	root.hist = g.histogram(root)
	g.search(root, chosen)
	t := []model.Node{{Feature: -1}}
	leaves := []*leaf{root}
	for len(leaves) < g.o.Leaves {
		k := 0
		for i, l := range leaves {
			if l.best.gain > leaves[k].best.gain {
				k = i
			}
		}
		if leaves[k].best.gain <= 0 {
			break
		}
		left, right := g.part(leaves[k], &t, chosen)
		leaves[k] = left
		leaves = append(leaves, right)
	}
	for _, l := range leaves {
		v := model.Round(float32(g.o.Rate * g.weight(l.total, l.low, l.top)))
		t[l.node].Value = v
		for _, i := range g.rows[l.from:l.to] {
			g.scores[i] += v
		}
		g.free = append(g.free, l.hist)
	}
	g.averages(t, leaves)
	return t
}

// choose picks the features that a tree may ask for.
func (g *grower) choose(rng *rand.Rand) []int {
	var usable []int
	for f := range g.columns {
		if g.data.features[f].bins() > 1 {
			usable = append(usable, f)
		}
	}
	rng.Shuffle(len(usable), func(i, j int) { usable[i], usable[j] = usable[j], usable[i] })
	return usable[:int(math.Ceil(g.o.Columns*float64(len(usable))))]
}

// histogram sums up the slopes of the leaf's examples by bin.
func (g *grower) histogram(l *leaf) []sum {
	h := g.blank()
	for _, i := range g.rows[l.from:l.to] {
		s := g.slopes[i]
		for _, e := range g.data.of(i) {
			h[e].g += s.g
			h[e].h += s.h
		}
	}
	return h
}

// blank returns an empty histogram.
func (g *grower) blank() []sum {
	n := len(g.free)
	if n == 0 {
		return make([]sum, g.data.size())
	}
	h := g.free[n-1]
	g.free = g.free[:n-1]
	clear(h)
	return h
}

// search finds the best question for a leaf.
func (g *grower) search(l *leaf, chosen []int) {
	alone := g.loss(l.total, l.low, l.top)
	for _, f := range chosen {
		feature := &g.data.features[f]
		hist := l.hist[feature.first : feature.first+feature.bins()]
		usual := l.total
		for _, s := range hist {
			usual = usual.minus(s)
		}
		var left sum
		for b := range feature.cuts {
			if b == feature.usual {
				left = left.plus(usual)
			} else {
				left = left.plus(hist[b])
			}
			right := l.total.minus(left)
			if left.h < g.o.MinWeight || right.h < g.o.MinWeight {
				continue
			}
			if m := g.columns[f].monotone; m != 0 {
				rise := g.weight(right, l.low, l.top) - g.weight(left, l.low, l.top)
				if rise*float64(m) < 0 {
					continue
				}
			}
			gain := alone - g.loss(left, l.low, l.top) - g.loss(right, l.low, l.top)
			if gain > l.best.gain {
				l.best = split{gain, f, b, left, right}
			}
		}
	}
}

// weight is what a leaf of that sum adds to the scores, before the rate.
func (g *grower) weight(s sum, low, top float64) float64 {
	return max(low, min(top, -s.g/(s.h+g.o.L2)))
}

// loss is how the loss changes, to second order, when the leaf adds its weight.
func (g *grower) loss(s sum, low, top float64) float64 {
	w := g.weight(s, low, top)
	return s.g*w + (s.h+g.o.L2)*w*w/2
}

// part makes a leaf of the tree ask its best question, and returns the two leaves
// that come of it.
func (g *grower) part(l *leaf, t *[]model.Node, chosen []int) (left, right *leaf) {
	s := l.best
	mid := g.partition(l)
	left = &leaf{node: len(*t), from: l.from, to: mid, total: s.left, low: l.low, top: l.top}
	right = &leaf{node: len(*t) + 1, from: mid, to: l.to, total: s.right, low: l.low, top: l.top}
	(*t)[l.node] = model.Node{Feature: s.feature, Cut: g.data.features[s.feature].cuts[s.bin], Left: left.node, Right: right.node}
	*t = append(*t, model.Node{Feature: -1}, model.Node{Feature: -1})
	if m := g.columns[s.feature].monotone; m != 0 {
		between := (g.weight(s.left, l.low, l.top) + g.weight(s.right, l.low, l.top)) / 2
		if m > 0 {
			left.top, right.low = between, between
		} else {
			left.low, right.top = between, between
		}
	}
	small, large := left, right
	if right.to-right.from < left.to-left.from {
		small, large = right, left
	}
	small.hist = g.histogram(small)
	large.hist = l.hist
	for i, s := range small.hist {
		large.hist[i] = large.hist[i].minus(s)
	}
	g.search(left, chosen)
	g.search(right, chosen)
	return left, right
}

// partition puts the examples that go left before those that go right, and returns
// where the latter begin. Within a side their order stays.
func (g *grower) partition(l *leaf) int {
	feature := &g.data.features[l.best.feature]
	// The side without the usual bin is known by its entries.
	usualLeft := feature.usual <= l.best.bin
	from, to := feature.first, feature.first+l.best.bin+1
	if usualLeft {
		from, to = to, feature.first+feature.bins()
	}
	rows := g.rows[l.from:l.to]
	right := g.spare[:0]
	n := 0
	for _, i := range rows {
		if g.data.has(i, entry(from), entry(to)) != usualLeft {
			rows[n] = i
			n++
		} else {
			right = append(right, i)
		}
	}
	copy(rows[n:], right)
	return l.from + n
}

// averages sets the value of each split to the mean of what the examples below it
// get.
func (g *grower) averages(t []model.Node, leaves []*leaf) {
	weights := make([]float64, len(t))
	for _, l := range leaves {
		for _, i := range g.rows[l.from:l.to] {
			weights[l.node] += g.examples[i].Weight
		}
	}
	for i := len(t) - 1; i >= 0; i-- {
		n := &t[i]
		if n.Feature < 0 {
			continue
		}
		a, b := weights[n.Left], weights[n.Right]
		weights[i] = a + b
		n.Value = float32((a*float64(t[n.Left].Value) + b*float64(t[n.Right].Value)) / (a + b))
	}
}
