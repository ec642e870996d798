package verify

import (
	"encoding/binary"
	"errors"
	"math"
)

// bsonDoc is a document in BSON (https://bsonspec.org/spec.html), of which we write
// and read what the login at MongoDB needs: the library for it costs each start of
// the program more than all else of this package.
type bsonDoc []bsonField

// bsonField is a name and its value: string, []byte, bool, int32, bsonDoc; of those that
// are read also int64 and float64, and nil for a value of another type.
type bsonField struct {
	name  string
	value any
}

// The types of values.
const (
	bsonDouble   = 0x01
	bsonString   = 0x02
	bsonDocument = 0x03
	bsonArray    = 0x04
	bsonBinary   = 0x05
	bsonBool     = 0x08
	bsonInt32    = 0x10
	bsonInt64    = 0x12
)

var errBSON = errors.New("it is not in BSON")

// get returns the value of a name, or nil.
func (d bsonDoc) get(name string) any {
	for _, f := range d {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

func (d bsonDoc) text(name string) string  { s, _ := d.get(name).(string); return s }
func (d bsonDoc) bytes(name string) []byte { b, _ := d.get(name).([]byte); return b }
func (d bsonDoc) doc(name string) bsonDoc  { in, _ := d.get(name).(bsonDoc); return in }

// number returns a value that is a number or a truth, which servers send by turns.
func (d bsonDoc) number(name string) int {
	switch n := d.get(name).(type) {
	case int32:
		return int(n)
	case int64:
		return int(n)
	case float64:
		return int(n)
	case bool:
		if n {
			return 1
		}
	}
	return 0
}

// append writes the document behind b.
func (d bsonDoc) append(b []byte) []byte {
	begin := len(b)
	b = append(b, 0, 0, 0, 0)
	for _, f := range d {
		switch v := f.value.(type) {
		case string:
			b = appendBSON(b, bsonString, f.name)
			b = binary.LittleEndian.AppendUint32(b, uint32(len(v)+1))
			b = append(append(b, v...), 0)
		case []byte:
			b = appendBSON(b, bsonBinary, f.name)
			b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
			b = append(append(b, 0), v...)
		case bool:
			b = appendBSON(b, bsonBool, f.name)
			b = append(b, 0)
			if v {
				b[len(b)-1] = 1
			}
		case int32:
			b = appendBSON(b, bsonInt32, f.name)
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		case bsonDoc:
			b = v.append(appendBSON(b, bsonDocument, f.name))
		}
	}
	b = append(b, 0)
	binary.LittleEndian.PutUint32(b[begin:], uint32(len(b)-begin))
	return b
}

func appendBSON(b []byte, kind byte, name string) []byte {
	return append(append(append(b, kind), name...), 0)
}

// deepestBSON bounds how deep documents are read.
const deepestBSON = 8

// readBSON reads a document that fills b.
func readBSON(b []byte, depth int) (bsonDoc, error) {
	if len(b) < 5 || uint64(binary.LittleEndian.Uint32(b)) != uint64(len(b)) || b[len(b)-1] != 0 || depth > deepestBSON {
		return nil, errBSON
	}
	r := bsonReader{b[4 : len(b)-1]}
	var doc bsonDoc
	for len(r.rest) > 0 {
		kind := r.take(1)[0]
		name := r.cstring()
		value, ok := r.value(kind, depth)
		if !ok || r.rest == nil {
			return nil, errBSON
		}
		doc = append(doc, bsonField{name, value})
	}
	return doc, nil
}

// bsonReader holds what is left to read; nil after a value that is cut off.
type bsonReader struct{ rest []byte }

// take returns the next n bytes, or that many zeros where they are missing.
func (r *bsonReader) take(n int) []byte {
	if n > len(r.rest) || r.rest == nil {
		r.rest = nil
		return make([]byte, min(n, 8))
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *bsonReader) uint32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }

func (r *bsonReader) cstring() string {
	for i, c := range r.rest {
		if c == 0 {
			s := string(r.rest[:i])
			r.rest = r.rest[i+1:]
			return s
		}
	}
	r.rest = nil
	return ""
}

// sized returns what a length stands before: a string, binary data or, with the
// length in it, a document.
func (r *bsonReader) sized(n uint32) ([]byte, bool) {
	if uint64(n) > uint64(len(r.rest)) {
		return nil, false
	}
	return r.take(int(n)), true
}

func (r *bsonReader) value(kind byte, depth int) (any, bool) {
	switch kind {
	case bsonDouble:
		return math.Float64frombits(binary.LittleEndian.Uint64(r.take(8))), true
	case bsonString:
		text, ok := r.sized(r.uint32())
		if !ok || len(text) == 0 || text[len(text)-1] != 0 {
			return nil, false
		}
		return string(text[:len(text)-1]), true
	case bsonDocument, bsonArray:
		if len(r.rest) < 4 {
			return nil, false
		}
		inner, ok := r.sized(binary.LittleEndian.Uint32(r.rest))
		if !ok {
			return nil, false
		}
		doc, err := readBSON(inner, depth+1)
		return doc, err == nil
	case bsonBinary:
		n := r.uint32()
		r.take(1)
		return r.sized(n)
	case bsonBool:
		return r.take(1)[0] != 0, true
	case bsonInt32:
		return int32(r.uint32()), true
	case bsonInt64:
		return int64(binary.LittleEndian.Uint64(r.take(8))), true
	}
	return nil, r.skip(kind)
}

// skip passes a value that says nothing to us: of MongoDB's answers these are times
// and ids.
func (r *bsonReader) skip(kind byte) bool {
	switch kind {
	case 0x06, 0x0a, 0x7f, 0xff: // undefined, null, the largest and the smallest key
	case 0x07: // ObjectId
		r.take(12)
	case 0x09, 0x11: // date, timestamp
		r.take(8)
	case 0x13: // decimal
		r.take(16)
	default:
		return false
	}
	return true
}
