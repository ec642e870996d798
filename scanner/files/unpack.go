package files

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files/document"
)

// What the reader of an archive may hold in memory, whatever the archive asks
// for.
const (
	// maxWindow is the largest dictionary of a decompressor: what the strongest
	// presets of xz (64 MiB) and zstd (128 MiB) use.
	maxWindow = 128 << 20
	// maxHeld is the largest archive inside another one that is held in memory,
	// where its format needs access out of order (zip, crx, 7z, asar).
	maxHeld = 64 << 20
	// maxHeader is the largest list of members, or of their names, where a format
	// has one (zip, crx, 7z, asar, ar).
	maxHeader = 16 << 20
	// maxPath is the longest name of a member where a format sets none (ar, cpio,
	// asar): what Linux allows.
	maxPath = 4096
)

// The fixes of the gaps that archives leave.
const (
	fixUnpack  = "unpack it and scan the folder"
	fixDecrypt = "decrypt it, unpack it and scan the folder"
	fixDamage  = "restore the archive from an intact copy, or delete it"
)

var errEncrypted = errors.New("encrypted")

// unsupported is what an archive uses that is not read.
type unsupported string

func (u unsupported) Error() string { return string(u) + " is not supported" }

// Unpack hands the text of each member of the archive in data to emit, members
// of archives inside it too, as chunks with Text, Path ("outer.zip!inner/x.txt"),
// Lines and Column; Place is left to the caller. Members of more than 4 MiB come
// in windows, as from Windows. The text of a member that is a symbolic link is
// its target. Paths are cleaned, so that none leads out of its archive. Of a
// document the parts are its members ("report.pdf!page 3").
//
// An archive of which nothing can be unpacked is emitted as it is. Content that
// is Plain is not, since its caller scans it whole.
//
// Each member and each archive that cannot be read, and each limit that is
// reached, is a gap in cov that names it; the rest goes on.
func Unpack(ctx context.Context, name string, data []byte, l Limits, emit func(scanner.Chunk), cov *scanner.Coverage) {
	u := &unpacker{ctx: ctx, limits: l, emit: emit, cov: cov}
	u.file(name, io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))), ContentOf(data[:min(len(data), HeadSize)], name))
}

// file unpacks r, a file of its own.
func (u *unpacker) file(name string, r *io.SectionReader, c Content) {
	if c.Archive() || !c.Packed() {
		u.archive(nil, name, r, c)
		return
	}
	u.document(nil, name, r, c.document)
}

// unpacker unpacks one file with all that is nested in it.
type unpacker struct {
	ctx    context.Context
	limits Limits
	emit   func(scanner.Chunk)
	cov    *scanner.Coverage

	members  int   // of all levels
	bytes    int64 // decompressed, of all levels
	stopped  bool  // a limit of the file as a whole was reached
	emitting bool  // whether a panic is emit's
}

// level is one archive that is being unpacked.
type level struct {
	up      *level
	path    string // "outer.zip!inner.tar"
	depth   int    // 1 for the outermost
	stored  bool   // its members are as they are: only what is more than the archive counts
	in      func() int64
	out     int64  // bytes that came out of it
	stopped bool   // a limit of this archive was reached
	unit    string // what its members are counted as; "" is "archive members"

	given func(member string) bool // those whose text was read already; nil is none
}

// archive unpacks r, an archive inside the level up or a file of its own.
func (u *unpacker) archive(up *level, name string, r io.Reader, c Content) {
	is := c.archive
	l := &level{up: up, path: name, depth: 1}
	if up != nil {
		l.depth = up.depth + 1
	}
	if u.limits.Depth == 0 {
		u.cov.Exclude("archives", "archive-depth is 0", "archive-depth in .leakguard.toml", 1)
		if whole, ok := r.(*io.SectionReader); ok && is != tarball {
			u.note(u.text(name, whole), l, name)
		}
		return
	}
	if l.depth > u.limits.Depth {
		u.tooDeep(up, name)
		return
	}
	r, err := u.held(r, is)
	if err == nil {
		u.packedDocument(l, r, c.document)
		err = u.read(l, r, is)
	}
	if err == nil {
		return
	}
	u.fail(l, name, err)
	if whole, ok := r.(*io.SectionReader); ok && is != tarball && l.out == 0 && !u.halted(l) {
		u.note(u.text(name, io.NewSectionReader(whole, 0, whole.Size())), l, name)
	}
}

// packedDocument reads the document that the archive l is, if it is one. What it
// has given is not read again as members of l.
func (u *unpacker) packedDocument(l *level, r io.Reader, kind document.Kind) {
	if whole, ok := r.(*io.SectionReader); ok && kind.Packed() && u.document(l.up, l.path, whole, kind) {
		l.given = kind.Gives
	}
}

// held returns r with random access if the format needs it.
func (u *unpacker) held(r io.Reader, is format) (io.Reader, error) {
	if _, ok := r.(*io.SectionReader); ok || !is.outOfOrder() {
		return r, nil
	}
	data, err := io.ReadAll(io.LimitReader(r, maxHeld+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxHeld:
		return nil, unsupported(fmt.Sprintf("a %s archive of more than %d MiB that is not a file of its own", is, maxHeld>>20))
	}
	return io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))), nil
}

// read unpacks l from r. The error is what keeps it from being read to its end.
func (u *unpacker) read(l *level, r io.Reader, is format) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if u.emitting {
				panic(p)
			}
			err = fmt.Errorf("its reader broke down (%T)", p)
		}
	}()
	u.cov.Count("archives", 1)
	switch is {
	case zipped:
		return u.zip(l, r.(*io.SectionReader))
	case sevenZip:
		return u.sevenZip(l, r.(*io.SectionReader))
	case tarball:
		return u.tar(l, r)
	case rar:
		return u.rar(l, r)
	case unixAr:
		return u.ar(l, r)
	case cpioed:
		return u.cpio(l, r)
	case rpmPackage:
		return u.rpm(l, r)
	case crxPackage:
		return u.crx(l, r.(*io.SectionReader))
	case asarFile:
		return u.asar(l, r.(*io.SectionReader))
	case noArchive:
		return unsupported("its format")
	}
	return u.compressed(l, r, is)
}

// member reads one member of l to its end.
func (u *unpacker) member(l *level, name string, r io.Reader) {
	name = memberPath(l, name)
	if !u.admit(l) {
		return
	}
	u.cov.Count(cmp.Or(l.unit, "archive members"), 1)
	in := bufio.NewReaderSize(u.metered(l, r), HeadSize)
	head, _ := in.Peek(HeadSize)
	switch c := ContentOf(head, name); {
	case c.Archive():
		u.archive(l, name, in, c)
	case c.Packed():
		u.nestedDocument(l, name, in, c.document)
	default:
		u.note(u.text(name, in), l, name)
	}
}

// link reads a member of l that is a link: its text is its target.
func (u *unpacker) link(l *level, name, target string) {
	if u.admit(l) {
		u.cov.Count("archive members", 1)
		u.remark(memberPath(l, name), target)
	}
}

// lost records that a member of l cannot be read because of err.
func (u *unpacker) lost(l *level, name string, err error) {
	if u.admit(l) {
		u.fail(l, memberPath(l, name), err)
	}
}

// memberPath is the path of a member, which leads nowhere else.
func memberPath(l *level, name string) string {
	name = path.Clean("/" + strings.ReplaceAll(name, `\`, "/"))[1:]
	return l.path + "!" + name
}

// text emits all of r.
func (u *unpacker) text(name string, r io.Reader) error {
	return Windows(u.ctx, r, func(c scanner.Chunk) {
		c.Path = name
		u.emitting = true
		u.emit(c)
		u.emitting = false
	})
}

// remark emits a text that is held, such as an archive's comment.
func (u *unpacker) remark(name, text string) {
	if text != "" {
		u.note(u.text(name, strings.NewReader(text)), nil, name)
	}
}

// note records err, if it is one, as the reason why name was not read whole.
func (u *unpacker) note(err error, l *level, name string) {
	if err != nil {
		u.fail(l, name, err)
	}
}

// fail records that name, in or of l, was not read whole because of err.
func (u *unpacker) fail(l *level, name string, err error) {
	var lacking unsupported
	switch {
	case errors.Is(err, errEncrypted):
		u.gap(l, name, "it is encrypted", fixDecrypt)
	case errors.As(err, &lacking):
		u.gap(l, name, "it cannot be unpacked: "+lacking.Error(), fixUnpack)
	default:
		u.gap(l, name, "it is damaged: "+err.Error(), fixDamage)
	}
}

// tooDeep records that the archive or document at name, in up, is not unpacked.
func (u *unpacker) tooDeep(up *level, name string) {
	u.gap(up, name, fmt.Sprintf("archives are unpacked %d deep, and it lies deeper", u.limits.Depth), fixUnpack)
}

// gap records a gap, unless it only follows from a limit, which has its own, or
// from the end of the scan.
func (u *unpacker) gap(l *level, what, why, fix string) {
	if !u.halted(l) {
		u.cov.Gap(what, why, fix)
	}
}
