package pack

// The pages of mapped packs that were read stay in the memory of the process, and a limit
// on that counts them, although they are copies of files. So those of large packs are
// given back now and then.

const (
	// mostResident is about how many bytes of a store's packs are in memory at most.
	mostResident = 64 << 20
	// around is how many bytes are mapped along with an entry, about: the kernel maps
	// the pages around the one that is read.
	around = 64 << 10
)

// touched notes that n bytes of a pack were read, or passed over in small steps, and
// releases the pages of all packs once too many of them may be in memory.
func (s *Store) touched(n int) {
	if s.mapped > mostResident && s.resident.Add(int64(n)) > mostResident {
		s.resident.Store(0)
		for _, f := range s.packs {
			releaseFile(f.data)
			releaseFile(f.idx.data)
		}
	}
}

// inflate decompresses the data of an entry into the memory of dst.
func (s *Store) inflate(z *inflater, dst []byte, f *file, e *entry) ([]byte, error) {
	src := f.compressed(e)
	data, err := z.inflate(dst, src, int(e.size))
	s.touched(len(src) - z.src.Len() + around)
	return data, err
}

// entryReader reads what z decompresses, and notes what it reads of a pack for that.
type entryReader struct {
	store *Store
	z     *inflater
	left  int // bytes of the pack behind what was read
}

// Read implements io.Reader.
func (r *entryReader) Read(p []byte) (int, error) {
	n, err := r.z.z.Read(p)
	r.store.touched(r.left - r.z.src.Len())
	r.left = r.z.src.Len()
	return n, err
}
