package document

import "testing"

func makeWriter(t testing.TB) []byte {
	return makeZip(t,
		member{"mimetype", "application/vnd.oasis.opendocument.text"},
		member{"content.xml", `<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="ta"><office:body><office:text>
<text:h>Head</text:h><text:p>a<text:span>b</text:span><text:s text:c="2"/>c<text:tab/>d<text:line-break/>e</text:p>
<table:table table:name="T"><table:table-row><table:table-cell><text:p>name</text:p></table:table-cell><table:table-cell><text:p>value</text:p></table:table-cell></table:table-row></table:table>
</office:text></office:body></office:document-content>`},
		member{"styles.xml", `<styles><text:p>footer</text:p></styles>`},
		member{"meta.xml", `<m><dc:title>Title</dc:title><meta:user-defined meta:name="Owner">team</meta:user-defined></m>`})
}

func makeCalc(t testing.TB) []byte {
	return makeZip(t,
		member{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
		member{"content.xml", `<c><office:body><office:spreadsheet><table:table table:name="Keys"><table:table-row><table:table-cell><text:p>name</text:p></table:table-cell><table:table-cell><office:annotation><text:p>note</text:p></office:annotation><text:p>val<text:span>ue</text:span></text:p></table:table-cell></table:table-row></table:table><table:table table:name="More"><table:table-row><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></c>`})
}

func TestOpenDocument(t *testing.T) {
	for name, tt := range map[string]struct {
		data []byte
		want []string
	}{
		"text": {makeWriter(t), []string{
			"document: Head\nab  c\td\ne\nname\tvalue\t\n",
			"headers and footers: footer\n",
			"properties: title\tTitle\nOwner\tteam\n",
		}},
		"spreadsheet": {makeCalc(t), []string{
			"sheet Keys: name\tnote value\t\n",
			"sheet More: 1\t\n",
		}},
		"encrypted": {makeZip(t, member{"META-INF/manifest.xml", "<manifest:encryption-data/>"}, member{"content.xml", "\x8f\x01"}),
			[]string{"error: encrypted"}},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, OpenDocument, tt.data).want(t, tt.want...) })
	}
}
