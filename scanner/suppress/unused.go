package suppress

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/scanner/config"
)

// unused returns the sentences on suppressions that did not serve: ignore
// entries and allowlists in the order of their files, baselines, then single
// occurrences.
func (r *run) unused() []string {
	out := append(r.unusedEntries(), r.unusedPlaces()...)
	for i, a := range r.list.opts.Allow {
		out = append(out, tooBroad(a)...)
		switch {
		case r.used[i]:
		case r.noneEnabled(a):
			out = append(out, fmt.Sprintf("%s: the allowlist is only for rules that do not run: %s", a.Where, strings.Join(a.Rules, ", ")))
		default:
			out = append(out, a.Where+": the allowlist suppresses nothing; remove it")
		}
	}
	for _, b := range r.list.opts.Baselines {
		gone := 0
		for _, f := range b.Fingerprints {
			if !r.found[f] {
				gone++
			}
		}
		if gone > 0 {
			out = append(out, fmt.Sprintf("%s: %d of %d baseline entries suppress nothing; prune the baseline", b.Name, gone, len(b.Fingerprints)))
		}
	}
	return append(out, slices.Sorted(maps.Keys(r.notes))...)
}

func (r *run) unusedEntries() []string {
	var out []string
	for i := range r.list.opts.Ignore {
		e := &r.list.opts.Ignore[i]
		past, err := expired(e.Until, r.list.opts.Now)
		found := r.found[e.Fingerprint]
		switch {
		case err != nil:
			out = append(out, fmt.Sprintf("%s: %v; the entry suppresses nothing", e.Where(), err))
		case past && found:
			out = append(out, fmt.Sprintf("%s: expired on %s; %s is reported again", e.Where(), e.Until, e.Fingerprint))
		case past:
			out = append(out, fmt.Sprintf("%s: expired on %s, and %s was not found; remove the line", e.Where(), e.Until, e.Fingerprint))
		case !found:
			out = append(out, fmt.Sprintf("%s: suppresses nothing: %s was not found; remove the line", e.Where(), e.Fingerprint))
		}
	}
	return out
}

// noneEnabled reports whether none of the allowlist's rules runs.
func (r *run) noneEnabled(a config.Allow) bool {
	return len(r.list.enabled) > 0 && len(a.Rules) > 0 &&
		!slices.ContainsFunc(a.Rules, func(id string) bool { return r.list.enabled[id] })
}

// shortestStopword is the least length of a stopword, in bytes, that does not
// stand in secrets by chance.
const shortestStopword = 3

// probes share no character: what matches both matches everything of its kind.
var probes = []string{
	strings.Repeat("aC4-eG8/iK0_mO2", 4),
	strings.Repeat("bD5.fH9+jL1=nP3", 4),
}

// tooBroad returns a sentence for each criterion of the allowlist that nearly
// everything meets.
func tooBroad(a config.Allow) []string {
	var out []string
	for _, re := range a.Shape.Paths {
		if matchesAll(re.MatchString) {
			out = append(out, fmt.Sprintf("%s: the allowlist is too broad: the path %q matches everything", a.Where, re))
		}
	}
	for _, re := range a.Shape.Regexes {
		if matchesAll(re.MatchString) {
			out = append(out, fmt.Sprintf("%s: the allowlist is too broad: the regex %q matches everything", a.Where, re))
		}
	}
	for _, w := range a.Shape.Stopwords {
		if len(w) < shortestStopword {
			out = append(out, fmt.Sprintf("%s: the allowlist is too broad: the stopword %q is shorter than %d", a.Where, w, shortestStopword))
		}
	}
	return out
}

// matchesAll reports whether match holds for the empty text, and with it for
// any, or for unlike texts.
func matchesAll(match func(string) bool) bool {
	return match("") || match(probes[0]) && match(probes[1])
}
