package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"
)

// Object is one object while it is handed out; Data is valid only during the
// call.
type Object struct {
	ID      ID
	Ordinal uint32
	Data    []byte
	// Stream is set instead of Data where the object is too large to be held: it
	// yields Size bytes.
	Stream io.Reader
	Size   int64
}

const (
	// streamed is the size from which an object that nothing is built on is not
	// held in memory.
	streamed = 32 << 20
	// pathBudget bounds the memory of one family's chain of bases; where a chain
	// needs more, each object in it is rebuilt for itself.
	pathBudget = 192 << 20
	// deepest bounds recursion; git makes no chain longer than 4,095.
	deepest = 4096
)

// Each hands every object of the wanted type to fn, each exactly once, from up
// to workers goroutines. Families of deltas are the units of work: every entry
// is decompressed once and no base is looked for. What cannot be read is
// reported, and read from another copy where there is one. The error is only
// that ctx is done.
func (s *Store) Each(ctx context.Context, want Type, workers int, fn func(Object)) error {
	return s.EachBut(ctx, nil, want, workers, fn)
}

// EachBut is Each without the objects that skip marks, by ordinal; nil marks none. They
// are decompressed only where others are built on them, and faults of theirs are not
// reported.
func (s *Store) EachBut(ctx context.Context, skip []bool, want Type, workers int, fn func(Object)) error {
	for i, f := range s.packs {
		f.forest(s.touched)
		s.eachFault(skip, want, f, fn)
		need := f.needed(skip, want)
		var next atomic.Int64
		p := pool.New().WithMaxGoroutines(workers)
		for range workers {
			p.Go(func() {
				w := &walker{store: s, pack: i, file: f, skip: skip, need: need, want: want, fn: fn}
				for ctx.Err() == nil {
					n := int(next.Add(1)) - 1
					if n >= len(f.roots) {
						return
					}
					w.family(f.roots[n])
				}
			})
		}
		p.Wait()
	}
	s.eachLoose(ctx, skip, want, workers, fn)
	return ctx.Err()
}

// Candidates lists by ordinal the objects of the wanted type, and those whose type is not
// known before they are read.
func (s *Store) Candidates(want Type) []uint32 {
	var all []uint32
	for _, f := range s.packs {
		f.forest(s.touched)
		other := make([]bool, f.idx.count)
		for i := range f.entries {
			e := &f.entries[i]
			other[e.pos] = e.kind != want && e.kind >= Commit && e.kind <= Tag
		}
		for pos, is := range other {
			if !is {
				all = append(all, f.base+uint32(pos))
			}
		}
	}
	for n := range s.loose {
		all = append(all, s.total+uint32(n))
	}
	return all
}

// eachFault tries to read elsewhere what this pack cannot give.
func (s *Store) eachFault(skip []bool, want Type, f *file, fn func(Object)) {
	if want != Blob {
		// Its type is unknown; it is reported once, with the blobs.
		for _, ft := range f.faults {
			if skip != nil && skip[f.base+ft.pos] {
				continue
			}
			if typ, data, err := s.copyOf(f.idx.id(int(ft.pos)), f); err == nil && typ == want {
				fn(Object{ID: f.idx.id(int(ft.pos)), Ordinal: f.base + ft.pos, Data: data, Size: int64(len(data))})
			}
		}
		return
	}
	for _, ft := range f.faults {
		if skip != nil && skip[f.base+ft.pos] {
			continue
		}
		id := f.idx.id(int(ft.pos))
		typ, data, err := s.copyOf(id, f)
		switch {
		case err != nil:
			s.fail(0, id, f, ft.off, ft.err)
		case typ == want:
			fn(Object{ID: id, Ordinal: f.base + ft.pos, Data: data, Size: int64(len(data))})
		}
	}
}

// copyOf reads the object from any place but pack f.
func (s *Store) copyOf(id ID, f *file) (Type, []byte, error) {
	r := s.Reader()
	r.without = f
	return r.Get(id)
}

func (s *Store) eachLoose(ctx context.Context, skip []bool, want Type, workers int, fn func(Object)) {
	var next atomic.Int64
	p := pool.New().WithMaxGoroutines(workers)
	for range workers {
		p.Go(func() {
			var z inflater
			var buf []byte
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= len(s.loose) {
					return
				}
				o := &s.loose[n]
				if skip != nil && skip[int(s.total)+n] || s.elsewhere(len(s.packs), &o.id) {
					continue
				}
				if typ, size, err := o.peek(); err == nil && typ != want {
					continue
				} else if err == nil && size >= streamed {
					s.streamLoose(n, o, typ, size, fn)
					continue
				}
				typ, data, err := o.read(&z, buf, want, s.inMemory())
				if data != nil {
					buf = data
				}
				switch {
				case err != nil && (typ == want || typ == 0 && want == Blob):
					s.fail(typ, o.id, nil, 0, err)
				case err == nil && typ == want:
					fn(Object{ID: o.id, Ordinal: s.total + uint32(n), Data: data, Size: int64(len(data))})
				}
			}
		})
	}
	p.Wait()
}

// streamLoose hands out a large loose object without holding it.
func (s *Store) streamLoose(n int, o *looseObject, typ Type, size int64, fn func(Object)) {
	if size > s.Limit {
		s.fail(typ, o.id, nil, 0, errTooLarge)
		return
	}
	err := o.stream(func(r io.Reader) {
		fn(Object{ID: o.id, Ordinal: s.total + uint32(n), Stream: r, Size: size})
	})
	if err != nil {
		s.fail(typ, o.id, nil, 0, err)
	}
}

// walker works through families; its buffers are reused from one to the next.
type walker struct {
	store *Store
	pack  int
	file  *file
	skip  []bool // by ordinal: what is not handed out; nil: nothing
	need  []bool // see needed
	want  Type
	fn    func(Object)
	z     inflater
	delta []byte
	path  [][]byte // the objects from the root down to the current one
	held  int64    // bytes in path
}

// family hands out the objects of one family, depth first.
func (w *walker) family(root uint32) {
	// A mapped file that is cut short under us faults like a bad pointer.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			e := &w.file.entries[root]
			w.store.fail(w.want, w.file.idx.id(int(e.pos)), w.file, e.off, fmt.Errorf("reading it failed: %v", p))
		}
	}()
	e := &w.file.entries[root]
	w.held = 0
	if !w.needs(e) {
		return
	}
	if e.outside {
		w.foreignFamily(root)
		return
	}
	if e.kind != w.want {
		return
	}
	if e.child == 0 && e.size >= streamed {
		w.stream(e)
		return
	}
	data, err := w.root(e)
	if err != nil {
		w.lost(root, err)
		return
	}
	w.hand(e, data)
	w.children(e, data, 1)
}

// skips reports whether the entry is one not to hand out.
func (w *walker) skips(e *entry) bool { return w.skip != nil && w.skip[w.file.base+e.pos] }

// needs reports whether the entry has to be inflated.
func (w *walker) needs(e *entry) bool { return w.need == nil || w.need[e.pos] }

// needed marks, in the order of names, the entries of the families that may be of the
// wanted type that skip leaves to be read, and those that they are built on; it is nil
// where skip is.
func (f *file) needed(skip []bool, want Type) []bool {
	if skip == nil {
		return nil
	}
	need := make([]bool, f.idx.count)
	var family []*entry
	for _, r := range f.roots {
		if root := &f.entries[r]; root.kind != want && !root.outside {
			continue
		}
		family = family[:0]
		f.descend(r, func(e *entry) { family = append(family, e) })
		// What is built on an entry comes behind it.
		for _, e := range slices.Backward(family) {
			need[e.pos] = !skip[f.base+e.pos]
			for c := e.child; c > 0 && !need[e.pos]; c = f.entries[c-1].sibling {
				need[e.pos] = need[f.entries[c-1].pos]
			}
		}
	}
	return need
}

// root inflates an entry that is no delta into the first buffer.
func (w *walker) root(e *entry) ([]byte, error) {
	if e.size > w.store.inMemory() {
		return nil, errTooLarge
	}
	data, err := w.store.inflate(&w.z, w.buffer(0), w.file, e)
	if err == nil {
		w.path[0] = data
	}
	return data, err
}

// foreignFamily reads deltas whose base lies outside this pack.
func (w *walker) foreignFamily(root uint32) {
	e := &w.file.entries[root]
	end := e.off + int64(e.data)
	id := w.file.idx.hash.ID(w.file.data[end-int64(w.file.idx.hash) : end])
	typ, base, err := w.store.Reader().Get(id)
	if err != nil {
		if w.want == Blob {
			w.lost(root, fmt.Errorf("the base of its delta, %s: %w", w.store.Hash.Hex(id), err))
		}
		return
	}
	if typ != w.want {
		return
	}
	data, err := w.apply(e, base, 0)
	if err != nil {
		w.lost(root, err)
		return
	}
	w.hand(e, data)
	w.children(e, data, 1)
}

// children builds what is built on data, the object of e.
func (w *walker) children(e *entry, data []byte, depth int) {
	w.held += int64(len(data))
	for c := e.child; c > 0; c = w.file.entries[c-1].sibling {
		child := &w.file.entries[c-1]
		if !w.needs(child) {
			continue
		}
		if w.held > pathBudget || depth > deepest {
			w.alone(c - 1)
			continue
		}
		result, err := w.apply(child, data, depth)
		if err != nil {
			w.lost(c-1, err)
			continue
		}
		w.hand(child, result)
		if child.child > 0 {
			w.children(child, result, depth+1)
		}
	}
	w.held -= int64(len(data))
}

// apply builds the object of a delta entry into the buffer of that depth.
func (w *walker) apply(e *entry, base []byte, depth int) ([]byte, error) {
	if e.size > w.store.inMemory() {
		return nil, errTooLarge
	}
	delta, err := w.store.inflate(&w.z, w.delta, w.file, e)
	if err != nil {
		return nil, err
	}
	w.delta = delta
	result, err := patch(w.buffer(depth), base, delta, w.store.inMemory())
	if err == nil {
		w.path[depth] = result
	}
	return result, err
}

func (w *walker) buffer(depth int) []byte {
	for len(w.path) <= depth {
		w.path = append(w.path, nil)
	}
	return w.path[depth]
}

// alone reads an entry and its descendants one by one, in bounded memory.
func (w *walker) alone(i uint32) {
	r := w.store.Reader()
	w.file.descend(i, func(e *entry) {
		id := w.file.idx.id(int(e.pos))
		if w.skips(e) {
			return
		}
		if _, data, err := r.Get(id); err != nil {
			w.lost1(e, err)
		} else {
			w.hand(e, data)
		}
	})
}

// stream hands out a large object without holding it.
func (w *walker) stream(e *entry) {
	if e.size > w.store.Limit {
		w.lost1(e, errTooLarge)
		return
	}
	id := w.file.idx.id(int(e.pos))
	if w.store.elsewhere(w.pack, &id) {
		return
	}
	src := w.file.compressed(e)
	if err := w.z.open(src); err != nil {
		w.lost1(e, err)
		return
	}
	body := &exact{r: &entryReader{w.store, &w.z, len(src)}, left: e.size}
	w.fn(Object{ID: id, Ordinal: w.file.base + e.pos, Stream: body, Size: e.size})
	if body.err != nil {
		w.store.fail(w.want, id, w.file, e.off, corrupt(body.err))
	}
	w.z = inflater{}
}

// exact reads as many bytes as an object is said to have and keeps the error of
// a stream that is shorter or corrupt.
type exact struct {
	r    io.Reader
	left int64
	err  error
}

func (x *exact) Read(p []byte) (int, error) {
	if x.left == 0 || x.err != nil {
		return 0, io.EOF
	}
	if int64(len(p)) > x.left {
		p = p[:x.left]
	}
	n, err := x.r.Read(p)
	x.left -= int64(n)
	if err == io.EOF && x.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		x.err = err
		return n, io.EOF
	}
	return n, nil
}

// hand gives an object to the caller unless an earlier pack has it too.
func (w *walker) hand(e *entry, data []byte) {
	if w.skips(e) {
		return
	}
	id := w.file.idx.id(int(e.pos))
	if w.pack > 0 && w.store.elsewhere(w.pack, &id) {
		return
	}
	w.fn(Object{ID: id, Ordinal: w.file.base + e.pos, Data: data, Size: int64(len(data))})
}

// lost tries to read an entry that failed, and all that is built on it, from
// another copy, and reports what there is none of.
func (w *walker) lost(i uint32, err error) {
	first := true
	w.file.descend(i, func(e *entry) {
		why := err
		if !first {
			why = fmt.Errorf("it is stored as a change to an object that cannot be read: %w", err)
		}
		first = false
		w.lost1(e, why)
	})
}

func (w *walker) lost1(e *entry, err error) {
	if w.skips(e) {
		return
	}
	id := w.file.idx.id(int(e.pos))
	if w.pack > 0 && w.store.elsewhere(w.pack, &id) {
		return // the earlier pack stands for it
	}
	if !errors.Is(err, errTooLarge) {
		if typ, data, cerr := w.store.copyOf(id, w.file); cerr == nil && typ == w.want {
			w.fn(Object{ID: id, Ordinal: w.file.base + e.pos, Data: data, Size: int64(len(data))})
			return
		}
	}
	w.store.fail(w.want, id, w.file, e.off, err)
}
