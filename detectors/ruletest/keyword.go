package ruletest

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"unicode"

	"github.com/leakguard/leakguard/detectors/prefilter"
	"github.com/leakguard/leakguard/detectors/rules"
)

// mostHits is how often a keyword may stand in a megabyte of ordinary text.
const mostHits = 500

// sampleFile is ordinary text, by gen.go: this project's own code, documents, CI files
// and logs, in which few secrets and many of their names stand.
//
//go:embed sample.gz
var sampleFile []byte

func sample() []byte {
	z, err := gzip.NewReader(bytes.NewReader(sampleFile))
	if err != nil {
		panic(err) // it is embedded, and a test reads it
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic(err)
	}
	return text
}

// keywordHits counts the keywords of all rules in a megabyte of the sample.
func (s *Suite) keywordHits() map[string]float64 {
	ids := map[string]bool{}
	var words []string
	for _, p := range s.all {
		for _, r := range p.Rules {
			for _, k := range r.Keywords {
				if !ids[k] {
					ids[k] = true
					words = append(words, k)
				}
			}
		}
	}
	text := sample()
	hits := make(map[string]float64, len(words))
	prefilter.New(words).Scan(text, func(k uint16, _ int) { hits[words[k]] += 1e6 / float64(len(text)) })
	return hits
}

// keywords warns of keywords that let much text pass.
func (s *Suite) keywords(r *rules.Rule) []Problem {
	words := slices.Sorted(slices.Values(r.Keywords))
	var short []string
	var all []Problem
	for _, k := range slices.Compact(words) {
		if letters(k) < 3 {
			short = append(short, k)
		}
		if n := s.hits()[k]; n > mostHits {
			all = append(all, warning(r, "keyword %q stands %.0f times in a megabyte of ordinary text: choose one that is the issuer's own", k, n))
		}
	}
	if len(short) > 0 {
		all = append(all, warning(r, "keywords of fewer than three letters and digits, %q: longer ones stand in less text", short))
	}
	return all
}

// letters counts the letters and digits of a keyword.
func letters(k string) int {
	n := 0
	for _, c := range k {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			n++
		}
	}
	return n
}
