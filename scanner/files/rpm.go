package files

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// The parts of a package, as rpm's documentation of its formats 3 and 4 has
// them: a lead, a header with signatures, one that describes the package, and
// the payload.
const (
	rpmMagic       = "\xed\xab\xee\xdb"
	rpmLead        = 96
	rpmHeaderMagic = "\x8e\xad\xe8\x01"
	rpmEntry       = 16 // bytes of an entry in a header's index
)

// rpm unpacks l: the texts of its header, among them the scripts that run when
// it is installed, as a member called "header", and the members of its payload.
func (u *unpacker) rpm(l *level, r io.Reader) error {
	in := &tally{r: r}
	l.in = in.count
	buffered := bufio.NewReaderSize(in, 2*headSize)
	if _, err := buffered.Discard(rpmLead); err != nil {
		return cutOff(err)
	}
	signatures, err := rpmHeader(buffered)
	if err != nil {
		return err
	}
	fill := int(-signatures.left & 7)
	if _, err := io.Copy(io.Discard, signatures); err != nil {
		return err
	}
	if _, err := buffered.Discard(fill); err != nil {
		return cutOff(err)
	}
	header, err := rpmHeader(buffered)
	if err != nil {
		return err
	}
	u.member(l, "header", rpmTexts(header))
	if _, err := io.Copy(io.Discard, header); err != nil {
		return err
	}
	return u.rpmPayload(l, buffered)
}

// rpmPayload reads the members of the payload as those of l: "a.rpm!etc/x".
func (u *unpacker) rpmPayload(l *level, r *bufio.Reader) error {
	head, err := r.Peek(headSize)
	switch is := formatOf(head); {
	case is == cpioed:
		return u.cpio(l, r)
	case is.compression():
		return u.compressed(l, r, is)
	case len(head) == 0:
		return cutOff(err)
	}
	return unsupported("its payload")
}

// rpmHeader reads a header up to where the values are, and returns these.
func rpmHeader(r io.Reader) (*exactly, error) {
	var h [16]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, cutOff(err)
	}
	if string(h[:4]) != rpmHeaderMagic {
		return nil, errors.New("it has no header where there should be one")
	}
	entries, size := binary.BigEndian.Uint32(h[8:]), binary.BigEndian.Uint32(h[12:])
	if _, err := io.CopyN(io.Discard, r, int64(entries)*rpmEntry); err != nil {
		return nil, cutOff(err)
	}
	return &exactly{r, int64(size)}, nil
}

// rpmTexts is the values of a header with each string, which ends with a zero,
// in lines of its own.
func rpmTexts(values io.Reader) io.Reader {
	return readFunc(func(p []byte) (int, error) {
		n, err := values.Read(p)
		for rest := p[:n]; ; {
			i := bytes.IndexByte(rest, 0)
			if i < 0 {
				return n, err
			}
			rest[i] = '\n'
			rest = rest[i+1:]
		}
	})
}
