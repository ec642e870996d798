package files

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/ulikunitz/xz/lzma"
)

// sevenZip unpacks l. The format is that of 7zFormat.txt in the LZMA SDK. The
// reader is ours because a header may claim any count, and must be held to the
// bytes that are there before memory is given to it.
func (u *unpacker) sevenZip(l *level, r *io.SectionReader) error {
	l.in = r.Size
	header, err := nextHeader(r)
	if err != nil || len(header) == 0 {
		return err
	}
	for layers := 0; header[0] == id7zEncodedHeader; layers++ {
		if layers == u.limits.Depth {
			return errors.New("its header is compressed many times over")
		}
		if header, err = u.decodedHeader(l, r, header[1:]); err != nil {
			return err
		}
	}
	a, err := parseHeader(header)
	if err != nil {
		return err
	}
	return u.folders(l, r, a)
}

// nextHeader reads what the signature header, at the start, leads to.
func nextHeader(r *io.SectionReader) ([]byte, error) {
	var start [32]byte
	if _, err := r.ReadAt(start[:], 0); err != nil {
		return nil, fmt.Errorf("its first header is cut off: %w", err)
	}
	if crc32.ChecksumIEEE(start[12:]) != binary.LittleEndian.Uint32(start[8:]) {
		return nil, errors.New("the checksum of its first header does not hold")
	}
	offset, size := binary.LittleEndian.Uint64(start[12:]), binary.LittleEndian.Uint64(start[20:])
	rest := uint64(r.Size()) - uint64(len(start))
	if offset > rest || size > rest-offset {
		return nil, errors.New("its end, where members are listed, is cut off")
	}
	if size > maxHeader {
		return nil, unsupported(fmt.Sprintf("a header of %d bytes", size))
	}
	header := make([]byte, size)
	if _, err := r.ReadAt(header, int64(offset)+int64(len(start))); err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(header) != binary.LittleEndian.Uint32(start[28:]) {
		return nil, errors.New("the checksum of its header does not hold")
	}
	return header, nil
}

// decodedHeader decompresses a header of which encoded tells the place.
func (u *unpacker) decodedHeader(l *level, r *io.SectionReader, encoded []byte) ([]byte, error) {
	p := &parser7z{rest: encoded}
	s := p.streams()
	if p.err != nil || len(s.folders) != 1 {
		return nil, errors.Join(errors.New("its header cannot be read"), p.err)
	}
	f := s.folders[0]
	if f.size() > maxHeader {
		return nil, unsupported(fmt.Sprintf("a header of %d bytes", f.size()))
	}
	d, err := f.open(r)
	if err != nil {
		return nil, err
	}
	header := make([]byte, f.size())
	if _, err := io.ReadFull(u.metered(l, d), header); err != nil {
		return nil, fmt.Errorf("its header cannot be read: %w", err)
	}
	if len(header) == 0 {
		return nil, errors.New("its header is empty")
	}
	return header, f.crc.check(crc32.ChecksumIEEE(header))
}

// folders reads the members folder by folder: a folder is a run of members that
// are compressed as one.
func (u *unpacker) folders(l *level, r *io.SectionReader, a *archive7z) error {
	names := a.names
	for _, f := range a.streams.folders {
		names = names[min(len(names), u.folder(l, r, f, names)):]
		if u.halted(l) {
			return nil
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("it lists %d members that have no content in it", len(names))
	}
	return nil
}

// folder reads the members of f, which have the first of names, and returns how
// many they are. What follows a damaged member in the folder is lost with it.
func (u *unpacker) folder(l *level, r *io.SectionReader, f *folder7z, names []string) int {
	d, err := f.open(r)
	for i, m := range f.members {
		name := fmt.Sprintf("member %d", i+1)
		if i < len(names) {
			name = names[i]
		}
		if err != nil {
			u.lost(l, name, err)
			continue
		}
		sum := crc32.NewIEEE()
		content := &tally{r: io.TeeReader(io.LimitReader(d, m.size), sum)}
		u.member(l, name, content)
		if u.halted(l) {
			break
		}
		if _, err = io.Copy(io.Discard, u.metered(l, content)); err == nil && content.n < m.size {
			err = io.ErrUnexpectedEOF
		}
		u.note(err, l, memberPath(l, name))
		if err == nil && !slices.ContainsFunc(f.coders, coder7z.branchFilter) {
			u.note(m.crc.check(sum.Sum32()), l, memberPath(l, name))
		}
	}
	return len(f.members)
}

// open returns the decompressed bytes of the folder: of the packed stream,
// passed through each coder in turn.
func (f *folder7z) open(r *io.SectionReader) (io.Reader, error) {
	if f.packedAt < 0 || f.packedSize < 0 || f.packedAt > r.Size() || f.packedSize > r.Size()-f.packedAt {
		return nil, errors.New("its data lies beyond its end")
	}
	var out io.Reader = io.NewSectionReader(r, f.packedAt, f.packedSize)
	for _, i := range f.chain {
		c := f.coders[i]
		d, err := c.open(out, f.sizes[i])
		if err != nil {
			return nil, err
		}
		out = io.LimitReader(d, f.sizes[i])
	}
	return out, nil
}

// open undoes what the coder did to r, which is size bytes long then.
func (c coder7z) open(r io.Reader, size int64) (io.Reader, error) {
	switch c.method {
	case "\x00":
		return r, nil
	case "\x21":
		return openLZMA2(r, c.properties)
	case "\x03\x01\x01":
		return openLZMA(r, c.properties, size)
	case "\x04\x01\x08":
		return flate.NewReader(r), nil
	case "\x04\x02\x02":
		return decompress(r, bzipped)
	case "\x04\xf7\x11\x01":
		return decompress(r, zstandard)
	case "\x04\xf7\x11\x04":
		return decompress(r, lz4Framed)
	case "\x06\xf1\x07\x01":
		return nil, errEncrypted
	}
	if c.branchFilter() {
		return r, nil
	}
	return nil, unsupported(fmt.Sprintf("compression method %x", c.method))
}

// branchFilter reports whether the coder only changes the targets of branches
// in machine code. It is not undone, since texts stay as they are; but the
// checksum is of what it was given.
func (c coder7z) branchFilter() bool {
	switch c.method {
	case "\x04", "\x05", "\x06", "\x07", "\x08", "\x09", "\x0a", "\x0b", // x86 … ARM64, RISC-V
		"\x03\x03\x01\x03", "\x03\x03\x02\x05", "\x03\x03\x04\x01", // x86, PowerPC, IA-64
		"\x03\x03\x05\x01", "\x03\x03\x07\x01", "\x03\x03\x08\x05": // ARM, ARM Thumb, SPARC
		return true
	}
	return false
}

func openLZMA(r io.Reader, properties []byte, size int64) (io.Reader, error) {
	if len(properties) != 5 {
		return nil, errors.New("its LZMA properties are cut off")
	}
	if dict := binary.LittleEndian.Uint32(properties[1:]); dict > maxWindow {
		return nil, unsupported(fmt.Sprintf("a dictionary of %d bytes", dict))
	}
	header := binary.LittleEndian.AppendUint64(bytes.Clone(properties), uint64(size))
	return lzma.NewReader(io.MultiReader(bytes.NewReader(header), r))
}

func openLZMA2(r io.Reader, properties []byte) (io.Reader, error) {
	if len(properties) != 1 {
		return nil, errors.New("its LZMA2 properties are cut off")
	}
	dict, err := lzma.DecodeDictCap(properties[0])
	if err != nil {
		return nil, err
	}
	if dict > maxWindow {
		return nil, unsupported(fmt.Sprintf("a dictionary of %d bytes", dict))
	}
	return lzma.Reader2Config{DictCap: int(max(dict, lzma.MinDictCap))}.NewReader2(r)
}
