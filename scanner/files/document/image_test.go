package document

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"testing"
)

// makePNG is an image with chunks before its pixels: type and content by turns.
func makePNG(t testing.TB, chunks ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	const header = len(pngMagic) + 25
	out := bytes.Clone(b.Bytes()[:header])
	for i := 0; i < len(chunks); i += 2 {
		typed := chunks[i] + chunks[i+1]
		out = binary.BigEndian.AppendUint32(out, uint32(len(chunks[i+1])))
		out = binary.BigEndian.AppendUint32(append(out, typed...), crc32.ChecksumIEEE([]byte(typed)))
	}
	return append(out, b.Bytes()[header:]...)
}

// makeJPEG is an image with segments before its pixels: marker and content.
func makeJPEG(t testing.TB, segments ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1)), nil); err != nil {
		t.Fatal(err)
	}
	out := []byte("\xff\xd8")
	for i := 0; i < len(segments); i += 2 {
		out = append(append(out, 0xff), segments[i]...)
		out = binary.BigEndian.AppendUint16(out, uint16(len(segments[i+1])+2))
		out = append(out, segments[i+1]...)
	}
	return append(out, b.Bytes()[2:]...)
}

// makeExif has a description, and in a directory of its own a comment and what
// Windows calls a title.
func makeExif(order binary.AppendByteOrder) string {
	mark := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM\x00*"
	}
	b := order.AppendUint32([]byte(mark), 8)
	entry := func(tag, typ uint16, size, value uint32) {
		b = order.AppendUint16(order.AppendUint16(b, tag), typ)
		b = order.AppendUint32(order.AppendUint32(b, size), value)
	}
	b = order.AppendUint16(b, 2)
	entry(0x010e, 2, 6, 68)
	entry(exifDirectory, 4, 1, 38)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 2)
	entry(exifUserComment, 7, 12, 74)
	entry(exifXPTitle, 1, 6, 86)
	b = order.AppendUint32(b, 38) // the directory itself, once more
	return string(b) + "hello\x00" + "ASCII\x00\x00\x00note" + "o\x00k\x00\x00\x00"
}

const exifTexts = "Exif: ImageDescription\thello\nUserComment\tnote\nXPTitle\tok\n"

func TestPNG(t *testing.T) {
	for name, tt := range map[string]struct {
		data []byte
		want []string
	}{
		"texts": {makePNG(t, "tEXt", "Comment\x00plain", "zTXt", "Raw\x00\x00"+deflated("packed"),
			"iTXt", "A\x00\x00\x00en\x00A\x00international", "iTXt", "B\x00\x01\x00\x00\x00"+deflated("packed too")), []string{
			"Comment: plain", "Raw: packed", "A: international", "B: packed too",
		}},
		"Exif":           {makePNG(t, "eXIf", makeExif(binary.BigEndian)), []string{exifTexts}},
		"none":           {makePNG(t), nil},
		"damaged text":   {makePNG(t, "zTXt", "Raw\x00\x00packed", "tEXt", "Next\x00one"), []string{"Raw lost: zlib: invalid header", "Next: one"}},
		"damaged Exif":   {makePNG(t, "eXIf", "II*\x00\xff\xff\xff\xff"), []string{"Exif lost: its Exif data is damaged"}},
		"truncated":      {makePNG(t, "tEXt", "Comment\x00plain")[:60], []string{"Comment: plain"}},
		"hostile length": {append([]byte(pngMagic), "\xff\xff\xff\xfftEXt"...), nil},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, PNG, tt.data).want(t, tt.want...) })
	}
}

func TestJPEG(t *testing.T) {
	extension := "http://ns.adobe.com/xmp/extension/\x00" + string(make([]byte, 40))
	for name, tt := range map[string]struct {
		data []byte
		want []string
	}{
		"metadata": {makeJPEG(t, "\xfe", "a comment", "\xe1", "Exif\x00\x00"+makeExif(binary.LittleEndian), "\xe1", "http://ns.adobe.com/xap/1.0/\x00<x/>"),
			[]string{"comment: a comment", exifTexts, "XMP: <x/>"}},
		"XMP in pieces": {makeJPEG(t, "\xe1", extension+"<first ", "\xe1", extension+"second/>"), []string{"XMP: <first second/>"}},
		"none":          {makeJPEG(t), nil},
		"truncated":     {[]byte("\xff\xd8\xff\xfe\x00\x20abc"), []string{"comment: abc"}},
		"damaged":       {[]byte("\xff\xd8\xff\xfe\x00\x00abc"), []string{"error: its metadata is damaged"}},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, JPEG, tt.data).want(t, tt.want...) })
	}
}

func FuzzImage(f *testing.F) {
	seed(f, makePNG(f, "zTXt", "Raw\x00\x00"+deflated("packed"), "eXIf", makeExif(binary.BigEndian)),
		makeJPEG(f, "\xfe", "a comment", "\xe1", "Exif\x00\x00"+makeExif(binary.LittleEndian)))
	f.Fuzz(func(t *testing.T, data []byte) {
		switch k := Of(data, ""); k {
		case PNG, JPEG:
			fuzzed(t, k, data)
		}
	})
}
