package document

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"fmt"
	"strings"
	"testing"
)

// makePDF numbers the objects from 1: the catalog, the tree of pages, a page
// whose content is the next object, and whose fonts are F1 to F3.
func makePDF(content string, more ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	for i, o := range append([]string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<</F1 5 0 R/F2 6 0 R/F3 7 0 R>>/XObject<</X 9 0 R>>>>>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
		pdfStream("", content),
		"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
		"<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[<</DW 500>>]/ToUnicode 8 0 R>>",
		"<</Type/Font/Subtype/TrueType/FirstChar 1/Widths[500 500 500]/Encoding<</Differences[1/k/hyphen/uni0041]>>>>",
		pdfStream("", "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfchar <0001> <006b> endbfchar\n"+
			"2 beginbfrange <0010> <0012> <0061> <0020> <0021> [<00660066> <0078>] endbfrange"),
	}, more...) {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	return b.Bytes()
}

// pdfStream is a compressed stream, the end of whose data its reader is to find.
func pdfStream(dict, data string) string {
	return "<<" + dict + "/Filter/FlateDecode/Length 99 0 R>>stream\n" + deflated(data) + "\nendstream"
}

func deflated(data string) string {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write([]byte(data))
	w.Close()
	return z.String()
}

func TestPDFText(t *testing.T) {
	for name, tt := range map[string]struct{ content, want string }{
		"lines": {"BT /F1 10 Tf 50 700 Td (one) Tj 0 -12 Td (two) Tj 14 TL (three) ' T* <666f7572> Tj ET", "one\ntwo\nthree\nfour"},
		"escapes": {`BT /F1 10 Tf (a\(b\)\101\050\751\\(c) \
d)Tj ET`, `a(b)A(é\(c) d`},
		"runs of one word": {"BT /F1 10 Tf (to) Tj 12 0 Td (ken) Tj ET", "token"},
		"words":            {"BT /F1 10 Tf (to) Tj 18 0 Td (ken) Tj ET", "to ken"},
		"columns":          {"BT /F1 10 Tf (name) Tj 100 0 Td (value) Tj ET", "name\tvalue"},
		"kerned":           {"BT /F1 10 Tf [(to) -50 (k) 30 (en) -600 (x)] TJ ET", "token x"},
		"moved by cm":      {"q 1 0 0 1 0 500 cm BT /F1 10 Tf (up) Tj ET Q q 1 0 0 1 0 300 cm BT /F1 10 Tf (down) Tj ET Q", "up\ndown"},
		"ToUnicode":        {"BT /F2 10 Tf <0001001000110012> Tj <00200021> Tj ET", "kabcffx"},
		"Differences":      {"BT /F3 10 Tf <010203> Tj ET", "k-A"},
		"inline image":     {"BI /W 1 ID \x00(EI \x01 EI BT /F1 10 Tf (text) Tj ET", "text"},
		"turned":           {"BT /F1 10 Tf 0 1 -1 0 50 50 Tm (to) Tj 12 0 Td (ken) Tj 0 -20 Td (next) Tj ET", "token\nnext"},
		"no font":          {"BT (text) Tj ET", "text"},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, PDF, makePDF(tt.content)).want(t, "page 1: "+tt.want) })
	}
}

func TestPDFParts(t *testing.T) {
	objects := "9 0 10 23 << /Title (Plan) >>\n<< /T (key) /V <feff00760061006c> >>"
	for name, tt := range map[string]struct {
		more []string
		want []string
	}{
		"form":         {[]string{pdfStream("/Subtype/Form", "BT /F1 10 Tf (in form) Tj ET")}, []string{"page 1: in form"}},
		"attachment":   {[]string{pdfStream("/Type/EmbeddedFile", "a file")}, []string{"object 9: a file"}},
		"plain stream": {[]string{"<</Type/Metadata>>stream\nshown as it is\nendstream"}, nil},
		"image":        {[]string{"<</Subtype/Image/Filter/DCTDecode>>stream\n\xff\xd8\nendstream"}, nil},
		"ASCII85":      {[]string{"<</Filter[/ASCII85Decode/FlateDecode]>>stream\n" + encode85(deflated("a file")) + "~>\nendstream"}, []string{"object 9: a file"}},
		"hexadecimal":  {[]string{"<</Filter/ASCIIHexDecode>>stream\n6120 66>\nendstream"}, []string{"object 9: a f"}},
		"strings":      {[]string{"<</Contents(a note)/A<</URI(https://example.com)>>/ID(\x01\x02)>>"}, []string{"fields, notes and properties: URI\thttps://example.com\nContents\ta note\n"}},
		"objects in a stream": {[]string{pdfStream("/Type/ObjStm/N 2/First 10", objects)},
			[]string{"fields, notes and properties: Title\tPlan\nkey\tval\n"}},
		"page that an update replaced": {[]string{"<<>>\nendobj\n4 0 obj\n" + pdfStream("", "BT (new) Tj ET")},
			[]string{"page 1: new", "object 4: old"}},
		"encrypted":      {[]string{"<<>>\nendobj\ntrailer<</Encrypt 12 0 R>>"}, []string{"error: encrypted"}},
		"unknown filter": {[]string{"<</Filter/JBIG2Decode>>stream\nx\nendstream"}, []string{"object 9 lost: the filter JBIG2Decode is not supported"}},
		"damaged stream": {[]string{"<</Filter/FlateDecode>>stream\nx\nendstream"}, []string{"object 9 lost: zlib: invalid header"}},
		"damaged object": {[]string{"<</A[(b"}, []string{"object 9 lost: it ends within an object"}},
		"nested too deep": {[]string{strings.Repeat("[", 1000)},
			[]string{"object 9 lost: its objects are nested too deep"}},
	} {
		t.Run(name, func(t *testing.T) {
			content := "/X Do"
			if strings.HasPrefix(name, "page that") {
				content = "BT (old) Tj ET"
			}
			readAll(t, PDF, makePDF(content, tt.more...)).want(t, tt.want...)
		})
	}
}

func encode85(data string) string {
	out := make([]byte, ascii85.MaxEncodedLen(len(data)))
	return string(out[:ascii85.Encode(out, []byte(data))])
}

// A font that is a subset has codes of its own: without ToUnicode nobody knows
// what they are, and the page says so.
func TestPDFUnknownFont(t *testing.T) {
	data := bytes.Replace(makePDF("BT /F2 10 Tf <0001> Tj ET"), []byte("/ToUnicode 8 0 R"), nil, 1)
	data = bytes.Replace(data, []byte("8 0 obj"), []byte("8 0 was"), 1)
	readAll(t, PDF, data).want(t, "page 1: \uFFFD",
		"page 1 lost: a font that does not tell its characters (without ToUnicode) is not supported")
}

func TestPDFHostile(t *testing.T) {
	loop := bytes.Replace(makePDF("BT (text) Tj ET"), []byte("Kids[3 0 R]"), []byte("Kids[2 0 R 3 0 R]"), 1)
	readAll(t, PDF, loop).want(t, "page 1: text")
	self := makePDF("/X Do /X Do", pdfStream("/Subtype/Form/Resources<</XObject<</X 9 0 R>>>>", "/X Do /X Do BT (once) Tj ET"))
	readAll(t, PDF, self).want(t, "page 1: once")
	bomb := makePDF("", pdfStream("", strings.Repeat("\x00", 16<<20)))
	readWithin(t, PDF, bomb, 8<<20).want(t, overLimit)
}

func FuzzPDF(f *testing.F) {
	seed(f, makePDF("BT /F1 10 Tf 50 700 Td (one) Tj 0 -12 Td [(t) -50 (wo)] TJ /F2 10 Tf <00010010> Tj /X Do ET",
		pdfStream("/Subtype/Form", "BT /F3 10 Tf <0102> Tj ET"), "<</T(a)/V<feff0061>>>"),
		[]byte("%PDF-1.4\n1 0 obj<</Type/ObjStm/N 1/First 4>>stream\n7 0 <</A/B>>\nendstream"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, PDF, data) })
}

// What a content stream or a map of characters holds lies mostly in compressed
// streams, which a fuzzer hardly gets into.
func FuzzPDFStreams(f *testing.F) {
	f.Add("BT /F1 10 Tf 50 700 Td (one) Tj q 1 0 0 1 2 3 cm [(t) -50 (wo)] TJ Q ET", "1 beginbfrange <00> <ff> <0041> endbfrange")
	f.Fuzz(func(t *testing.T, content, cmap string) {
		fuzzed(t, PDF, makePDF(content, "<</Type/Font/ToUnicode 10 0 R>>", pdfStream("", cmap)))
		font := &pdfFont{unicode: map[uint32]string{}, left: maxCodes}
		font.readCMap([]byte(cmap))
	})
}
