package document

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// pdfFont says which characters the codes of a font stand for, and how wide
// they are.
type pdfFont struct {
	bytes    int               // of a code
	unicode  map[uint32]string // by ToUnicode (ISO 32000-1, 9.10.3)
	names    map[uint32]string // by the names of glyphs, of a simple font
	charset  *charmap.Charmap  // of the other codes of a simple font
	widths   map[uint32]float64
	width    float64 // of other codes
	unit     float64 // of the widths, in ems
	guessed  bool    // the widths are
	composed bool    // its codes say nothing without ToUnicode
	left     int     // codes that may still be mapped, or given a width
}

// maxCodes is how many codes of a font are mapped: as many as two bytes have.
const maxCodes = 1 << 16

// font reads a font's dictionary. With an error comes what was read of it.
func (f *pdfFile) font(dict pdfDict) (*pdfFont, error) {
	font := &pdfFont{
		bytes: 1, width: 500, unit: 0.001, charset: charmap.Windows1252, left: maxCodes,
		unicode: map[uint32]string{}, names: map[uint32]string{}, widths: map[uint32]float64{},
	}
	if dict["Subtype"] == pdfName("Type0") {
		f.composeFont(font, dict)
	} else {
		f.simpleFont(font, dict)
	}
	if err := f.d.charge(maxCodes - font.left); err != nil {
		return font, err
	}
	o := f.object(dict["ToUnicode"])
	if o == nil {
		return font, nil
	}
	cmap, err := f.decoded(o)
	font.readCMap(cmap)
	return font, err
}

// simpleFont reads what is particular to a font with codes of one byte (9.6).
func (f *pdfFile) simpleFont(font *pdfFont, dict pdfDict) {
	first := f.number(dict["FirstChar"], 0)
	widths := f.array(dict["Widths"])
	font.guessed = len(widths) == 0
	for i, w := range widths {
		font.setWidth(uint32(int(first)+i), f.number(w, font.width))
	}
	if base, _ := f.resolve(dict["BaseFont"]).(pdfName); font.guessed && strings.HasPrefix(string(base), "Courier") {
		font.width, font.guessed = 600, false
	}
	if matrix := f.array(dict["FontMatrix"]); dict["Subtype"] == pdfName("Type3") && len(matrix) == 6 {
		font.unit = f.number(matrix[0], font.unit)
	}
	encoding := f.resolve(dict["Encoding"])
	if d, ok := encoding.(pdfDict); ok {
		encoding = f.resolve(d["BaseEncoding"])
		code := 0.0
		for _, v := range f.array(d["Differences"]) {
			switch v := f.resolve(v).(type) {
			case float64:
				code = v
			case pdfName:
				if text := glyphText(string(v)); text != "" {
					font.names[uint32(int(code))] = text
				}
				code++
			}
		}
	}
	if encoding == pdfName("MacRomanEncoding") {
		font.charset = charmap.Macintosh
	}
}

// composeFont reads what is particular to a font with longer codes (9.7).
func (f *pdfFile) composeFont(font *pdfFont, dict pdfDict) {
	font.bytes, font.composed = 2, true
	descendants := f.array(dict["DescendantFonts"])
	if len(descendants) == 0 {
		return
	}
	child := f.dict(descendants[0])
	font.width = f.number(child["DW"], 1000)
	w := f.array(child["W"])
	for i := 0; i+1 < len(w); {
		from := uint32(int(f.number(w[i], 0)))
		if list := f.array(w[i+1]); list != nil {
			for j, width := range list {
				font.setWidth(from+uint32(j), f.number(width, font.width))
			}
			i += 2
			continue
		}
		if i+2 >= len(w) {
			return
		}
		to := uint32(int(f.number(w[i+1], 0)))
		for c := from; c <= to && font.left > 0; c++ {
			font.setWidth(c, f.number(w[i+2], font.width))
		}
		i += 3
	}
}

func (font *pdfFont) setWidth(code uint32, width float64) {
	if font.left > 0 {
		font.left--
		font.widths[code] = width
	}
}

// readCMap reads the mapping of a ToUnicode stream.
func (font *pdfFont) readCMap(data []byte) {
	l := &pdfLexer{data: data}
	var operands []any
	for {
		v, err := l.next(0)
		if err != nil {
			return
		}
		operator, ok := v.(pdfKeyword)
		if !ok {
			operands = append(operands, v)
			continue
		}
		switch operator {
		case "endcodespacerange":
			if s, ok := last(operands).(pdfString); ok && len(s) > 0 {
				font.bytes = min(len(s), 4)
			}
		case "endbfchar":
			for i := 0; i+1 < len(operands); i += 2 {
				font.mapRange(operands[i], operands[i], operands[i+1])
			}
		case "endbfrange":
			for i := 0; i+2 < len(operands); i += 3 {
				font.mapRange(operands[i], operands[i+1], operands[i+2])
			}
		}
		operands = operands[:0]
	}
}

func last(values []any) any {
	if len(values) == 0 {
		return nil
	}
	return values[len(values)-1]
}

// mapRange maps the codes from low to high: to the texts of an array, or to a
// text and those behind it.
func (font *pdfFont) mapRange(low, high, to any) {
	from, ok1 := low.(pdfString)
	until, ok2 := high.(pdfString)
	if !ok1 || !ok2 {
		return
	}
	first := codeOf(string(from))
	for n := uint32(0); n <= codeOf(string(until))-first && font.left > 0; n++ {
		font.left--
		switch to := to.(type) {
		case pdfArray:
			if int(n) >= len(to) {
				return
			}
			s, _ := to[n].(pdfString)
			font.unicode[first+n] = utf16Text(string(s))
		case pdfString:
			font.unicode[first+n] = utf16Text(behind(string(to), n))
		default:
			return
		}
	}
}

// behind is text, UTF-16, with its last character moved on by n.
func behind(text string, n uint32) string {
	if len(text) < 2 {
		return text
	}
	at := len(text) - 2
	c := codeOf(text[at:]) + n
	return text[:at] + string([]byte{byte(c >> 8), byte(c)})
}

func codeOf(s string) (code uint32) {
	for i := range min(len(s), 4) {
		code = code<<8 | uint32(s[i])
	}
	return code
}

// utf16Text decodes UTF-16, big end first.
func utf16Text(s string) string {
	units := make([]uint16, 0, len(s)/2)
	for ; len(s) >= 2; s = s[2:] {
		units = append(units, uint16(s[0])<<8|uint16(s[1]))
	}
	return string(utf16.Decode(units))
}

// text is what a code stands for; ok is false if the font does not tell.
func (font *pdfFont) text(code uint32) (text string, ok bool) {
	if text, ok := font.unicode[code]; ok {
		return text, true
	}
	if font.composed {
		return "\uFFFD", false
	}
	if text, ok := font.names[code]; ok {
		return text, true
	}
	return string(font.charset.DecodeByte(byte(code))), true
}

// widthOf is the width of a code's glyph, in ems.
func (font *pdfFont) widthOf(code uint32) float64 {
	if w, ok := font.widths[code]; ok {
		return w * font.unit
	}
	return font.width * font.unit
}

// glyphText is what a glyph of that name looks like, if it is in ASCII or named
// for its code ("uni0041"); "" for other names. The names are those of the
// Adobe Glyph List.
func glyphText(name string) string {
	if len(name) == 1 {
		return name
	}
	for _, prefix := range []string{"uni", "u"} {
		if hex, ok := strings.CutPrefix(name, prefix); ok && len(hex) >= 4 {
			if c, err := strconv.ParseUint(hex, 16, 21); err == nil {
				return string(rune(c))
			}
		}
	}
	const names = " space exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright asterisk plus comma hyphen period slash " +
		"zero one two three four five six seven eight nine colon semicolon less equal greater question at " +
		"A B C D E F G H I J K L M N O P Q R S T U V W X Y Z bracketleft backslash bracketright asciicircum underscore grave " +
		"a b c d e f g h i j k l m n o p q r s t u v w x y z braceleft bar braceright asciitilde "
	if i := strings.Index(names, " "+name+" "); i >= 0 && name != "" {
		return string(rune(' ' + strings.Count(names[:i], " ")))
	}
	return ""
}
