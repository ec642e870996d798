// Package decode finds the parts of a text that are another text in disguise,
// such as base64 or percent escapes, and decodes them without losing where each
// byte came from. The engine reads a text as it stands first and then each
// segment that Find yields, so that a secret is found under an encoding and
// still reported at its place in the source.
//
// Find undoes one layer. Layers inside of layers are the caller's: it calls Find
// of another Buffer on a segment's text, as deep as it wants to go.
//
// A text that is encoded as a whole, such as a file in UTF-16, is turned into
// UTF-8 before it is scanned: see Encoding, ToUTF8 and Reader.
package decode

import "sort"

// Segment is a run of a text that decodes into another text. It and its Text
// are valid only during the call that hands it out.
type Segment struct {
	// Kind is "base64" (either alphabet of RFC 4648), "hex", "percent",
	// "unicode", "octal", "html", "utf-16le" or "utf-16be"; "gzip" for base64 or
	// hex of gzip or zlib data, "spaced" for characters with one and the same
	// character between them, "reversed" for text written backwards, or
	// "kubernetes-secret" for an entry of a Secret's data.
	Kind string

	// Start and End are the encoded run, in bytes of the source.
	Start, End int

	// Text is what the run decodes to. It need not be valid UTF-8.
	Text []byte

	// Where a run is encoded from end to end, in characters of it stand for out
	// bytes of Text, and lines says where they lie if they are wrapped.
	in, out int
	lines   []line

	// Where it is plain text with escapes in it, in and out are 0, and escapes
	// are in order.
	escapes []escape

	// Where it is written backwards, mirrors has its pieces, in order of both.
	mirrors []mirror
}

// line is one line of a wrapped run.
type line struct {
	char   int // characters of the run before this line
	source int // offset of its first character in the source
}

// escape is one escape sequence, source[src:srcEnd], and what it stands for,
// Text[text:textEnd].
type escape struct {
	src, srcEnd, text, textEnd int
}

// Source returns the span of the source that decodes to Text[i:j], as tight as
// the encoding allows: whole quanta of base64, whole escapes.
func (s *Segment) Source(i, j int) (start, end int) {
	if len(s.mirrors) > 0 {
		return s.mirrored(i, j)
	}
	if i >= j {
		i, j = s.sourceOf(i), s.sourceOf(i)
		return i, j
	}
	start = s.sourceOf(i)
	if s.in == 0 {
		return start, s.endOfEscaped(j - 1)
	}
	quanta := (j + s.out - 1) / s.out
	if quanta*s.out >= len(s.Text) {
		return start, s.End
	}
	return start, s.char(quanta*s.in-1) + 1
}

// Touched reports whether Text[i:j] holds a byte that was really encoded. A run
// with escapes in it carries plain text along, which the caller has seen before.
func (s *Segment) Touched(i, j int) bool {
	if s.in > 0 || len(s.mirrors) > 0 {
		return i < j
	}
	k := s.escapeBehind(i)
	return i < j && k < len(s.escapes) && s.escapes[k].text < j
}

// sourceOf is where the unit that holds Text[i] starts in the source.
func (s *Segment) sourceOf(i int) int {
	switch {
	case i >= len(s.Text):
		return s.End
	case s.in > 0:
		return s.char(i / s.out * s.in)
	}
	k := s.escapeBehind(i)
	if k < len(s.escapes) && s.escapes[k].text <= i {
		return s.escapes[k].src
	}
	return s.plain(k, i)
}

// endOfEscaped is where the escape or plain byte that gave Text[i] ends.
func (s *Segment) endOfEscaped(i int) int {
	k := s.escapeBehind(i)
	if k < len(s.escapes) && s.escapes[k].text <= i {
		return s.escapes[k].srcEnd
	}
	return s.plain(k, i) + 1
}

// plain is the source offset of Text[i], a plain byte before escape k.
func (s *Segment) plain(k, i int) int {
	if k == 0 {
		return s.Start + i
	}
	return s.escapes[k-1].srcEnd + i - s.escapes[k-1].textEnd
}

// escapeBehind is the index of the first escape that ends behind Text[i].
func (s *Segment) escapeBehind(i int) int {
	return sort.Search(len(s.escapes), func(k int) bool { return s.escapes[k].textEnd > i })
}

// char is the source offset of the run's n-th character.
func (s *Segment) char(n int) int {
	if len(s.lines) == 0 {
		return s.Start + n
	}
	k := sort.Search(len(s.lines), func(k int) bool { return s.lines[k].char > n }) - 1
	return s.lines[k].source + n - s.lines[k].char
}

// Buffer is scratch memory for Find; its zero value is ready. One goroutine may
// use it for one call of Find at a time.
type Buffer struct {
	// Reversed says which words show that a run is written backwards; nil: none
	// does, and only keys in PEM are looked for.
	Reversed *Reversed

	text    []byte // decoded
	chars   []byte // of a wrapped run, put together
	lines   []line
	escapes []escape
	segment Segment

	mirrors []mirror
	inflate inflater

	// No run that starts before this offset is put together from lines: it was
	// tried, and did not decode to text.
	unwrapped int
	// What lies before these offsets was looked at for characters with others
	// between them, and for text written backwards.
	spacedTo, reversedTo int

	left budget
}

// budget is how much of what costs most, or is likeliest to be chance, Find may
// still do in one text.
type budget struct {
	inflations, inflated int // runs, bytes
	spaced, reversed     int // segments, runs
}

// mostSegments is how many segments of one of those kinds a text may yield, or
// runs of it may be tried.
const mostSegments = 1 << 10

// Find yields every segment of text, one encoding after the other and for each
// in order of Start. It takes time linear in len(text), allocates nothing once
// the buffer has grown, and all that it decodes is at most eight times as long
// as text, but for what it inflates: see inflater. Runs of escapes longer than
// 8 KiB come in pieces that overlap. Of the kinds "gzip", "spaced" and
// "reversed" it yields no more than 1024 segments each.
func (b *Buffer) Find(text []byte, yield func(*Segment)) {
	b.spacedTo, b.reversedTo = 0, 0
	b.left = budget{
		inflations: mostSegments, inflated: max(maxInflated, len(text)),
		spaced: mostSegments, reversed: mostSegments,
	}
	b.findRuns(text, yield)
	b.findEscaped(text, &percent, yield)
	b.findEscaped(text, &backslash, yield)
	b.findEscaped(text, &html, yield)
	b.findUTF16(text, yield)
	b.findManifests(text, yield)
}
