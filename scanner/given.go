package scanner

import (
	"context"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/detectors/rules"
)

// Given returns the result on one secret that a person gave, with its rule and
// parts, instead of one that was found.
func Given(ctx context.Context, rule *rules.Rule, value []byte, parts []detectors.Part, o Options) *Result {
	o.Suppress = nil
	snippet := redact.Secret(value)
	hit := Hit{
		Match: detectors.Match{
			Rule: rule, Value: value, Parts: parts, Secret: detectors.Span{End: len(value)},
			Entropy: detectors.Entropy(value), Confidence: rules.Certain,
		},
		Region: Region{1, 1, 1, 1 + len([]rune(string(value)))}, Snippet: snippet,
	}
	r := &run{opts: o, reads: []reading{{
		given:  true,
		cov:    NewCoverage("a secret from standard input", InStdin),
		hits:   []Hit{hit},
		places: []Located{{0, Occurrence{Kind: InStdin, Path: "standard input", Region: hit.Region, Snippet: snippet}}},
	}}}
	return r.result(ctx)
}
