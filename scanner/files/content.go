package files

import (
	"fmt"

	"github.com/leakguard/leakguard/scanner/files/document"
)

// HeadSize is how many bytes of a file tell its Content.
const HeadSize = max(headSize, document.HeadSize)

// Content is what a file holds beside the text that its bytes are.
type Content struct {
	archive  format
	document document.Kind
}

// ContentOf returns what a file holds whose first bytes, up to HeadSize, and
// path are given. A path may be unknown ("").
func ContentOf(head []byte, path string) Content {
	return Content{formatOf(head), document.Of(head, path)}
}

// Packed reports whether Unpack reads something in it that its bytes do not show.
func (c Content) Packed() bool { return c != Content{} }

// Archive reports whether it is an archive or a compressed file, as documents
// of some kinds are too.
func (c Content) Archive() bool { return c.archive != noArchive }

// Plain reports whether its bytes are to be scanned as they stand, whatever
// Unpack reads in it.
func (c Content) Plain() bool { return c.archive == noArchive || c.archive == tarball }

// Whole reports whether a scan of its bytes finds all that Unpack would, but for
// what its members hold in turn.
func (c Content) Whole() bool { return c.document == document.None && c.Plain() }

// String is what it is: "an archive (zip)".
func (c Content) String() string {
	switch {
	case c.document != document.None:
		return fmt.Sprintf("a document (%s)", string(c.document))
	case c.archive != noArchive:
		return fmt.Sprintf("an archive (%s)", string(c.archive))
	}
	return "a text"
}
