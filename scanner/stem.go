package scanner

import (
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
)

// stem is what the name of a value says beside what kind of value it is: the words
// PROD of PROD_AWS_SECRET_ACCESS_KEY, sorted. Values that belong together have it
// in common.
type stem []string

// kinship is how well two stems go together; the first is the best.
type kinship int

const (
	named    kinship = iota // both have the same words
	unnamed                 // neither has any
	akin                    // one has all words of the other, and more
	unlikely                // each has a word that the other lacks
)

func (s stem) kinship(o stem) kinship {
	lacks := func(a, b stem) bool {
		return slices.ContainsFunc(a, func(w string) bool { return !slices.Contains(b, w) })
	}
	more, less := lacks(s, o), lacks(o, s)
	switch {
	case more && less:
		return unlikely
	case more || less:
		return akin
	case len(s) == 0:
		return unnamed
	}
	return named
}

// kindWords are words that tell what kind of value something is, for one part of one
// rule's secrets.
type kindWords map[string]bool

// kindWordsOf are those that the names of a secret and of its part share with all of
// their kind. part is the part's rule, nil if it has none.
func kindWordsOf(secret *rules.Rule, name string, part *rules.Rule) kindWords {
	k := kindWords{}
	k.add(name, secret.Provider.ID, secret.Provider.Name)
	for _, r := range []*rules.Rule{secret, part} {
		if r != nil {
			k.add(r.ID, r.Name)
			k.add(r.Near...)
		}
	}
	k.add(`access account address api app application auth authentication authorization base bearer client
		credential credentials customer default domain email env export host hostname id ids identifier instance key keys
		login mail name number org organization pass password passwd public private pwd secret server service
		sid site string subdomain tenant token uri url user username val value var`)
	return k
}

func (k kindWords) add(texts ...string) {
	for _, t := range texts {
		for _, phrase := range strings.Fields(t) {
			for _, w := range generic.Words(phrase) {
				k[w] = true
			}
		}
	}
}

// stem is that of a name.
func (k kindWords) stem(name string) stem {
	var s stem
	for _, w := range generic.Words(name) {
		if !k[w] {
			s = append(s, w)
		}
	}
	slices.Sort(s)
	return slices.Compact(s)
}
