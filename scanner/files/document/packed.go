package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// packed is a document in a zip archive.
type packed struct {
	d       *reading
	members map[string]*zip.File
	names   []string // in order of the archive
}

// unzip opens the archive that d is.
func (d *reading) unzip() (*packed, error) {
	var magic [8]byte
	if _, err := d.file.ReadAt(magic[:], 0); err == nil && string(magic[:]) == compoundFile {
		return nil, ErrEncrypted
	}
	z, err := zip.NewReader(d.file, d.file.Size())
	if err != nil {
		return nil, err
	}
	p := &packed{d: d, members: map[string]*zip.File{}}
	for _, f := range z.File {
		if p.members[f.Name] == nil {
			p.names = append(p.names, f.Name)
		}
		p.members[f.Name] = f
	}
	return p, nil
}

// compoundFile begins a Compound File Binary ([MS-CFB] 2.2), in which Office
// puts what it encrypts ([MS-OFFCRYPTO] 2.3).
const compoundFile = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// read is the content of a member, nil if there is none of the name.
func (p *packed) read(name string) ([]byte, error) {
	f := p.members[name]
	if f == nil {
		return nil, nil
	}
	if f.Flags&1 != 0 { // APPNOTE.TXT 4.4.4
		return nil, ErrEncrypted
	}
	r, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, Unsupported(fmt.Sprintf("compression method %d", f.Method))
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return p.d.unpack(r)
}

// part hands out what text makes of a member. An error is what keeps the rest
// from being read.
func (p *packed) part(part, member string, text func([]byte) ([]byte, error)) error {
	data, err := p.read(member)
	var out []byte
	if err == nil {
		out, err = text(data)
	}
	if handed := p.d.hand(part, out); handed != nil {
		return handed
	}
	if err != nil {
		return p.d.miss(part, fmt.Errorf("%s: %w", member, err))
	}
	return nil
}

// firstMember is the name of the first member of the zip archive that begins
// with head, and its content as far as head holds it (APPNOTE.TXT 4.3.7).
func firstMember(head []byte) (name, content string) {
	const header = 30
	if len(head) < header || !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return "", ""
	}
	named := int(head[26]) | int(head[27])<<8
	extra := int(head[28]) | int(head[29])<<8
	rest := string(head[header:])
	if len(rest) < named+extra {
		return "", ""
	}
	return rest[:named], rest[named+extra:]
}

// numbered is the number in a member's name, "3" in "ppt/slides/slide3.xml".
func numbered(member, prefix string) (number string, ok bool) {
	rest, ok := strings.CutPrefix(member, prefix)
	if !ok {
		return "", false
	}
	number, ok = strings.CutSuffix(rest, ".xml")
	return number, ok && !strings.Contains(number, "/")
}
