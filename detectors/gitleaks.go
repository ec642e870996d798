package detectors

import (
	"cmp"
	"slices"
	"sync"

	"github.com/leakguard/leakguard/detectors/decode"
	"github.com/leakguard/leakguard/detectors/gitleaks"
	"github.com/leakguard/leakguard/detectors/rules"
)

// NewGitleaks returns an engine that finds what gitleaks finds under a config that
// rules.ReadGitleaks read; see package gitleaks. Of the options it honours Disabled.
func NewGitleaks(p *rules.Provider, opts Options) *Engine {
	opts.MinConfidence, opts.DecodeDepth = rules.Doubtful, gitleaks.DefaultDepth
	e := &Engine{opts: opts, all: []*rules.Provider{p}}
	e.byID = sync.OnceValue(e.index)
	e.gitleaks = gitleaks.New(p, gitleaks.Options{Disabled: opts.Disabled, Depth: opts.DecodeDepth})
	for _, r := range p.Rules {
		if opts.Disabled == nil || !opts.Disabled(r.ID) {
			e.rules = append(e.rules, r)
		}
	}
	return e
}

// PassesOver reports whether the config of gitleaks has nothing looked for at a path,
// of a file or of a folder with all in it.
func (e *Engine) PassesOver(path string) bool { return e.gitleaks != nil && e.gitleaks.Skips(path) }

// Readable returns a text as the engine reads it: as UTF-8. Gitleaks reads bytes as
// they are.
func (e *Engine) Readable(text []byte) []byte {
	if e.gitleaks != nil {
		return text
	}
	text, _ = decode.ToUTF8(text)
	return text
}

// asGitleaks returns what gitleaks finds. Its matches may overlap; the span of a
// secret is that of the match, for gitleaks gives no other place.
func (e *Engine) asGitleaks(text []byte, path, commit string) []Match {
	var out []Match
	for _, f := range e.gitleaks.Scan(gitleaks.Text{Data: text, Path: path, Commit: commit}) {
		at := Span{f.Start, f.End}
		out = append(out, Match{
			Rule: f.Rule, Whole: at, Secret: at, Value: f.Secret, Decoded: f.Decoded, Entropy: f.Entropy,
			Confidence: f.Rule.Confidence, Allowed: f.Allowed,
		})
	}
	slices.SortStableFunc(out, func(a, b Match) int { return cmp.Compare(a.Secret.Start, b.Secret.Start) })
	return out
}

// OfPath reports whether a match is one of a path, whatever stands in the file.
func (m *Match) OfPath() bool { return m.Rule.Pattern == "" && m.Rule.Gitleaks != nil }
