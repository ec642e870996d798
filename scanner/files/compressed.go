package files

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz/lzma"
)

// compressed unpacks l, one compressed stream. A tar or cpio archive in it is
// one with it: "a.tar.gz!x" rather than "a.tar.gz!a.tar!x".
func (u *unpacker) compressed(l *level, r io.Reader, is format) error {
	in := &tally{r: r}
	l.in = in.count
	d, err := decompress(in, is)
	if err != nil {
		return err
	}
	defer d.Close()
	if z, ok := d.(*gzip.Reader); ok {
		u.remark(l.path, z.Comment)
	}
	out := bufio.NewReaderSize(u.metered(l, d), HeadSize)
	head, _ := out.Peek(HeadSize)
	name := l.path + "!" + plainName(l.path)
	c := ContentOf(head, name)
	switch one := (&level{up: l, path: l.path, depth: l.depth}); {
	case c.archive == tarball:
		return u.tar(one, out)
	case c.archive == cpioed:
		return u.cpio(one, out)
	case c.Archive():
		u.archive(l, name, out, c)
		return nil
	}
	if !u.admit(l) {
		return nil
	}
	u.cov.Count("archive members", 1)
	if c.Packed() {
		u.nestedDocument(l, name, out, c.document)
		return nil
	}
	return u.text(name, out)
}

// decompress opens a stream. None of the decompressors starts goroutines or
// keeps more than maxWindow.
func decompress(r io.Reader, is format) (io.ReadCloser, error) {
	switch is {
	case gzipped:
		return gzip.NewReader(r)
	case bzipped:
		return io.NopCloser(bzip2.NewReader(r)), nil
	case xzipped:
		d, err := xz.NewReader(r, maxWindow)
		return io.NopCloser(d), err
	case lzmaAlone:
		return openLZMAFile(r)
	case zstandard:
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	case lz4Framed:
		src := bufio.NewReader(r)
		return io.NopCloser(&lz4Frames{src: src, frame: lz4.NewReader(src)}), nil
	}
	return nil, fmt.Errorf("%s is no compression", is)
}

// isLZMA reports whether a file begins as those of LZMA Utils and of xz do. There
// is no magic: the first bytes are the default properties, and the sizes make sense.
func isLZMA(head []byte) bool {
	return len(head) >= lzma.HeaderLen && head[0] == 0x5d && head[1] == 0 && head[2] == 0 && lzma.ValidHeader(head[:lzma.HeaderLen])
}

func openLZMAFile(r io.Reader) (io.ReadCloser, error) {
	d, err := lzma.ReaderConfig{DictCap: maxWindow}.NewReader(r)
	var large *lzma.ErrDictSize
	if errors.As(err, &large) {
		err = unsupported(fmt.Sprintf("a dictionary of %d bytes", large.HeaderDictSize))
	}
	if err != nil {
		return nil, err
	}
	return io.NopCloser(d), nil
}

// lz4Frames reads all frames of a stream, where the library stops after one.
type lz4Frames struct {
	src   *bufio.Reader
	frame *lz4.Reader
	err   error // sticks, which the library's io.EOF does not
}

func (l *lz4Frames) Read(p []byte) (n int, err error) {
	if l.err != nil {
		return 0, l.err
	}
	n, l.err = l.frame.Read(p)
	if l.err == io.EOF {
		if _, l.err = l.src.Peek(1); l.err == nil {
			l.frame.Reset(l.src)
		}
	}
	return n, l.err
}

// plainName is the name of what is compressed in the file at path: its last
// part without the compression's suffix, so that rules for paths see prod.env
// in prod.env.gz.
func plainName(path string) string {
	name := path[strings.LastIndexAny(path, "/!")+1:]
	dot := strings.LastIndexByte(name, '.')
	if dot > 0 && slices.Contains([]string{".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4"}, strings.ToLower(name[dot:])) {
		return name[:dot]
	}
	return name
}
