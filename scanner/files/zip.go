package files

import (
	"archive/zip"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// The compression methods of zip beside those of the standard library, and the
// flag of an encrypted member, as PKWARE's APPNOTE.TXT (4.4.4, 4.4.5) has them.
const (
	methodBzip2   = 12
	methodZstd    = 93
	methodXz      = 95
	flagEncrypted = 1
)

// zip unpacks l with the standard library's reader, which trusts no declared
// size and checks each member's CRC.
func (u *unpacker) zip(l *level, r *io.SectionReader) error {
	l.in = r.Size
	directory := &capped{r: r, left: maxHeader}
	z, err := zip.NewReader(directory, r.Size())
	if err != nil {
		return err
	}
	directory.left = math.MaxInt64 // of the members
	z.RegisterDecompressor(methodBzip2, func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) })
	z.RegisterDecompressor(methodZstd, lazily(zstandard))
	z.RegisterDecompressor(methodXz, lazily(xzipped))
	u.remark(l.path, z.Comment)
	for _, f := range z.File {
		if u.halted(l) {
			return nil
		}
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 || l.given != nil && l.given(f.Name) {
			continue
		}
		u.zipMember(l, f)
	}
	return nil
}

func (u *unpacker) zipMember(l *level, f *zip.File) {
	u.remark(memberPath(l, f.Name), f.Comment)
	if f.Flags&flagEncrypted != 0 {
		u.lost(l, f.Name, errEncrypted)
		return
	}
	r, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		err = unsupported(fmt.Sprintf("compression method %d", f.Method))
	}
	if err != nil {
		u.lost(l, f.Name, err)
		return
	}
	defer r.Close()
	u.member(l, f.Name, r)
}

// capped is a file of which only so much may be read: zip.NewReader keeps all of
// the directory in memory, however long it is.
type capped struct {
	r    io.ReaderAt
	left int64
}

func (c *capped) ReadAt(p []byte, at int64) (int, error) {
	if c.left -= int64(len(p)); c.left < 0 {
		return 0, unsupported(fmt.Sprintf("a directory of more than %d MiB", maxHeader>>20))
	}
	return c.r.ReadAt(p, at)
}

// lazily makes a decompressor whose errors come from its first Read, where zip
// wants none from opening it.
func lazily(is format) zip.Decompressor {
	return func(r io.Reader) io.ReadCloser {
		d, err := decompress(r, is)
		if err != nil {
			return io.NopCloser(readFunc(func([]byte) (int, error) { return 0, err }))
		}
		return d
	}
}
