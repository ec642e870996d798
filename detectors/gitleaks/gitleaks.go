// Package gitleaks finds in a text what gitleaks 8.30.1 finds in it under the same
// config: the same rules hit, the same secrets, on the same lines. It was written
// from gitleaks' documentation and from what the program does with made texts; where
// these show an oddity, it is kept and said here, for a repository's ignore files and
// baselines rest on it. bench/gitleaks-equal.sh compares the two.
//
// A text is what gitleaks calls a fragment: the lines that one hunk of a patch adds,
// or a piece of a file. What is looked for across fragments is not found by either.
package gitleaks

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/leakguard/leakguard/detectors/prefilter"
	"github.com/leakguard/leakguard/detectors/rules"
)

// Options settle what a Matcher finds.
type Options struct {
	Disabled func(ruleID string) bool // nil: every rule runs
	Depth    int                      // how many encodings over one another are undone
}

// DefaultDepth is gitleaks' own default of --max-decode-depth.
const DefaultDepth = 5

// Text is one fragment and where it is from.
type Text struct {
	Data   []byte
	Path   string // "": none, as on standard input
	Commit string // full id, lower case; "": none
}

// Finding is one secret in a text.
type Finding struct {
	Rule       *rules.Rule
	Start, End int    // the match in the text, without the line end before it
	Secret     []byte // empty for a rule on paths alone
	Entropy    float64
	Decoded    []string // kinds of encodings that were undone, outermost first
	Allowed    bool     // whether gitleaks:allow stands on a line of the match

	line, column int // as gitleaks counts them: see place
}

// Matcher holds a compiled config. It is immutable and safe for concurrent use.
type Matcher struct {
	depth   int
	allow   []*allowlist
	rules   []*rule
	words   *prefilter.Matcher
	owners  [][]int // by keyword: the rules that it wakes
	byID    map[string]*rule
	formats func() *regexp.Regexp
}

// rule is a rule of the config; its patterns are compiled when it is first woken.
type rule struct {
	*rules.Rule
	disabled bool
	allow    []*allowlist
	pattern  func() *regexp.Regexp // nil: a rule on paths alone
	path     func() *regexp.Regexp // nil: any path
}

// New prepares a config that rules.ReadGitleaks read.
func New(p *rules.Provider, o Options) *Matcher {
	m := &Matcher{depth: o.Depth, allow: allowlists(p.GitleaksAllow), byID: map[string]*rule{}, formats: sync.OnceValue(encodings)}
	ids := map[string]int{}
	var keywords []string
	for _, r := range p.Rules {
		c := &rule{Rule: r, disabled: o.Disabled != nil && o.Disabled(r.ID), allow: allowlists(r.Gitleaks.Allow), pattern: lazily(r.Pattern), path: lazily(r.Path)}
		m.byID[r.ID] = c
		m.rules = append(m.rules, c)
		for _, k := range r.Keywords {
			if k == "" {
				continue // gitleaks never finds it
			}
			if _, ok := ids[k]; !ok {
				ids[k] = len(keywords)
				keywords = append(keywords, k)
				m.owners = append(m.owners, nil)
			}
			m.owners[ids[k]] = append(m.owners[ids[k]], len(m.rules)-1)
		}
	}
	m.words = prefilter.New(keywords)
	return m
}

// lazily compiles a pattern on first use; nil if there is none. ReadGitleaks has
// checked it.
func lazily(pattern string) func() *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// Skips reports whether an allowlist for all rules passes over a path, of a file or
// of a folder with all in it, whatever is there.
func (m *Matcher) Skips(path string) bool {
	return passesOver(m.allow, Text{Path: path})
}

// Scan returns what is found in a text, in the order of rule ids, once for each rule
// and encoding.
func (m *Matcher) Scan(t Text) []Finding {
	if passesOver(m.allow, t) {
		return nil
	}
	var found []Finding
	p := &pass{text: t.Data}
	for depth := 0; p != nil; depth++ {
		s := &search{m: m, from: t, pass: p}
		found = append(found, s.all(m.wake(p.text))...)
		if depth == m.depth {
			break
		}
		p = p.decode(m.formats())
	}
	return withoutGeneric(found)
}

// wake returns, by rule, whether it is worth running on a text: whether one of its
// keywords stands there in any case, or it has none.
func (m *Matcher) wake(text []byte) []bool {
	woken := make([]bool, len(m.rules))
	for i, r := range m.rules {
		woken[i] = !r.disabled && len(r.Keywords) == 0
	}
	if bytes.ContainsFunc(text, func(r rune) bool { return r > 0x7F }) {
		text = bytes.ToLower(text) // the prefilter knows the case of ASCII alone
	}
	m.words.Scan(text, func(keyword uint16, _ int) {
		for _, i := range m.owners[keyword] {
			woken[i] = !m.rules[i].disabled
		}
	})
	return woken
}

// withoutGeneric drops what rules called generic found where another rule found a
// secret on the same line that holds theirs.
func withoutGeneric(found []Finding) []Finding {
	if !slices.ContainsFunc(found, func(f Finding) bool { return isGeneric(f.Rule) }) {
		return found
	}
	specific := slices.DeleteFunc(slices.Clone(found), func(f Finding) bool { return isGeneric(f.Rule) || f.Allowed })
	return slices.DeleteFunc(found, func(f Finding) bool {
		return isGeneric(f.Rule) && slices.ContainsFunc(specific, func(o Finding) bool {
			return o.line == f.line && bytes.Contains(o.Secret, f.Secret)
		})
	})
}

func isGeneric(r *rules.Rule) bool { return strings.Contains(strings.ToLower(r.ID), "generic") }
