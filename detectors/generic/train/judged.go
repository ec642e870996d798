package main

import (
	"fmt"
	"maps"

	"github.com/leakguard/leakguard/detectors/generic/boost"
	"github.com/leakguard/leakguard/detectors/generic/label"
)

// readJudged turns what people said of findings into examples, each of weight 1. One
// that is in several files counts once, as the last of them has it.
func readJudged(files []string) ([]boost.Example, error) {
	all := label.Set{}
	for _, name := range files {
		set, err := label.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if len(set) == 0 {
			return nil, fmt.Errorf("%s holds no labels", name)
		}
		maps.Copy(all, set)
	}
	var examples []boost.Example
	for _, id := range all.IDs() {
		l := all[id]
		examples = append(examples, boost.Example{X: l.Vector(), Secret: l.Secret, Weight: 1})
	}
	return examples, nil
}
