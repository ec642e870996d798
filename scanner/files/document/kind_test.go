package document

import "testing"

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
		"PDF":                 {"%PDF-1.7\n", "", PDF},
		"PDF behind others":   {"\r\n%PDF-1.7\n", "a.pdf", PDF},
		"SQLite":              {sqliteMagic, "", SQLite},
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
