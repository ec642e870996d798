package files

import (
	"archive/zip"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
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
	z, err := zip.NewReader(r, r.Size())
	if err != nil {
		return err
	}
	z.RegisterDecompressor(methodBzip2, func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) })
	z.RegisterDecompressor(methodZstd, lazily(zstandard))
	z.RegisterDecompressor(methodXz, lazily(xzipped))
	u.remark(l.path, z.Comment)
	for _, f := range z.File {
		if u.halted(l) {
			return nil
		}
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		u.zipMember(l, f)
	}
	return nil
}

func (u *unpacker) zipMember(l *level, f *zip.File) {
	name := memberPath(l, f.Name)
	u.remark(name, f.Comment)
	if f.Flags&flagEncrypted != 0 {
		u.fail(l, name, errEncrypted)
		return
	}
	r, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		err = unsupported(fmt.Sprintf("compression method %d", f.Method))
	}
	if err != nil {
		u.fail(l, name, err)
		return
	}
	defer r.Close()
	u.member(l, f.Name, r)
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
