package decode

import (
	"slices"
	"sort"
)

// maxReversed is how far, in bytes, a reversed text is followed from what shows
// it: enough for a PEM key of 8192 bits.
const maxReversed = 16 << 10

// behindRun is how many bytes behind a run its reversed prefix may end: some
// have dots in them.
const behindRun = 32

// Reversed is a set of words that tokens begin with. It is immutable, and any
// number of Buffers may share it.
type Reversed struct {
	words map[uint16][]string // by the key of their beginning
	keys  [1 << 9]uint64      // a bit for each of these: nearly all runs end otherwise
}

// NewReversed prepares the words, which are lower case and at least three bytes
// long; letters are compared without regard to case.
func NewReversed(words []string) *Reversed {
	r := &Reversed{words: make(map[uint16][]string, len(words))}
	for _, w := range words {
		key := keyOf(w[0], w[1], w[2])
		r.words[key] = append(r.words[key], w)
		r.keys[key>>6] |= 1 << (key & 63)
	}
	return r
}

// keyOf folds three bytes, letters without their case, into 15 bits.
func keyOf(c, d, e byte) uint16 { return uint16(c&31)<<10 | uint16(d&31)<<5 | uint16(e&31) }

// endsHere reports whether one of the words, written backwards, ends text, which
// is at least three bytes long.
func (r *Reversed) endsHere(text []byte) bool {
	n := len(text)
	key := keyOf(text[n-1], text[n-2], text[n-3])
	return r.keys[key>>6]&(1<<(key&63)) != 0 && slices.ContainsFunc(r.words[key], func(w string) bool {
		k := 0
		for k < len(w) && k < n && lower(text[n-1-k]) == w[k] {
			k++
		}
		return k == len(w)
	})
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// mirror is a piece of source that is written backwards: its last byte is
// Text[text].
type mirror struct {
	text, start, end int
}

// mirrored is Source for a text written backwards. Where Text[i:j] is of several
// pieces, it is all of these.
func (s *Segment) mirrored(i, j int) (start, end int) {
	if i >= len(s.Text) {
		return s.End, s.End
	}
	first := s.mirrorOf(i)
	if i >= j {
		at := first.end - (i - first.text)
		return at, at
	}
	last := s.mirrorOf(j - 1)
	if first != last {
		return first.start, last.end
	}
	return first.end - (j - first.text), first.end - (i - first.text)
}

// mirrorOf is the piece that Text[i] is of.
func (s *Segment) mirrorOf(i int) mirror {
	return s.mirrors[sort.Search(len(s.mirrors), func(k int) bool { return s.mirrors[k].text > i })-1]
}

// reversedRun looks at the run text[start:end] for what is written backwards:
// the first line of a PEM key beside it, or a word of b.Reversed at its end.
func (b *Buffer) reversedRun(text []byte, start, end int, yield func(*Segment)) {
	if start < b.reversedTo || b.left.reversed == 0 {
		return
	}
	if b.reversedKey(text, start, end, yield) || b.Reversed == nil {
		return
	}
	stop := end
	if !b.Reversed.endsHere(text[start:end]) {
		if end == len(text) || text[end] != '.' {
			return
		}
		for stop < len(text) && stop < end+behindRun && (text[stop] == '.' || classOf[text[stop]]&inRun != 0) {
			stop++
		}
		if !b.Reversed.endsHere(text[start:stop]) {
			return
		}
	}
	b.left.reversed--
	from := start
	for from > b.reversedTo && from > start-maxReversed && inReversed(text[from-1]) {
		from--
	}
	for stop < len(text) && stop < end+maxReversed && inReversed(text[stop]) {
		stop++
	}
	b.mirrors = append(b.mirrors[:0], mirror{start: from, end: stop})
	b.yieldReversed(text, yield)
}

// inReversed reports whether c can be in a reversed word, name and value alike.
func inReversed(c byte) bool {
	return isVisible(c) && c != '"' && c != '\'' && c != '`' && c != '\\'
}

// yieldReversed yields the pieces in b.mirrors, each of them turned round.
func (b *Buffer) yieldReversed(text []byte, yield func(*Segment)) {
	pieces := b.mirrors
	b.text = b.text[:0]
	for i, m := range pieces {
		pieces[i].text = len(b.text)
		for k := m.end - 1; k >= m.start; k-- {
			b.text = append(b.text, text[k])
		}
	}
	first, last := pieces[0], pieces[len(pieces)-1]
	b.reversedTo = last.end
	b.segment = Segment{Kind: "reversed", Start: first.start, End: last.end, Text: b.text, mirrors: pieces}
	yield(&b.segment)
}
