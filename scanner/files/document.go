package files

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/leakguard/leakguard/scanner/files/document"
)

// The fixes of the gaps that documents leave.
const (
	fixOpen            = "open it and look for credentials in it"
	fixUnlock          = "save it without its password and scan that"
	fixDamagedDocument = "restore the document from an intact copy, or delete it"
)

// document hands out what the document in r holds beside its bytes, as members
// of it: "report.pdf!page 3". It reports whether it could be read whole.
//
// Archives may be nested as deep as the limit says, and a document may lie in
// the deepest of them.
func (u *unpacker) document(up *level, name string, r *io.SectionReader, kind document.Kind) bool {
	l := &level{up: up, path: name, depth: 1, in: r.Size, unit: "parts of documents"}
	if up != nil {
		l.depth = up.depth + 1
	}
	if u.limits.Depth == 0 {
		u.cov.Exclude("documents", "archive-depth is 0", "archive-depth in .leakguard.toml", 1)
		return false
	}
	if l.depth > u.limits.Depth+1 {
		u.tooDeep(up, name)
		return false
	}
	u.cov.Count("documents", 1)
	emit := func(part string, text []byte) { u.member(l, part, bytes.NewReader(text)) }
	whole := true
	lost := func(part string, err error) {
		whole = false
		u.illegible(l, part, err)
	}
	if err := document.Read(u.ctx, kind, r, r.Size(), emit, lost); err != nil {
		lost("", err)
	}
	return whole
}

// nestedDocument reads a document that is a member of up, and its bytes too.
func (u *unpacker) nestedDocument(up *level, name string, r *bufio.Reader, kind document.Kind) {
	data, err := io.ReadAll(io.LimitReader(r, document.MaxSize+1))
	rest := io.Reader(r)
	if err != nil {
		rest = readFunc(func([]byte) (int, error) { return 0, err })
	}
	err = u.text(name, io.MultiReader(bytes.NewReader(data), rest))
	if err != nil {
		u.fail(up, name, err)
		return
	}
	u.document(up, name, io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))), kind)
}

// illegible records what could not be read of the document l: all of it, if
// part is "".
func (u *unpacker) illegible(l *level, part string, err error) {
	name := l.path
	if part != "" {
		name = memberPath(l, part)
	}
	var lacking document.Unsupported
	var limit document.Limit
	switch {
	case errors.Is(err, document.ErrEncrypted):
		u.gap(l, name, "it is encrypted", fixUnlock)
	case errors.As(err, &lacking):
		u.gap(l, name, "it cannot be read: "+lacking.Error(), fixOpen)
	case errors.As(err, &limit):
		u.gap(l, name, limit.Error(), fixOpen)
	default:
		u.gap(l, name, "it is damaged: "+err.Error(), fixDamagedDocument)
	}
}
