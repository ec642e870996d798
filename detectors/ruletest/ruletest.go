// Package ruletest tells the author of a provider file what is wrong with its rules:
// examples that do not hold, patterns that are dear, keywords that save nothing,
// secrets that another rule takes.
package ruletest

import (
	"fmt"
	"sync"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/rules"
)

// Problem is something that is wrong with a rule.
type Problem struct {
	Rule    string // its id
	Warning bool   // whether it is worth a look and no failure
	Text    string
}

func (p Problem) String() string {
	kind := "FAIL"
	if p.Warning {
		kind = "warn"
	}
	return fmt.Sprintf("%s %s: %s", kind, p.Rule, p.Text)
}

// Suite is a ruleset whose rules are tested, each against all others.
type Suite struct {
	all   []*rules.Provider
	whole *detectors.Engine
	// taken are the examples that the wrong rule takes; hits is how often the keywords
	// of all rules stand in a megabyte of ordinary text. Both are for all rules at once.
	taken func() ([]taken, error)
	hits  func() map[string]float64
}

// New makes a suite of these providers, which must have their examples. A pattern
// that does not compile is an error that names its rule.
func New(all []*rules.Provider) (*Suite, error) {
	if err := detectors.Check(all); err != nil {
		return nil, err
	}
	whole, err := detectors.New(all, detectors.DefaultOptions())
	if err != nil {
		return nil, err
	}
	s := &Suite{all: all, whole: whole}
	s.taken = sync.OnceValues(s.takings)
	s.hits = sync.OnceValue(s.keywordHits)
	return s, nil
}

// Test returns the problems of a provider of the suite, rule by rule. Patterns are
// timed, so that what is said of their cost depends on the machine. A template that
// cannot be expanded is an error that names its rule.
func (s *Suite) Test(p *rules.Provider) ([]Problem, error) {
	own, err := detectors.New([]*rules.Provider{p}, detectors.DefaultOptions())
	if err != nil {
		return nil, err
	}
	var all []Problem
	for _, r := range p.Rules {
		for _, check := range []func() ([]Problem, error){
			func() ([]Problem, error) { return examples(own, r) },
			func() ([]Problem, error) { return s.keywords(r), nil },
			func() ([]Problem, error) { return s.overlaps(r) },
			func() ([]Problem, error) { return cost(p, r) },
		} {
			found, err := check()
			if err != nil {
				return all, fmt.Errorf("rule %s: %w", r.ID, err)
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// Templates is how many examples a rule has.
func Templates(r *rules.Rule) int { return len(r.Match) + len(r.Ignore) }

func failure(r *rules.Rule, format string, a ...any) Problem {
	return Problem{r.ID, false, fmt.Sprintf(format, a...)}
}

func warning(r *rules.Rule, format string, a ...any) Problem {
	return Problem{r.ID, true, fmt.Sprintf(format, a...)}
}
