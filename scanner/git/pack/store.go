package pack

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Store is a repository's object database: its own object directory and those
// that it borrows from.
type Store struct {
	Hash Hash
	// Limit is the size in bytes above which an object is not read.
	Limit int64
	// Promisor is set where a remote promised to send objects later: a partial
	// clone, in which missing objects are no corruption.
	Promisor bool

	packs    []*file
	mapped   int64        // bytes of packs
	resident atomic.Int64 // of these, how many may be in memory: see touched
	loose    []looseObject
	where    map[ID]int // into loose
	total    uint32     // ordinals of packed objects; loose ones follow

	dirs []string // of a store opened by OpenForGet
	late sync.Once

	report func(Fault)
}

// Fault is something in the object database that could not be read.
type Fault struct {
	What string // "blob 1f3a…", "pack-….pack"
	Err  error
}

var (
	errTooLarge = errors.New("it is larger than the limit")
	// ErrMissing is the error of an object that is nowhere in the store.
	ErrMissing = errors.New("it is not in the object database")
)

// TooLarge reports whether a fault is only that an object is over the limit.
func (f Fault) TooLarge() bool { return errors.Is(f.Err, errTooLarge) }

// Open opens the object directory dir and its alternates. What cannot be read is
// reported and the rest opened. report is called from several goroutines later.
func Open(dir string, hash Hash, limit int64, report func(Fault)) (*Store, error) {
	s := &Store{Hash: hash, Limit: limit, where: map[ID]int{}, report: report}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, err
	}
	for _, d := range s.directories(dir) {
		s.openPacks(filepath.Join(d, "pack"))
		objects, errs := looseIn(d, hash)
		for _, err := range errs {
			report(Fault{"loose objects in " + d, err})
		}
		for _, o := range objects {
			if _, dup := s.where[o.id]; !dup {
				s.where[o.id] = len(s.loose)
				s.loose = append(s.loose, o)
			}
		}
	}
	return s, nil
}

// OpenForGet opens the object directory for reading single objects: loose ones
// are not listed, which for a commit of two files would be most of the work.
// What cannot be opened is reported when an object is missing for it.
func OpenForGet(dir string, hash Hash, limit int64, report func(Fault)) *Store {
	s := &Store{Hash: hash, Limit: limit, report: report}
	s.dirs = s.directories(dir)
	return s
}

// looseAt finds a loose object without a list of them.
func (s *Store) looseAt(id *ID) (*looseObject, bool) {
	if s.where != nil {
		i, ok := s.where[*id]
		if !ok {
			return nil, false
		}
		return &s.loose[i], true
	}
	name := s.Hash.Hex(*id)
	for _, d := range s.dirs {
		path := filepath.Join(d, name[:2], name[2:])
		if _, err := os.Lstat(path); err == nil {
			return &looseObject{*id, path}, true
		}
	}
	return nil, false
}

// openLate opens the packs of a store that OpenForGet opened, when first needed.
func (s *Store) openLate() {
	s.late.Do(func() {
		if s.where == nil {
			for _, d := range s.dirs {
				s.openPacks(filepath.Join(d, "pack"))
			}
		}
	})
}

// mostInMemory bounds objects that have to be held whole because others are
// built on them or they on others.
const mostInMemory = 256 << 20

func (s *Store) inMemory() int64 { return min(s.Limit, mostInMemory) }

// Close releases the mapped files.
func (s *Store) Close() {
	for _, f := range s.packs {
		f.close()
	}
}

// directories is dir and all that its alternates file leads to
// (gitrepository-layout(5), objects/info/alternates).
func (s *Store) directories(dir string) []string {
	all := []string{dir}
	for i := 0; i < len(all); i++ {
		data, err := os.ReadFile(filepath.Join(all[i], "info", "alternates"))
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				s.report(Fault{"alternates of " + all[i], err})
			}
			continue
		}
		lines := bufio.NewScanner(strings.NewReader(string(data)))
		for lines.Scan() {
			alt := strings.TrimSpace(lines.Text())
			if alt == "" || alt[0] == '#' {
				continue
			}
			if alt[0] == '"' {
				alt = strings.Trim(alt, `"`)
			}
			if !filepath.IsAbs(alt) {
				alt = filepath.Join(all[i], alt)
			}
			if slices.Contains(all, alt) {
				continue
			}
			if _, err := os.Stat(alt); err != nil {
				s.report(Fault{"the alternate object directory " + alt, err})
				continue
			}
			all = append(all, alt)
		}
	}
	return all
}

// openPacks opens each pack in dir that has an index.
func (s *Store) openPacks(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.report(Fault{dir, err})
		}
		return
	}
	has := map[string]bool{}
	for _, e := range entries {
		has[e.Name()] = true
	}
	for _, e := range entries {
		stem, isPack := strings.CutSuffix(e.Name(), ".pack")
		if other, isIdx := strings.CutSuffix(e.Name(), ".idx"); isIdx && !has[other+".pack"] {
			s.report(Fault{e.Name(), errors.New("the pack to this index is missing")})
		}
		if strings.HasSuffix(e.Name(), ".promisor") {
			s.Promisor = true
		}
		if !isPack {
			continue
		}
		if !has[stem+".idx"] {
			s.report(Fault{e.Name(), errors.New("the pack has no index")})
			continue
		}
		f, err := openFile(dir, stem, s.Hash)
		if err != nil {
			s.report(Fault{e.Name(), err})
			continue
		}
		s.add(f)
	}
}

// add adds a pack.
func (s *Store) add(f *file) {
	f.base = s.total
	s.total += uint32(f.idx.count)
	s.packs = append(s.packs, f)
	s.mapped += int64(len(f.data))
}

// Objects is how many objects there are, those in two places counted once for
// each.
func (s *Store) Objects() int { return int(s.total) + len(s.loose) }

// Ordinal numbers the objects of the store from 0; ok is false if id is not in it.
func (s *Store) Ordinal(id *ID) (n uint32, ok bool) {
	for _, f := range s.packs {
		if i := f.idx.find(id); i >= 0 {
			return f.base + uint32(i), true
		}
	}
	if i, ok := s.where[*id]; ok {
		return s.total + uint32(i), true
	}
	return 0, false
}

// NameOf is the object with that ordinal.
func (s *Store) NameOf(n uint32) ID {
	if n >= s.total {
		return s.loose[n-s.total].id
	}
	i, _ := slices.BinarySearchFunc(s.packs, n, func(f *file, n uint32) int {
		if f.base+uint32(f.idx.count) <= n {
			return -1
		}
		if f.base > n {
			return 1
		}
		return 0
	})
	return s.packs[i].idx.id(int(n - s.packs[i].base))
}

// elsewhere reports whether the object also lies in an earlier pack, which then
// is the one that stands for it.
func (s *Store) elsewhere(pack int, id *ID) bool {
	for _, f := range s.packs[:pack] {
		if f.idx.find(id) >= 0 {
			return true
		}
	}
	return false
}

// fail reports an object that could not be read.
func (s *Store) fail(typ Type, id ID, f *file, off int64, err error) {
	what := fmt.Sprintf("%s %s", typ, s.Hash.Hex(id))
	if f != nil {
		what += fmt.Sprintf(" in %s at offset %d", f.name, off)
	}
	s.report(Fault{what, err})
}
