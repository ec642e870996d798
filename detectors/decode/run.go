package decode

import (
	"bytes"
	"math/bits"
)

const (
	// leastRun is the shortest run that is looked at, in characters: that of a
	// key id of AWS, which may be written backwards.
	leastRun = 20

	// leastPiece is the shortest part of a run that is tried as an encoding, in
	// characters: 24 of base64 less two of padding.
	leastPiece = 22
)

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

// bitOf has bit k set in bitOf[k][c] if c is a character of a run.
var bitOf = func() (t [8][256]byte) {
	for c, class := range classOf {
		if class&inRun != 0 {
			for k := range t {
				t[k][c] = 1 << k
			}
		}
	}
	return t
}()

// findRuns finds base64 and hex.
func (b *Buffer) findRuns(text []byte, yield func(*Segment)) {
	b.unwrapped = 0
	for at := 0; ; {
		start := b.nextRun(text, at, yield)
		if start < 0 {
			return
		}
		at = b.run(text, start, yield)
	}
}

// nextRun returns where the next run of at least leastRun characters starts, or
// -1. It goes through text in blocks of 64 bytes with a bit for each, because a
// branch for each word of a source, which no processor can foresee, costs more
// than the whole of this. On its way it tries what looks spaced out: 16 bits, in
// one of the four quarters of a block, none of which is as the one before it.
func (b *Buffer) nextRun(text []byte, from int, yield func(*Segment)) int {
	const lows, highs = 0x0001_0001_0001_0001, 0x8000_8000_8000_8000
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
		same := ^(set ^ (set<<1 | before>>63))
		for zero := (same - lows) &^ same & highs; zero != 0; zero &= zero - 1 {
			b.spacedOut(text, at+bits.TrailingZeros64(zero)&^15, yield)
		}
		// A bit that stays set has leastRun-1 set ones before it.
		full, carry := set, before
		full, carry = full&(full<<1|carry>>63), carry&(carry<<1)
		full, carry = full&(full<<2|carry>>62), carry&(carry<<2)
		full, carry = full&(full<<4|carry>>60), carry&(carry<<4)
		full, carry = full&(full<<8|carry>>56), carry&(carry<<8)
		full &= full<<4 | carry>>60
		if full != 0 {
			return at + bits.TrailingZeros64(full) - leastRun + 1
		}
		before = set
	}
	return -1
}

// runBits tells which bytes of the block are characters of a run.
func runBits(block *[64]byte) (set uint64) {
	t := &bitOf
	for i := 0; i < 64; i += 8 {
		w := block[i : i+8]
		eight := t[0][w[0]] | t[1][w[1]] | t[2][w[2]] | t[3][w[3]] |
			t[4][w[4]] | t[5][w[5]] | t[6][w[6]] | t[7][w[7]]
		set = set>>8 | uint64(eight)<<56
	}
	return set
}

// run tries the run that starts at start, and returns where the search goes on.
func (b *Buffer) run(text []byte, start int, yield func(*Segment)) int {
	end, common := start, ^byte(0)
	for end < len(text) && classOf[text[end]]&inRun != 0 {
		common &= classOf[text[end]]
		end++
	}
	b.reversedRun(text, start, end, yield)
	if at, ok := byDashes(text, start, end); ok {
		b.spacedOut(text, at, yield)
	}
	if end-start < leastPiece {
		return end
	}
	if start > 0 && text[start-1] == '\\' && bytes.IndexByte([]byte("nrtx"), text[start]) >= 0 {
		start++ // the letter of an escaped line end, or of PostgreSQL's \x…
	}
	if common&inRun == inRun {
		resume, _ := b.piece(text, start, end, std, yield) // either alphabet
		return resume
	}
	first, second := std, url
	if common&inRun == inURL {
		first, second = url, std
	}
	resume, found := b.pieces(text, start, end, first, yield)
	if !found {
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
		if stop-at >= leastPiece {
			behind, ok := b.piece(text, at, stop, abc, yield)
			resume, found = max(resume, behind), found || ok
		}
		at = stop
	}
	return resume, found
}
