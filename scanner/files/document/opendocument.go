package document

import (
	"bytes"
)

// openDocument hands out the texts of an OpenDocument file (ISO/IEC 26300-3):
// its body, each of its tables in a part of its own if it is a spreadsheet, what
// its pages have in common, and its properties.
func (d *reading) openDocument() error {
	p, err := d.unzip()
	if err != nil {
		return err
	}
	manifest, err := p.read("META-INF/manifest.xml")
	if err != nil {
		return err
	}
	if bytes.Contains(manifest, []byte("encryption-data")) { // part 2, 3.4.1
		return ErrEncrypted
	}
	body, err := p.read("content.xml")
	if err != nil {
		return err
	}
	if err := d.sheets(body); err != nil {
		return err
	}
	if err := p.part("headers and footers", "styles.xml", layOut); err != nil {
		return err
	}
	return p.part("properties", "meta.xml", properties)
}

// sheets hands out the body of a document: the tables of a spreadsheet one by
// one, then what is in none.
func (d *reading) sheets(body []byte) error {
	l, damage := newLayout(body)
	for _, s := range l.sheets {
		if err := d.hand(s.part, s.text); err != nil {
			return err
		}
	}
	if err := d.hand("document", []byte(l.text.String())); err != nil {
		return err
	}
	if damage != nil {
		return d.miss("content.xml", damage)
	}
	return nil
}
