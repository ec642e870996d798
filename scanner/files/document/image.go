package document

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
)

const (
	pngMagic  = "\x89PNG\r\n\x1a\n"
	jpegMagic = "\xff\xd8\xff"
)

var errJPEG = errors.New("its metadata is damaged")

// png hands out the texts that stand beside the pixels of a PNG image, each in a
// part of its keyword: https://www.w3.org/TR/png-3/#11textinfo. An image that is
// cut off is read as far as it goes: nothing else is in the file.
func (d *reading) png() error {
	data, err := d.all()
	if err != nil {
		return err
	}
	for rest := bytes.TrimPrefix(data, []byte(pngMagic)); len(rest) >= 8; {
		size, typ := binary.BigEndian.Uint32(rest), string(rest[4:8])
		if typ == "IEND" {
			return nil
		}
		end := min(uint64(len(rest)), 8+uint64(size))
		if err := d.pngChunk(typ, rest[8:end]); err != nil {
			return err
		}
		rest = rest[min(uint64(len(rest)), end+4):] // behind its checksum
	}
	return nil
}

func (d *reading) pngChunk(typ string, chunk []byte) error {
	keyword, text, _ := bytes.Cut(chunk, []byte{0})
	packed := false
	switch typ {
	case "eXIf":
		return d.exif(chunk)
	case "tEXt":
	case "zTXt":
		text, packed = text[min(1, len(text)):], true // behind the method
	case "iTXt": // a flag, the method, language and translated keyword
		if len(text) < 2 {
			return nil
		}
		packed = text[0] == 1
		_, text, _ = bytes.Cut(text[2:], []byte{0})
		_, text, _ = bytes.Cut(text, []byte{0})
	default:
		return nil
	}
	part := string(keyword)
	if packed {
		z, err := zlib.NewReader(bytes.NewReader(text))
		if err == nil {
			text, err = d.unpack(z)
		}
		if err != nil {
			return d.miss(part, err)
		}
	}
	return d.hand(part, text)
}

// jpeg hands out the comments, Exif fields and XMP of a JPEG image: ITU-T T.81,
// annex B, and the XMP Specification, part 3, 1.1.3. One that is cut off is read
// as far as it goes.
func (d *reading) jpeg() error {
	data, err := d.all()
	if err != nil {
		return err
	}
	const (
		startOfScan, endOfImage, comment, app1 = 0xda, 0xd9, 0xfe, 0xe1

		exifName     = "Exif\x00\x00"
		xmpName      = "http://ns.adobe.com/xap/1.0/\x00"
		extendedName = "http://ns.adobe.com/xmp/extension/\x00"
		extendedHead = 32 + 4 + 4 // digest, length, offset
	)
	var extended []byte // of XMP, whose pieces are in order
	for rest := bytes.TrimPrefix(data, []byte(jpegMagic[:2])); ; {
		for len(rest) > 0 && rest[0] == 0xff {
			rest = rest[1:]
		}
		if len(rest) < 3 || rest[0] == startOfScan || rest[0] == endOfImage {
			return d.hand("XMP", extended)
		}
		marker, size := rest[0], int(binary.BigEndian.Uint16(rest[1:])) // with itself
		if size < 2 {
			return errJPEG
		}
		end := min(len(rest), 1+size)
		segment := rest[3:end]
		rest = rest[end:]
		switch {
		case marker == comment:
			err = d.hand("comment", segment)
		case marker != app1:
		case bytes.HasPrefix(segment, []byte(exifName)):
			err = d.exif(segment[len(exifName):])
		case bytes.HasPrefix(segment, []byte(xmpName)):
			err = d.hand("XMP", segment[len(xmpName):])
		case bytes.HasPrefix(segment, []byte(extendedName)) && len(segment) > len(extendedName)+extendedHead:
			extended = append(extended, segment[len(extendedName)+extendedHead:]...)
		}
		if err != nil {
			return err
		}
	}
}
