// Package known recognises values that are known to be secrets, such as those that
// an organisation's secrets manager holds, without holding one of them.
//
// Of each value a set has its length, a keyed hash, and a few bits of another keyed
// hash of how it begins, which say where in a text it is worth computing the first.
// Without the key nobody can try a dictionary on it.
package known

import (
	"bytes"
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"sync"
)

// MinLength is the least length of a value that is looked for, in bytes: a shorter
// one stands in any text.
const MinLength = 8

// hintBits is how much is kept of how a value begins: little enough to tell next to
// nothing, enough to spare nearly all places of a text.
const hintBits = 20

// Value is what is known of a value.
type Value struct {
	Print  string // an HMAC-SHA256 (RFC 2104) of it, in hexadecimal digits
	Hint   uint32 // hintBits of the AES encryption of its first MinLength bytes
	Length int    // in bytes
	Spaced bool   // whether there is a space or control character among its first MinLength bytes
}

// Printer computes what is known of values.
type Printer struct {
	key   []byte
	block cipher.Block
	macs  sync.Pool
}

// NewPrinter returns a printer for a key, which should be as random as one of 32
// bytes can be.
func NewPrinter(key []byte) *Printer {
	derived := hmac.New(sha256.New, key)
	derived.Write([]byte("leakguard known hint"))
	block, err := aes.NewCipher(derived.Sum(nil))
	if err != nil {
		panic(err) // the key's size is right
	}
	p := &Printer{key: bytes.Clone(key), block: block}
	p.macs.New = func() any { return hmac.New(sha256.New, p.key) }
	return p
}

// Of returns what is known of a value; ok is false for one that is too short.
func (p *Printer) Of(value []byte) (v Value, ok bool) {
	if len(value) < MinLength {
		return v, false
	}
	sum := p.sum(value)
	return Value{Print: hex.EncodeToString(sum[:]), Hint: p.hint(value), Length: len(value), Spaced: nextSpace(value, 0) < MinLength}, true
}

func (p *Printer) sum(value []byte) (sum [sha256.Size]byte) {
	h := p.macs.Get().(hash.Hash)
	defer p.macs.Put(h)
	h.Reset()
	h.Write(value)
	h.Sum(sum[:0])
	return sum
}

// hint is of the first MinLength bytes of text, which must have as many.
func (p *Printer) hint(text []byte) uint32 {
	var in, out [aes.BlockSize]byte
	copy(in[:MinLength], text)
	p.block.Encrypt(out[:], in[:])
	return binary.LittleEndian.Uint32(out[:]) & (1<<hintBits - 1)
}

// Set is a set of values. It is immutable and safe for concurrent use.
type Set struct {
	printer *Printer
	values  map[[sha256.Size]byte]int // to the index of the value
	begins  []uint64                  // a bit a hint
	lengths map[uint32][]int          // of the values by hint, the longest first
	spaced  bool                      // whether any has a space among its first bytes
	digest  string
}

// NewSet makes a set of values that the printer made. Of two that are one, the first
// counts.
func NewSet(p *Printer, values []Value) *Set {
	s := &Set{
		printer: p, values: make(map[[sha256.Size]byte]int, len(values)),
		begins: make([]uint64, 1<<hintBits/64), lengths: map[uint32][]int{},
	}
	prints := make([]string, 0, len(values))
	for i, v := range values {
		var sum [sha256.Size]byte
		if n, err := hex.Decode(sum[:], []byte(v.Print)); err != nil || n != len(sum) || v.Length < MinLength {
			continue // no printer made it
		}
		if _, ok := s.values[sum]; ok {
			continue
		}
		s.values[sum] = i
		s.spaced = s.spaced || v.Spaced
		hint := v.Hint & (1<<hintBits - 1)
		s.begins[hint/64] |= 1 << (hint % 64)
		if !slices.Contains(s.lengths[hint], v.Length) {
			s.lengths[hint] = append(s.lengths[hint], v.Length)
		}
		prints = append(prints, v.Print)
	}
	for _, l := range s.lengths {
		slices.SortFunc(l, func(a, b int) int { return cmp.Compare(b, a) })
	}
	slices.Sort(prints)
	h := sha256.New()
	for _, p := range prints {
		h.Write([]byte(p))
	}
	s.digest = hex.EncodeToString(h.Sum(nil)[:16])
	return s
}

// Len is how many values are in the set.
func (s *Set) Len() int { return len(s.values) }

// Digest identifies the set: two of one digest recognise the same values.
func (s *Set) Digest() string { return s.digest }

// Find returns the index that a value had in the list that the set was made of.
func (s *Set) Find(value []byte) (i int, ok bool) {
	if len(value) < MinLength {
		return 0, false
	}
	i, ok = s.values[s.printer.sum(value)]
	return i, ok
}

// Each calls emit for each value of the set that stands in text by itself: that is
// no part of a longer word. Of several that begin in one place the
// longest counts; none that lies in another is emitted.
func (s *Set) Each(text []byte, emit func(start, end int)) {
	if len(s.values) == 0 {
		return
	}
	inWord := false
	space := -1 // the next in text
	for i := 0; i+MinLength <= len(text); {
		before := inWord
		inWord = isWord(text[i])
		if before && inWord || text[i] <= ' ' {
			i++
			continue
		}
		if !s.spaced {
			if space < i {
				space = nextSpace(text, i)
			}
			if space < i+MinLength {
				inWord, i = false, space+1
				continue
			}
		}
		if n := s.at(text[i:]); n > 0 {
			emit(i, i+n)
			i += n
			inWord = isWord(text[i-1])
			continue
		}
		i++
	}
}

// at is the length of the value that text begins with, or 0.
func (s *Set) at(text []byte) int {
	hint := s.printer.hint(text)
	if s.begins[hint/64]&(1<<(hint%64)) == 0 {
		return 0
	}
	for _, n := range s.lengths[hint] {
		if n > len(text) || n < len(text) && isWord(text[n-1]) && isWord(text[n]) {
			continue
		}
		if _, ok := s.values[s.printer.sum(text[:n])]; ok {
			return n
		}
	}
	return 0
}

// nextSpace is where the next space, or control character, of text is; its length if
// there is none.
func nextSpace(text []byte, from int) int {
	for i := from; i < len(text); i++ {
		if text[i] <= ' ' {
			return i
		}
	}
	return len(text)
}

// isWord reports whether a byte is part of a letter or digit.
func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80
}
