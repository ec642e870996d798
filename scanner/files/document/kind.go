package document

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"
)

// HeadSize is how many bytes of a file tell its kind.
const HeadSize = 4 << 10

// Of returns the kind of document whose first bytes (up to HeadSize) and path
// are given, or None. A path may be unknown (""). It allocates nothing for most
// of what is no document.
func Of(head []byte, path string) Kind {
	head = head[:min(len(head), HeadSize)]
	if len(head) < 4 {
		return None
	}
	suffix := suffix(path)
	if k := ofZip(head, suffix); k != None {
		return k
	}
	if k := ofMagic(head); k != None {
		return k
	}
	return ofText(head, suffix)
}

// suffix is the lower-case extension of a path, ".docx". The path may end as the
// name of a part does: "part 2 (a.docx)".
func suffix(name string) string { return strings.ToLower(path.Ext(strings.TrimSuffix(name, ")"))) }

// ofZip tells the documents in zip archives. OpenDocument has its media type
// first, by its standard; OOXML mostly one of a few members, but so have packages
// that are no documents (NuGet's): Read finds none of its parts in them.
func ofZip(head []byte, suffix string) Kind {
	office := false
	switch suffix {
	case ".docx", ".docm", ".dotx", ".dotm", ".xlsx", ".xlsm", ".xltx", ".xltm", ".pptx", ".pptm", ".potx", ".ppsx":
		office = true
	}
	if office && bytes.HasPrefix(head, []byte(compoundFile)) {
		return OOXML
	}
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return None
	}
	first, content := firstMember(head)
	switch {
	case first == "mimetype" && strings.HasPrefix(content, "application/vnd.oasis.opendocument."):
		return OpenDocument
	case office, first == "[Content_Types].xml", first == "_rels/.rels", strings.HasPrefix(first, "docProps/"):
		return OOXML
	}
	return None
}

// oldestClass is the major version of Java 1.1. Where classes have theirs,
// programs for macOS of the same magic have how many parts they are made of.
const oldestClass = 45

// ofMagic tells the documents that their first bytes tell.
func ofMagic(head []byte) Kind {
	switch {
	case bytes.HasPrefix(head, []byte(sqliteMagic)):
		return SQLite
	case bytes.HasPrefix(head, []byte(pngMagic)):
		return PNG
	case bytes.HasPrefix(head, []byte(jpegMagic)):
		return JPEG
	case bytes.HasPrefix(head, []byte(classMagic)) && len(head) >= 8 && binary.BigEndian.Uint16(head[6:]) >= oldestClass:
		return JavaClass
	case isCapture(head):
		return Capture
	case pythonVersion(head) != 0:
		return PythonCode
	}
	return None
}

// ofText tells the documents that begin with text.
func ofText(head []byte, suffix string) Kind {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	has := func(s string) bool { return bytes.Contains(text, []byte(s)) }
	switch {
	case bytes.HasPrefix(text, []byte("%PDF-")), suffix == ".pdf" && has("%PDF-"):
		return PDF
	case bytes.HasPrefix(text, []byte("{")):
		switch key := firstKey(text); {
		case suffix == ".ipynb", notebookKey(string(key)) && has(`"cell_type"`):
			return Notebook
		case suffix == ".har", string(key) == "log" && has(`"creator"`):
			return HAR
		}
	case bytes.HasPrefix(text, []byte("From ")):
		first, rest, _ := bytes.Cut(text, []byte("\n"))
		if header, _ := mailHeader(rest); header && bytes.IndexByte(first, ':') > 0 { // of the time
			return Mailbox
		}
	default:
		saved := suffix == ".eml" || suffix == ".mht" || suffix == ".mhtml"
		if header, mime := mailHeader(text); header && (mime || saved) {
			return Mail
		}
	}
	return None
}

// notebookKey reports whether a notebook may have the key first.
func notebookKey(key string) bool {
	return key == "cells" || key == "worksheets" || key == "metadata" || key == "nbformat"
}

// firstKey is the first key of the JSON object that text begins with.
func firstKey(text []byte) []byte {
	text = bytes.TrimLeft(text[1:], " \t\r\n")
	const most = 16 // bytes of a key that is of interest, with its quotes
	if !bytes.HasPrefix(text, []byte(`"`)) {
		return nil
	}
	key, _, _ := bytes.Cut(text[1:min(len(text), most)], []byte(`"`))
	return key
}

// mailHeader reports whether text begins with fields of a header (RFC 5322,
// 2.2), as far as it goes, and whether one of them is that of MIME.
func mailHeader(text []byte) (header, mime bool) {
	for len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 || header && !whole {
			return header, mime // the end of the header, or of what is known
		}
		text = rest
		if header && (line[0] == ' ' || line[0] == '\t') {
			continue
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || bytes.ContainsFunc(line[:colon], func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			return false, false
		}
		header, mime = true, mime || bytes.EqualFold(line[:colon], []byte("MIME-Version"))
	}
	return header, mime
}
