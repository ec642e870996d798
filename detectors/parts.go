package detectors

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"sync"

	"github.com/leakguard/leakguard/detectors/rules"
)

// join adds to each match the parts that its rule names and that stand near it.
func join(text []byte, found []Match) {
	for i := range found {
		for _, p := range found[i].Rule.Parts {
			near := nearMatches(text, found, i, p)
			if p.Pattern != "" {
				near = nearTexts(text, found[i].Secret, p)
			}
			if values := nearest(near); len(values) > 0 {
				found[i].Parts = append(found[i].Parts, Part{Name: p.Name, Value: values[0], Others: values[1:], Context: p.Context})
			}
		}
	}
}

// MostCandidates bounds how many values are thought of for one part.
const MostCandidates = 4

// neighbour is a value that may be a part, and how many bytes lie between it and
// the secret.
type neighbour struct {
	value []byte
	gap   int
}

// nearest returns the values of the nearest neighbours, each value once.
func nearest(all []neighbour) [][]byte {
	slices.SortStableFunc(all, func(a, b neighbour) int { return cmp.Compare(a.gap, b.gap) })
	var values [][]byte
	for _, n := range all {
		if len(values) == MostCandidates {
			break
		}
		if !slices.ContainsFunc(values, func(v []byte) bool { return bytes.Equal(v, n.value) }) {
			values = append(values, n.value)
		}
	}
	return values
}

// widest is how many bytes a line between a secret and its part may have on
// average: minified files have one line.
const widest = 400

// between returns how many bytes lie between two spans, or -1 if they overlap or
// are more than lines lines apart.
func between(text []byte, a, b Span, lines int) int {
	if a.Start > b.Start {
		a, b = b, a
	}
	gap := b.Start - a.End
	if gap < 0 || gap > widest*lines || bytes.Count(text[a.End:b.Start], []byte{'\n'}) > lines {
		return -1
	}
	return gap
}

// nearMatches lists the matches of part p's rule within its number of lines of
// match i.
func nearMatches(text []byte, found []Match, i int, p rules.Part) []neighbour {
	var near []neighbour
	for j := range found {
		if j == i || found[j].Rule.ID != p.Rule {
			continue
		}
		if gap := between(text, found[i].Secret, found[j].Secret, p.Lines); gap >= 0 {
			near = append(near, neighbour{found[j].Value, gap})
		}
	}
	return near
}

// nearTexts lists what part p's pattern matches within its number of lines of a
// secret.
func nearTexts(text []byte, secret Span, p rules.Part) []neighbour {
	var near []neighbour
	for _, span := range partSpans(text, secret, p, widest*p.Lines) {
		if gap := between(text, secret, span, p.Lines); gap >= 0 {
			near = append(near, neighbour{slices.Clone(text[span.Start:span.End]), gap})
		}
	}
	return near
}

// partSpans lists where part p's pattern matches within reach bytes of a secret.
// What touches a cut edge may go on behind it, and is left out.
func partSpans(text []byte, secret Span, p rules.Part, reach int) []Span {
	start, end := max(0, secret.Start-reach), min(len(text), secret.End+reach)
	re := partPattern(p.Pattern)
	group := min(re.NumSubexp(), 1)
	var spans []Span
	for _, loc := range re.FindAllSubmatchIndex(text[start:end], -1) {
		if loc[0] == 0 && start > 0 || start+loc[1] == end && end < len(text) {
			continue
		}
		if span := (Span{start + loc[2*group], start + loc[2*group+1]}); loc[2*group] >= 0 && span.Len() > 0 {
			spans = append(spans, span)
		}
	}
	return spans
}

// farthest is how many bytes on either side of a secret are looked through for a
// part that stands apart from it: most files are smaller.
const farthest = 32 << 10

// Apart lists where the pattern of part p matches in the text of m, however far,
// up to some tens of kilobytes, and outside of the secret.
func (m *Match) Apart(text []byte, p rules.Part) []Span {
	return slices.DeleteFunc(partSpans(text, m.Secret, p, farthest), m.Secret.Overlaps)
}

// Lacks lists the parts that the match's rule wants and that are not among those
// named by has. Of credentials one suffices: a permanent key id and a temporary one
// are not both wanted.
func (m *Match) Lacks(has func(part string) bool) []rules.Part {
	whole := slices.ContainsFunc(m.Rule.Parts, func(p rules.Part) bool { return p.Rule != "" && has(p.Name) })
	var lacking []rules.Part
	for _, p := range m.Rule.Parts {
		if !p.Context && !has(p.Name) && !(whole && p.Rule != "") {
			lacking = append(lacking, p)
		}
	}
	return lacking
}

// Has reports whether a part of that name stands near the match.
func (m *Match) Has(part string) bool {
	return slices.ContainsFunc(m.Parts, func(p Part) bool { return p.Name == part })
}

var partPatterns sync.Map // of *regexp.Regexp by pattern

// partPattern compiles a part's pattern once; ReadProvider has checked it.
func partPattern(pattern string) *regexp.Regexp {
	if re, ok := partPatterns.Load(pattern); ok {
		return re.(*regexp.Regexp)
	}
	re := regexp.MustCompile(pattern)
	partPatterns.Store(pattern, re)
	return re
}
