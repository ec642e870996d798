package document

import (
	"bytes"
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// ooxml hands out the texts of a document of Word, Excel or PowerPoint
// (ECMA-376) by its parts; where a part has no number or name of its own, its
// part is named for what it is.
func (d *reading) ooxml() error {
	p, err := d.unzip()
	if err != nil {
		return err
	}
	book, err := d.workbook(p)
	if err != nil {
		return err
	}
	for _, member := range p.names {
		part, is := ooxmlPart(member)
		if name := book.sheets[member]; name != "" {
			part, is = "sheet "+name, tabled
		}
		switch is {
		case written:
			err = p.part(part, member, layOut)
		case tabled:
			err = p.part(part, member, book.rows)
		case described:
			err = p.part(part, member, properties)
		}
		if err != nil {
			return err
		}
	}
	return d.hand("shared strings", book.unused())
}

// content says how the text of a part is written.
type content int

const (
	noContent content = iota
	written           // paragraphs
	tabled            // the cells of a sheet
	described         // properties
)

// ooxmlPart is the name of the part that a member is, and how it is written.
// The names of members are those that all of Office, LibreOffice and Google's
// export use; the standard would allow others.
func ooxmlPart(member string) (part string, is content) {
	for _, known := range []struct {
		prefix, part string
		is           content
	}{
		{"word/header", "header ", written},
		{"word/footer", "footer ", written},
		{"ppt/slides/slide", "slide ", written},
		{"ppt/notesSlides/notesSlide", "notes ", written},
		{"ppt/comments/", "comments ", written},
		{"xl/worksheets/sheet", "sheet ", tabled},
		{"xl/comments", "comments ", written},
		{"xl/threadedComments/", "comments ", written},
		{"xl/drawings/drawing", "drawing ", written},
	} {
		if number, ok := numbered(member, known.prefix); ok {
			return known.part + number, known.is
		}
	}
	switch member {
	case "word/document.xml":
		return "document", written
	case "word/footnotes.xml", "word/endnotes.xml", "word/comments.xml":
		return strings.TrimSuffix(path.Base(member), ".xml"), written
	case "docProps/core.xml", "docProps/app.xml", "docProps/custom.xml":
		return "properties", described
	}
	return "", noContent
}

const sharedStrings = "xl/sharedStrings.xml"

// workbook is what the sheets of a workbook share.
type workbook struct {
	d      *reading
	sheets map[string]string // their names, by member
	shared []string          // strings, which cells name by number
	used   []bool            // which of them a cell has named
}

// workbook reads what the sheets share. It is empty if the document is none.
func (d *reading) workbook(p *packed) (*workbook, error) {
	book := &workbook{d: d, sheets: map[string]string{}}
	for _, part := range []struct {
		member string
		read   func([]byte) error
	}{
		{sharedStrings, book.readStrings},
		{"xl/workbook.xml", func(data []byte) error {
			targets, err := p.read("xl/_rels/workbook.xml.rels")
			if err != nil {
				return err
			}
			return book.readSheets(data, targets)
		}},
	} {
		data, err := p.read(part.member)
		if err == nil && data != nil {
			err = part.read(data)
		}
		if err != nil {
			if err := d.miss(part.member, err); err != nil {
				return nil, err
			}
		}
	}
	return book, nil
}

// readSheets reads the names of the sheets, and in which members they are.
func (b *workbook) readSheets(book, relations []byte) error {
	targets := map[string]string{}
	err := eachToken(relations, func(t xml.Token) {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" {
			targets[attribute(e, "Id")] = path.Join("/xl", attribute(e, "Target"))[1:]
		}
	})
	if err != nil {
		return err
	}
	return eachToken(book, func(t xml.Token) {
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "sheet" {
			return
		}
		for _, a := range e.Attr {
			if a.Name.Local == "id" { // of the relation; the sheet's is "sheetId"
				b.sheets[targets[a.Value]] = attribute(e, "name")
			}
		}
	})
}

// readStrings reads the shared strings: an si each, whose runs are joined. How a
// text is pronounced (rPh) is not part of it.
func (b *workbook) readStrings(data []byte) error {
	var text strings.Builder
	inText, aloud := false, false
	return eachToken(data, func(t xml.Token) {
		switch t := t.(type) {
		case xml.StartElement:
			inText = t.Name.Local == "t"
			aloud = aloud || t.Name.Local == "rPh"
		case xml.EndElement:
			inText = false
			switch t.Name.Local {
			case "rPh":
				aloud = false
			case "si":
				b.shared = append(b.shared, text.String())
				b.used = append(b.used, false)
				text.Reset()
			}
		case xml.CharData:
			if inText && !aloud {
				text.Write(t)
			}
		}
	})
}

// unused are the shared strings that no cell names, one a line.
func (b *workbook) unused() []byte {
	var text bytes.Buffer
	for i, s := range b.shared {
		if !b.used[i] {
			text.WriteString(s + "\n")
		}
	}
	return text.Bytes()
}

// rows is the text of a sheet: a row a line, with tabs between its cells. A
// formula stands behind its cell's value. Headers, footers and links stand
// behind the rows.
func (b *workbook) rows(data []byte) ([]byte, error) {
	s := &sheet{book: b}
	err := eachToken(data, s.token)
	if s.err != nil {
		err = s.err
	}
	return append(s.text.Bytes(), s.aside.Bytes()...), err
}

type sheet struct {
	book        *workbook
	text, aside bytes.Buffer
	element     string // in which the parser is
	cell        string // its type: "s" for a shared string, "inlineStr", "str", …
	inCell      bool
	err         error // a limit was reached
}

func (s *sheet) token(t xml.Token) {
	switch t := t.(type) {
	case xml.StartElement:
		s.element = t.Name.Local
		switch s.element {
		case "c":
			s.inCell, s.cell = true, attribute(t, "t")
		case "f":
			s.text.WriteByte(' ')
		}
		for _, a := range longAttributes(t) {
			s.aside.WriteString(a + "\n")
		}
	case xml.EndElement:
		s.element = ""
		switch t.Name.Local {
		case "c":
			s.inCell = false
			s.text.WriteByte('\t')
		case "row":
			s.text.WriteByte('\n')
		}
	case xml.CharData:
		s.run(t)
	}
}

func (s *sheet) run(text []byte) {
	switch {
	case !s.inCell:
		if text = bytes.TrimSpace(text); len(text) > 0 {
			s.aside.Write(append(text, '\n'))
		}
	case s.element == "v" && s.cell == "s":
		if i, err := strconv.Atoi(string(text)); err == nil && i >= 0 && i < len(s.book.shared) {
			s.book.used[i] = true
			s.shared(s.book.shared[i])
		}
	case s.element != "":
		s.text.Write(text)
	}
}

// shared writes a shared string. A thousand cells may share a long one, so that
// each counts.
func (s *sheet) shared(text string) {
	if s.err == nil {
		s.err = s.book.d.charge(len(text))
	}
	if s.err == nil {
		s.text.WriteString(text)
	}
}
