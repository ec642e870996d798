package rules

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
)

// longest is how many bytes a match may span where the pattern itself sets no
// bound: enough for a PEM key of 8192 bits with room for escapes.
const longest = 16 << 10

// compiled is what a rule needs to match, made on first use.
type compiled struct {
	once  sync.Once
	shape Shape
	err   error
}

// Shape is a rule's compiled form.
type Shape struct {
	Regexp *regexp.Regexp
	Secret int // the submatch that is the secret
	// Before and After bound the window in which a match that holds a keyword
	// lies: bytes before and behind the end of the keyword.
	Before, After int
	Paths         *regexp.Regexp // nil: everywhere
	Allow         []AllowShape
	need          need
}

// AllowShape is a compiled allowlist.
type AllowShape struct {
	Paths, Regexes []*regexp.Regexp
	Stopwords      []string // lower case
	All            bool
}

// Shape compiles the rule once and returns the result; the error names the rule.
func (r *Rule) Shape() (*Shape, error) {
	r.lazy.once.Do(func() { r.lazy.err = r.compile(&r.lazy.shape) })
	return &r.lazy.shape, r.lazy.err
}

func (r *Rule) compile(s *Shape) error {
	re, err := regexp.Compile(r.Pattern)
	if err != nil {
		return fmt.Errorf("rule %s: %w", r.ID, err)
	}
	s.Regexp = re
	if s.Secret = re.SubexpIndex("secret"); s.Secret < 0 {
		s.Secret = 0
		if re.NumSubexp() > 0 {
			s.Secret = 1
		}
	}
	tree, err := syntax.Parse(r.Pattern, syntax.Perl)
	if err != nil {
		return fmt.Errorf("rule %s: %w", r.ID, err)
	}
	s.Before, s.After = r.reach(tree)
	s.need = r.needs(tree, s)
	if r.Path != "" {
		if s.Paths, err = regexp.Compile(r.Path); err != nil {
			return fmt.Errorf("rule %s: path: %w", r.ID, err)
		}
	}
	for _, a := range r.Allow {
		as, err := a.Compile()
		if err != nil {
			return fmt.Errorf("rule %s: allow: %w", r.ID, err)
		}
		s.Allow = append(s.Allow, as)
	}
	return nil
}

// reach says how far from the end of a keyword a match can extend. One byte is
// added on each side: a match that touches a window's edge is then never whole.
func (r *Rule) reach(tree *syntax.Regexp) (before, after int) {
	most := min(maxLen(tree), longest) + 1
	if len(r.Near) > 0 {
		for _, n := range r.Near {
			before = max(before, len(n)+1)
		}
		return before, most
	}
	for _, k := range r.Keywords {
		n := headLen(tree, k)
		if n < 0 {
			if n = beginnings(tree, r.Keywords); n < 0 {
				return most, most
			}
			return n + 1, most
		}
		before = max(before, n+1)
	}
	return before, most
}

// mostBeginnings bounds how many ways of beginning are looked at.
const mostBeginnings = 64

// beginnings handles patterns that begin in one of few ways, each with a keyword
// in it: it returns the most bytes from a match's start to the end of the first
// keyword, or -1.
func beginnings(re *syntax.Regexp, keywords []string) int {
	heads := []string{""}
	for _, s := range inOrder(re) {
		heads = cross(heads, ways(s))
		if heads == nil {
			return -1
		}
		most := 0
		for _, h := range heads {
			n := firstKeyword(h, keywords)
			if n < 0 {
				most = -1
				break
			}
			most = max(most, n)
		}
		if most > 0 {
			return most
		}
	}
	return -1
}

// inOrder lists the parts that follow one another in a pattern, groups opened.
func inOrder(re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpCapture:
		return inOrder(re.Sub[0])
	case syntax.OpConcat:
		var all []*syntax.Regexp
		for _, s := range re.Sub {
			all = append(all, inOrder(s)...)
		}
		return all
	}
	return []*syntax.Regexp{re}
}

func firstKeyword(s string, keywords []string) int {
	first := -1
	for _, k := range keywords {
		if i := strings.Index(s, k); i >= 0 && (first < 0 || i+len(k) < first) {
			first = i + len(k)
		}
	}
	return first
}

// ways lists all texts, lower case, that re matches, or nil if they are many.
func ways(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpBeginLine:
		return []string{""}
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}
	case syntax.OpCapture:
		return ways(re.Sub[0])
	case syntax.OpQuest:
		if w := ways(re.Sub[0]); w != nil {
			return append(w, "")
		}
	case syntax.OpCharClass:
		var all []string
		for i := 0; i < len(re.Rune); i += 2 {
			for c := re.Rune[i]; c <= re.Rune[i+1]; c++ {
				if all = append(all, strings.ToLower(string(c))); len(all) > 8 {
					return nil
				}
			}
		}
		return all
	case syntax.OpConcat:
		all := []string{""}
		for _, s := range re.Sub {
			all = cross(all, ways(s))
		}
		return all
	case syntax.OpAlternate:
		var all []string
		for _, s := range re.Sub {
			w := ways(s)
			if w == nil || len(all)+len(w) > mostBeginnings {
				return nil
			}
			all = append(all, w...)
		}
		return all
	}
	return nil
}

func cross(heads, tails []string) []string {
	if len(heads)*len(tails) > mostBeginnings {
		return nil
	}
	var all []string
	for _, h := range heads {
		for _, t := range tails {
			all = append(all, h+t)
		}
	}
	return all
}

// headLen is the most bytes from a match's start to the end of its first literal
// that holds the keyword, or -1 if that has no bound.
func headLen(re *syntax.Regexp, keyword string) int {
	switch re.Op {
	case syntax.OpLiteral:
		if i := strings.Index(strings.ToLower(string(re.Rune)), keyword); i >= 0 {
			return i + len(keyword)
		}
	case syntax.OpCapture:
		return headLen(re.Sub[0], keyword)
	case syntax.OpConcat:
		n := 0
		for _, s := range re.Sub {
			if m := headLen(s, keyword); m >= 0 {
				return n + m
			}
			if n += maxLen(s); n > longest {
				return -1
			}
		}
	}
	return -1
}

// leadingLiteral is the text that every match begins with, and what the pattern
// has behind it, as far as that is simply told. A text in any case is lower case.
func leadingLiteral(re *syntax.Regexp) (lead string, rest []*syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return strings.ToLower(string(re.Rune)), nil
		}
		return string(re.Rune), nil
	case syntax.OpCapture:
		return leadingLiteral(re.Sub[0])
	case syntax.OpConcat:
		for i, s := range re.Sub {
			switch s.Op {
			case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpBeginLine:
				continue
			}
			lead, rest = leadingLiteral(s)
			return lead, append(rest, re.Sub[i+1:]...)
		}
	}
	return "", nil
}

// maxLen is the longest match in bytes, or more than longest for unbounded ones.
func maxLen(re *syntax.Regexp) int {
	const unbounded = longest + 1
	switch re.Op {
	case syntax.OpLiteral:
		return len(string(re.Rune))
	case syntax.OpCharClass:
		if n := len(re.Rune); n > 0 && re.Rune[n-1] < 0x80 {
			return 1
		}
		return 4
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 4
	case syntax.OpStar, syntax.OpPlus:
		return unbounded
	case syntax.OpQuest, syntax.OpCapture:
		return maxLen(re.Sub[0])
	case syntax.OpRepeat:
		if re.Max < 0 {
			return unbounded
		}
		return min(unbounded, re.Max*maxLen(re.Sub[0]))
	case syntax.OpConcat:
		n := 0
		for _, s := range re.Sub {
			n = min(unbounded, n+maxLen(s))
		}
		return n
	case syntax.OpAlternate:
		n := 0
		for _, s := range re.Sub {
			n = max(n, maxLen(s))
		}
		return n
	}
	return 0
}

// Compile compiles an allowlist.
func (a Allow) Compile() (AllowShape, error) {
	s := AllowShape{All: a.All}
	for _, p := range a.Paths {
		re, err := regexp.Compile(p)
		if err != nil {
			return s, err
		}
		s.Paths = append(s.Paths, re)
	}
	for _, p := range a.Regexes {
		re, err := regexp.Compile(p)
		if err != nil {
			return s, err
		}
		s.Regexes = append(s.Regexes, re)
	}
	for _, w := range a.Stopwords {
		s.Stopwords = append(s.Stopwords, strings.ToLower(w))
	}
	return s, nil
}

// Admits reports whether the allowlist lets the secret at path pass as no
// secret. path is "" where it is not known (yet): lists of paths then do not
// hold.
func (s *AllowShape) Admits(secret, path string) bool {
	checks := []struct{ given, holds bool }{
		{len(s.Paths) > 0, path != "" && anyMatch(s.Paths, path)},
		{len(s.Regexes) > 0, anyMatch(s.Regexes, secret)},
		{len(s.Stopwords) > 0, anyWord(s.Stopwords, secret)},
	}
	any, all := false, true
	for _, c := range checks {
		if c.given {
			any = any || c.holds
			all = all && c.holds
		}
	}
	if s.All {
		return any && all
	}
	return any
}

func anyMatch(res []*regexp.Regexp, s string) bool {
	for _, re := range res {
		if re.MatchString(s) {
			return true
		}
	}
	return false
}

func anyWord(words []string, s string) bool {
	low := strings.ToLower(s)
	for _, w := range words {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// literals returns, lower-cased, a set of strings of at least three letters one
// of which is in every match of the pattern, or nil if there is none. Its error
// says what is wrong with the pattern.
func literals(pattern string) ([]string, error) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return needed(tree.Simplify()), nil
}

func needed(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if s := strings.ToLower(string(re.Rune)); len(s) >= 3 && isASCII(s) {
			return []string{s}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, s := range re.Sub {
			if n := needed(s); n != nil && (best == nil || shortest(n) > shortest(best)) {
				best = n
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, s := range re.Sub {
			n := needed(s)
			if n == nil {
				return nil
			}
			all = append(all, n...)
		}
		return all
	}
	return nil
}

func shortest(words []string) int {
	n := len(words[0])
	for _, w := range words {
		n = min(n, len(w))
	}
	return n
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
