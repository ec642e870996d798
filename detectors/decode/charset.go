package decode

import (
	"bufio"
	"bytes"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// A charset is an encoding of a whole text, other than plain UTF-8.
type charset struct {
	name  string
	mark  string // the byte order mark
	width int    // bytes of a code unit
	low   int    // which of them holds an ASCII character
	enc   encoding.Encoding
}

// charsets has the longer marks first: one of UTF-32 starts like one of UTF-16.
// https://www.unicode.org/faq/utf_bom.html#bom4
var charsets = []charset{
	{"utf-32le", "\xff\xfe\x00\x00", 4, 0, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)},
	{"utf-32be", "\x00\x00\xfe\xff", 4, 3, utf32.UTF32(utf32.BigEndian, utf32.UseBOM)},
	{"utf-16le", "\xff\xfe", 2, 0, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
	{"utf-16be", "\xfe\xff", 2, 1, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
}

const (
	utf8Name = "utf-8-bom"
	utf8Mark = "\xef\xbb\xbf"

	// sampleSize is how many bytes decide on an encoding, leastUnits how many code
	// units they must hold where no mark does.
	sampleSize = 1 << 10
	leastUnits = 8
)

// Encoding says how data, or a text that starts with data, is encoded as a
// whole: "utf-16le", "utf-16be", "utf-32le", "utf-32be", "utf-8-bom", or "" for
// anything that can be read as it is. A byte order mark decides; without one, 90
// % of the first KiB must be ASCII characters between zero bytes. A mark of
// UTF-16 before what is plain ASCII is not believed.
func Encoding(data []byte) string {
	if bytes.HasPrefix(data, []byte(utf8Mark)) {
		return utf8Name
	}
	sample := data[:min(len(data), sampleSize)]
	for _, c := range charsets {
		if bytes.HasPrefix(sample, []byte(c.mark)) {
			if isASCII(sample[len(c.mark):]) {
				return ""
			}
			return c.name
		}
	}
	if bytes.IndexByte(sample, 0) < 0 {
		return ""
	}
	for _, c := range charsets {
		if units := len(sample) / c.width; units >= leastUnits && c.asciiUnits(sample)*10 >= units*9 {
			return c.name
		}
	}
	return ""
}

// asciiUnits counts the code units of sample that are ASCII text.
func (c *charset) asciiUnits(sample []byte) int {
	n := 0
	for ; len(sample) >= c.width; sample = sample[c.width:] {
		unit := sample[:c.width]
		if isPlain(unit[c.low]) && bytes.Count(unit, []byte{0}) == c.width-1 {
			n++
		}
	}
	return n
}

// isASCII reports whether b is text for at least 95 %, and all of it ASCII. Not
// even Chinese in UTF-16 looks like that, whose low bytes are of any value.
func isASCII(b []byte) bool {
	n := 0
	for _, c := range b {
		if isPlain(c) {
			n++
		}
	}
	return len(b) > 2*leastUnits && n*20 >= len(b)*19
}

// ToUTF8 returns data in UTF-8, without a byte order mark, and what Encoding
// says of it. Units that are no character become U+FFFD. Where there is nothing
// to convert, text is data or a part of it.
func ToUTF8(data []byte) (text []byte, encoding string) {
	name := Encoding(data)
	if name == utf8Name {
		return data[len(utf8Mark):], name
	}
	for _, c := range charsets {
		if c.name == name {
			if text, err := c.enc.NewDecoder().Bytes(data); err == nil {
				return text, name
			}
		}
	}
	return data, ""
}

// Reader returns r in UTF-8, as ToUTF8 does, for an encoding that Encoding has
// named. For any other it returns r.
func Reader(r io.Reader, encoding string) io.Reader {
	if encoding == utf8Name {
		return &markSkipper{r: bufio.NewReader(r)}
	}
	for _, c := range charsets {
		if c.name == encoding {
			return c.enc.NewDecoder().Reader(r)
		}
	}
	return r
}

// markSkipper reads r without the UTF-8 byte order mark it may start with.
type markSkipper struct {
	r       *bufio.Reader
	started bool
}

func (m *markSkipper) Read(p []byte) (int, error) {
	if !m.started {
		m.started = true
		if head, _ := m.r.Peek(len(utf8Mark)); string(head) == utf8Mark {
			m.r.Discard(len(utf8Mark))
		}
	}
	return m.r.Read(p)
}
