package decode

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"slices"
)

const (
	// maxInflated is how many bytes of a compressed run are read at most. All
	// that one text holds may come to as much, or to the length of the text.
	maxInflated = 1 << 20

	// maxRatio is how many times as long as the compressed bytes that may be:
	// logs and environments swell by ten, bombs by a thousand.
	maxRatio = 100
)

// inflater reads gzip (RFC 1952) and zlib (RFC 1950) into scratch memory.
type inflater struct {
	packed []byte // decoded, to be inflated
	source bytes.Reader
	gzip   gzip.Reader
	zlib   io.ReadCloser // nil before its first use
}

// isPacked reports whether head starts as gzip or zlib data does: deflate, and
// for zlib a window of 32 KiB, as every program writes it.
func isPacked(head []byte) bool {
	return isGzip(head) || len(head) > 1 && head[0] == 0x78 && head[1]&0x20 == 0 &&
		(int(head[0])<<8|int(head[1]))%31 == 0
}

func isGzip(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8})
}

// packed yields the text that is compressed in the run text[start:end] and the
// lines that go on from it. Where the data is damaged or cut short, what comes
// before that is yielded.
func (b *Buffer) packed(text []byte, start, end int, abc *alphabet, yield func(*Segment)) (int, bool) {
	chars, stop := b.unwrap(text, start, end, abc)
	b.unwrapped = max(b.unwrapped, stop)
	if b.left.inflations == 0 || inBinary(text[:start]) || !b.inflates(chars, abc) {
		return end, false
	}
	stop += abc.padding(text, stop, len(chars))
	b.escapes = append(b.escapes[:0], escape{start, stop, 0, len(b.text)})
	b.segment = Segment{Kind: "gzip", Start: start, End: stop, Text: b.text, escapes: b.escapes}
	yield(&b.segment)
	return stop, true
}

// inflates inflates what chars encode into b.text and reports whether that is
// text for at least 95 %.
func (b *Buffer) inflates(chars []byte, abc *alphabet) bool {
	z := &b.inflate
	chars = chars[:whole(len(chars), abc)]
	size := len(chars) * abc.out / abc.in
	z.packed = slices.Grow(z.packed[:0], size)[:size]
	if _, err := abc.decode(z.packed, chars); err != nil {
		return false
	}
	r, err := z.open()
	if err != nil {
		return false
	}
	b.left.inflations--
	b.text = readMost(r, b.text[:0], min(maxInflated, size*maxRatio, b.left.inflated))
	b.left.inflated -= len(b.text)
	return len(b.text) >= leastText && isText(b.text, len(b.text)/20)
}

// open returns a reader of what z.packed inflates to.
func (z *inflater) open() (io.Reader, error) {
	z.source.Reset(z.packed)
	if isGzip(z.packed) {
		return &z.gzip, z.gzip.Reset(&z.source)
	}
	if z.zlib == nil {
		var err error
		z.zlib, err = zlib.NewReader(&z.source)
		return z.zlib, err
	}
	return z.zlib, z.zlib.(zlib.Resetter).Reset(&z.source, nil)
}

// readMost appends to dst what r holds, up to most bytes or its first error.
func readMost(r io.Reader, dst []byte, most int) []byte {
	for len(dst) < most {
		dst = slices.Grow(dst, 512)
		n, err := r.Read(dst[len(dst):min(cap(dst), most)])
		dst = dst[:len(dst)+n]
		if err != nil {
			break
		}
	}
	return dst
}
