package files

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// makeCRX puts the header of an extension before a zip archive.
func makeCRX(version uint32, zipped []byte) []byte {
	head := binary.LittleEndian.AppendUint32([]byte("Cr24"), version)
	if version == 2 {
		head = binary.LittleEndian.AppendUint32(head, 3)
	}
	head = binary.LittleEndian.AppendUint32(head, 5)
	return slices.Concat(head, []byte("key and signature")[:map[uint32]int{2: 8, 3: 5}[version]], zipped)
}

func TestCRXDamaged(t *testing.T) {
	zipped := makeZip(t, member{"x", strings.Repeat(marker, 1)})
	long := func(version uint32, at int) []byte {
		data := makeCRX(version, zipped)
		binary.LittleEndian.PutUint32(data[at:], 1<<32-1)
		return data
	}
	for name, tt := range map[string]struct {
		data []byte
		gap  string
	}{
		"2, header cut off": {makeCRX(2, nil)[:10], "a: it is damaged: unexpected EOF"},
		"2, long key":       {long(2, 8), "a: it is damaged: its header is longer than the file"},
		"2, long signature": {long(2, 12), "a: it is damaged: its header is longer than the file"},
		"3, long header":    {long(3, 8), "a: it is damaged: its header is longer than the file"},
		"3, no zip":         {makeCRX(3, []byte("no zip")), "a: it is damaged: zip: not a valid zip file"},
	} {
		t.Run(name, func(t *testing.T) {
			o := unpackFrugally(t, tt.data)
			o.want(t, o.paths, tt.gap) // what it has is read as it stands
			if o.texts["a"] != string(tt.data) {
				t.Error("not read as it stands")
			}
		})
	}
}

func FuzzCRX(f *testing.F) {
	zipped := makeZip(f, member{"x", "some text"})
	fuzzFormat(f, 4, makeCRX(2, zipped), makeCRX(3, zipped), makeCRX(3, nil))
}
