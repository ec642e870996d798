package document

import (
	"bytes"
	"math"
)

// pdfText is the text of a page as it looks: a line a line, with a blank where
// there is a gap between two words of it and a tab where there is a wide one.
type pdfText struct {
	pages   *pdfPages
	part    string
	forms   map[*pdfObject]bool // shown once each
	out     bytes.Buffer
	unknown bool // some of its characters are

	fonts pdfDict  // of the resources
	state pdfState // of graphics and text (8.4, 9.3)
	saved []pdfState
	text  pdfMatrix // of the next glyph
	line  pdfMatrix // of the start of the line

	begun   bool // something was shown
	moved   bool // since then
	x, y    float64
	guessed bool // x is
}

type pdfState struct {
	page                                pdfMatrix // from user space
	font                                *pdfFont
	size, char, word, scale, lead, rise float64
}

// pdfMatrix is a transformation [a b c d e f] (8.3.3).
type pdfMatrix [6]float64

var pdfIdentity = pdfMatrix{1, 0, 0, 1, 0, 0}

// by is m, then n.
func (m pdfMatrix) by(n pdfMatrix) pdfMatrix {
	return pdfMatrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// What limits the cost of a content stream.
const (
	pdfSaved    = 1 << 10 // states that are kept
	pdfOperands = 1 << 16 // of one operator
	pdfForms    = 16      // forms in forms
)

func newPDFText(pages *pdfPages, part string) *pdfText {
	return &pdfText{pages: pages, part: part, forms: map[*pdfObject]bool{}, state: pdfState{page: pdfIdentity, scale: 1}}
}

// show goes through a content stream (7.8.2).
func (t *pdfText) show(content []byte, resources pdfDict, depth int) error {
	if err := t.pages.f.d.charge(len(content)); err != nil {
		return err
	}
	outer := t.fonts
	defer func() { t.fonts = outer }()
	if fonts := t.pages.f.dict(resources["Font"]); fonts != nil {
		t.fonts = fonts
	}
	l := &pdfLexer{data: content}
	var operands []any
	for {
		v, err := l.next(0)
		if err != nil {
			return nil // what ends within an object shows nothing more
		}
		operator, ok := v.(pdfKeyword)
		switch {
		case !ok && len(operands) < pdfOperands:
			operands = append(operands, v)
			continue
		case operator == "ID":
			l.skipImage()
		case operator == "Do" && depth < pdfForms:
			err = t.form(last(operands), resources, depth)
		case ok:
			err = t.operate(string(operator), operands)
		}
		if err != nil {
			return err
		}
		operands = operands[:0]
	}
}

// skipImage goes over the data of an inline image (8.9.7).
func (l *pdfLexer) skipImage() {
	for l.at < len(l.data) {
		n := bytes.Index(l.data[l.at:], []byte("EI"))
		if n < 0 {
			l.at = len(l.data)
			return
		}
		before, after := l.at+n-1, l.at+n+2
		l.at = after
		if pdfSpace(l.data[before]) && (after == len(l.data) || pdfSpace(l.data[after])) {
			return
		}
	}
}

// form shows a form (8.10), as it stands in the page, once.
func (t *pdfText) form(name any, resources pdfDict, depth int) error {
	key, _ := name.(pdfName)
	o := t.pages.f.object(t.pages.f.dict(resources["XObject"])[key])
	if o == nil || t.forms[o] {
		return nil
	}
	dict, _ := o.value.(pdfDict)
	if dict["Subtype"] != pdfName("Form") {
		return nil
	}
	t.forms[o] = true
	content, err := t.pages.stream(t.part, o)
	if err != nil {
		return err
	}
	if own := t.pages.f.dict(dict["Resources"]); own != nil {
		resources = own
	}
	before, saved := t.state, t.saved
	if m, ok := pdfMatrixOf(t.pages.f.array(dict["Matrix"])); ok {
		t.state.page = m.by(t.state.page)
	}
	err = t.show(content, resources, depth+1)
	t.state, t.saved = before, saved
	return err
}

func pdfMatrixOf(operands []any) (m pdfMatrix, ok bool) {
	if len(operands) < 6 {
		return m, false
	}
	for i := range m {
		m[i], ok = operands[i].(float64)
		if !ok {
			return m, false
		}
	}
	return m, true
}

// operate carries out one operator that moves or shows text.
func (t *pdfText) operate(operator string, operands []any) error {
	number := func(i int) float64 {
		if i >= len(operands) {
			return 0
		}
		n, _ := operands[i].(float64)
		return n
	}
	switch operator {
	case "q":
		if len(t.saved) < pdfSaved {
			t.saved = append(t.saved, t.state)
		}
	case "Q":
		if n := len(t.saved); n > 0 {
			t.state, t.saved = t.saved[n-1], t.saved[:n-1]
		}
	case "cm":
		if m, ok := pdfMatrixOf(operands); ok {
			t.state.page = m.by(t.state.page)
		}
	case "BT":
		t.move(pdfIdentity)
	case "Tm":
		if m, ok := pdfMatrixOf(operands); ok {
			t.move(m)
		}
	case "Td":
		t.next(number(0), number(1))
	case "TD":
		t.state.lead = -number(1)
		t.next(number(0), number(1))
	case "T*":
		t.next(0, -t.state.lead)
	case "Tc":
		t.state.char = number(0)
	case "Tw":
		t.state.word = number(0)
	case "Tz":
		t.state.scale = number(0) / 100
	case "TL":
		t.state.lead = number(0)
	case "Ts":
		t.state.rise = number(0)
	case "Tf":
		return t.setFont(operands)
	case "Tj":
		return t.glyphs(last(operands))
	case "'":
		t.next(0, -t.state.lead)
		return t.glyphs(last(operands))
	case "\"":
		t.state.word, t.state.char = number(0), number(1)
		t.next(0, -t.state.lead)
		return t.glyphs(last(operands))
	case "TJ":
		return t.spaced(last(operands))
	}
	return nil
}

func (t *pdfText) setFont(operands []any) (err error) {
	if len(operands) < 2 {
		return nil
	}
	name, _ := operands[0].(pdfName)
	t.state.size, _ = operands[1].(float64)
	t.state.font, err = t.pages.font(t.part, t.fonts[name])
	return err
}

func (t *pdfText) move(to pdfMatrix) {
	t.text, t.line, t.moved = to, to, true
}

func (t *pdfText) next(x, y float64) {
	t.move(pdfMatrix{1, 0, 0, 1, x, y}.by(t.line))
}

// spaced shows the strings of an array, which numbers move apart.
func (t *pdfText) spaced(array any) error {
	a, _ := array.(pdfArray)
	for _, v := range a {
		if n, ok := v.(float64); ok {
			t.advance(-n / 1000 * t.state.size * t.state.scale)
			continue
		}
		if err := t.glyphs(v); err != nil {
			return err
		}
	}
	return nil
}

// advance moves on along the line, by a distance in text space.
func (t *pdfText) advance(by float64) {
	t.text = pdfMatrix{1, 0, 0, 1, by, 0}.by(t.text)
}

// glyphs shows a string.
func (t *pdfText) glyphs(v any) error {
	s, ok := v.(pdfString)
	if !ok || len(s) == 0 {
		return nil
	}
	font := t.state.font
	if font == nil {
		var err error
		if font, err = t.pages.font(t.part, nil); err != nil {
			return err
		}
		t.state.font = font
	}
	t.separate()
	for len(s) > 0 {
		n := min(font.bytes, len(s))
		code := codeOf(string(s[:n]))
		s = s[n:]
		text, known := font.text(code)
		t.unknown = t.unknown || !known
		if err := t.pages.f.d.charge(len(text)); err != nil {
			return err
		}
		t.out.WriteString(text)
		by := font.widthOf(code)*t.state.size + t.state.char
		if n == 1 && code == ' ' {
			by += t.state.word
		}
		t.advance(by * t.state.scale)
	}
	t.x, t.y, _, _ = t.position()
	t.begun, t.moved, t.guessed = true, false, font.guessed
	return nil
}

// position is where the next glyph stands on the page, and what one em along
// the line is there.
func (t *pdfText) position() (x, y, emX, emY float64) {
	at := t.text.by(t.state.page)
	return at[4], at[5], at[0] * t.state.size, at[1] * t.state.size
}

// separate writes what stands between the last glyph and the next: nothing, a
// blank, a tab, or the end of the line. All is measured in ems along the line.
func (t *pdfText) separate() {
	x, y, emX, emY := t.position()
	square := emX*emX + emY*emY
	if !t.begun || square == 0 {
		return
	}
	dx, dy := x-t.x, y-t.y
	along := (dx*emX + dy*emY) / square
	across := (dy*emX - dx*emY) / square
	switch {
	case math.Abs(across) > 0.5 || along < -1 && !t.guessed:
		t.out.WriteByte('\n')
	case along > 2 && !t.guessed:
		t.out.WriteByte('\t')
	case along > 0.18, t.guessed && t.moved:
		t.out.WriteByte(' ')
	}
}

// pdfContentText is the text that a stream shows that is on no page, such as one
// that was replaced; nil if it is none. Its fonts are not known.
func pdfContentText(f *pdfFile, part string, data []byte) []byte {
	if !bytes.Contains(data, []byte("BT")) || !bytes.Contains(data, []byte("Tj")) && !bytes.Contains(data, []byte("TJ")) {
		return nil
	}
	t := newPDFText(&pdfPages{f: f, fonts: map[pdfRef]*pdfFont{}}, part)
	if err := t.show(data, nil, pdfForms); err != nil || t.out.Len() == 0 {
		return nil
	}
	return t.out.Bytes()
}
