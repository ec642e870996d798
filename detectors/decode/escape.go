package decode

import (
	"bytes"
	"slices"
)

const (
	// maxRun is the length, in bytes, at which a run of escapes is cut. The next
	// piece goes back half of it, so that a PEM key of 4096 bits is whole in one.
	maxRun = 8 << 10

	// leastText is the shortest text, in bytes, that can hold a secret.
	leastText = 8
)

// A syntax is one way to write characters as escapes in plain text.
type syntax struct {
	kind    string
	other   func(escape []byte) string // the kind, if the first escape tells another
	trigger byte                       // the first byte of every escape
	ends    func(byte) bool            // a byte that ends the run

	// enough escapes make any run worth reading; where there are fewer, one of
	// them must be part of a word.
	enough int

	// decode appends to dst what the escape at the start of src stands for, and
	// returns its length, or 0 if there is none. A weak escape is undone inside
	// of a run, but does not make one.
	decode func(dst, src []byte) (out []byte, size int, weak bool)
}

// findEscaped finds the runs of text that hold escapes of one syntax.
func (b *Buffer) findEscaped(text []byte, s *syntax, yield func(*Segment)) {
	b.text = slices.Grow(b.text[:0], maxRun)
	from := 0
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], s.trigger)
		if i < 0 {
			return
		}
		at += i
		_, size, weak := s.decode(b.text[:0], text[at:])
		if size == 0 || weak {
			at += max(size, 1)
			continue
		}
		start := s.startOfRun(text, max(from, at-maxRun/2), at)
		end, telling := b.unescape(text, start, s)
		if telling && len(b.text) >= leastText {
			b.segment = Segment{Kind: s.kindOf(text[at : at+size]), Start: start, End: end, Text: b.text, escapes: b.escapes}
			yield(&b.segment)
		}
		from = end
		if end-start >= maxRun {
			from -= maxRun / 2
		}
		at = max(end, at+size)
	}
}

// kindOf is the kind of a run whose first escape is given.
func (s *syntax) kindOf(escape []byte) string {
	if s.other != nil {
		if kind := s.other(escape); kind != "" {
			return kind
		}
	}
	return s.kind
}

// startOfRun goes back from at to the start of its run, but not beyond from.
func (s *syntax) startOfRun(text []byte, from, at int) int {
	for at > from {
		c := text[at-1]
		if s.ends(c) && !(s.trigger == '\\' && c >= ' ' && at-2 >= from && text[at-2] == '\\') {
			break
		}
		at--
	}
	return at
}

// unescape decodes the run that starts at start into b.text and b.escapes. It
// returns the run's end and whether its escapes are worth reading.
func (b *Buffer) unescape(text []byte, start int, s *syntax) (end int, telling bool) {
	out, escapes := b.text[:0], b.escapes[:0]
	count, readable, inWord := 0, false, false
	limit := min(len(text), start+maxRun)
	p := start
	for p < limit {
		c := text[p]
		if c == s.trigger {
			n := len(out)
			decoded, size, weak := s.decode(out, text[p:])
			if size > 0 {
				out = decoded
				escapes = append(escapes, escape{p, p + size, n, len(out)})
				if !weak {
					count++
					readable = readable || isPlain(out[n]) || out[n] >= 0x80
					inWord = inWord || partOfWord(text, p, p+size, out[n])
				}
				p += size
				continue
			}
		}
		if s.ends(c) {
			break
		}
		out = append(out, c)
		p++
	}
	b.text, b.escapes = out, escapes
	return p, readable && (count >= s.enough || inWord)
}

// partOfWord reports whether the escape text[start:end], which stands for first,
// is inside of a word, or is at a word's edge and stands for text.
func partOfWord(text []byte, start, end int, first byte) bool {
	before := start > 0 && isWord(text[start-1])
	after := end < len(text) && isWord(text[end])
	return before && after || isPlain(first) && (before || after)
}

// isWord reports whether c can be in a token.
func isWord(c byte) bool {
	return classOf[c]&inRun != 0 || c == '.' || c == '='
}
