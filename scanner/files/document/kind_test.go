package document

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	for name, tt := range map[string]struct {
		head, path string
		want       Kind
	}{
		"docx by path":        {string(makeZip(t, member{"a", "b"})), "a.DOCX", OOXML},
		"docx by content":     {string(makeWord(t)), "", OOXML},
		"encrypted docx":      {compoundFile, "a.docx", OOXML},
		"old doc":             {compoundFile, "a.doc", None},
		"zip":                 {string(makeZip(t, member{"a", "b"})), "a.zip", None},
		"odt":                 {string(makeWriter(t)), "", OpenDocument},
		"epub":                {string(makeZip(t, member{"mimetype", "application/epub+zip"})), "a.epub", None},
		"notebook by path":    {"{\n}  ", "a.ipynb", Notebook},
		"notebook by content": {notebookV4, "", Notebook},
		"HAR by path":         {"{\n\"log", "a.har", HAR},
		"HAR by content":      {harText, "", HAR},
		"mail":                {mailText, "", Mail},
		"mail by path":        {"Subject: a\r\n\r\ntext", "a.eml", Mail},
		"HTTP head":           {"Host: a\nAccept: b\n\n", "a.txt", None},
		"text with colons":    {"a note: b\nMIME-Version: 1.0\n\n", "a.eml", None},
		"mailbox":             {mboxText, "", Mailbox},
		"letter":              {"From here: go on\nand on", "a.txt", None},
		"PDF in a source":     {"x = \"%PDF-1.7\"", "a.go", None},
		"log of another kind": {`{"creator": "a", "log": "b"}`, "a.json", None},
		"name of a part":      {"{\n\"log", "a.eml!part 1 (n.har)", HAR},
		"PDF":                 {"%PDF-1.7\n", "", PDF},
		"PDF behind others":   {"\r\n%PDF-1.7\n", "a.pdf", PDF},
		"SQLite":              {sqliteMagic, "", SQLite},
		"class":               {"\xca\xfe\xba\xbe\x00\x00\x00\x34", "", JavaClass},
		"program for macOS":   {"\xca\xfe\xba\xbe\x00\x00\x00\x02", "", None},
		"PNG":                 {pngMagic, "", PNG},
		"JPEG":                {jpegMagic + "\xe0", "", JPEG},
		"capture":             {"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "", Capture},
		"capture, next kind":  {"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a", "", Capture},
		"blank lines":         {"\n\r\r\n and text", "", None},
		"other JSON":          {`{"cells": 1}`, "a.json", None},
		"text":                {"hello", "a.ipynb", None},
		"short":               {"PK", "a.docx", None},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Of([]byte(tt.head), tt.path); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Of is asked about each file of a history.
func TestOfAllocatesNothing(t *testing.T) {
	for name, head := range map[string]string{
		"lines": strings.Repeat("key: value\nother: words and words\n\n", 200),
		"JSON":  `{"key": ` + strings.Repeat(`"a", `, 2000),
	} {
		head := []byte(head)
		if n := testing.AllocsPerRun(100, func() { Of(head, "dir/config.yaml") }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
