// Package pack reads git's object database for scanning: packs, loose objects
// and alternates, each object once, without asking git and without trusting what
// is written there. Sizes are checked before anything is allocated, and one bad
// entry costs that entry and what is built on it, never the rest.
//
// The formats are those of gitformat-pack(5) and gitrepository-layout(5).
package pack

import (
	"encoding/hex"
	"errors"
)

// ID is an object's name: SHA-1 in its first 20 bytes, or SHA-256.
type ID [32]byte

// Hash is the kind of object names a repository uses, by their size in bytes.
type Hash int

// The object formats of git.
const (
	SHA1   Hash = 20
	SHA256 Hash = 32
)

// Hex is the name in hexadecimal, as long as the format has it.
func (h Hash) Hex(id ID) string { return hex.EncodeToString(id[:h]) }

// ID reads a name from its bytes.
func (h Hash) ID(b []byte) (id ID) {
	copy(id[:h], b)
	return id
}

// Parse reads a name in hexadecimal.
func (h Hash) Parse(s string) (id ID, err error) {
	if len(s) != 2*int(h) {
		return id, errors.New("not an object name")
	}
	_, err = hex.Decode(id[:h], []byte(s))
	return id, err
}

// Type is the type of an object, or of an entry in a pack.
type Type uint8

// The types of objects, as packs number them.
const (
	Commit   Type = 1
	Tree     Type = 2
	Blob     Type = 3
	Tag      Type = 4
	ofsDelta Type = 6
	refDelta Type = 7
)

func (t Type) String() string {
	switch t {
	case Commit:
		return "commit"
	case Tree:
		return "tree"
	case Blob:
		return "blob"
	case Tag:
		return "tag"
	}
	return "object"
}

func typeOf(name string) Type {
	for t := Commit; t <= Tag; t++ {
		if t.String() == name {
			return t
		}
	}
	return 0
}
