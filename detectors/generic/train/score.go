package main

import (
	"cmp"
	"math"
	"slices"
)

// finding is a stretch of lines that was found, at cuts up to its score.
type finding struct {
	file        string
	first, last int
	score       float64 // log-odds; +Inf: at every cut
}

// maxLines is how many lines more than its first a finding may cover; of larger
// ones only the first counts.
const maxLines = 200

// outcome is how findings meet the labels, at every cut.
type outcome struct {
	labels *labels

	// best is by span the highest score of a finding that hits it; -Inf: none does. A
	// finding has one kind, the least truth of the spans that share a line with it,
	// and hits those of them that have this truth: what is no secret is not charged
	// where it stands beside one that is.
	best       []float64
	unlabelled []finding // those on lines that nobody labelled
}

// judge compares findings with the labels. Those with the same lines count as one.
func (l *labels) judge(findings []finding) *outcome {
	o := &outcome{labels: l, best: make([]float64, len(l.spans))}
	for i := range o.best {
		o.best[i] = math.Inf(-1)
	}
	for _, f := range distinct(findings) {
		over := l.over(f.file, f.first, f.last)
		if len(over) == 0 {
			o.unlabelled = append(o.unlabelled, f)
			continue
		}
		kind := example
		for _, i := range over {
			kind = min(kind, l.spans[i].truth)
		}
		for _, i := range over {
			if l.spans[i].truth == kind {
				o.best[i] = max(o.best[i], f.score)
			}
		}
	}
	return o
}

// distinct returns the findings by place, of those with the same lines the one with
// the highest score.
func distinct(findings []finding) []finding {
	out := slices.Clone(findings)
	for i := range out {
		if f := &out[i]; f.last < f.first || f.last-f.first > maxLines {
			f.last = f.first
		}
	}
	slices.SortFunc(out, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last), cmp.Compare(b.score, a.score))
	})
	return slices.CompactFunc(out, func(a, b finding) bool {
		return a.file == b.file && a.first == b.first && a.last == b.last
	})
}

// counts is what is found and missed at one cut.
type counts struct {
	cut        float64
	found      int // secrets (TP)
	missed     int // secrets (FN)
	wrong      int // spans that are no secret, found (FP)
	examples   int // spans that are placeholders or examples, found (X)
	unlabelled int // findings on lines that nobody labelled (U)
}

func (c counts) precision() float64 { return share(c.found, c.wrong) }
func (c counts) recall() float64    { return share(c.found, c.missed) }

func (c counts) f1() float64 {
	p, r := c.precision(), c.recall()
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

// share is a of a and b; of nothing it is 0.
func share(a, b int) float64 {
	if a+b == 0 {
		return 0
	}
	return float64(a) / float64(a+b)
}

// add counts a span.
func (c *counts) add(t truth, hit bool) {
	switch {
	case t == secret && hit:
		c.found++
	case t == secret:
		c.missed++
	case t == nothing && hit:
		c.wrong++
	case t == example && hit:
		c.examples++
	}
}

// at counts the spans and findings of the repositories that in names; nil: of all.
func (o *outcome) at(cut float64, in func(repository string) bool) counts {
	c := counts{cut: cut}
	for i, s := range o.labels.spans {
		if in == nil || in(repository(s.file)) {
			c.add(s.truth, o.best[i] >= cut)
		}
	}
	for _, f := range o.unlabelled {
		if f.score >= cut && (in == nil || in(repository(f.file))) {
			c.unlabelled++
		}
	}
	return c
}

// curve returns the counts at each score that occurs, the highest first.
func (o *outcome) curve() []counts {
	type step struct {
		score float64
		count func(*counts)
	}
	var c counts
	var steps []step
	for i, s := range o.labels.spans {
		c.add(s.truth, false)
		if math.IsInf(o.best[i], -1) {
			continue
		}
		steps = append(steps, step{o.best[i], func(c *counts) {
			c.add(s.truth, true)
			if s.truth == secret {
				c.missed--
			}
		}})
	}
	for _, f := range o.unlabelled {
		steps = append(steps, step{f.score, func(c *counts) { c.unlabelled++ }})
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(b.score, a.score) })
	var curve []counts
	for i, s := range steps {
		s.count(&c)
		c.cut = s.score
		if i+1 == len(steps) || steps[i+1].score != s.score {
			curve = append(curve, c)
		}
	}
	return curve
}

// recallAt is the highest recall on the curve at a precision of at least p.
func recallAt(curve []counts, p float64) float64 {
	best := 0.0
	for _, c := range curve {
		if c.precision() >= p {
			best = max(best, c.recall())
		}
	}
	return best
}

// precisionAt is the highest precision on the curve at a recall of at least r.
func precisionAt(curve []counts, r float64) float64 {
	best := 0.0
	for _, c := range curve {
		if c.recall() >= r {
			best = max(best, c.precision())
		}
	}
	return best
}

// bestF1 is the point of the curve with the highest F1.
func bestF1(curve []counts) counts {
	if len(curve) == 0 {
		return counts{}
	}
	return slices.MaxFunc(curve, func(a, b counts) int { return cmp.Compare(a.f1(), b.f1()) })
}

// averagePrecision is the mean of the precision over the recall that the curve
// reaches; what it does not reach counts as 0.
func averagePrecision(curve []counts) float64 {
	sum, recall := 0.0, 0.0
	for _, c := range curve {
		sum += c.precision() * (c.recall() - recall)
		recall = c.recall()
	}
	return sum
}
