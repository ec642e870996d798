package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
)

// inflater decompresses zlib streams (RFC 1950) of known size; it is reused to
// spare the set-up, which for git's small entries costs more than the work.
type inflater struct {
	src bytes.Reader
	z   io.ReadCloser
}

// inflate appends the size bytes that src decompresses to, to dst[:0]. The
// stream's own checksum is verified.
func (f *inflater) inflate(dst, src []byte, size int) ([]byte, error) {
	if err := f.open(src); err != nil {
		return nil, err
	}
	dst = grow(dst, size)
	if _, err := io.ReadFull(f.z, dst); err != nil {
		return nil, corrupt(err)
	}
	// One read more reaches the end and with it the checksum.
	var rest [1]byte
	switch n, err := f.z.Read(rest[:]); {
	case n > 0:
		return nil, errors.New("its data is longer than its header says")
	case err != io.EOF:
		return nil, corrupt(err)
	}
	return dst, nil
}

func (f *inflater) open(src []byte) error {
	f.src.Reset(src)
	if f.z == nil {
		z, err := zlib.NewReader(&f.src)
		if err != nil {
			return corrupt(err)
		}
		f.z = z
		return nil
	}
	if err := f.z.(zlib.Resetter).Reset(&f.src, nil); err != nil {
		return corrupt(err)
	}
	return nil
}

func corrupt(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("its compressed data ends too early")
	}
	return fmt.Errorf("its compressed data is corrupt: %v", err)
}

// grow returns a slice of length n, in b's memory if that is large enough.
func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n, n+n/8)
	}
	return b[:n]
}
