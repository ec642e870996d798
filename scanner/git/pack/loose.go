package pack

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/klauspost/compress/zlib"
)

// looseObject is an object in a file of its own.
type looseObject struct {
	id   ID
	path string
}

// looseIn lists the loose objects of one object directory. Files that are no
// objects are left alone; a folder that cannot be read is an error.
func looseIn(dir string, hash Hash) ([]looseObject, []error) {
	var all []looseObject
	var errs []error
	for i := range 256 {
		sub := fmt.Sprintf("%02x", i)
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			if !os.IsNotExist(err) {
				errs = append(errs, err)
			}
			continue
		}
		for _, e := range entries {
			id, err := hash.Parse(sub + e.Name())
			if err == nil && e.Type().IsRegular() {
				all = append(all, looseObject{id, filepath.Join(dir, sub, e.Name())})
			}
		}
	}
	return all, errs
}

// read returns the object, or only its type if that is not wanted or it is
// larger than limit.
func (o *looseObject) read(z *inflater, dst []byte, want Type, limit int64) (Type, []byte, error) {
	src, err := os.ReadFile(o.path)
	if err != nil {
		return 0, nil, err
	}
	if err := z.open(src); err != nil {
		return 0, nil, err
	}
	typ, size, first, err := looseHeader(z.z)
	if err != nil {
		return 0, nil, err
	}
	switch {
	case want != 0 && typ != want:
		return typ, nil, nil
	case size > limit:
		return typ, nil, errTooLarge
	case size > 1100*int64(len(src))+1024:
		return typ, nil, errors.New("its header claims more data than the file can hold")
	}
	dst = grow(dst, int(size))
	n := copy(dst, first)
	if _, err := io.ReadFull(z.z, dst[n:]); err != nil {
		return typ, nil, corrupt(err)
	}
	if n < len(first) {
		return typ, nil, errors.New("its data is longer than its header says")
	}
	var rest [1]byte
	if k, err := z.z.Read(rest[:]); k > 0 || err != io.EOF {
		return typ, nil, errors.New("its data is corrupt, or longer than its header says")
	}
	return typ, dst, nil
}

// peek reads only the object's header.
func (o *looseObject) peek() (Type, int64, error) {
	f, err := os.Open(o.path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	z, err := zlib.NewReader(io.LimitReader(f, 4<<10))
	if err != nil {
		return 0, 0, corrupt(err)
	}
	typ, size, _, err := looseHeader(z)
	return typ, size, err
}

// stream hands the object's data to do without holding it.
func (o *looseObject) stream(do func(io.Reader)) error {
	f, err := os.Open(o.path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := zlib.NewReader(bufio.NewReader(f))
	if err != nil {
		return corrupt(err)
	}
	_, size, first, err := looseHeader(z)
	if err != nil {
		return err
	}
	body := &exact{r: io.MultiReader(bytes.NewReader(first), z), left: size}
	do(body)
	if body.err != nil {
		return corrupt(body.err)
	}
	return nil
}

// looseHeader reads "blob 1234\x00" and what came with it of the data.
func looseHeader(r io.Reader) (typ Type, size int64, first []byte, err error) {
	head := make([]byte, 64)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return 0, 0, nil, corrupt(err)
	}
	head = head[:n]
	end := bytes.IndexByte(head, 0)
	name, digits, ok := bytes.Cut(head[:max(end, 0)], []byte{' '})
	if end < 0 || !ok {
		return 0, 0, nil, errors.New("its header is corrupt")
	}
	size, perr := strconv.ParseInt(string(digits), 10, 64)
	typ = typeOf(string(name))
	if perr != nil || size < 0 || typ == 0 {
		return 0, 0, nil, fmt.Errorf("its header is corrupt: type %.20q", name)
	}
	return typ, size, head[end+1:], nil
}
