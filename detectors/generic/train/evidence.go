package main

import (
	"fmt"
	"slices"
	"strings"
)

// group is the first word of the name of a piece of evidence, up to its first
// capital.
func group(name string) string {
	if i := strings.IndexFunc(name, func(r rune) bool { return 'A' <= r && r <= 'Z' }); i >= 0 {
		return name[:i]
	}
	return name
}

// groups lists the groups of the evidence, in their order.
func groups(names []string) []string {
	var all []string
	for _, name := range names {
		if g := group(name); !slices.Contains(all, g) {
			all = append(all, g)
		}
	}
	return all
}

// expand lists the evidence that the words, separated by commas, name or hold as
// groups.
func expand(names []string, list string) ([]string, error) {
	var all []string
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' }) {
		before := len(all)
		for _, name := range names {
			if name == word || group(name) == word {
				all = append(all, name)
			}
		}
		if len(all) == before {
			return nil, fmt.Errorf("no evidence and no group is named %q; the groups are %s", word, strings.Join(groups(names), ", "))
		}
	}
	return all, nil
}
