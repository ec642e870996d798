package detectors

import (
	"slices"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/prefilter"
	"github.com/leakguard/leakguard/detectors/rules"
)

// wakes are the keywords of a ruleset, and what each of them wakes.
type wakes struct {
	matcher *prefilter.Matcher
	targets [][]target // by keyword id
}

// target is what a keyword wakes: a rule, or a detector written in Go.
type target struct {
	rule   int // index into Engine.rules
	reader generic.Reader
}

// wakesOf gathers the keywords of rules. That takes some milliseconds for all of
// them, so the first text that is scanned pays for it, and no start of the program.
func wakesOf(all []*rules.Rule) *wakes {
	w := &wakes{}
	ids := make(map[string]uint16, 2048)
	var keywords []string
	for i, r := range all {
		t := target{i, generic.ReaderOf(r.Detector)}
		words := r.Keywords
		switch {
		case t.reader != generic.None:
			words = generic.Keywords(t.reader)
		case r.Detector != "": // it needs none
			continue
		}
		for _, word := range words {
			id, ok := ids[word]
			if !ok {
				id = uint16(len(keywords))
				ids[word] = id
				keywords = append(keywords, word)
				w.targets = append(w.targets, nil)
			}
			if !slices.Contains(w.targets[id], t) {
				w.targets[id] = append(w.targets[id], t)
			}
		}
	}
	w.matcher = prefilter.New(keywords)
	return w
}
