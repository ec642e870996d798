package document

import (
	"strings"
	"testing"
)

func makeWord(t testing.TB) []byte {
	return makeZip(t,
		member{"[Content_Types].xml", "<Types/>"},
		member{"word/document.xml", `<?xml version="1.0" encoding="UTF-8"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>one </w:t></w:r><w:r><w:t>wo</w:t></w:r><w:r><w:t>rd</w:t><w:tab/><w:t>tab</w:t></w:r></w:p>
<w:p><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>name</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>val</w:t></w:r><w:r><w:t>ue</w:t></w:r></w:p><w:p><w:r><w:t>more</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
<w:p><w:r><w:drawing descr="what the picture shows"/></w:r><!-- remark --></w:p>
</w:body></w:document>`},
		member{"word/comments.xml", `<w:comments xmlns:w="w"><w:comment w:author="me"><w:p><w:r><w:t>a comment</w:t></w:r></w:p></w:comment></w:comments>`},
		member{"docProps/core.xml", `<cp:coreProperties xmlns:dc="d"><dc:title>A &amp; B</dc:title></cp:coreProperties>`},
		member{"docProps/custom.xml", `<Properties xmlns:vt="` + variantTypes + `"><property name="Owner"><vt:lpwstr>team</vt:lpwstr></property></Properties>`},
	)
}

func makeExcel(t testing.TB) []byte {
	return makeZip(t,
		member{"[Content_Types].xml", "<Types/>"},
		member{"xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="Keys" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		member{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`},
		member{"xl/sharedStrings.xml", `<sst><si><t>name</t></si><si><r><t>val</t></r><r><t>ue</t></r><rPh><t>aloud</t></rPh></si><si><t>gone</t></si></sst>`},
		member{"xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>
<row><c><v>42</v></c><c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c><c t="str"><f>A1&amp;"x"</f><v>x</v></c><c t="s"><v>9</v></c></row></sheetData>
<headerFooter><oddHeader>&amp;Ctop</oddHeader></headerFooter></worksheet>`},
		member{"xl/worksheets/sheet2.xml", `<worksheet><sheetData><row><c><v>7</v></c></row></sheetData></worksheet>`},
		member{"xl/comments1.xml", `<comments><commentList><comment><text><r><t>no</t></r><r><t>te</t></r></text></comment></commentList></comments>`},
	)
}

func makePowerPoint(t testing.TB) []byte {
	return makeZip(t,
		member{"ppt/slides/slide2.xml", `<p:sld xmlns:a="a" xmlns:p="p"><a:p><a:r><a:t>one </a:t></a:r><a:r><a:t>line</a:t></a:r><a:br/><a:r><a:t>next</a:t></a:r></a:p>
<a:tbl><a:tr><a:tc><a:p><a:r><a:t>name</a:t></a:r></a:p></a:tc><a:tc><a:p><a:r><a:t>value</a:t></a:r></a:p></a:tc></a:tr></a:tbl></p:sld>`},
		member{"ppt/notesSlides/notesSlide2.xml", `<p:notes><a:p><a:r><a:t>say it</a:t></a:r></a:p></p:notes>`},
	)
}

func TestOOXML(t *testing.T) {
	for name, tt := range map[string]struct {
		data []byte
		want []string
	}{
		"docx": {makeWord(t), []string{
			"document: one word\ttab\ndeleted\nname\tvalue more\t\ndescr\twhat the picture shows\n remark ",
			"comments: a comment\n",
			"properties: title\tA & B\n",
			"properties: Owner\tteam\n",
		}},
		"xlsx": {makeExcel(t), []string{
			"sheet Keys: name\tvalue\t\n42\tinline\t A1&\"x\"x\t\t\n&Ctop\n",
			"sheet 2: 7\t\n",
			"comments 1: note",
			"shared strings: gone\n",
		}},
		"pptx": {makePowerPoint(t), []string{
			"slide 2: one line\nnext\nname\tvalue\t\n",
			"notes 2: say it\n",
		}},
		"UTF-16": {makeZip(t, member{"word/document.xml", "\xff\xfe" + wide(`<?xml version="1.0" encoding="UTF-16"?><p>text</p>`)}),
			[]string{"document: text\n"}},
		"encrypted": {[]byte(compoundFile + strings.Repeat("\x00", 512)), []string{"error: encrypted"}},
		"damaged member": {makeZip(t, member{"word/document.xml", "<p>before</p><p"}, member{"word/footnotes.xml", "<p>other</p>"}), []string{
			"document: before\n",
			"document lost: word/document.xml: its XML is malformed on line 1",
			"footnotes: other\n",
		}},
		"no zip": {[]byte("PK\x03\x04"), []string{"error: zip: not a valid zip file"}},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, OOXML, tt.data).want(t, tt.want...) })
	}
}

// wide is ASCII text in UTF-16, little end first.
func wide(text string) string {
	return strings.Join(strings.Split(text, ""), "\x00") + "\x00"
}

// A string that all cells share counts as often as it is handed out.
func TestSharedStringBomb(t *testing.T) {
	data := makeZip(t,
		member{sharedStrings, "<sst><si><t>" + strings.Repeat("a", 1<<20) + "</t></si></sst>"},
		member{"xl/worksheets/sheet1.xml", "<row>" + strings.Repeat(`<c t="s"><v>0</v></c>`, 1000) + "</row>"})
	readWithin(t, OOXML, data, 16<<20).want(t, overLimit)
}

func FuzzOOXML(f *testing.F) {
	seed(f, makeWord(f), makeExcel(f), makePowerPoint(f))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, OOXML, data) })
}

// What members hold is compressed and has a checksum, behind which a fuzzer
// hardly gets.
func FuzzOOXMLMembers(f *testing.F) {
	f.Add("<w:p><w:r><w:t>a</w:t><w:tab/></w:r></w:p>", "<si><t>x</t></si>", `<row><c t="s"><v>0</v></c></row>`, `<sheet name="a" r:id="b"/>`)
	f.Fuzz(func(t *testing.T, body, shared, rows, book string) {
		fuzzed(t, OOXML, makeZip(t, member{"word/document.xml", body}, member{"docProps/custom.xml", body}, member{sharedStrings, shared},
			member{"xl/worksheets/sheet1.xml", rows}, member{"xl/workbook.xml", book}, member{"xl/_rels/workbook.xml.rels", book}))
		fuzzed(t, OpenDocument, makeZip(t, member{"content.xml", body}))
	})
}
