package document

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pdf hands out the texts of a PDF (ISO 32000-1): its pages, then the strings of
// its objects (form fields, notes, links, title, scripts), then the streams that
// belong to no page, such as attached files and what an update replaced.
func (d *reading) pdf() error {
	data, err := d.all()
	if err != nil {
		return err
	}
	f, err := d.newPDF(data)
	if err != nil {
		return err
	}
	if len(f.objects) == 0 {
		return fmt.Errorf("it has no objects")
	}
	p := &pdfPages{f: f, fonts: map[pdfRef]*pdfFont{}, seen: map[pdfRef]bool{}}
	for _, o := range f.objects {
		if dict, _ := o.value.(pdfDict); dict["Type"] == pdfName("Catalog") && f.latest[o.num] == o {
			if err := p.tree(dict["Pages"], nil, 0); err != nil {
				return err
			}
		}
	}
	if err := f.strings(); err != nil {
		return err
	}
	return f.rest()
}

// pdfPages hands out the pages of a PDF in their order.
type pdfPages struct {
	f     *pdfFile
	fonts map[pdfRef]*pdfFont
	seen  map[pdfRef]bool // nodes of the tree
	count int
}

// tree hands out the pages below a node of the tree of pages (7.7.3).
func (p *pdfPages) tree(node any, resources any, depth int) error {
	ref, _ := node.(pdfRef)
	if p.seen[ref] || depth > pdfDepth {
		return nil
	}
	p.seen[ref] = true
	dict := p.f.dict(node)
	if own := dict["Resources"]; own != nil {
		resources = own
	}
	kids := p.f.array(dict["Kids"])
	for _, kid := range kids {
		if err := p.tree(kid, resources, depth+1); err != nil {
			return err
		}
	}
	if len(kids) > 0 || dict["Contents"] == nil {
		return nil
	}
	p.count++
	return p.page(fmt.Sprintf("page %d", p.count), dict, resources)
}

// page hands out the text of one page.
func (p *pdfPages) page(part string, dict pdfDict, resources any) error {
	streams := p.f.array(dict["Contents"])
	if streams == nil {
		streams = pdfArray{dict["Contents"]}
	}
	text := newPDFText(p, part)
	var content []byte
	for _, s := range streams {
		if o := p.f.object(s); o != nil {
			data, err := p.stream(part, o)
			if err != nil {
				return err
			}
			content = append(append(content, data...), '\n')
		}
	}
	err := text.show(content, p.f.dict(resources), 0)
	if err == nil {
		err = p.f.d.hand(part, text.out.Bytes())
	}
	if err == nil && text.unknown {
		err = p.f.d.miss(part, Unsupported("a font that does not tell its characters (without ToUnicode)"))
	}
	return err
}

// stream is the content of o, and is known to be handed out.
func (p *pdfPages) stream(part string, o *pdfObject) ([]byte, error) {
	o.used = true
	data, err := p.f.decoded(o)
	if err != nil {
		return data, p.f.d.miss(part, fmt.Errorf("object %d: %w", o.num, err))
	}
	return data, nil
}

// font is a font by what names it in the resources of a page.
func (p *pdfPages) font(part string, v any) (*pdfFont, error) {
	ref, isRef := v.(pdfRef)
	if font := p.fonts[ref]; isRef && font != nil {
		return font, nil
	}
	font, err := p.f.font(p.f.dict(v))
	if isRef {
		p.fonts[ref] = font
	}
	if err != nil {
		return font, p.f.d.miss(part, fmt.Errorf("the characters of a font: %w", err))
	}
	return font, nil
}

// strings hands out the texts in the dictionaries of all objects: "key<TAB>text",
// a field of a form as "name<TAB>value".
func (f *pdfFile) strings() error {
	var b bytes.Buffer
	for _, o := range f.objects {
		f.stringsIn(&b, "", o.value)
	}
	return f.d.hand("fields, notes and properties", b.Bytes())
}

func (f *pdfFile) stringsIn(b *bytes.Buffer, key string, v any) {
	switch v := v.(type) {
	case pdfString:
		if text := pdfTextString(string(v)); text != "" {
			b.WriteString(strings.TrimPrefix(key+"\t", "\t") + text + "\n")
		}
	case pdfArray:
		for _, e := range v {
			f.stringsIn(b, key, e)
		}
	case pdfDict:
		if name, ok := v["T"].(pdfString); ok {
			if _, ok := v["V"].(pdfString); ok {
				v = maps.Clone(v)
				v[pdfName(pdfTextString(string(name)))] = v["V"]
				delete(v, "T")
				delete(v, "V")
			}
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			f.stringsIn(b, string(k), v[k])
		}
	}
}

// pdfTextString decodes a text string (7.9.2.2); "" if it is none, but an
// identifier or a digest.
func pdfTextString(s string) string {
	text := s
	if utf16, ok := strings.CutPrefix(s, "\xfe\xff"); ok {
		text = utf16Text(utf16)
	}
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && !strings.ContainsRune("\t\n\r", c) }) {
		return ""
	}
	return text
}

// rest hands out the streams that were not yet, but for images and fonts.
func (f *pdfFile) rest() error {
	for _, o := range f.objects {
		dict, _ := o.value.(pdfDict)
		if cmap := f.object(dict["ToUnicode"]); cmap != nil {
			cmap.used = true
		}
	}
	for _, o := range f.objects {
		dict, _ := o.value.(pdfDict)
		if o.used || o.stream == nil || pdfPicture(dict) {
			continue
		}
		part := fmt.Sprintf("object %d", o.num)
		data, err := f.decoded(o)
		if text := pdfContentText(f, part, data); text != nil {
			data = text
		} else if dict["Filter"] == nil {
			continue // the document shows it itself
		}
		if err := f.d.hand(part, data); err != nil {
			return err
		}
		if err != nil {
			if err := f.d.miss(part, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// pdfPicture reports whether a stream holds pixels or the shapes of glyphs.
func pdfPicture(dict pdfDict) bool {
	_, font1 := dict["Length1"]
	switch dict["Subtype"] {
	case pdfName("Image"), pdfName("Type1C"), pdfName("CIDFontType0C"), pdfName("OpenType"):
		return true
	}
	_, profile := dict["N"]
	return font1 || profile || dict["Type"] == pdfName("Pattern") || dict["ShadingType"] != nil || dict["FunctionType"] != nil
}
