package files

import (
	"bytes"
	"encoding/binary"
)

// binaryFormat reports whether a file that begins with head is in a format whose
// media type is application/…: archives, programs, documents, fonts. They are those
// of github.com/h2non/filetype 1.1, by which gitleaks judges; images, sound and film
// are read.
func binaryFormat(head []byte) bool {
	for _, magic := range [...]string{
		"PK\x03\x04", "PK\x03\x06", "PK\x03\x08", "PK\x05\x04", "PK\x05\x06", "PK\x05\x08", "PK\x07\x04", "PK\x07\x06", "PK\x07\x08",
		"Rar!\x1a\x07\x00", "Rar!\x1a\x07\x01", "\x1f\x8b\x08", "BZh", "7z\xbc\xaf\x27\x1c", "\xfd7zXZ\x00",
		"\x1f\xa0", "\x1f\x9d", "LZIP", "MSCF", "ISc(", "!<arch>", "Cr24", // archives
		"%PDF", "{\\rtf", "%!", "SQLi", // documents
		"MZ", "CWS", "FWS", "NES\x1a", "\x00asm\x01\x00\x00\x00", // programs
		"\xfe\xed\xfa\xcf", "\xfe\xed\xfa\xce", "\xbe\xba\xfe\xca", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe",
		"wOFF\x00\x01\x00\x00", "wOF2\x00\x01\x00\x00", "\x00\x01\x00\x00\x00", "OTTO\x00", // fonts
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return longFormat(head) || officeFormat(head) || isZstandard(head)
}

// longFormat knows formats by bytes that are not their first alone.
func longFormat(head []byte) bool {
	has := func(at int, magic string) bool { return at < len(head) && bytes.HasPrefix(head[at:], []byte(magic)) }
	switch {
	case has(257, "ustar"), has(128, "DICM"), has(32769, "CD001"):
		return true
	case has(0, "\x7fELF"):
		return len(head) > 52
	case has(0, "\xed\xab\xee\xdb"): // RPM
		return len(head) > 96
	case has(34, "LP"): // Embedded OpenType
		return has(8, "\x02\x00\x01") || has(8, "\x01\x00\x00") || has(8, "\x02\x00\x02")
	case has(0, "dex\n"):
		return has(36, "\x70")
	case has(0, "dey\n"):
		return len(head) > 100 && has(40, "dex\n") && has(76, "\x70")
	}
	return false
}

// officeFormat knows Word, Excel and PowerPoint of before 2007.
func officeFormat(head []byte) bool {
	if !bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")) {
		return false
	}
	if len(head) <= 513 {
		return true
	}
	switch string(head[512:514]) {
	case "\xec\xa5", "\x09\x08", "\xa0\x46":
		return true
	}
	return false
}

// isZstandard knows a frame of Zstandard, also behind frames to be skipped (RFC 8878,
// section 3.1).
func isZstandard(head []byte) bool {
	for {
		if bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")) {
			return true
		}
		if len(head) < 8 || binary.LittleEndian.Uint32(head)&^0xF != 0x184D2A50 {
			return false
		}
		size := uint64(binary.LittleEndian.Uint32(head[4:]))
		if uint64(len(head)) < 8+size {
			return false
		}
		head = head[8+size:]
	}
}
