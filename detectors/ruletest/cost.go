package ruletest

import (
	"bytes"
	"math"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/rules"
)

const (
	// mostInstructions is how large the program of a pattern may be. Each byte may go
	// through all of it: wide counted repeats are dear.
	mostInstructions = 2000
	// mostCost is how many nanoseconds a byte of hostile text may take.
	mostCost = 2000
	// mostReads is how often a byte of it may be read. RE2 is linear for one match,
	// but may read on to the end of the text to see where a short one ends.
	mostReads = 16

	hostileText = 8 << 10 // bytes
	attempts    = 4       // to find a pattern cheap: the machine has other work, too
)

// Instructions is the size of the program that the pattern of r compiles to, 0 for a
// detector.
func Instructions(r *rules.Rule) int {
	tree, err := syntax.Parse(r.Pattern, syntax.Perl)
	if err != nil || r.Detector != "" {
		return 0
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst)
}

// cost warns of patterns that are dear on text that was made to make them so.
func cost(p *rules.Provider, r *rules.Rule) ([]Problem, error) {
	if r.Detector != "" {
		return nil, nil
	}
	var all []Problem
	if n := Instructions(r); n > mostInstructions {
		all = append(all, warning(r, "the pattern is a program of %d instructions, more than %d: narrow its counted repeats", n, mostInstructions))
	}
	e, err := detectors.New([]*rules.Provider{p}, detectors.Options{
		MinConfidence: rules.Likely, Disabled: func(id string) bool { return id != r.ID },
	})
	if err != nil {
		return nil, err
	}
	texts, err := hostile(r)
	if err != nil {
		return nil, err
	}
	shape, err := r.Shape()
	if err != nil {
		return nil, err
	}
	for _, text := range texts {
		if n := reads(shape.Regexp, text) / len(text); n > mostReads {
			return append(all, warning(r, "the pattern reads each byte of hostile text %d times, and more of a longer one: bound what repeats in it", n)), nil
		}
		if n := nanoseconds(e, text); n > mostCost {
			return append(all, warning(r, "hostile text takes %d ns a byte, more than %d: narrow the pattern, or choose a longer keyword", n, mostCost)), nil
		}
	}
	return all, nil
}

// reads counts the bytes that a search for all matches reads.
func reads(re *regexp.Regexp, text []byte) int {
	total := 0
	for len(text) > 0 {
		rest := bytes.NewReader(text)
		loc := re.FindReaderIndex(rest)
		total += len(text) - rest.Len()
		if loc == nil {
			break
		}
		text = text[max(loc[1], 1):]
	}
	return total
}

// nanoseconds is what a byte of text costs in a scan, of some attempts the best.
func nanoseconds(e *detectors.Engine, text []byte) int64 {
	least := int64(math.MaxInt64)
	for range attempts {
		began := time.Now()
		e.Scan(text, "")
		if least = min(least, time.Since(began).Nanoseconds()/int64(len(text))); least < mostCost {
			break
		}
	}
	return least
}

// hostile returns texts that are dear for r: full of keywords, of matches that break
// off at their last byte, and a beginning that goes on and on.
func hostile(r *rules.Rule) ([][]byte, error) {
	all := [][]byte{fill("", r.Keywords[0]+" ")}
	shape, err := r.Shape()
	if err != nil {
		return nil, err
	}
	for _, t := range r.Match {
		text, err := expansion(t, 0)
		if err != nil {
			return nil, err
		}
		loc := shape.Regexp.FindStringSubmatchIndex(text)
		if g := 2 * shape.Secret; loc == nil || loc[g+1]-loc[g] < 2 {
			continue // examples tells that it does not match
		}
		start, last := loc[2*shape.Secret], loc[2*shape.Secret+1]-1
		return append(all, fill("", text[:last]+"\x00"), fill(text[:start], text[start:last])), nil
	}
	return all, nil
}

// fill is hostileText bytes of unit behind head.
func fill(head, unit string) []byte {
	return []byte((head + strings.Repeat(unit, hostileText/len(unit)+1))[:hostileText])
}
