package files

import (
	"archive/tar"
	"errors"
	"io"
)

// tar unpacks l with the standard library's reader, which knows the GNU, PAX and
// sparse extensions.
func (u *unpacker) tar(l *level, r io.Reader) error {
	in := &tally{r: r}
	l.in, l.stored = in.count, true
	t := tar.NewReader(in)
	for !u.halted(l) {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeSymlink, tar.TypeLink:
			u.link(l, h.Name, h.Linkname)
		case tar.TypeDir, tar.TypeChar, tar.TypeBlock, tar.TypeFifo, tar.TypeXGlobalHeader:
		default:
			u.member(l, h.Name, t)
		}
	}
	return nil
}
