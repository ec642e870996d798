package pack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
)

// index is a mapped pack index of version 2.
type index struct {
	data    []byte
	hash    Hash
	count   int
	fanout  []byte // 256 × 4
	ids     []byte // count × hash
	offsets []byte // count × 4
	large   []byte // the 8-byte offsets
}

func openIndex(path string, hash Hash) (*index, error) {
	data, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	x := &index{data: data, hash: hash}
	if err := x.parse(); err != nil {
		unmapFile(data)
		return nil, err
	}
	return x, nil
}

func (x *index) parse() error {
	const header = 8
	d := x.data
	if len(d) < header+256*4 || !bytes.Equal(d[:4], []byte("\xfftOc")) {
		return errors.New("not a pack index of version 2")
	}
	if v := binary.BigEndian.Uint32(d[4:]); v != 2 {
		return fmt.Errorf("pack index of unknown version %d", v)
	}
	x.fanout = d[header : header+256*4]
	prev := uint32(0)
	for i := range 256 {
		n := binary.BigEndian.Uint32(x.fanout[4*i:])
		if n < prev {
			return errors.New("pack index is corrupt: its fan-out table is not sorted")
		}
		prev = n
	}
	x.count = int(prev)
	at := header + 256*4
	need := at + x.count*(int(x.hash)+4+4) + 2*int(x.hash)
	if need > len(d) || x.count < 0 {
		return errors.New("pack index is truncated")
	}
	x.ids = d[at : at+x.count*int(x.hash)]
	at += len(x.ids) + 4*x.count // the CRC table is not used: zlib's own check is
	x.offsets = d[at : at+4*x.count]
	at += 4 * x.count
	x.large = d[at : len(d)-2*int(x.hash)]
	return nil
}

// id is the name of the i-th object in the order of names.
func (x *index) id(i int) ID {
	return x.hash.ID(x.ids[i*int(x.hash) : (i+1)*int(x.hash)])
}

// offset is where the i-th object's entry begins in the pack; ok is false if the
// index is corrupt there.
func (x *index) offset(i int) (off int64, ok bool) {
	o := binary.BigEndian.Uint32(x.offsets[4*i:])
	if o&0x80000000 == 0 {
		return int64(o), true
	}
	n := int(o & 0x7fffffff)
	if 8*(n+1) > len(x.large) {
		return 0, false
	}
	v := binary.BigEndian.Uint64(x.large[8*n:])
	return int64(v), v < 1<<62
}

// find is the position of an object in the order of names, or -1.
func (x *index) find(id *ID) int {
	lo := 0
	if id[0] > 0 {
		lo = int(binary.BigEndian.Uint32(x.fanout[4*(int(id[0])-1):]))
	}
	hi := int(binary.BigEndian.Uint32(x.fanout[4*int(id[0]):]))
	h := int(x.hash)
	key := id[:h]
	i := lo + sort.Search(hi-lo, func(i int) bool {
		return bytes.Compare(x.ids[(lo+i)*h:(lo+i+1)*h], key) >= 0
	})
	if i < hi && bytes.Equal(x.ids[i*h:(i+1)*h], key) {
		return i
	}
	return -1
}
