package detectors

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leakguard/leakguard/detectors/checksum"
	"github.com/leakguard/leakguard/detectors/decode"
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/gitleaks"
	"github.com/leakguard/leakguard/detectors/known"
	"github.com/leakguard/leakguard/detectors/rules"
)

// Options settle what an Engine looks for.
type Options struct {
	// DecodeDepth is how many encodings laid over one another are undone.
	DecodeDepth int
	// MinConfidence is the least confidence that is worth returning.
	MinConfidence rules.Confidence
	// Cuts are the least probabilities of the levels of confidence of generic values;
	// zero: the defaults.
	Cuts generic.Cuts
	// Reasons has Scan say what the score of a generic value is made of.
	Reasons bool
	// Disabled reports whether a rule is switched off; nil: none is.
	Disabled func(ruleID string) bool
	// Known are values that are secrets whatever they look like; nil: none.
	Known *known.Set
	// Profile is told what each rule costs; nil: nobody measures.
	Profile *Profile
}

// DefaultOptions are what leakguard uses unless told otherwise.
func DefaultOptions() Options {
	return Options{DecodeDepth: 4, MinConfidence: rules.Likely}
}

// Engine holds a compiled ruleset. It is immutable and safe for concurrent use.
type Engine struct {
	opts  Options
	all   []*rules.Provider
	rules []*rules.Rule
	byID  func() map[string]*rules.Rule
	known *rules.Rule   // of what Options.Known holds; nil: not looked for
	files []*rules.Rule // of texts that are a secret as a whole
	// wakes and reversed, which is what tokens begin with, are built by the first Scan.
	wakes    func() *wakes
	reversed func() *decode.Reversed
	pool     sync.Pool
	// gitleaks, if not nil, finds in place of all of the above.
	gitleaks *gitleaks.Matcher
}

// New prepares the rules of the providers, in their order. Two rules with one id,
// or a detector that does not exist, are errors. Patterns are compiled when they
// are first needed: see Check.
func New(providers []*rules.Provider, opts Options) (*Engine, error) {
	e := &Engine{opts: opts, all: providers}
	e.byID = sync.OnceValue(e.index)
	e.reversed = sync.OnceValue(func() *decode.Reversed { return decode.NewReversed(prefixes(e.rules)) })
	if err := unique(providers); err != nil {
		return nil, err
	}
	for _, p := range providers {
		for _, r := range p.Rules {
			if opts.Disabled != nil && opts.Disabled(r.ID) {
				continue
			}
			e.rules = append(e.rules, r)
			switch {
			case r.Detector == knownValue:
				if opts.Known != nil {
					e.known = r
				}
			case r.Detector == keyFile:
				e.files = append(e.files, r)
			case r.Detector != "" && generic.ReaderOf(r.Detector) == generic.None:
				return nil, fmt.Errorf("rule %s: no detector %q", r.ID, r.Detector)
			}
		}
	}
	if opts.Profile != nil {
		opts.Profile.profileOf(e.rules)
	}
	e.wakes = sync.OnceValue(func() *wakes { return wakesOf(e.rules) })
	e.pool.New = func() any { return e.newScratch() }
	return e, nil
}

// unique checks that no rule id is there twice. The builtin providers, which
// carry a digest, were checked when they were made.
func unique(providers []*rules.Provider) error {
	if !slices.ContainsFunc(providers, func(p *rules.Provider) bool { return p.Digest == "" }) {
		return nil
	}
	seen := map[string]bool{}
	for _, p := range providers {
		for _, r := range p.Rules {
			if seen[r.ID] {
				return fmt.Errorf("rule %s is there twice", r.ID)
			}
			seen[r.ID] = true
		}
	}
	return nil
}

func (e *Engine) index() map[string]*rules.Rule {
	all := map[string]*rules.Rule{}
	for _, p := range e.all {
		for _, r := range p.Rules {
			all[r.ID] = r
		}
	}
	return all
}

// Rules lists the rules that are switched on.
func (e *Engine) Rules() []*rules.Rule { return e.rules }

// Rule returns the rule of that id, also one that is switched off.
func (e *Engine) Rule(id string) *rules.Rule { return e.byID()[id] }

// prefixes lists the words that show a token even when it is written backwards:
// the keywords of patterns that have a case of their own.
func prefixes(all []*rules.Rule) []string {
	var words []string
	for _, r := range all {
		if r.Detector != "" || len(r.Near) > 0 || strings.Contains(r.Pattern, "(?i") {
			continue
		}
		for _, k := range r.Keywords {
			if len(k) >= 4 || len(k) == 3 && strings.HasPrefix(strings.ToLower(r.Pattern), `\b(`+k) {
				words = append(words, k)
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// scratch is what one Scan works with; it is reused.
type scratch struct {
	found   []Match
	windows []window // by rule
	woken   []int    // rules with a window in this text
	generic generic.Scanner
	decoder []*decode.Buffer // by depth
}

// window is the stretch of text in which a rule's match may lie, grown as
// keyword hits come in; when a hit lies beyond it, it is searched and moved.
type window struct {
	open       bool
	start, end int
}

func (e *Engine) newScratch() *scratch {
	s := &scratch{windows: make([]window, len(e.rules)), generic: generic.Scanner{Cuts: e.opts.Cuts}}
	for range e.opts.DecodeDepth {
		s.decoder = append(s.decoder, &decode.Buffer{Reversed: e.reversed()})
	}
	return s
}

// Scan returns the secrets in text, sorted by where they begin, none
// overlapping another. path is "" where it is not known; Admits then says later
// whether a match stands.
func (e *Engine) Scan(text []byte, path string) []Match {
	return slices.DeleteFunc(e.Candidates(text, path, ""), func(m Match) bool { return m.Confidence < e.opts.MinConfidence })
}

// Candidates are what Scan returns and near misses: generic values of less confidence,
// but of some. What a value is elsewhere may settle it, see Settle. commit is the id of
// the commit that adds the text, "" where that is not known; only the rules of a
// gitleaks config ask for it.
func (e *Engine) Candidates(text []byte, path, commit string) []Match {
	if e.gitleaks != nil {
		return e.asGitleaks(text, path, commit)
	}
	if e.opts.Profile != nil {
		defer e.opts.Profile.scanned(text, time.Now())
	}
	s := e.pool.Get().(*scratch)
	s.found = s.found[:0]
	e.scan(s, text, 0)
	// Not deferred: after a panic the scratch is in no state to be used again.
	defer e.pool.Put(s)
	if len(s.found) == 0 {
		return nil
	}
	out := settle(s.found)
	out = slices.DeleteFunc(out, func(m Match) bool {
		return m.Confidence < e.opts.MinConfidence && m.Score == 0 || path != "" && !e.Admits(&m, path)
	})
	join(text, out)
	return slices.Clone(out)
}

// Settle settles the confidence of matches of one value, now that all are known: a
// generic one is worth the mean of its own score and of the best that the value has
// anywhere; what an issuer's rule takes for a secret is one. It reports whether each
// is confident enough to be returned.
func (e *Engine) Settle(same []*Match) []bool {
	best := float32(0)
	for _, m := range same {
		if m.Score == 0 {
			best = 1
		}
		best = max(best, m.Score)
	}
	stands := make([]bool, len(same))
	for i, m := range same {
		if m.Score > 0 {
			m.Confidence = e.opts.Cuts.Level((m.Score + best) / 2)
		}
		stands[i] = m.Confidence >= e.opts.MinConfidence
	}
	return stands
}

// scan appends the matches of one text; depth counts the encodings undone.
func (e *Engine) scan(s *scratch, text []byte, depth int) {
	s.generic.Reset(text)
	w := e.wakes()
	w.matcher.Scan(text, func(keyword uint16, end int) {
		for _, t := range w.targets[keyword] {
			if t.reader != generic.None {
				e.ask(s, text, t, end)
			} else {
				e.widen(s, text, t.rule, end)
			}
		}
	})
	for _, r := range s.woken {
		e.run(s, text, r)
		s.windows[r] = window{}
	}
	if e.known != nil {
		e.recognise(s, text)
	}
	e.recogniseFile(s, text)
	s.woken = s.woken[:0]
	if depth < len(s.decoder) {
		s.decoder[depth].Find(text, func(seg *decode.Segment) {
			e.scanDecoded(s, seg, depth)
		})
	}
}

// widen notes that rule r may match near a keyword that ends at end.
func (e *Engine) widen(s *scratch, text []byte, r, end int) {
	shape, err := e.rules[r].Shape()
	if err != nil || !shape.Plausible(text, end) {
		return // New's caller has been told of err by Check
	}
	start := max(0, end-shape.Before)
	stop := min(len(text), end+shape.After)
	w := &s.windows[r]
	if !w.open {
		*w = window{true, start, stop}
		s.woken = append(s.woken, r)
		return
	}
	if start <= w.end {
		w.end = max(w.end, stop)
		return
	}
	e.run(s, text, r)
	*w = window{true, start, stop}
}

// search runs rule r's regular expression over its window.
func (e *Engine) search(s *scratch, text []byte, r int) {
	rule := e.rules[r]
	shape, _ := rule.Shape()
	w := s.windows[r]
	for loc := range shape.Matches(text, w.start, w.end) {
		// At a cut edge \b and $ hold without right, and a match may go on.
		if loc[0] == w.start && w.start > 0 || loc[1] == w.end && w.end < len(text) {
			continue
		}
		if g := 2 * shape.Secret; loc[g] >= 0 && loc[g+1] > loc[g] {
			e.accept(s, text, rule, shape, loc)
		}
	}
}

// accept appends a match unless its value shows that it is no secret.
func (e *Engine) accept(s *scratch, text []byte, rule *rules.Rule, shape *rules.Shape, loc []int) {
	g := 2 * shape.Secret
	whole, secret := Span{loc[0], loc[1]}, Span{loc[g], loc[g+1]}
	value := text[secret.Start:secret.End]
	entropy := Entropy(value)
	if entropy < rule.Entropy {
		return
	}
	if rule.Checksum != "" && !checksum.Valid(rule.Checksum, string(value)) {
		return
	}
	if rule.Checksum == "" && generic.Placeholder(value) || len(rule.Near) > 0 && generic.Wordy(value) {
		return
	}
	for i := range shape.Allow {
		if a := &shape.Allow[i]; len(a.Paths) == 0 && a.Admits(string(value), "") {
			return
		}
	}
	m := Match{
		Rule: rule, Whole: whole, Secret: secret, Value: slices.Clone(value),
		Entropy: entropy, Confidence: rule.Confidence,
	}
	for i, name := range shape.Regexp.SubexpNames() {
		if name != "" && name != "secret" && loc[2*i] >= 0 {
			m.Parts = append(m.Parts, Part{Name: name, Value: slices.Clone(text[loc[2*i]:loc[2*i+1]])})
		}
	}
	s.found = append(s.found, m)
}

// knownValue is the detector of the rule for what Options.Known holds.
const knownValue = "known-value"

// recognise appends the values that are known to be secrets.
func (e *Engine) recognise(s *scratch, text []byte) {
	e.opts.Known.Each(text, func(start, end int) {
		value, at := slices.Clone(text[start:end]), Span{start, end}
		s.found = append(s.found, Match{Rule: e.known, Whole: at, Secret: at, Value: value, Entropy: Entropy(value), Confidence: rules.Certain})
	})
}

// keyFile is the detector of the rules for files that are a secret as a whole.
const keyFile = "key-file"

// recogniseFile appends the text itself, if it is a file of keys.
func (e *Engine) recogniseFile(s *scratch, text []byte) {
	for _, r := range e.files {
		n := checksum.FileLength(r.Checksum, text)
		if n == 0 {
			continue
		}
		value, at := slices.Clone(text[:n]), Span{0, n}
		s.found = append(s.found, Match{Rule: r, Whole: at, Secret: at, Value: value, Entropy: Entropy(value), Confidence: rules.Certain})
	}
}

// readGeneric asks a hand-written reader whether a keyword leads to a secret.
func (e *Engine) readGeneric(s *scratch, text []byte, t target, end int) {
	c, ok := s.generic.At(t.reader, end)
	if !ok {
		return
	}
	value := text[c.Start:c.End]
	m := Match{
		Rule: e.rules[t.rule], Whole: Span{c.WholeStart, c.WholeEnd}, Secret: Span{c.Start, c.End},
		Value: slices.Clone(value), Entropy: Entropy(value), Confidence: c.Confidence,
		Name: string(c.Name), Bare: c.Bare, Score: c.Score,
	}
	if e.opts.Reasons {
		m.Reasons, _ = generic.Reasons(s.generic.Evidence())
	}
	if t.reader == generic.URL {
		for name, part := range generic.URLParts(text, c) {
			m.Parts = append(m.Parts, Part{Name: name, Value: slices.Clone(part), Context: true})
		}
	}
	s.found = append(s.found, m)
}

// scanDecoded scans a decoded run and maps what it holds back to the source.
func (e *Engine) scanDecoded(s *scratch, seg *decode.Segment, depth int) {
	before := len(s.found)
	e.scan(s, seg.Text, depth+1)
	kept := s.found[:before]
	for _, m := range s.found[before:] {
		if !seg.Touched(m.Secret.Start, m.Secret.End) {
			continue
		}
		start, end := seg.Source(m.Secret.Start, m.Secret.End)
		m.Secret = Span{start, end}
		m.Whole = m.Secret
		m.Decoded = append([]string{seg.Kind}, m.Decoded...)
		m.Bare = m.Bare && generic.Identifier(m.Value) // what was encoded may be a program or settings
		kept = append(kept, m)
	}
	s.found = kept
}

// Admits reports whether a match that was found without knowing its path stands
// at that path: rules may be bound to paths, and values without quotes to files
// whose syntax has such values.
func (e *Engine) Admits(m *Match, path string) bool {
	if e.gitleaks != nil {
		return true // it was told the path
	}
	if m.Bare && !generic.HasBareValues(path) {
		return false
	}
	shape, err := m.Rule.Shape()
	if err != nil {
		return false
	}
	if shape.Paths != nil && !shape.Paths.MatchString(path) {
		return false
	}
	for i := range shape.Allow {
		if shape.Allow[i].Admits(string(m.Value), path) {
			return false
		}
	}
	return true
}

// Check compiles every rule and returns the first error, which names the rule.
// It is for rules that a person wrote; the embedded ones are checked by tests.
func Check(providers []*rules.Provider) error {
	for _, p := range providers {
		for _, r := range p.Rules {
			if _, err := r.Shape(); err != nil {
				return err
			}
		}
	}
	return nil
}
