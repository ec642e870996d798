package document

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// HeadSize is how many bytes of a file tell its kind.
const HeadSize = 4 << 10

// Of returns the kind of document whose first bytes (up to HeadSize) and path
// are given, or None. A path may be unknown ("").
func Of(head []byte, path string) Kind {
	head = head[:min(len(head), HeadSize)]
	if len(head) < 4 {
		return None
	}
	if k := ofZip(head, path); k != None {
		return k
	}
	if k := ofMagic(head); k != None {
		return k
	}
	return ofText(head, suffix(path))
}

// suffix is the lower-case extension of a path, ".docx".
func suffix(name string) string { return strings.ToLower(path.Ext(name)) }

// ofZip tells the documents in zip archives. OpenDocument has its media type
// first, by its standard; OOXML mostly one of a few members, but so have packages
// that are no documents (NuGet's): Read finds none of its parts in them.
func ofZip(head []byte, path string) Kind {
	office := slices.Contains([]string{".docx", ".docm", ".dotx", ".dotm", ".xlsx", ".xlsm", ".xltx", ".xltm",
		".pptx", ".pptm", ".potx", ".ppsx"}, suffix(path))
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

// ofMagic tells the documents that their first bytes tell.
func ofMagic(head []byte) Kind {
	switch {
	case bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")): // as readers take it
		return PDF
	case bytes.HasPrefix(head, []byte(sqliteMagic)):
		return SQLite
	}
	return None
}

// ofText tells the documents that are texts themselves.
func ofText(head []byte, suffix string) Kind {
	text := bytes.TrimLeft(head, " \t\r\n\ufeff")
	if bytes.HasPrefix(text, []byte("{")) {
		switch {
		case suffix == ".ipynb", bytes.Contains(text, []byte(`"cell_type"`)) && bytes.Contains(text, []byte(`"cells"`)):
			return Notebook
		case suffix == ".har", bytes.Contains(text, []byte(`"log"`)) && bytes.Contains(text, []byte(`"creator"`)):
			return HAR
		}
		return None
	}
	switch first, rest, _ := bytes.Cut(text, []byte("\n")); {
	case bytes.HasPrefix(first, []byte("From ")) && bytes.IndexByte(first, ':') > 0 && mailHeader(rest):
		return Mailbox
	case mailHeader(text) && (slices.Contains([]string{".eml", ".mht", ".mhtml"}, suffix) || bytes.Contains(bytes.ToLower(text), []byte("\nmime-version:"))):
		return Mail
	}
	return None
}

// mailHeader reports whether text begins with fields of a header (RFC 5322,
// 2.2), as far as it goes.
func mailHeader(text []byte) bool {
	header, _, _ := bytes.Cut(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	lines := bytes.Split(header, []byte("\n"))
	if len(lines) > 2 {
		lines = lines[:len(lines)-1] // cut off, maybe
	}
	for i, line := range lines {
		colon := bytes.IndexByte(line, ':')
		switch {
		case i > 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t'):
		case colon <= 0, bytes.ContainsFunc(line[:colon], func(c rune) bool { return c <= ' ' || c >= 0x7f }):
			return false
		}
	}
	return true
}
