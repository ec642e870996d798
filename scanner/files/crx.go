package files

import (
	"encoding/binary"
	"errors"
	"io"
)

// What begins an extension of Chrome, with its version.
const (
	crxMagic2 = "Cr24\x02\x00\x00\x00"
	crxMagic3 = "Cr24\x03\x00\x00\x00"
)

// crx unpacks l, a zip archive behind a header with keys and signatures: two
// that are counted each (version 2), or one message (version 3, as crx3.proto in
// Chromium has it).
func (u *unpacker) crx(l *level, r *io.SectionReader) error {
	var h [16]byte
	if _, err := r.ReadAt(h[:], 0); err != nil {
		return cutOff(err)
	}
	length := func(at int) int64 { return int64(binary.LittleEndian.Uint32(h[at:])) }
	skip := 12 + length(8)
	if string(h[:8]) == crxMagic2 {
		skip += 4 + length(12)
	}
	if skip > r.Size() {
		return errors.New("its header is longer than the file")
	}
	return u.zip(l, io.NewSectionReader(r, skip, r.Size()-skip))
}
