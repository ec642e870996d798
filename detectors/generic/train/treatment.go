package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/leakguard/leakguard/detectors/generic/boost"
)

// treatment says how candidates become examples to learn from.
type treatment struct {
	exampleWeight    float64 // of placeholders and examples (X), as no secrets
	unlabelledWeight float64 // of candidates on lines that nobody labelled, as no secrets
	unlabelledShare  float64 // how many of the latter are taken
	repositoryPower  float64 // weights are divided by the labels of the repository to this power
	copiesPower      float64 // and by how often name and value stand in all files
}

func (t *treatment) check() error {
	for _, v := range []float64{t.exampleWeight, t.unlabelledWeight, t.unlabelledShare, t.repositoryPower, t.copiesPower} {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("weights, shares and powers are from 0 to 1, not %v", v)
		}
	}
	return nil
}

// role is what a candidate is in training.
type role uint8

const (
	leftOut role = iota // nothing is learnt from it
	asSecret
	asNothing
	asExample
	asUnlabelled
)

// roleOf says what the labels make of a candidate. Beside a secret, only the
// candidate that is its value says anything; identifiers say nothing.
func (l *labels) roleOf(c *candidate) role {
	if !c.scored() {
		return leftOut
	}
	over := l.over(c.file, c.first, c.last)
	if len(over) == 0 {
		return asUnlabelled
	}
	kind := example
	for _, i := range over {
		kind = min(kind, l.spans[i].truth)
	}
	switch kind {
	case secret:
		for _, i := range over {
			if s := &l.spans[i]; s.truth == secret && s.isValue(c) {
				return asSecret
			}
		}
		return leftOut
	case nothing:
		return asNothing
	case example:
		return asExample
	}
	return leftOut
}

// isValue reports whether the candidate's value is one that the span labels. Where
// the labels do not tell which, each may be.
func (s *span) isValue(c *candidate) bool {
	return s.values == nil || c.first == s.first && slices.ContainsFunc(s.values, func(v columns) bool {
		return c.at.from < v.to && v.from < c.at.to
	})
}

// examples turns the candidates into examples: they are parallel, and those that
// nothing is learnt from have no weight. Those that somebody labelled have a mean
// weight of 1 among secrets and no secrets.
func (t *treatment) examples(c *corpus) []boost.Example {
	labelled := map[string]int{}
	for _, s := range c.labels.spans {
		labelled[repository(s.file)]++
	}
	copies := map[uint64]int{}
	for i := range c.candidates {
		copies[c.candidates[i].named]++
	}
	out := make([]boost.Example, len(c.candidates))
	var total, judged float64
	for i := range c.candidates {
		one := &c.candidates[i]
		r := c.labels.roleOf(one)
		weight := t.weight(one, r)
		weight *= math.Pow(float64(max(1, labelled[repository(one.file)])), -t.repositoryPower)
		weight *= math.Pow(float64(copies[one.named]), -t.copiesPower)
		out[i] = boost.Example{X: one.x, Secret: r == asSecret, Weight: weight}
		if r == asSecret || r == asNothing {
			total += weight
			judged++
		}
	}
	for i := range out {
		out[i].Weight *= judged / max(total, math.SmallestNonzeroFloat64)
	}
	return out
}

// weight is how much a candidate of that role counts, before its repository and its
// copies are taken into account.
func (t *treatment) weight(c *candidate, r role) float64 {
	switch r {
	case asSecret, asNothing:
		return 1
	case asExample:
		return t.exampleWeight
	case asUnlabelled:
		// By where it stands, so that a change elsewhere does not change the choice.
		at := hash(c.file, fmt.Sprint(c.first, c.at.from))
		if float64(at%1000) < 1000*t.unlabelledShare {
			return t.unlabelledWeight
		}
	}
	return 0
}
