package files

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"unicode/utf16"
)

// The property ids of a 7z header that are read.
const (
	id7zEnd           = 0x00
	id7zHeader        = 0x01
	id7zMainStreams   = 0x04
	id7zFiles         = 0x05
	id7zPackInfo      = 0x06
	id7zUnpackInfo    = 0x07
	id7zSubStreams    = 0x08
	id7zSize          = 0x09
	id7zCRC           = 0x0a
	id7zFolder        = 0x0b
	id7zUnpackSizes   = 0x0c
	id7zMemberCounts  = 0x0d
	id7zEmptyStream   = 0x0e
	id7zNames         = 0x11
	id7zEncodedHeader = 0x17
)

// What a 7z header may hold: far more than is ever read of an archive, and
// little enough for memory.
const (
	maxCounted7z = 1 << 19 // members, twice; checksums; …
	maxFolders7z = 1 << 16
	maxCoders7z  = 32 // of one folder
)

// archive7z is what a 7z header says.
type archive7z struct {
	streams streams7z
	names   []string // of the members that have content, in order
}

type streams7z struct {
	packedAt int64
	packed   []int64 // sizes of the packed streams
	folders  []*folder7z
}

// folder7z is a run of members that are compressed as one.
type folder7z struct {
	coders     []coder7z
	chain      []int   // the coders, as they are undone
	sizes      []int64 // of each coder's output
	packed     int     // how many packed streams it reads
	packedAt   int64
	packedSize int64
	crc        crc7z
	members    []member7z
}

type coder7z struct {
	method     string
	properties []byte
	in, out    int
}

type member7z struct {
	size int64
	crc  crc7z
}

// crc7z is a checksum, if there is one.
type crc7z struct {
	sum   uint32
	known bool
}

func (c crc7z) check(sum uint32) error {
	if c.known && c.sum != sum {
		return errors.New("its checksum does not hold")
	}
	return nil
}

// size is how many bytes the folder decompresses to.
func (f *folder7z) size() int64 {
	if len(f.chain) == 0 {
		return 0
	}
	return f.sizes[f.chain[len(f.chain)-1]]
}

// parser7z reads a header. The first error sticks, and everything is zero after
// it.
type parser7z struct {
	rest    []byte
	counted int // by count
	err     error
}

var errHeader7z = errors.New("its header makes no sense")

func parseHeader(header []byte) (*archive7z, error) {
	p := &parser7z{rest: header}
	if p.byte() != id7zHeader {
		return nil, errHeader7z
	}
	a := &archive7z{}
	for p.err == nil {
		switch p.byte() {
		case id7zEnd:
			return a, p.err
		case id7zMainStreams:
			a.streams = p.streams()
		case id7zFiles:
			a.names = p.files()
		default: // archive properties and additional streams, which no program writes
			p.fail()
		}
	}
	return nil, p.err
}

func (p *parser7z) fail() {
	if p.err == nil {
		p.err = errHeader7z
	}
	p.rest = nil
}

func (p *parser7z) byte() byte { return p.take(1)[0] }

// take returns the next n bytes, or a few zeros if they are not there.
func (p *parser7z) take(n int) []byte {
	if n > len(p.rest) {
		p.fail()
		return make([]byte, 8)
	}
	b := p.rest[:n:n]
	p.rest = p.rest[n:]
	return b
}

// number reads a number of one to nine bytes: the ones that lead in the first
// byte tell how many follow.
func (p *parser7z) number() int64 {
	first := p.byte()
	var v uint64
	for i := range 8 {
		mask := byte(0x80) >> i
		if first&mask == 0 {
			return p.checked(v | uint64(first&(mask-1))<<(8*i))
		}
		v |= uint64(p.byte()) << (8 * i)
	}
	return p.checked(v)
}

func (p *parser7z) checked(v uint64) int64 {
	if v > math.MaxInt64/2 {
		p.fail()
		return 0
	}
	return int64(v)
}

// count reads how many things follow. Each takes at least one byte of what is
// left, but for one member of a folder, and there is always an end mark.
func (p *parser7z) count() int {
	n := p.number()
	if n > int64(len(p.rest)) || n > int64(maxCounted7z-p.counted) {
		p.fail()
		return 0
	}
	p.counted += int(n)
	return int(n)
}

// bits reads n booleans.
func (p *parser7z) bits(n int) []bool {
	packed := p.take((n + 7) / 8)
	all := make([]bool, n)
	for i := range all {
		if p.err == nil {
			all[i] = packed[i/8]&(0x80>>(i%8)) != 0
		}
	}
	return all
}

// crcs reads n checksums, each of which may be missing.
func (p *parser7z) crcs(n int) []crc7z {
	all := make([]crc7z, n)
	known := slices.Repeat([]bool{true}, n)
	if p.byte() == 0 {
		known = p.bits(n)
	}
	for i := range all {
		if known[i] && p.err == nil {
			all[i] = crc7z{binary.LittleEndian.Uint32(p.take(4)), true}
		}
	}
	return all
}

func (p *parser7z) streams() (s streams7z) {
	for p.err == nil {
		switch p.byte() {
		case id7zEnd:
			s.place(p)
			return s
		case id7zPackInfo:
			p.packInfo(&s)
		case id7zUnpackInfo:
			s.folders = p.unpackInfo()
		case id7zSubStreams:
			p.subStreams(s.folders)
		default:
			p.fail()
		}
	}
	return s
}

// place gives each folder its packed stream.
func (s *streams7z) place(p *parser7z) {
	at, next := s.packedAt, 0
	for _, f := range s.folders {
		if f.packed > len(s.packed)-next {
			p.fail()
			return
		}
		f.packedAt, f.packedSize = at, s.packed[next]
		for _, size := range s.packed[next : next+f.packed] {
			at += size
		}
		next += f.packed
		if f.members == nil {
			f.members = []member7z{{f.size(), f.crc}}
		}
	}
}

func (p *parser7z) packInfo(s *streams7z) {
	const signatureHeader = 32
	s.packedAt = p.number() + signatureHeader
	n := p.count()
	for p.err == nil {
		switch p.byte() {
		case id7zEnd:
			return
		case id7zSize:
			for range n {
				s.packed = append(s.packed, p.number())
			}
		case id7zCRC:
			p.crcs(n)
		default:
			p.fail()
		}
	}
}

func (p *parser7z) unpackInfo() (folders []*folder7z) {
	if p.byte() != id7zFolder {
		p.fail()
	}
	n := p.count()
	if external := p.byte(); external != 0 || n > maxFolders7z { // external: no program writes that
		p.fail()
		return nil
	}
	for range n {
		folders = append(folders, p.folder())
	}
	if p.byte() != id7zUnpackSizes {
		p.fail()
	}
	for _, f := range folders {
		for range f.coders {
			f.sizes = append(f.sizes, p.number())
		}
	}
	for p.err == nil {
		switch p.byte() {
		case id7zEnd:
			return folders
		case id7zCRC:
			for i, c := range p.crcs(n) {
				folders[i].crc = c
			}
		default:
			p.fail()
		}
	}
	return nil
}

// folder reads how a folder's coders are joined. Only a chain can be undone;
// another graph, such as that of the BCJ2 filter, becomes a chain of a method
// that is not supported, so that its members are named as what was not read.
func (p *parser7z) folder() *folder7z {
	f := &folder7z{}
	ins, outs := 0, 0
	n := p.count()
	if n == 0 || n > maxCoders7z {
		p.fail()
		return f
	}
	for range n {
		c := p.coder()
		f.coders = append(f.coders, c)
		ins, outs = ins+c.in, outs+c.out
	}
	feeds := map[int]int{} // from a coder to the one that takes its output
	fed := map[int]bool{}
	for range outs - 1 {
		in, out := int(p.number()), int(p.number())
		feeds[out], fed[in] = in, true
	}
	f.packed = ins - (outs - 1)
	if f.packed > 1 {
		for range f.packed {
			p.number()
		}
	}
	if f.packed == 1 && ins == n && outs == n {
		f.chain = chain7z(n, feeds, fed)
	} else {
		f.chain = f.graph(feeds)
	}
	if f.packed < 1 || f.chain == nil {
		p.fail()
	}
	return f
}

// chain7z orders n coders as they are undone, from the one that nothing feeds.
func chain7z(n int, feeds map[int]int, fed map[int]bool) (chain []int) {
	first := 0
	for first < n && fed[first] {
		first++
	}
	for next, ok := first, true; ok && next >= 0 && next < n && len(chain) < n; next, ok = feeds[next] {
		chain = append(chain, next)
	}
	if len(chain) != n {
		return nil
	}
	return chain
}

// graph is the coder that gives the folder's bytes, under the method of the one
// that has several streams.
func (f *folder7z) graph(feeds map[int]int) []int {
	joint := slices.IndexFunc(f.coders, func(c coder7z) bool { return c.in != 1 })
	for last := range f.coders {
		if _, ok := feeds[last]; !ok && joint >= 0 {
			f.coders[last] = coder7z{method: f.coders[joint].method}
			return []int{last}
		}
	}
	return nil
}

func (p *parser7z) coder() coder7z {
	flags := p.byte()
	c := coder7z{method: string(p.take(int(flags & 0x0f))), in: 1, out: 1}
	if flags&0x10 != 0 {
		in, out := p.number(), p.number()
		if in < 1 || in > maxCoders7z || out != 1 {
			p.fail()
			return c
		}
		c.in, c.out = int(in), int(out)
	}
	if flags&0x20 != 0 {
		c.properties = p.take(int(min(p.number(), int64(len(p.rest))+1)))
	}
	if flags&0x80 != 0 { // other methods, which no program writes
		p.fail()
	}
	return c
}

// subStreams reads how folders are divided into members: of each folder all
// sizes but the last, and the checksums that are not the folder's own.
func (p *parser7z) subStreams(folders []*folder7z) {
	for _, f := range folders {
		f.members = []member7z{{}}
	}
	id := p.byte()
	if id == id7zMemberCounts {
		for _, f := range folders {
			f.members = make([]member7z, p.count())
		}
		id = p.byte()
	}
	for _, f := range folders {
		p.memberSizes(f, id == id7zSize)
	}
	if id == id7zSize {
		id = p.byte()
	}
	for p.err == nil && id != id7zEnd {
		if id != id7zCRC {
			p.fail()
			return
		}
		p.memberCRCs(folders)
		id = p.byte()
	}
}

func (p *parser7z) memberSizes(f *folder7z, given bool) {
	left := f.size()
	for i := range f.members {
		m := &f.members[i]
		if m.size = left; i < len(f.members)-1 {
			if !given {
				p.fail()
				return
			}
			m.size = p.number()
		}
		if left -= m.size; left < 0 {
			p.fail()
			return
		}
	}
	if len(f.members) == 1 {
		f.members[0].crc = f.crc
	}
}

func (p *parser7z) memberCRCs(folders []*folder7z) {
	var unknown []*member7z
	for _, f := range folders {
		for i := range f.members {
			if len(f.members) > 1 || !f.crc.known {
				unknown = append(unknown, &f.members[i])
			}
		}
	}
	for i, c := range p.crcs(len(unknown)) {
		unknown[i].crc = c
	}
}

// files reads the names of the members that have content.
func (p *parser7z) files() []string {
	n := p.count()
	var names []string
	empty := make([]bool, n)
	for p.err == nil {
		id := p.byte()
		if id == id7zEnd {
			break
		}
		size := p.number()
		if size > int64(len(p.rest)) {
			p.fail()
			break
		}
		property := &parser7z{rest: p.take(int(size))}
		switch id {
		case id7zEmptyStream:
			empty = property.bits(n)
		case id7zNames:
			names = property.names()
		}
		if property.err != nil {
			p.fail()
		}
	}
	var full []string
	for i, name := range names {
		if i < n && !empty[i] {
			full = append(full, name)
		}
	}
	return full
}

// names reads names in UTF-16, each ended by a zero.
func (p *parser7z) names() (names []string) {
	if p.byte() != 0 { // kept elsewhere, which no program writes
		p.fail()
	}
	var name []uint16
	for len(p.rest) > 1 {
		c := binary.LittleEndian.Uint16(p.take(2))
		if c != 0 {
			name = append(name, c)
			continue
		}
		names = append(names, string(utf16.Decode(name)))
		name = name[:0]
	}
	return names
}
