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
