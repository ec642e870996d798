package document

import (
	"bytes"
	"errors"
	"strconv"
)

// The objects of PDF (ISO 32000-1, 7.3) are float64, bool, nil, and these.
type (
	pdfName    string
	pdfString  string // its bytes, of any encoding
	pdfArray   []any
	pdfDict    map[pdfName]any
	pdfRef     int    // the number of another object
	pdfKeyword string // an operator, or "obj", "stream", …
)

// pdfLexer reads objects from a body of PDF or from a content stream.
type pdfLexer struct {
	data []byte
	at   int
}

var (
	errPDFEnd  = errors.New("it ends within an object")
	errPDFDeep = errors.New("its objects are nested too deep")
)

// pdfDepth is how deep arrays and dictionaries may be nested.
const pdfDepth = 100

func pdfSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func pdfDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// skip goes over blanks and comments.
func (l *pdfLexer) skip() {
	for l.at < len(l.data) {
		switch c := l.data[l.at]; {
		case pdfSpace(c):
			l.at++
		case c == '%':
			if n := bytes.IndexAny(l.data[l.at:], "\r\n"); n >= 0 {
				l.at += n
			} else {
				l.at = len(l.data)
			}
		default:
			return
		}
	}
}

// next is the next object or keyword. A reference is one object.
func (l *pdfLexer) next(depth int) (any, error) {
	l.skip()
	if l.at >= len(l.data) {
		return nil, errPDFEnd
	}
	if depth > pdfDepth {
		return nil, errPDFDeep
	}
	switch c := l.data[l.at]; c {
	case '/':
		l.at++
		return l.name(), nil
	case '(':
		l.at++
		return l.literal()
	case '[':
		l.at++
		return l.array(depth)
	case '<':
		l.at++
		if l.at < len(l.data) && l.data[l.at] == '<' {
			l.at++
			return l.dict(depth)
		}
		return l.hex()
	case ']', '{', '}', ')':
		l.at++
		return pdfKeyword(c), nil
	case '>':
		l.at += 1 + min(1, len(l.data)-l.at-1)
		return pdfKeyword(">>"), nil
	}
	return l.word(), nil
}

// regular is the run of regular characters at l.
func (l *pdfLexer) regular() string {
	from := l.at
	for l.at < len(l.data) && !pdfSpace(l.data[l.at]) && !pdfDelimiter(l.data[l.at]) {
		l.at++
	}
	return string(l.data[from:l.at])
}

func (l *pdfLexer) word() any {
	w := l.regular()
	switch w {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	n, err := strconv.ParseFloat(w, 64)
	if err != nil || w[0] > '9' { // "Inf", "nan"
		return pdfKeyword(w)
	}
	if l.reference() {
		return pdfRef(n)
	}
	return n
}

// reference goes over the rest of "12 0 R", if that is what follows.
func (l *pdfLexer) reference() bool {
	i := l.at
	blanks := func() bool {
		from := i
		for i < len(l.data) && i-from < 4 && pdfSpace(l.data[i]) {
			i++
		}
		return i > from
	}
	digits := func() bool {
		from := i
		for i < len(l.data) && i-from < 5 && l.data[i] >= '0' && l.data[i] <= '9' {
			i++
		}
		return i > from
	}
	if !blanks() || !digits() || !blanks() || i >= len(l.data) || l.data[i] != 'R' {
		return false
	}
	if i+1 < len(l.data) && !pdfSpace(l.data[i+1]) && !pdfDelimiter(l.data[i+1]) {
		return false
	}
	l.at = i + 1
	return true
}

func (l *pdfLexer) name() pdfName {
	raw := l.regular()
	if !bytes.ContainsRune([]byte(raw), '#') {
		return pdfName(raw)
	}
	var b []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if v, err := strconv.ParseUint(raw[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(v))
				i += 2
				continue
			}
		}
		b = append(b, raw[i])
	}
	return pdfName(b)
}

func (l *pdfLexer) array(depth int) (any, error) {
	a := pdfArray{}
	for {
		v, err := l.next(depth + 1)
		if err != nil {
			return nil, err
		}
		if v == pdfKeyword("]") {
			return a, nil
		}
		a = append(a, v)
	}
}

func (l *pdfLexer) dict(depth int) (any, error) {
	d := pdfDict{}
	for {
		k, err := l.next(depth + 1)
		if err != nil {
			return nil, err
		}
		key, ok := k.(pdfName)
		if !ok {
			if k == pdfKeyword(">>") {
				return d, nil
			}
			continue // damage; the keys behind it still count
		}
		v, err := l.next(depth + 1)
		if err != nil {
			return nil, err
		}
		if v == pdfKeyword(">>") {
			return d, nil
		}
		d[key] = v
	}
}

// hex reads a string such as <48656C6C6F>, behind its "<".
func (l *pdfLexer) hex() (any, error) {
	end := bytes.IndexByte(l.data[l.at:], '>')
	if end < 0 {
		l.at = len(l.data)
		return nil, errPDFEnd
	}
	digits := l.data[l.at : l.at+end]
	l.at += end + 1
	return pdfString(unhex(digits)), nil
}

// unhex decodes hexadecimal digits with anything between them; a last one alone
// has a zero behind it.
func unhex(digits []byte) []byte {
	out := make([]byte, 0, len(digits)/2+1)
	high, half := byte(0), false
	for _, c := range digits {
		v, err := strconv.ParseUint(string(rune(c)), 16, 8)
		if err != nil {
			continue
		}
		if half {
			out = append(out, high<<4|byte(v))
		}
		high, half = byte(v), !half
	}
	if half {
		out = append(out, high<<4)
	}
	return out
}

// literal reads a string such as (a \(b\) c), behind its "(".
func (l *pdfLexer) literal() (any, error) {
	var b []byte
	for depth := 1; l.at < len(l.data); {
		c := l.data[l.at]
		l.at++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return pdfString(b), nil
			}
		case '\\':
			b = l.escape(b)
			continue
		}
		b = append(b, c)
	}
	return nil, errPDFEnd
}

// escape appends what the escape at l stands for (7.3.4.2).
func (l *pdfLexer) escape(b []byte) []byte {
	if l.at >= len(l.data) {
		return b
	}
	c := l.data[l.at]
	l.at++
	switch c {
	case 'n':
		return append(b, '\n')
	case 'r':
		return append(b, '\r')
	case 't':
		return append(b, '\t')
	case 'b':
		return append(b, '\b')
	case 'f':
		return append(b, '\f')
	case '\n':
		return b
	case '\r':
		if l.at < len(l.data) && l.data[l.at] == '\n' {
			l.at++
		}
		return b
	}
	if c < '0' || c > '7' {
		return append(b, c)
	}
	v := c - '0'
	for range 2 {
		if l.at < len(l.data) && l.data[l.at] >= '0' && l.data[l.at] <= '7' {
			v = v<<3 | (l.data[l.at] - '0')
			l.at++
		}
	}
	return append(b, v)
}
