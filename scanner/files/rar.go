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
			u.fail(l, memberPath(l, h.Name), errEncrypted)
		default:
			u.member(l, h.Name, readFunc(func(p []byte) (int, error) {
				n, err := a.Read(p)
				return n, rarError(err)
			}))
		}
	}
	return nil
}

// rarError tells what is encrypted or not supported from what is damaged.
func rarError(err error) error {
	for _, locked := range []error{rardecode.ErrArchiveEncrypted, rardecode.ErrArchivedFileEncrypted} {
		if errors.Is(err, locked) {
			return errEncrypted
		}
	}
	for _, lacking := range []error{rardecode.ErrMultiVolume, rardecode.ErrDictionaryTooLarge,
		rardecode.ErrUnsupportedDecoder, rardecode.ErrUnknownDecoder, rardecode.ErrUnknownVersion} {
		if errors.Is(err, lacking) {
			return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
		}
	}
	return err
}
