package document

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/text/encoding/unicode"
)

var errExif = errors.New("its Exif data is damaged")

// exif hands out the texts in Exif data (CIPA DC-008, 4.6), a tag a line.
func (d *reading) exif(data []byte) error {
	e := &exifData{d: d, data: data, seen: map[uint32]bool{}}
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("II*\x00")):
		e.order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("MM\x00*")):
		e.order = binary.BigEndian
	default:
		err = errExif
	}
	if err == nil && len(data) >= 8 {
		err = e.directories(e.order.Uint32(data[4:]))
	}
	if err == errStopped {
		return err
	}
	if handed := d.hand("Exif", e.texts.Bytes()); handed != nil {
		return handed
	}
	if err != nil {
		return d.miss("Exif", err)
	}
	return nil
}

type exifData struct {
	d     *reading
	data  []byte
	order binary.ByteOrder
	seen  map[uint32]bool // directories that were read
	texts bytes.Buffer
}

// The tags that lead to other directories, and those with a text whose type does
// not say so.
const (
	exifDirectory   = 0x8769
	gpsDirectory    = 0x8825
	exifUserComment = 0x9286
	exifXPTitle     = 0x9c9b // and four more, of Windows, in UTF-16
	exifXPSubject   = 0x9c9f
)

// directories reads a directory and those that it leads to, one after the other.
func (e *exifData) directories(first uint32) error {
	const entrySize = 12
	for next := []uint32{first}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		if at == 0 || e.seen[at] || len(e.seen) == maxDepth {
			continue
		}
		e.seen[at] = true
		if uint64(at)+2 > uint64(len(e.data)) {
			return errExif
		}
		count := int(e.order.Uint16(e.data[at:]))
		entries := e.data[at+2:]
		if len(entries) < count*entrySize {
			return errExif
		}
		for i := range count {
			entry := entries[i*entrySize : (i+1)*entrySize]
			switch tag := e.order.Uint16(entry); tag {
			case exifDirectory, gpsDirectory:
				next = append(next, e.order.Uint32(entry[8:]))
			default:
				if err := e.entry(tag, entry); err != nil {
					return err
				}
			}
		}
		if behind := entries[count*entrySize:]; len(behind) >= 4 {
			next = append(next, e.order.Uint32(behind))
		}
	}
	return nil
}

// entry writes the value of an entry if it is a text.
func (e *exifData) entry(tag uint16, entry []byte) error {
	const typeByte, typeASCII, typeUndefined = 1, 2, 7
	typ, size := e.order.Uint16(entry[2:]), e.order.Uint32(entry[4:])
	wide := typ == typeByte && tag >= exifXPTitle && tag <= exifXPSubject
	if !wide && typ != typeASCII && (typ != typeUndefined || tag != exifUserComment) {
		return nil
	}
	value := entry[8:]
	if size <= 4 {
		value = value[:size]
	} else {
		at := e.order.Uint32(value)
		if uint64(at)+uint64(size) > uint64(len(e.data)) {
			return errExif
		}
		value = e.data[at : at+size]
	}
	if err := e.d.charge(len(value)); err != nil {
		return err
	}
	if wide {
		value, _ = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(value)
	}
	if tag == exifUserComment {
		value = value[min(8, len(value)):] // behind its encoding
	}
	if value = bytes.Trim(value, "\x00 "); len(value) > 0 {
		fmt.Fprintf(&e.texts, "%s\t%s\n", exifName(tag), value)
	}
	return nil
}

// exifName is the name of a tag that people write texts into.
func exifName(tag uint16) string {
	switch tag {
	case 0x010e:
		return "ImageDescription"
	case 0x0131:
		return "Software"
	case 0x013b:
		return "Artist"
	case 0x8298:
		return "Copyright"
	case exifUserComment:
		return "UserComment"
	case exifXPTitle:
		return "XPTitle"
	case 0x9c9c:
		return "XPComment"
	case 0x9c9d:
		return "XPAuthor"
	case 0x9c9e:
		return "XPKeywords"
	case exifXPSubject:
		return "XPSubject"
	}
	return fmt.Sprintf("tag %#04x", tag)
}
