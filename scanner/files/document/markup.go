package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/leakguard/leakguard/detectors/decode"
)

// layout is the text of an XML document as it looks on paper: the runs of a
// paragraph joined, a paragraph a line, a table's row a line with tabs between
// its cells. The names of elements are those that WordprocessingML, DrawingML
// (ECMA-376, parts 17 and 21) and OpenDocument (ISO/IEC 26300-3) give them;
// none means something else in another of them.
type layout struct {
	text  strings.Builder
	open  []string // elements around
	rows  int      // table rows around
	fresh bool     // whether nothing stands on the line, or in the cell, yet
	aside []string // attributes and comments

	sheet  string      // the name of the spreadsheet's table that is open
	sheets []namedText // those that are closed
}

// namedText is the text of one part.
type namedText struct {
	part string
	text []byte
}

// longAttribute is from how many bytes on the value of an attribute is handed
// out. Shorter ones are numbers, flags and colours.
const longAttribute = 16

// layOut is the text of the XML document in data. Behind it stand its comments
// and the long values of attributes, one a line. With an error comes what was
// read until then.
func layOut(data []byte) ([]byte, error) {
	l, err := newLayout(data)
	return []byte(l.text.String()), err
}

// newLayout reads the XML document in data as far as it goes.
func newLayout(data []byte) (*layout, error) {
	l := &layout{fresh: true}
	err := eachToken(data, func(t xml.Token) {
		switch t := t.(type) {
		case xml.StartElement:
			l.start(t)
		case xml.EndElement:
			l.end(t.Name.Local)
		case xml.CharData:
			l.write(t)
		case xml.Comment:
			l.aside = append(l.aside, string(t))
		}
	})
	for _, a := range l.aside {
		l.newLine()
		l.write([]byte(a))
	}
	return l, err
}

// eachToken hands out the tokens of an XML document.
func eachToken(data []byte, token func(xml.Token)) error {
	if enc := decode.Encoding(data); enc != "" {
		utf8, err := io.ReadAll(decode.Reader(bytes.NewReader(data), enc))
		if err != nil {
			return err
		}
		data = utf8
	}
	x := xml.NewDecoder(bytes.NewReader(data))
	x.Strict = false
	// Other encodings hold ASCII as it is, which is all that secrets are made of.
	x.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		t, err := x.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if syntax := (*xml.SyntaxError)(nil); errors.As(err, &syntax) { // it may quote the text
			return fmt.Errorf("its XML is malformed on line %d", syntax.Line)
		}
		if err != nil {
			return err
		}
		token(t)
	}
}

func (l *layout) start(e xml.StartElement) {
	l.aside = append(l.aside, longAttributes(e)...)
	switch e.Name.Local {
	case "table":
		if l.parent() == "spreadsheet" {
			l.sheet = attribute(e, "name")
		}
	case "tr", "table-row":
		l.newLine()
		l.rows++
	case "p", "h":
		switch {
		case l.rows == 0:
			l.newLine()
		case !l.fresh:
			l.text.WriteByte(' ')
		}
	case "tab":
		if p := l.parent(); p != "tabs" && p != "tabLst" { // where stops are set
			l.text.WriteByte('\t')
		}
	case "br", "cr", "line-break":
		l.text.WriteByte('\n')
	case "s":
		l.text.WriteString(strings.Repeat(" ", spaces(e)))
	}
	l.open = append(l.open, e.Name.Local)
}

// longAttributes are the attributes of e with long values, "name<TAB>value".
func longAttributes(e xml.StartElement) (long []string) {
	for _, a := range e.Attr {
		if len(a.Value) >= longAttribute && a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			long = append(long, a.Name.Local+"\t"+a.Value)
		}
	}
	return long
}

// spaces is how many blanks <text:s text:c="3"/> stands for.
func spaces(e xml.StartElement) int {
	const most = 8 // as many may stand for a byte of a hostile document
	n, err := strconv.Atoi(attribute(e, "c"))
	if err != nil {
		return 1
	}
	return max(1, min(n, most))
}

// attribute is the value of an attribute by its local name.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (l *layout) parent() string {
	if len(l.open) == 0 {
		return ""
	}
	return l.open[len(l.open)-1]
}

func (l *layout) end(name string) {
	if len(l.open) > 0 {
		l.open = l.open[:len(l.open)-1]
	}
	switch name {
	case "table":
		if l.parent() == "spreadsheet" {
			l.sheets = append(l.sheets, namedText{"sheet " + l.sheet, []byte(l.text.String())})
			l.text.Reset()
		}
	case "tr", "table-row":
		l.rows = max(0, l.rows-1)
		l.newLine()
	case "tc", "table-cell":
		l.text.WriteByte('\t')
		l.fresh = true
	case "p", "h":
		if l.rows == 0 {
			l.newLine()
		}
	}
}

// write adds a run of text. What stands between the tags only to indent them is
// no text.
func (l *layout) write(run []byte) {
	if len(run) == 0 || run[0] == '\n' && len(bytes.TrimSpace(run)) == 0 {
		return
	}
	l.text.Write(run)
	l.fresh = false
}

func (l *layout) newLine() {
	if s := l.text.String(); s != "" && s[len(s)-1] != '\n' {
		l.text.WriteByte('\n')
	}
	l.fresh = true
}

// properties is the text of an XML document whose elements are values by name,
// such as a document's title or author: "name<TAB>value", one a line. A name is
// an attribute "name", as that of a property that users added, else that of the
// element.
func properties(data []byte) ([]byte, error) {
	var b bytes.Buffer
	var names []string // of the elements around
	err := eachToken(data, func(t xml.Token) {
		switch t := t.(type) {
		case xml.StartElement:
			name := attribute(t, "name")
			if name == "" {
				name = t.Name.Local
				if t.Name.Space == variantTypes && len(names) > 0 {
					name = names[len(names)-1]
				}
			}
			names = append(names, name)
			for _, a := range longAttributes(t) {
				b.WriteString(a + "\n")
			}
		case xml.EndElement:
			names = names[:max(0, len(names)-1)]
		case xml.CharData:
			if value := bytes.TrimSpace(t); len(value) > 0 && len(names) > 0 {
				b.WriteString(names[len(names)-1] + "\t" + string(value) + "\n")
			}
		}
	})
	return b.Bytes(), err
}

// variantTypes is the namespace of elements that say only of what type the value
// of a property is (ECMA-376, part 22.4).
const variantTypes = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
