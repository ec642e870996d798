package generic

import (
	"bytes"

	"github.com/leakguard/leakguard/detectors/checksum"
	"github.com/leakguard/leakguard/detectors/rules"
)

const (
	maxPhrase = 24  // words of the longest phrase
	phraseGap = 160 // how far a phrase stands from the word that tells of it, in bytes
)

// mnemonic reads a recovery phrase (BIP-39) behind a word such as "mnemonic" or "seed"
// that ends at end: 12, 15, 18, 21 or 24 words, whose checksum holds. They may stand on
// one line, in a list, or numbered.
func (s *Scanner) mnemonic(end int) (Candidate, bool) {
	text := s.text
	var run wordRun
	for i := end; ; {
		from, to := nextLetters(text, i)
		number, known := checksum.PhraseWord(text[from:to])
		if !known || !run.joins(text, from) {
			if c, ok := run.candidate(); ok || from == to || from > end+phraseGap {
				return c, ok
			}
			run = wordRun{}
		}
		if known {
			run.add(from, to, number)
		}
		if run.count > maxPhrase {
			return Candidate{}, false // a list of words
		}
		i = to
	}
}

// nextLetters is where the next run of letters stands, from i on and not far from there;
// empty: there is none.
func nextLetters(text []byte, i int) (from, to int) {
	stop := min(len(text), i+phraseGap)
	for i < stop && !is(text[i], letter) {
		i++
	}
	to = i
	for to < stop && is(text[to], letter) {
		to++
	}
	return i, to
}

// wordRun are words of BIP-39 that follow one another, with the same between them.
type wordRun struct {
	count    int
	numbers  [maxPhrase]int // of the words
	first    int            // where they begin
	joint    jointKind      // between the first two
	last     int            // where the last one ends
	unsorted bool
}

// joins reports whether a word at from goes on with the run.
func (r *wordRun) joins(text []byte, from int) bool {
	if r.count == 0 {
		return true
	}
	joint := jointOf(text[r.last:from])
	if r.count == 1 {
		r.joint = joint
	}
	return joint != noJoint && joint == r.joint
}

// add appends a word, for which joins holds.
func (r *wordRun) add(from, to, number int) {
	switch {
	case r.count == 0:
		r.first = from
	case r.count == maxPhrase:
		r.count++
		return
	default:
		r.unsorted = r.unsorted || number <= r.numbers[r.count-1]
	}
	r.numbers[r.count] = number
	r.count++
	r.last = to
}

// candidate is the phrase that the run is. A list of words in their order is none: it
// is that of BIP-39.
func (r *wordRun) candidate() (Candidate, bool) {
	if !r.unsorted {
		return Candidate{}, false
	}
	words := r.numbers[:r.count]
	entropy, ok := checksum.PhraseEntropy(words)
	if !ok {
		return Candidate{}, false
	}
	c := Candidate{Start: r.first, End: r.last, WholeStart: r.first, WholeEnd: r.last, Verdict: Proven, Confidence: rules.Certain}
	if monotonous(entropy) || repetitive(words) || published(entropy) {
		c.Verdict, c.Confidence, c.Why = Never, 0, "a phrase that tests use"
	}
	return c, true
}

// repetitive reports whether few different words make up a phrase: test test … junk.
func repetitive(words []int) bool {
	seen := map[int]bool{}
	for _, w := range words {
		seen[w] = true
	}
	return len(seen) <= len(words)/2
}

// jointKind is what stands between the words of a phrase.
type jointKind uint8

const (
	noJoint jointKind = iota
	ofBlanks
	ofList // commas, quotes, numbers
)

// jointOf is the kind of what stands between two words; escaped quotes and line ends
// count as such.
func jointOf(between []byte) jointKind {
	if len(between) > 16 {
		return noJoint
	}
	kind := ofBlanks
	for _, c := range between {
		switch {
		case is(c, blank) || c == '\n' || c == '\r':
		case is(c, quote|digit) || bytes.IndexByte([]byte(",.)\\"), c) >= 0:
			kind = ofList
		default:
			return noJoint
		}
	}
	return kind
}
