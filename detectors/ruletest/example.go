package ruletest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/checksum"
	"github.com/leakguard/leakguard/detectors/known"
	"github.com/leakguard/leakguard/detectors/rules"
)

const (
	// examplesEach is how many texts each template is expanded to.
	examplesEach = 20
	// entropiesEach is how many of them have their entropy measured. A floor that one
	// in a hundred lies below is told; one that a twentieth does is a failure.
	entropiesEach = 200
)

// knownValue is the detector that finds what secrets managers hold.
const knownValue = "known-value"

// expansion is the text that a template becomes for a seed, the same each time.
func expansion(template string, seed uint64) (string, error) {
	return rules.Expand(template, rand.New(rand.NewPCG(seed, uint64(len(template)))))
}

// examples wants r to find something in each expansion of its match templates, and
// nothing in any of its ignore templates. own is the engine of its provider alone.
func examples(own *detectors.Engine, r *rules.Rule) ([]Problem, error) {
	var all []Problem
	for _, t := range r.Match {
		p, err := matchExample(own, r, t)
		if err != nil {
			return nil, err
		}
		all = append(all, p...)
	}
	for _, t := range r.Ignore {
		text, err := differing(own, r, t, false)
		if err != nil {
			return nil, err
		}
		if text != "" {
			all = append(all, failure(r, "ignore %q: the rule finds something", t))
		}
	}
	if len(r.Match) == 0 || len(r.Ignore) == 0 {
		all = append(all, failure(r, "it needs at least one match and one ignore template"))
	}
	return all, nil
}

func matchExample(own *detectors.Engine, r *rules.Rule, template string) ([]Problem, error) {
	missed, err := differing(own, r, template, true)
	if err != nil {
		return nil, err
	}
	if missed != "" {
		return []Problem{failure(r, "match %q: %s", template, whyMissed(r, missed))}, nil
	}
	return entropies(r, template)
}

// differing returns the first expansion of a template that r does not treat as it
// should, or "". What has too little entropy is for entropies to judge.
func differing(own *detectors.Engine, r *rules.Rule, template string, want bool) (string, error) {
	for seed := range uint64(examplesEach) {
		text, err := expansion(template, seed)
		if err != nil {
			return "", err
		}
		e := own
		if r.Detector == knownValue {
			if e, err = knowing(r, text); err != nil {
				return "", err
			}
			text = "x = " + text + ";"
		}
		found := slices.ContainsFunc(e.Scan([]byte(text), ""), func(m detectors.Match) bool { return m.Rule == r })
		if found != want && !(want && tooEven(r, text)) {
			return text, nil
		}
	}
	return "", nil
}

// tooEven reports whether the pattern of r matches and its secret lies below the floor.
func tooEven(r *rules.Rule, text string) bool {
	shape, err := r.Shape()
	if r.Detector != "" || err != nil {
		return false
	}
	secret, ok := secretIn(shape, text)
	return ok && detectors.Entropy(secret) < r.Entropy
}

// knowing is an engine for a rule that finds what is known: it knows this value.
func knowing(r *rules.Rule, value string) (*detectors.Engine, error) {
	p := known.NewPrinter([]byte("a key of a test"))
	o := detectors.DefaultOptions()
	if v, ok := p.Of([]byte(value)); ok {
		o.Known = known.NewSet(p, []known.Value{v})
	}
	return detectors.New([]*rules.Provider{r.Provider}, o)
}

// whyMissed says why r does not find anything in a text that it should, without
// showing the text.
func whyMissed(r *rules.Rule, text string) string {
	shape, err := r.Shape()
	if r.Detector != "" || err != nil {
		return "the detector finds nothing"
	}
	if low := strings.ToLower(text); !slices.ContainsFunc(r.Keywords, func(k string) bool { return strings.Contains(low, k) }) {
		return fmt.Sprintf("none of the keywords %q stands in it", r.Keywords)
	}
	secret, ok := secretIn(shape, text)
	switch {
	case !ok:
		return "the pattern does not match"
	case r.Confidence < detectors.DefaultOptions().MinConfidence:
		return fmt.Sprintf("confidence %s is not reported", r.Confidence)
	case r.Checksum != "" && !checksum.Valid(r.Checksum, string(secret)):
		return fmt.Sprintf("the checksum %s does not hold: write ${token:%s:PREFIX}", r.Checksum, r.Checksum)
	}
	return "the secret looks like a placeholder, an allowlist lets it pass, or another rule of the file takes it"
}

// secretIn is the secret in the pattern's first match.
func secretIn(s *rules.Shape, text string) ([]byte, bool) {
	loc := s.Regexp.FindStringSubmatchIndex(text)
	if loc == nil || loc[2*s.Secret] < 0 {
		return nil, false
	}
	return []byte(text[loc[2*s.Secret]:loc[2*s.Secret+1]]), true
}

// entropies tells of a floor that expansions of a match template lie below.
func entropies(r *rules.Rule, template string) ([]Problem, error) {
	shape, err := r.Shape()
	if r.Entropy == 0 || r.Detector != "" || err != nil {
		return nil, err
	}
	below, least := 0, r.Entropy
	for seed := range uint64(entropiesEach) {
		text, err := expansion(template, seed)
		if err != nil {
			return nil, err
		}
		if secret, ok := secretIn(shape, text); ok && detectors.Entropy(secret) < r.Entropy {
			below++
			least = min(least, detectors.Entropy(secret))
		}
	}
	if below < entropiesEach/100 {
		return nil, nil
	}
	p := warning(r, "match %q: %d of %d secrets lie below entropy = %v, down to %.2f: lower the floor",
		template, below, entropiesEach, r.Entropy, least)
	p.Warning = below <= entropiesEach/20
	return []Problem{p}, nil
}
