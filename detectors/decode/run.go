package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"slices"
)

// An alphabet is one way to write bytes as letters and digits.
type alphabet struct {
	kind    string
	class   byte // the bit of its characters in classOf
	least   int  // shortest run that is tried, in characters
	in, out int  // in characters stand for out bytes
	decode  func(dst, src []byte) (int, error)
}

// The alphabets of RFC 4648, sections 4, 5 and 8.
var (
	std      = &alphabet{"base64", inStd, leastRun, 4, 3, base64.RawStdEncoding.Decode}
	url      = &alphabet{"base64", inURL, leastRun, 4, 3, base64.RawURLEncoding.Decode}
	hexPairs = &alphabet{"hex", inHex, 32, 2, 1, hex.Decode}
)

// leastRun is the shortest run that is looked at, in characters.
const leastRun = 24

// The classes of a byte.
const (
	inStd byte = 1 << iota
	inURL
	inHex
	isMark // the four that are neither letter nor digit

	inRun = inStd | inURL
)

var classOf = func() (t [256]byte) {
	for c := range t {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
			t[c] = inStd | inURL | inHex
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			t[c] = inStd | inURL
		case c == '+', c == '/':
			t[c] = inStd | isMark
		case c == '-', c == '_':
			t[c] = inURL | isMark
		}
	}
	return t
}()

// findRuns finds base64 and hex.
func (b *Buffer) findRuns(text []byte, yield func(*Segment)) {
	b.unwrapped = 0
	for at := 0; ; {
		start := nextRun(text, at)
		if start < 0 {
			return
		}
		at = b.run(text, start, yield)
	}
}

// nextRun returns where the next run of at least leastRun characters starts, or
// -1. It goes through text in blocks of 64 bytes with a bit for each, because a
// branch for each word of a source, which no processor can foresee, costs more
// than the whole of this.
func nextRun(text []byte, from int) int {
	var before uint64 // of the block before
	for at := from; at < len(text); at += 64 {
		var set uint64
		if len(text)-at >= 64 {
			set = runBits((*[64]byte)(text[at:]))
		} else {
			var rest [64]byte
			copy(rest[:], text[at:])
			set = runBits(&rest)
		}
		// A bit that stays set has leastRun-1 set ones before it.
		full, carry := set, before
		full, carry = full&(full<<1|carry>>63), carry&(carry<<1)
		full, carry = full&(full<<2|carry>>62), carry&(carry<<2)
		full, carry = full&(full<<4|carry>>60), carry&(carry<<4)
		full, carry = full&(full<<8|carry>>56), carry&(carry<<8)
		full &= full<<8 | carry>>56
		if full != 0 {
			return at + bits.TrailingZeros64(full) - leastRun + 1
		}
		before = set
	}
	return -1
}

// runBits tells which bytes of the block are characters of a run.
func runBits(block *[64]byte) (set uint64) {
	for i := 0; i < 64; i += 8 {
		// The product has the eight top bits side by side in its top byte.
		found := runBytes(binary.LittleEndian.Uint64(block[i:])) * 0x0002040810204081
		set = set>>8 | found>>56<<56
	}
	return set
}

// runBytes tests eight bytes at once and returns the top bit of those that are
// characters of a run. Below, a top bit of low+each*(0x80-c) says that the byte
// is c or higher.
func runBytes(w uint64) uint64 {
	const (
		each = 0x0101010101010101
		top  = each * 0x80
	)
	low := w &^ top
	folded := low | each*0x20
	letter := (folded + each*(0x80-'a')) &^ (folded + each*(0x80-'{'))
	// Of the five below 0, + - / are odd.
	digit := (low + each*(0x80-'+')) &^ (low + each*(0x80-':')) & (low + each*(0x80-'0') | low<<7)
	underscore := ^((low ^ each*'_') + each*0x7F)
	return (letter | digit | underscore) &^ w & top
}

// run tries the run that starts at start, and returns where the search goes on.
func (b *Buffer) run(text []byte, start int, yield func(*Segment)) int {
	end, common := start, ^byte(0)
	for end < len(text) && classOf[text[end]]&inRun != 0 {
		common &= classOf[text[end]]
		end++
	}
	if start > 0 && text[start-1] == '\\' && bytes.IndexByte([]byte("nrtx"), text[start]) >= 0 {
		start++ // the letter of an escaped line end, or of PostgreSQL's \x…
	}
	first, second := std, url
	if common&inRun == inURL {
		first, second = url, std
	}
	resume, found := b.pieces(text, start, end, first, yield)
	if !found && common&inRun != inRun {
		resume, _ = b.pieces(text, start, end, second, yield)
	}
	return resume
}

// pieces tries each part of text[start:end] that abc can write. Base64 often
// hangs on a path, a name or an algorithm, by a mark that is of the other
// alphabet: integrity="sha512-…".
func (b *Buffer) pieces(text []byte, start, end int, abc *alphabet, yield func(*Segment)) (resume int, found bool) {
	resume = end
	for at := start; at < end; at++ {
		stop := at
		for stop < end && classOf[text[stop]]&abc.class != 0 {
			stop++
		}
		if stop-at >= abc.least {
			behind, ok := b.piece(text, at, stop, abc, yield)
			resume, found = max(resume, behind), found || ok
		}
		at = stop
	}
	return resume, found
}

// piece yields the segment at text[start:end] and the lines that go on from it,
// if it decodes to text. Most pieces are names and hashes, and fail at the first
// few bytes. It returns the offset behind what is settled.
func (b *Buffer) piece(text []byte, start, end int, abc *alphabet, yield func(*Segment)) (int, bool) {
	for start < end && classOf[text[start]]&isMark != 0 {
		start++ // no text starts with the bits of a mark
	}
	if run := text[start:end]; isHex(run) {
		abc = hexPairs
	} else if len(run) > 2 && run[0] == '0' && run[1]|0x20 == 'x' && isHex(run[2:]) {
		abc, start = hexPairs, start+2
	}
	if end-start < abc.least || !b.startsAsText(text[start:], abc) {
		return end, false
	}
	chars, stop := b.unwrap(text, start, end, abc)
	if inBinary(text[:start]) {
		return stop, false
	}
	if b.decode(chars, abc) {
		b.yieldRun(text, start, len(chars), abc, yield)
		return stop, true
	}
	if len(b.lines) > 0 {
		b.lines, b.unwrapped = b.lines[:0], stop
		if b.decode(text[start:end], abc) {
			b.yieldRun(text, start, end-start, abc, yield)
			return end, true
		}
	}
	return end, false
}

func isHex(run []byte) bool {
	for _, c := range run {
		if classOf[c]&inHex == 0 {
			return false
		}
	}
	return true
}

// startsAsText reports whether the first 12 bytes that src decodes to are text.
// src has enough characters for them.
func (b *Buffer) startsAsText(src []byte, abc *alphabet) bool {
	const head = 12
	b.text = slices.Grow(b.text[:0], head)
	n, err := abc.decode(b.text[:head], src[:head/abc.out*abc.in])
	return err == nil && (junk(b.text[:n]) == 0 || isWide(b.text[:n]))
}

// decode decodes chars into b.text and reports whether that is text for at least
// 95 %. It leaves out a last character that alone stands for no byte.
func (b *Buffer) decode(chars []byte, abc *alphabet) bool {
	if len(chars)%abc.in == 1 && abc == hexPairs {
		return false
	}
	chars = chars[:whole(len(chars), abc)]
	size := len(chars) * abc.out / abc.in
	b.text = slices.Grow(b.text[:0], size)[:size]
	if _, err := abc.decode(b.text, chars); err != nil {
		return false
	}
	bad := junk(b.text)
	if isWide(b.text) {
		bad -= bytes.Count(b.text, []byte{0})
	}
	return bad*20 <= size
}

// whole is how many of n characters stand for bytes.
func whole(n int, abc *alphabet) int {
	if n%abc.in == 1 {
		return n - 1
	}
	return n
}

// yieldRun yields the segment of n characters at start that b.text came from,
// its padding included.
func (b *Buffer) yieldRun(text []byte, start, n int, abc *alphabet, yield func(*Segment)) {
	s := &b.segment
	*s = Segment{Kind: abc.kind, Start: start, Text: b.text, in: abc.in, out: abc.out, lines: b.lines}
	s.End = s.char(whole(n, abc)-1) + 1
	for pad := n % abc.in; pad > 1 && pad < abc.in && s.End < len(text) && text[s.End] == '='; pad++ {
		s.End++
	}
	yield(s)
}

// inBinary reports whether what follows before is the content of an image or a
// font, by the head of its data URI, or of a PEM block, by its first line.
func inBinary(before []byte) bool {
	const quotes = "\"'`"
	near := before[max(0, len(before)-256):]
	if i := bytes.LastIndex(near, []byte("data:")); i >= 0 && !bytes.ContainsAny(near[i:], quotes+" \t\r\n") {
		media := near[i+len("data:"):]
		return bytes.HasPrefix(media, []byte("image/")) || bytes.HasPrefix(media, []byte("font"))
	}
	i := bytes.LastIndex(near, []byte("-----BEGIN"))
	return i >= 0 && !bytes.ContainsAny(near[i:], quotes) && !bytes.Contains(near[i:], []byte("-----END"))
}
