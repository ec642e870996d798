package files

import (
	"errors"
	"fmt"
	"io"

	"github.com/nwaples/rardecode/v2"
)

// rar unpacks l. Of an archive in several volumes only what is in this one can
// be read.
func (u *unpacker) rar(l *level, r io.Reader) error {
	in := &tally{r: r}
	l.in = in.count
	a, err := rardecode.NewReader(in, rardecode.MaxDictionarySize(maxWindow))
	if err != nil {
		return rarError(err)
	}
	for !u.halted(l) {
		h, err := a.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return rarError(err)
		}
		switch {
		case h.IsDir:
		case h.Encrypted:
			u.lost(l, h.Name, errEncrypted)
		default:
			volumes := false
			u.member(l, h.Name, readFunc(func(p []byte) (int, error) {
				n, err := a.Read(p)
				volumes = errors.Is(err, rardecode.ErrMultiVolume)
				return n, rarError(err)
			}))
			if volumes {
				return nil // the reader does not get over it
			}
		}
	}
	return nil
}

// rarError tells what is encrypted or not supported from what is damaged.
func rarError(err error) error {
	switch {
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted):
		return errEncrypted
	case errors.Is(err, rardecode.ErrMultiVolume):
		return unsupported("an archive in several volumes")
	case errors.Is(err, rardecode.ErrDictionaryTooLarge):
		return unsupported(fmt.Sprintf("a dictionary of more than %d MiB", maxWindow>>20))
	case errors.Is(err, rardecode.ErrUnsupportedDecoder), errors.Is(err, rardecode.ErrUnknownDecoder),
		errors.Is(err, rardecode.ErrUnknownVersion):
		return unsupported("its version of the format")
	}
	return err
}
