package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
)

// An alphabet is one way to write bytes as letters and digits.
type alphabet struct {
	kind    string
	class   byte // the bit of its characters in classOf
	least   int  // shortest run that is tried, in characters with padding
	in, out int  // in characters stand for out bytes
	decode  func(dst, src []byte) (int, error)
}

// The alphabets of RFC 4648, sections 4, 5 and 8.
var (
	std      = &alphabet{"base64", inStd, 24, 4, 3, base64.RawStdEncoding.Decode}
	url      = &alphabet{"base64", inURL, 24, 4, 3, base64.RawURLEncoding.Decode}
	hexPairs = &alphabet{"hex", inHex, 32, 2, 1, hex.Decode}
)

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
	if end-start+abc.padding(text, end, end-start) < abc.least {
		return end, false
	}
	if head, ok := b.startsAsText(text[start:], abc); !ok {
		if isPacked(head) {
			return b.packed(text, start, end, abc, yield)
		}
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

// startsAsText returns the first 12 bytes that src decodes to, and reports
// whether they are text. src has enough characters for them.
func (b *Buffer) startsAsText(src []byte, abc *alphabet) (head []byte, ok bool) {
	const size = 12
	b.text = slices.Grow(b.text[:0], 2*size)
	n, err := abc.decode(b.text[:2*size], src[:size/abc.out*abc.in])
	head = b.text[:n]
	return head, err == nil && (isText(head, 0) || isWide(head))
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
	junk := size / 20
	if isWide(b.text) {
		junk += bytes.Count(b.text, []byte{0})
	}
	return isText(b.text, junk)
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
	s.End += abc.padding(text, s.End, n)
	yield(s)
}

// padding is how many characters of padding are at text[end:], behind a run of n.
func (abc *alphabet) padding(text []byte, end, n int) int {
	most := (abc.in - n%abc.in) % abc.in
	if most == abc.in-1 {
		return 0 // the last character is none of the run
	}
	pad := 0
	for pad < most && end+pad < len(text) && text[end+pad] == '=' {
		pad++
	}
	return pad
}

// inBinary reports whether what follows before is the content of an image or a
// font, by the head of its data URI, or of a PEM block, by its first line.
func inBinary(before []byte) bool {
	const quotes = "\"'`"
	near := before[max(0, len(before)-256):]
	word := near[bytes.LastIndexAny(near, quotes+" \t\r\n")+1:]
	if _, media, ok := bytes.Cut(word, []byte("data:")); ok {
		return bytes.HasPrefix(media, []byte("image/")) || bytes.HasPrefix(media, []byte("font"))
	}
	if !bytes.Contains(near, []byte("-----BEGIN")) {
		return false
	}
	head := near[bytes.LastIndex(near, []byte("-----BEGIN")):]
	return !bytes.ContainsAny(head, quotes) && !bytes.Contains(head, []byte("-----END"))
}
