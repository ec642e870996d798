package rules

import (
	"regexp/syntax"
	"strings"
)

// need is what must hold round a keyword for its rule to match there. It is
// derived from the pattern and never refuses what Matches would yield; it
// costs nanoseconds and saves nearly all runs of the regular expression.
type need struct {
	exact  string    // the bytes that end where the keyword ends, in their case
	start  bool      // no word character may stand before exact
	follow []byteSet // what the bytes behind the keyword must be
	run    int       // so many bytes of set in a row are in every secret
	set    byteSet
	names  [][]string // one of these stands round the keyword, word by word
}

// needs derives a rule's need from its pattern.
func (r *Rule) needs(tree *syntax.Regexp, s *Shape) need {
	var n need
	n.exact, n.follow = r.following(tree)
	n.start = n.exact != "" && startsWord(tree) && isWord(n.exact[0])
	if secret := submatch(tree, s.Secret); secret != nil {
		if set, least, ok := alphabet(secret); ok && least >= 8 {
			n.set, n.run = set, least
		}
	}
	for _, name := range r.Near {
		n.names = append(n.names, strings.Fields(strings.ToLower(name)))
	}
	return n
}

// Plausible reports whether the rule can match with a keyword that ends at end.
func (s *Shape) Plausible(text []byte, end int) bool {
	n := &s.need
	if k := len(n.exact); k > 0 {
		if end < k || string(text[end-k:end]) != n.exact {
			return false
		}
		if n.start && end > k && isWord(text[end-k-1]) {
			return false
		}
	}
	if len(n.follow) > 0 {
		if end+len(n.follow) > len(text) {
			return false
		}
		for i := range n.follow {
			if !n.follow[i].has(text[end+i]) {
				return false
			}
		}
		return true
	}
	if n.run == 0 {
		return len(n.names) == 0 || nameAt(text, end, n.names)
	}
	from := max(0, end-s.Before)
	if len(n.names) > 0 {
		if !nameAt(text, end, n.names) {
			return false
		}
		from = end // the secret stands behind its name
	}
	return n.set.hasRun(text[from:min(len(text), end+s.After)], n.run)
}

// nameAt reports whether one of the names, in any case and with any separator
// that nameForms allows, stands where a keyword ends at end and begins a word.
func nameAt(text []byte, end int, names [][]string) bool {
	for _, words := range names {
		longest := len(words) - 1
		for _, w := range words {
			longest += len(w)
		}
		for start := max(0, end-longest); start < end; start++ {
			if c := text[start]; c|0x20 == words[0][0]|0x20 && reaches(text, start, end, words) && beginsWord(text, start) {
				return true
			}
		}
	}
	return false
}

// reaches reports whether the words stand at start and go on to end or beyond.
func reaches(text []byte, start, end int, words []string) bool {
	at := start
	for i, w := range words {
		if i > 0 && at < len(text) && isSeparator(text[at]) {
			at++
		}
		if at+len(w) > len(text) || !equalFold(text[at:at+len(w)], w) {
			return false
		}
		at += len(w)
	}
	return at >= end
}

func isSeparator(c byte) bool { return c == ' ' || c == '_' || c == '.' || c == '-' }

// equalFold compares with a lower-case word, ASCII only.
func equalFold(text []byte, lower string) bool {
	for i := range len(lower) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// byteSet is a set of byte values.
type byteSet [4]uint64

func (b *byteSet) add(c int)       { b[c>>6] |= 1 << (c & 63) }
func (b *byteSet) has(c byte) bool { return b[c>>6]&(1<<(c&63)) != 0 }

// hasRun reports whether n bytes of the set stand in a row; it looks at about
// one byte in n where they do not.
func (b *byteSet) hasRun(text []byte, n int) bool {
	for i := 0; i+n <= len(text); {
		j := i + n - 1
		for j >= i && b.has(text[j]) {
			j--
		}
		if j < i {
			return true
		}
		i = j + 1
	}
	return false
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

// startsWord reports whether the pattern begins with \b.
func startsWord(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpWordBoundary:
		return true
	case syntax.OpConcat, syntax.OpCapture:
		return startsWord(re.Sub[0])
	}
	return false
}

// submatch is the part of the pattern that is the i-th group, or all of it for 0.
func submatch(re *syntax.Regexp, i int) *syntax.Regexp {
	if i == 0 || re.Op == syntax.OpCapture && re.Cap == i {
		return re
	}
	for _, s := range re.Sub {
		if found := submatch(s, i); found != nil {
			return found
		}
	}
	return nil
}

// alphabet is the set of bytes that a match of re is made of and its least
// length; ok is false if it may hold any byte.
func alphabet(re *syntax.Regexp) (set byteSet, least int, ok bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText:
		return set, 0, true
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if r >= 0x80 {
				return set, 0, false
			}
			set.addRune(r, re.Flags&syntax.FoldCase != 0)
		}
		return set, len(re.Rune), true
	case syntax.OpCharClass:
		return classSet(re)
	case syntax.OpCapture, syntax.OpPlus:
		return alphabet(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest:
		set, _, ok = alphabet(re.Sub[0])
		return set, 0, ok
	case syntax.OpRepeat:
		set, least, ok = alphabet(re.Sub[0])
		return set, least * re.Min, ok
	case syntax.OpConcat, syntax.OpAlternate:
		return combined(re)
	}
	return set, 0, false
}

func combined(re *syntax.Regexp) (set byteSet, least int, ok bool) {
	for i, s := range re.Sub {
		one, n, ok := alphabet(s)
		if !ok {
			return set, 0, false
		}
		for w := range set {
			set[w] |= one[w]
		}
		switch {
		case re.Op == syntax.OpConcat:
			least += n
		case i == 0 || n < least:
			least = n
		}
	}
	return set, least, true
}

// classSet is a character class as a set of bytes. Under (?i), K and S have
// folds beyond ASCII, which no token is written with; they are left out.
func classSet(re *syntax.Regexp) (set byteSet, least int, ok bool) {
	for i := 0; i < len(re.Rune); i += 2 {
		lo, hi := re.Rune[i], re.Rune[i+1]
		if lo == hi && (lo == '\u017f' || lo == '\u212a') {
			continue
		}
		if hi >= 0x80 {
			return set, 0, false
		}
		for c := lo; c <= hi; c++ {
			set.add(int(c))
		}
	}
	return set, 1, true
}

func (b *byteSet) addRune(r rune, fold bool) {
	b.add(int(r))
	if fold {
		b.add(int(strings.ToLower(string(r))[0]))
		b.add(int(strings.ToUpper(string(r))[0]))
	}
}

// maxFollow is how many bytes behind a keyword are looked at before the regular
// expression is: enough that chance rarely gets through.
const maxFollow = 12

// following derives what stands at the end of the keyword and behind it, for a
// pattern that begins with its only keyword.
func (r *Rule) following(tree *syntax.Regexp) (exact string, sets []byteSet) {
	lead, rest := leadingLiteral(tree)
	if len(r.Keywords) != 1 || !strings.HasPrefix(strings.ToLower(lead), r.Keywords[0]) {
		return "", nil
	}
	n := len(r.Keywords[0])
	folded := lead == strings.ToLower(lead) && lead != "" && foldedLead(tree)
	if !folded {
		exact = lead[:n]
	}
	for _, c := range lead[n:] {
		var b byteSet
		b.addRune(c, folded)
		sets = append(sets, b)
	}
	for _, re := range rest {
		more, whole := fixedSets(re)
		sets = append(sets, more...)
		if !whole || len(sets) >= maxFollow {
			break
		}
	}
	return exact, sets[:min(len(sets), maxFollow)]
}

// foldedLead reports whether the leading literal is matched in any case.
func foldedLead(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return re.Flags&syntax.FoldCase != 0
	case syntax.OpCapture:
		return foldedLead(re.Sub[0])
	case syntax.OpConcat:
		for _, s := range re.Sub {
			switch s.Op {
			case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpBeginLine:
				continue
			}
			return foldedLead(s)
		}
	}
	return false
}

// fixedSets lists what the first bytes of a match of re must be; whole tells
// that these are all of it.
func fixedSets(re *syntax.Regexp) (sets []byteSet, whole bool) {
	switch re.Op {
	case syntax.OpCapture:
		return fixedSets(re.Sub[0])
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if r >= 0x80 {
				return sets, false
			}
			var b byteSet
			b.addRune(r, re.Flags&syntax.FoldCase != 0)
			sets = append(sets, b)
		}
		return sets, true
	case syntax.OpCharClass:
		set, _, ok := classSet(re)
		if !ok {
			return nil, false
		}
		return []byteSet{set}, true
	case syntax.OpRepeat:
		one, whole := fixedSets(re.Sub[0])
		if !whole {
			return nil, false
		}
		for i := 0; i < re.Min && len(sets) < maxFollow; i++ {
			sets = append(sets, one...)
		}
		return sets, re.Min == re.Max
	case syntax.OpPlus:
		one, _ := fixedSets(re.Sub[0])
		return one, false
	case syntax.OpConcat:
		for _, s := range re.Sub {
			more, whole := fixedSets(s)
			sets = append(sets, more...)
			if !whole {
				return sets, false
			}
		}
		return sets, true
	}
	return nil, false
}
