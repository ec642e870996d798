package pack

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
)

// file is one pack with its index.
type file struct {
	name string // "pack-1f3a….pack"
	data []byte
	idx  *index

	// base numbers the pack's objects within the store: object i in the order
	// of names has the ordinal base+i.
	base uint32

	once    sync.Once
	entries []entry  // in the order of offsets
	roots   []uint32 // entries that are no delta, or whose base is elsewhere
	faults  []fault
}

// entry is an object in a pack. Entries form families: a root and the deltas on
// it, linked as first child and next sibling.
type entry struct {
	off     int64
	pos     uint32 // in the order of names
	child   uint32 // entry number plus 1; 0: none
	sibling uint32
	size    int64  // of the inflated data: of the delta, if it is one
	data    uint32 // bytes of header before the compressed data
	typ     Type   // as stored
	kind    Type   // of the object, once known through its root
	outside bool   // a delta whose base is not in this pack
}

// fault is an entry that cannot be read at all.
type fault struct {
	pos uint32
	off int64
	err error
}

func openFile(dir, stem string, hash Hash) (*file, error) {
	idx, err := openIndex(filepath.Join(dir, stem+".idx"), hash)
	if err != nil {
		return nil, fmt.Errorf("%s.idx: %w", stem, err)
	}
	data, err := mapFile(filepath.Join(dir, stem+".pack"))
	if err != nil {
		unmapFile(idx.data)
		return nil, fmt.Errorf("%s.pack: %w", stem, err)
	}
	f := &file{name: stem + ".pack", data: data, idx: idx}
	if len(data) < 12 || !bytes.Equal(data[:4], []byte("PACK")) {
		f.close()
		return nil, fmt.Errorf("%s: not a pack", f.name)
	}
	if v := binary.BigEndian.Uint32(data[4:]); v != 2 && v != 3 {
		f.close()
		return nil, fmt.Errorf("%s: pack of unknown version %d", f.name, v)
	}
	return f, nil
}

func (f *file) close() {
	unmapFile(f.data)
	unmapFile(f.idx.data)
}

// forest reads the header of every entry and links the families, once. touched is that of
// the store.
func (f *file) forest(touched func(int)) {
	f.once.Do(func() {
		f.list(touched)
		f.spread(f.link(touched))
	})
}

// list reads the headers in the order in which they lie in the pack.
func (f *file) list(touched func(int)) {
	f.entries = make([]entry, 0, f.idx.count)
	for i := range f.idx.count {
		off, ok := f.idx.offset(i)
		if !ok {
			f.faults = append(f.faults, fault{uint32(i), off, errors.New("the index names no place for it")})
			continue
		}
		f.entries = append(f.entries, entry{off: off, pos: uint32(i)})
	}
	slices.SortFunc(f.entries, func(a, b entry) int { return cmp.Compare(a.off, b.off) })
	kept := f.entries[:0]
	for i, e := range f.entries {
		if err := f.header(&e); err != nil {
			f.faults = append(f.faults, fault{e.pos, e.off, err})
			continue
		}
		touched(f.step(i))
		kept = append(kept, e)
	}
	f.entries = kept
	f.plausible()
}

// step is how many bytes lie between the entry with that number and the one before.
func (f *file) step(i int) int { return int(f.entries[i].off - f.entries[max(i-1, 0)].off) }

// plausible takes out entries whose header claims more than their share of the
// pack can hold: no deflate stream grows more than some 1,032 times.
func (f *file) plausible() {
	kept := f.entries[:0]
	for i, e := range f.entries {
		end := int64(len(f.data))
		if i+1 < len(f.entries) {
			end = f.entries[i+1].off
		}
		if e.size > 1100*(end-e.off)+1024 {
			f.faults = append(f.faults, fault{e.pos, e.off, errors.New("its header claims more data than the pack holds for it")})
			continue
		}
		kept = append(kept, e)
	}
	f.entries = kept
}

// header reads type and size of the entry at e.off, and checks that they fit.
func (f *file) header(e *entry) error {
	if e.off < 12 || e.off >= int64(len(f.data)) {
		return errors.New("its offset lies outside the pack: is the pack truncated?")
	}
	b := f.data[e.off:]
	e.typ = Type(b[0] >> 4 & 7)
	size, n := uint64(b[0]&15), 1
	if b[0]&0x80 != 0 {
		v, m := varint(b[1:])
		if m == 0 || v > 1<<56 {
			return errors.New("its header is corrupt")
		}
		size |= v << 4
		n += m
	}
	e.size = int64(size)
	switch e.typ {
	case Commit, Tree, Blob, Tag:
	case ofsDelta:
		_, m := negative(b[n:])
		if m == 0 {
			return errors.New("its header is corrupt")
		}
		n += m
	case refDelta:
		if len(b) < n+int(f.idx.hash) {
			return errors.New("its header is cut off")
		}
		n += int(f.idx.hash)
	default:
		return fmt.Errorf("its header is corrupt: type %d", e.typ)
	}
	e.data = uint32(n)
	return nil
}

// negative reads the distance of an ofs-delta to its base.
func negative(b []byte) (v int64, n int) {
	for n < len(b) && n < 9 {
		c := b[n]
		n++
		v = v<<7 | int64(c&0x7f)
		if c&0x80 == 0 {
			return v, n
		}
		v++
	}
	return 0, 0
}

// link hangs each delta under its base and returns those that have none.
func (f *file) link(touched func(int)) (orphans []uint32) {
	for i := range f.entries {
		e := &f.entries[i]
		var base int
		touched(f.step(i))
		switch e.typ {
		case ofsDelta:
			base = f.at(f.baseOffset(e))
		case refDelta:
			base = f.refBase(e)
			e.outside = base < 0
		default:
			f.roots = append(f.roots, uint32(i))
			continue
		}
		switch {
		case e.outside:
			f.roots = append(f.roots, uint32(i))
		case base < 0 || base == i:
			orphans = append(orphans, uint32(i))
		default:
			e.sibling = f.entries[base].child
			f.entries[base].child = uint32(i) + 1
		}
	}
	return orphans
}

// baseOffset is where the base of an ofs-delta begins.
func (f *file) baseOffset(e *entry) int64 {
	// The distance stands behind the size; find it again from the header's start.
	start := int64(1)
	for f.data[e.off+start-1]&0x80 != 0 {
		start++
	}
	dist, _ := negative(f.data[e.off+start : e.off+int64(e.data)])
	return e.off - dist
}

func (f *file) refBase(e *entry) int {
	end := e.off + int64(e.data)
	id := f.idx.hash.ID(f.data[end-int64(f.idx.hash) : end])
	pos := f.idx.find(&id)
	if pos < 0 {
		return -1
	}
	off, ok := f.idx.offset(pos)
	if !ok {
		return -1
	}
	return f.at(off)
}

// at is the number of the entry at that offset, or -1.
func (f *file) at(off int64) int {
	i, ok := slices.BinarySearchFunc(f.entries, off, func(e entry, off int64) int { return cmp.Compare(e.off, off) })
	if !ok {
		return -1
	}
	return i
}

// foreign is the kind of entries whose family begins in another pack, until its
// base is read.
const foreign Type = 0xff

// spread gives every entry of a family its root's type. What no root leads to is
// a fault: its base is missing, or is itself.
func (f *file) spread(orphans []uint32) {
	for _, r := range f.roots {
		kind := f.entries[r].typ
		if f.entries[r].outside {
			kind = foreign
		}
		f.descend(r, func(e *entry) { e.kind = kind })
	}
	for _, o := range orphans {
		f.descend(o, func(e *entry) {
			e.kind = foreign
			f.faults = append(f.faults, fault{e.pos, e.off, errors.New("the base of its delta is not in the pack")})
		})
	}
	for i := range f.entries {
		if e := &f.entries[i]; e.kind == 0 {
			f.faults = append(f.faults, fault{e.pos, e.off, errors.New("its delta is built on itself")})
		}
	}
}

// descend calls do for the entry and all that is built on it.
func (f *file) descend(i uint32, do func(*entry)) {
	stack := []uint32{i}
	for len(stack) > 0 {
		e := &f.entries[stack[len(stack)-1]]
		stack = stack[:len(stack)-1]
		do(e)
		for c := e.child; c > 0; c = f.entries[c-1].sibling {
			stack = append(stack, c-1)
		}
	}
}

// compressed is the entry's zlib stream, up to the end of the pack.
func (f *file) compressed(e *entry) []byte {
	return f.data[e.off+int64(e.data):]
}
