package ruletest

import (
	"slices"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/rules"
)

// taken is a match template of one rule in which another finds the secret.
type taken struct {
	of, by   *rules.Rule
	template string
}

// takings runs the match examples of all rules through all rules.
func (s *Suite) takings() ([]taken, error) {
	var all []taken
	for _, p := range s.all {
		for _, r := range p.Rules {
			if r.Detector == knownValue {
				continue
			}
			for _, t := range r.Match {
				text, err := expansion(t, 0)
				if err != nil {
					return nil, err
				}
				if by := taker(s.whole.Scan([]byte(text), ""), r); by != nil {
					all = append(all, taken{r, by, t})
				}
			}
		}
	}
	return all, nil
}

// taker is the rule that found something where r should have and did not.
func taker(found []detectors.Match, r *rules.Rule) *rules.Rule {
	if len(found) == 0 || slices.ContainsFunc(found, func(m detectors.Match) bool { return m.Rule == r }) {
		return nil
	}
	return found[0].Rule
}

// overlaps warns of examples of r that another rule takes, and the other way round.
func (s *Suite) overlaps(r *rules.Rule) ([]Problem, error) {
	all, err := s.taken()
	if err != nil {
		return nil, err
	}
	var found []Problem
	for _, t := range all {
		switch r {
		case t.of:
			found = append(found, warning(r, "match %q: with all rules, %s takes it", t.template, t.by.ID))
		case t.by:
			found = append(found, warning(r, "it takes a match example of %s: %q", t.of.ID, t.template))
		}
	}
	return found, nil
}
