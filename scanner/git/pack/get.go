package pack

import (
	"errors"
	"fmt"
)

// Reader reads single objects by name. It keeps the bases of deltas that it came
// by, and is for one goroutine.
type Reader struct {
	store   *Store
	z       inflater
	cache   map[place][]byte
	kept    int
	without *file // a pack that is not to be trusted
}

type place struct {
	f   *file
	off int64
}

// cacheBudget is how many bytes of bases a Reader keeps.
const cacheBudget = 32 << 20

// maxChain bounds how many deltas are followed to a base; git itself makes no
// chain longer than 4,095.
const maxChain = 10_000

// Reader returns a new reader.
func (s *Store) Reader() *Reader {
	return &Reader{store: s, cache: map[place][]byte{}}
}

// Get returns an object. The data is the caller's to read but not to change. It
// fails with ErrMissing if the object is nowhere; if one copy is corrupt, the
// others are tried.
func (r *Reader) Get(id ID) (Type, []byte, error) {
	err := ErrMissing
	if o, ok := r.store.looseAt(&id); ok {
		typ, data, lerr := o.read(&r.z, nil, 0, r.store.inMemory())
		if lerr == nil {
			return typ, data, nil
		}
		err = lerr
	}
	r.store.openLate()
	for _, f := range r.store.packs {
		if f == r.without {
			continue
		}
		pos := f.idx.find(&id)
		if pos < 0 {
			continue
		}
		typ, data, perr := r.packed(f, pos, 0)
		if perr == nil {
			return typ, data, nil
		}
		err = perr
	}
	return 0, nil, err
}

// step is a delta on the way from an object to its root.
type step struct {
	off   int64
	entry entry
}

func (r *Reader) packed(f *file, pos, nested int) (typ Type, data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reading it failed: %v", p)
		}
	}()
	off, ok := f.idx.offset(pos)
	if !ok {
		return 0, nil, errors.New("the index names no place for it")
	}
	var chain []step
	for {
		if len(chain) > maxChain {
			return 0, nil, errors.New("its chain of deltas does not end")
		}
		if b, ok := r.cache[place{f, off}]; ok {
			data = b[1:]
			typ = Type(b[0])
			break
		}
		e := entry{off: off}
		if err := f.header(&e); err != nil {
			return 0, nil, err
		}
		if e.size > r.store.inMemory() {
			return 0, nil, errTooLarge
		}
		switch e.typ {
		case ofsDelta:
			chain = append(chain, step{off, e})
			off = f.baseOffset(&e)
			continue
		case refDelta:
			chain = append(chain, step{off, e})
			end := e.off + int64(e.data)
			id := f.idx.hash.ID(f.data[end-int64(f.idx.hash) : end])
			if p := f.idx.find(&id); p >= 0 {
				if off, ok = f.idx.offset(p); !ok {
					return 0, nil, errors.New("the index names no place for its base")
				}
				continue
			}
			if nested > maxChain/100 {
				return 0, nil, errors.New("its chain of deltas does not end")
			}
			typ, data, err = r.outside(f, id, nested)
		default:
			typ = e.typ
			data, err = r.store.inflate(&r.z, nil, f, &e)
			r.keep(place{f, off}, typ, data)
		}
		if err != nil {
			return 0, nil, err
		}
		break
	}
	for i := len(chain) - 1; i >= 0; i-- {
		delta, err := r.store.inflate(&r.z, nil, f, &chain[i].entry)
		if err != nil {
			return 0, nil, err
		}
		if data, err = patch(nil, data, delta, r.store.inMemory()); err != nil {
			return 0, nil, err
		}
		r.keep(place{f, chain[i].off}, typ, data)
	}
	return typ, data, nil
}

// outside reads a base that lies in another pack or is loose.
func (r *Reader) outside(f *file, id ID, nested int) (Type, []byte, error) {
	for _, other := range r.store.packs {
		if other == f || other == r.without {
			continue
		}
		if pos := other.idx.find(&id); pos >= 0 {
			return r.packed(other, pos, nested+1)
		}
	}
	if o, ok := r.store.looseAt(&id); ok {
		return o.read(&r.z, nil, 0, r.store.inMemory())
	}
	return 0, nil, fmt.Errorf("the base of its delta: %w", ErrMissing)
}

// keep remembers an object as a base, its type in front.
func (r *Reader) keep(p place, typ Type, data []byte) {
	if len(data) > cacheBudget/8 {
		return
	}
	if r.kept+len(data) > cacheBudget {
		clear(r.cache)
		r.kept = 0
	}
	b := make([]byte, 1+len(data))
	b[0] = byte(typ)
	copy(b[1:], data)
	r.cache[p] = b
	r.kept += len(b)
}
