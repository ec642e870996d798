package scanner

import (
	"cmp"
	"maps"
	"slices"

	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

// joinedPart is a part of a secret that stands apart from it and was found to be its
// own: in another place of the text, or in another text.
type joinedPart struct {
	name, value, at string
}

// UnclearPart is a part that a secret lacks, and of which several values stand so
// far or so near from it that none is clearly its own.
type UnclearPart struct {
	Name       string `json:"name"`
	Candidates int    `json:"candidates"` // counted up to 65
}

// join gives secrets that lack a part the one that stands apart from them. The
// nearest wins, but only where it is clear which that is: names of the same stem go
// before others, and names of different ones never together.
func (r *run) join(values map[string]*gathered) {
	j := &joiner{
		run: r, all: make([]*gathered, 0, len(values)), places: map[vicinity][]standing{},
		taken: map[owned]bool{}, words: map[wordsOf]kindWords{},
	}
	for _, value := range slices.Sorted(maps.Keys(values)) {
		j.all = append(j.all, values[value])
	}
	lone := j.lone()
	if len(lone) > 0 {
		j.index(lone)
	}
	for i := range lone {
		lone[i].choose(j)
	}
	settleClaims(lone)
	for i := range lone {
		lone[i].apply()
	}
	j.complete(values)
}

// joiner holds what is known of all hits while parts are joined. Its size, and the
// time that it takes, grow with the number of hits: they are looked up by place.
type joiner struct {
	*run
	all    []*gathered // in an order of their own, the same on any run
	places map[vicinity][]standing
	taken  map[owned]bool
	words  map[wordsOf]kindWords
}

// vicinity is where values of one kind stand: see kindOf, surroundings.
type vicinity struct {
	kind  string
	reach reach
	name  string
}

// standing is a value that may be a part of a secret in another text.
type standing struct {
	value, name string
	occ         *Occurrence
	below       int // how many lines below the occurrence
}

// owned is a credential that is a part of a secret near it, and so of no other one
// that the same rule finds.
type owned struct {
	rule        string
	part, value string
}

type wordsOf struct{ rule, kind string }

// lonePart is a part that a secret lacks.
type lonePart struct {
	secret  *gathered
	best    *placed
	name    string
	kinds   []rules.Part // what it may be found by
	found   []candidate  // in the nearest reach in which any is
	reach   reach
	chosen  *candidate
	unclear int // how many are equally likely
}

// candidate is a value for a part that a secret lacks.
type candidate struct {
	value string
	kin   kinship
	lines int // between it and the secret in one text
	at    string
}

// lone lists the parts that secrets lack.
func (j *joiner) lone() []lonePart {
	var all []lonePart
	for _, g := range j.all {
		best := g.best()
		if len(best.Rule.Parts) == 0 {
			continue
		}
		has := map[string]bool{}
		for i := range g.hits {
			if h := &g.hits[i]; h.Rule == best.Rule {
				for _, p := range h.Parts {
					has[p.Name] = true
				}
			}
		}
		from := len(all)
		for _, p := range best.Lacks(func(name string) bool { return has[name] }) {
			i := slices.IndexFunc(all[from:], func(l lonePart) bool { return l.name == p.Name })
			if i < 0 {
				i = len(all) - from
				all = append(all, lonePart{secret: g, best: best, name: p.Name})
			}
			all[from+i].kinds = append(all[from+i].kinds, p)
		}
	}
	return all
}

// index notes where the values stand that are wanted.
func (j *joiner) index(lone []lonePart) {
	wanted := map[string]bool{}
	for i := range lone {
		for _, p := range lone[i].kinds {
			wanted[kindOf(p)] = true
		}
	}
	for _, g := range j.all {
		for i := range g.hits {
			h := &g.hits[i]
			if wanted[h.Rule.ID] {
				j.stand(h.Rule.ID, standing{string(h.Value), h.name, &h.occ, 0})
			}
			for _, p := range h.Rule.Parts {
				j.indexPart(h, p, wanted[kindOf(p)])
			}
		}
	}
}

// indexPart notes a part of another secret: a credential is that one's, what a
// pattern found, such as a host, may be of several.
func (j *joiner) indexPart(h *placed, p rules.Part, wanted bool) {
	for _, near := range h.Parts {
		switch {
		case near.Name != p.Name:
		case p.Rule != "":
			j.taken[owned{h.Rule.ID, p.Name, string(near.Value)}] = true
		case wanted && len(near.Others) == 0:
			j.stand(kindOf(p), standing{string(near.Value), "", &h.occ, 0})
		}
	}
	for _, s := range h.spread {
		if wanted && p.Rule == "" && s.kind == kindOf(p) {
			j.stand(s.kind, standing{string(s.value), s.name, &h.occ, s.below})
		}
	}
}

// mostStanding bounds how many values of a kind are told apart in one vicinity;
// where there are more, nothing is clear.
const mostStanding = 64

func (j *joiner) stand(kind string, s standing) {
	for i, name := range surroundings(s.occ) {
		if name == "" {
			continue
		}
		v := vicinity{kind, reach(i), name}
		all := j.places[v]
		if len(all) <= mostStanding && !slices.ContainsFunc(all, func(o standing) bool { return o.value == s.value && o.name == s.name }) {
			j.places[v] = append(all, s)
		}
	}
}

// choose finds the candidates in the nearest reach that has any, and the one that
// is clearly the secret's own.
func (l *lonePart) choose(j *joiner) {
	for l.reach = range reaches {
		byValue := map[string]candidate{}
		add := func(c candidate) {
			if c.kin == unlikely || c.value == string(l.secret.value) || j.taken[owned{l.best.Rule.ID, l.name, c.value}] {
				return
			}
			if known, ok := byValue[c.value]; !ok || compareCandidates(c, known) < 0 {
				byValue[c.value] = c
			}
		}
		if l.reach == ownText {
			l.inOwnText(j, add)
		} else {
			l.around(j, add)
		}
		if len(byValue) > 0 {
			l.found = slices.SortedFunc(maps.Values(byValue), compareCandidates)
			l.pick()
			return
		}
	}
}

func compareCandidates(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.kin, b.kin), cmp.Compare(a.lines, b.lines), cmp.Compare(a.value, b.value), cmp.Compare(a.at, b.at))
}

func (l *lonePart) inOwnText(j *joiner, add func(candidate)) {
	for i := range l.secret.hits {
		h := &l.secret.hits[i]
		for _, s := range h.spread {
			if s.part == l.name && h.Rule == l.best.Rule {
				add(candidate{string(s.value), j.kinship(l, s.kind, h.name, s.name), s.lines, standsAt(&h.occ, s.name, s.below)})
			}
		}
	}
}

func (l *lonePart) around(j *joiner, add func(candidate)) {
	seen := map[vicinity]bool{}
	for i := range l.secret.hits {
		h := &l.secret.hits[i]
		for _, p := range l.kinds {
			v := vicinity{kindOf(p), l.reach, surroundings(&h.occ)[l.reach]}
			if v.name == "" || seen[v] {
				continue
			}
			seen[v] = true
			for _, s := range j.places[v] {
				add(candidate{s.value, j.kinship(l, v.kind, h.name, s.name), 0, standsAt(s.occ, s.name, s.below)})
			}
		}
	}
}

// kinship is that of the names of a secret and of a candidate for a part of it.
func (j *joiner) kinship(l *lonePart, kind, secret, part string) kinship {
	of := wordsOf{l.best.Rule.ID, kind}
	if j.words[of] == nil {
		j.words[of] = kindWordsOf(l.best.Rule, l.name, j.opts.Engine.Rule(kind))
	}
	return j.words[of].stem(secret).kinship(j.words[of].stem(part))
}

// pick chooses the first candidate if it is clearly before the second: by its name
// or, in one text, at half the distance.
func (l *lonePart) pick() {
	first, equal := &l.found[0], 1
	for _, c := range l.found[1:] {
		if c.kin == first.kin {
			equal++
		}
	}
	clearly := equal == 1 || l.reach == ownText && 2*(first.lines+1) <= l.found[1].lines+1
	if clearly && len(l.found) <= mostStanding {
		l.chosen = first
		return
	}
	l.unclear = equal
}

// settleClaims leaves a credential that several secrets of a rule were given to the
// one to which it is clearly nearest, or to none. A host may well be of several.
func settleClaims(lone []lonePart) {
	claims := map[owned][]*lonePart{}
	for i := range lone {
		if l := &lone[i]; l.chosen != nil && l.kinds[0].Rule != "" {
			of := owned{l.best.Rule.ID, l.name, l.chosen.value}
			claims[of] = append(claims[of], l)
		}
	}
	for _, all := range claims {
		nearer := func(a, b *lonePart) int {
			return cmp.Or(cmp.Compare(a.reach, b.reach), cmp.Compare(a.chosen.kin, b.chosen.kin), cmp.Compare(a.chosen.lines, b.chosen.lines))
		}
		first := slices.MinFunc(all, nearer)
		tied := slices.ContainsFunc(all, func(l *lonePart) bool { return l != first && nearer(first, l) == 0 })
		for _, l := range all {
			if l != first || tied {
				l.chosen, l.unclear = nil, 1
			}
		}
	}
}

// apply gives the secret what was chosen, or says that nothing was.
func (l *lonePart) apply() {
	switch g := l.secret; {
	case l.chosen != nil:
		g.joined = append(g.joined, joinedPart{l.name, l.chosen.value, l.chosen.at})
	case l.unclear > 0:
		g.unclear = append(g.unclear, UnclearPart{l.name, l.unclear})
	}
}

// complete marks the values that are parts of a secret for certain: joined, or the
// only one near it.
func (j *joiner) complete(values map[string]*gathered) {
	mark := func(rule *rules.Rule, part, value string) {
		g := values[value]
		if g == nil {
			return
		}
		for _, p := range rule.Parts {
			g.part = g.part || p.Name == part && p.Rule == g.best().Rule.ID
		}
	}
	for _, g := range j.all {
		rule := g.best().Rule
		for i := range g.hits {
			if h := &g.hits[i]; h.Rule == rule {
				for _, p := range h.Parts {
					if len(p.Others) == 0 {
						mark(rule, p.Name, string(p.Value))
					}
				}
			}
		}
		for _, p := range g.joined {
			mark(rule, p.name, p.value)
		}
	}
}

// addJoined notes the parts that stand apart.
func (s *Secret) addJoined(parts []joinedPart) {
	for _, p := range parts {
		s.Parts = append(s.Parts, RedactedPart{Name: p.name, Redacted: redact.Secret([]byte(p.value)), At: p.at})
		if s.parts == nil {
			s.parts = map[string][]string{}
		}
		s.parts[p.name] = []string{p.value}
		s.apart = append(s.apart, p.name)
	}
}

// foldParts leaves out secrets that are only a part of another one, such as its key
// id, and open nothing by themselves.
func foldParts(secrets []Secret) []Secret {
	return slices.DeleteFunc(secrets, func(s Secret) bool {
		return s.part && s.Severity <= rules.Low && s.Verdict.State != verify.Live
	})
}
