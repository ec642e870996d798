package main

import (
	"math"
)

// share is how many of n are such, with its interval.
type share struct{ of, n int }

func (s share) value() float64 { return float64(s.of) / float64(max(1, s.n)) }

// interval is Wilson's for 95 % (JASA 22, 1927): it holds for small n and near 0 and 1.
// Nothing is known of a share of none: it is from 0 to 1.
func (s share) interval() (low, high float64) {
	if s.n == 0 {
		return 0, 1
	}
	const z = 1.959964
	n, p := float64(s.n), s.value()
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

// tally counts what was judged of some findings.
type tally struct{ secrets, samples, none int }

func (t *tally) add(j judgement) {
	switch j {
	case secret:
		t.secrets++
	case sample:
		t.samples++
	case none:
		t.none++
	}
}

func (t tally) n() int { return t.secrets + t.samples + t.none }

// right is the precision if a sample counts as right, strict if it counts as wrong.
func (t tally) right() share  { return share{t.secrets + t.samples, t.n()} }
func (t tally) strict() share { return share{t.secrets, t.n()} }

// estimate is a figure with its interval of 95 %.
type estimate struct{ value, low, high float64 }

// wrongOf is how many wrong findings a rate of findings holds, of which some were judged.
func wrongOf(rate float64, right share) estimate {
	low, high := right.interval()
	return estimate{rate * (1 - right.value()), rate * (1 - high), rate * (1 - low)}
}

// pooled adds the estimates of corpora by weights. Its interval is that of a sum of
// independent estimates whose intervals are not symmetric (MOVER; Zou and Donner,
// Statistics in Medicine 27, 2008).
func pooled(parts []estimate, weights []float64) estimate {
	var sum, total, below, above float64
	for i, e := range parts {
		total += weights[i]
		sum += weights[i] * e.value
		below += math.Pow(weights[i]*(e.value-e.low), 2)
		above += math.Pow(weights[i]*(e.high-e.value), 2)
	}
	return estimate{sum / total, (sum - math.Sqrt(below)) / total, (sum + math.Sqrt(above)) / total}
}
