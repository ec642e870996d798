package files

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/scanner/files/document"
)

// hidden is the marker as a notebook's JSON may have it, where its bytes do not
// show it.
const hidden = `M\u0041RK`

// makeNotebook has one cell with the source, which is written as JSON has it.
func makeNotebook(source string) string {
	return `{"cells":[{"cell_type":"code","source":["` + source + `"]}],"nbformat":4}`
}

// makeWord has one paragraph in two runs.
func makeWord(t testing.TB, one, two string) string {
	return string(makeZip(t, member{"[Content_Types].xml", "<Types/>"},
		member{"word/document.xml", `<w:document xmlns:w="w"><w:p><w:r><w:t>` + one + `</w:t></w:r><w:r><w:t>` + two + `</w:t></w:r></w:p></w:document>`},
		member{"word/media/note.txt", marker}))
}

// makeMail has one attachment.
func makeMail(name, content string) string {
	return "From: a@example.com\nTo: b@example.com\nSubject: text\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=cut\n\n" +
		"--cut\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=" + name + "\n\n" +
		base64.StdEncoding.EncodeToString([]byte(content)) + "\n--cut--\n"
}

func TestDocuments(t *testing.T) {
	attached := "a.eml!part 1 (x.zip)!in.txt"
	for name, tt := range map[string]struct {
		path, text string
		want       []string
	}{
		"bytes do not show it":  {"a.ipynb", makeNotebook(hidden), []string{"a.ipynb!cell 1"}},
		"bytes show it too":     {"a.ipynb", makeNotebook(marker), []string{"a.ipynb", "a.ipynb!cell 1"}},
		"path not known":        {"a", makeNotebook(hidden), []string{"a!cell 1"}},
		"zip, text in runs":     {"a.docx", makeWord(t, "MA", "RK"), []string{"a.docx!document", "a.docx!word/media/note.txt"}},
		"zip, text in one":      {"a.docx", makeWord(t, marker, ""), []string{"a.docx!document", "a.docx!word/media/note.txt"}},
		"in a tar":              {"a.tar", string(makeTar(t, member{"x/n.ipynb", makeNotebook(hidden)})), []string{"a.tar!x/n.ipynb!cell 1"}},
		"in a zip, shown":       {"a.zip", string(makeZip(t, member{"n.ipynb", makeNotebook(marker)})), []string{"a.zip!n.ipynb", "a.zip!n.ipynb!cell 1"}},
		"docx in a zip":         {"a.zip", string(makeZip(t, member{"n.docx", makeWord(t, "MA", "RK")})), []string{"a.zip!n.docx!document", "a.zip!n.docx!word/media/note.txt"}},
		"compressed":            {"a.ipynb.gz", string(gzipOf(t, []byte(makeNotebook(hidden)))), []string{"a.ipynb.gz!a.ipynb!cell 1"}},
		"archive in a document": {"a.eml", makeMail("x.zip", string(makeZip(t, member{"in.txt", marker}))), []string{attached}},
		"document in another":   {"a.eml", makeMail("n.ipynb", makeNotebook(hidden)), []string{"a.eml!part 1 (n.ipynb)!cell 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			scanAll(t, New([]string{plant(t, map[string]string{tt.path: tt.text})}, Options{})).want(t, tt.want)
		})
	}
}

// TestUnpackDocument leaves the bytes to the caller where they are plain.
func TestUnpackDocument(t *testing.T) {
	unpackAll("a.ipynb", []byte(makeNotebook(marker)), DefaultLimits()).want(t, []string{"a.ipynb!cell 1"})
	unpackAll("blob 1f3a", []byte(makeNotebook(marker)), DefaultLimits()).want(t, []string{"blob 1f3a!cell 1"})
}

func TestDocumentInStdin(t *testing.T) {
	s := NewStdin(strings.NewReader(makeNotebook(hidden)+marker[:1]), "stdin", Options{})
	scanAll(t, s).want(t, nil, "stdin: it is damaged: ")
	s = NewStdin(strings.NewReader(makeNotebook(hidden)), "stdin", Options{})
	scanAll(t, s).want(t, []string{"stdin!cell 1"})
}

func TestDocumentGaps(t *testing.T) {
	damaged := string(makeZip(t, member{"[Content_Types].xml", "<Types/>"}, member{"word/document.xml", "<w:document " + marker}))
	for name, tt := range map[string]struct {
		path, text string
		want       []string
		gaps       []string
	}{
		"damaged":           {"a.ipynb", `{"cells":[` + marker, []string{"a.ipynb"}, []string{"a.ipynb: it is damaged: "}},
		"damaged, in a zip": {"a.zip", string(makeZip(t, member{"n.ipynb", `{"cells":[` + marker})), []string{"a.zip!n.ipynb"}, []string{"a.zip!n.ipynb: it is damaged: "}},
		"damaged part":      {"a.docx", damaged, []string{"a.docx!word/document.xml"}, []string{"a.docx!document: it is damaged: "}},
		"encrypted":         {"a.docx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", nil, []string{"a.docx: it is encrypted"}},
		"too large, in a gz": {"a.ipynb.gz", string(gzipOf(t, []byte(makeNotebook(marker)+strings.Repeat("\n", document.MaxSize)))),
			[]string{"a.ipynb.gz!a.ipynb"}, []string{"a.ipynb.gz!a.ipynb: the document has more than 64 MiB"}},
	} {
		t.Run(name, func(t *testing.T) {
			limits := DefaultLimits()
			limits.Ratio = 1 << 20
			scanAll(t, New([]string{plant(t, map[string]string{tt.path: tt.text})}, Options{Archives: limits})).want(t, tt.want, tt.gaps...)
		})
	}
}

// TestDocumentDepth has documents in the deepest archives that are unpacked, and
// in documents there.
func TestDocumentDepth(t *testing.T) {
	limits := DefaultLimits()
	limits.Depth = 1
	in := func(m member) []byte { return makeZip(t, m) }
	unpackAll("a.zip", in(member{"n.ipynb", makeNotebook(hidden)}), limits).want(t, []string{"a.zip!n.ipynb!cell 1"})
	nested := member{"m.eml", makeMail("n.ipynb", makeNotebook(hidden))}
	unpackAll("a.zip", in(nested), limits).want(t, nil, "a.zip!m.eml!part 1 (n.ipynb): archives are unpacked 1 deep")

	limits.Depth = 0
	o := scanAll(t, New([]string{plant(t, map[string]string{"a.ipynb": makeNotebook(hidden)})}, Options{Archives: limits}))
	o.want(t, nil)
	o.wantExcluded(t, "documents", 1)
}

func TestDocumentParts(t *testing.T) {
	cells := `{"cells":[` + strings.Repeat(`{"cell_type":"code","source":["`+hidden+`"]},`, 5) + `{}],"nbformat":4}`
	limits := DefaultLimits()
	limits.Members = 3
	o := unpackAll("a.ipynb", []byte(cells), limits)
	o.want(t, []string{"a.ipynb!cell 1", "a.ipynb!cell 2", "a.ipynb!cell 3"}, "a.ipynb: it and what is around it have more than 3 members")
	if got := o.cov.Read["parts of documents"]; got != 3 {
		t.Errorf("%d parts counted, want 3", got)
	}
}
