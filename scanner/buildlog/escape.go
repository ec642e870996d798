package buildlog

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// cut is a place in a text at which characters of the raw line are left out.
type cut struct {
	at uint32 // how many characters of the text are before it
	n  uint32 // how many of the raw line were there
}

// segment is a part of a raw line that a terminal would show as a line: what is
// between carriage returns, without control characters and escape sequences. Or
// it is what a long control string holds, such as the address of a hyperlink.
type segment struct {
	text   []byte
	column int   // characters of the raw line before it
	cuts   []cut // sorted; none before the first character
	hidden bool  // in a control string
}

// cleaner takes control characters out of lines. What it returns is valid until
// its next use.
type cleaner struct {
	text     []byte
	cuts     []cut
	segments []segment
	hidden   []segment
}

// clean returns the segments of a line that has a control character at first,
// hidden ones last.
func (c *cleaner) clean(line []byte, first int) []segment {
	c.text, c.cuts, c.segments, c.hidden = c.text[:0], c.cuts[:0], c.segments[:0], c.hidden[:0]
	b := segmentBuilder{cleaner: c}
	for at := 0; ; {
		b.keep(line[at:first])
		if first == len(line) {
			break
		}
		if line[first] == '\r' {
			b.end()
			b.raw++
			at = first + 1
		} else {
			at = first + removable(line[first:])
			b.remove(line[first:at])
		}
		first = at + control(line[at:])
	}
	b.end()
	return append(c.segments, c.hidden...)
}

// segmentBuilder is the segment of a line that is under way.
type segmentBuilder struct {
	*cleaner
	raw      int // characters of the raw line so far
	column   int // of them, before the segment
	chars    int // characters of the segment's text
	from     int // where its text begins in cleaner.text
	cutsFrom int
}

func (b *segmentBuilder) keep(part []byte) {
	if len(part) == 0 {
		return
	}
	if b.chars == 0 {
		b.column = b.raw
		b.cuts = b.cuts[:b.cutsFrom] // what was left out before the text moves its start
	}
	b.text = append(b.text, part...)
	n := utf8.RuneCount(part)
	b.chars += n
	b.raw += n
}

func (b *segmentBuilder) remove(part []byte) {
	if len(part) >= leastHidden && part[1] != '[' {
		body := bytes.TrimRight(part[2:len(part)-1], "\x1b")
		if control(body) == len(body) {
			b.hidden = append(b.hidden, segment{text: body, column: b.raw + 2, hidden: true})
		}
	}
	n := utf8.RuneCount(part)
	b.raw += n
	b.cuts = append(b.cuts, cut{uint32(b.chars), uint32(n)})
}

// end finishes a segment, unless it is empty.
func (b *segmentBuilder) end() {
	if b.chars > 0 {
		b.segments = append(b.segments, segment{text: b.text[b.from:], column: b.column, cuts: b.cuts[b.cutsFrom:]})
	}
	b.from, b.cutsFrom, b.chars = len(b.text), len(b.cuts), 0
}

// control is where the first control character is, tabs apart; len(b) if there
// is none.
func control(b []byte) int {
	const low, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		// Sets the high bit of each byte below 0x20; a borrow may set one more
		// above such a byte, which the loop below looks at again.
		x := binary.LittleEndian.Uint64(b[i:])
		if (x-0x20*low)&^x&high == 0 {
			continue
		}
		for k, c := range b[i : i+8] {
			if c < ' ' && c != '\t' {
				return i + k
			}
		}
	}
	for ; i < len(b); i++ {
		if b[i] < ' ' && b[i] != '\t' {
			return i
		}
	}
	return len(b)
}

const (
	esc = 0x1b
	bel = 0x07
)

// removable is the length of the control character at the start of b, with the
// sequence that it begins (ECMA-48, 5.3, 5.4 and 5.6; for OSC also as xterm
// ends it, with BEL). A sequence without an end is only its first character.
func removable(b []byte) int {
	if b[0] != esc || len(b) == 1 {
		return 1
	}
	if _, end, ok := consoleNote(b); ok {
		return end
	}
	switch b[1] {
	case '[':
		return controlSequence(b)
	case ']', 'P', '_', '^', 'X':
		return controlString(b)
	}
	i := 1
	for i < len(b) && b[i] >= 0x20 && b[i] <= 0x2f {
		i++
	}
	if i < len(b) && b[i] >= 0x30 && b[i] <= 0x7e {
		return i + 1
	}
	return 1
}

// controlSequence is the length of ESC [ parameters intermediates final.
func controlSequence(b []byte) int {
	i := 2
	for i < len(b) && b[i] >= 0x30 && b[i] <= 0x3f {
		i++
	}
	for i < len(b) && b[i] >= 0x20 && b[i] <= 0x2f {
		i++
	}
	if i < len(b) && b[i] >= 0x40 && b[i] <= 0x7e {
		return i + 1
	}
	return 2
}

// leastHidden is the shortest control string, in bytes, that may hold a secret.
const leastHidden = 24

// maxControlString is the longest control string that is left out: more than any
// hyperlink, and less than it would take to hide a log.
const maxControlString = 4 << 10

// controlString is the length of an operating system command, such as a
// hyperlink, or of another string that ends with BEL or ESC \.
func controlString(b []byte) int {
	s := b[2:min(len(b), maxControlString)]
	switch i := bytes.IndexAny(s, "\x07\x1b\r"); {
	case i >= 0 && s[i] == bel:
		return 2 + i + 1
	case i >= 0 && i+1 < len(s) && s[i] == esc && s[i+1] == '\\':
		return 2 + i + 2
	}
	return 2
}
