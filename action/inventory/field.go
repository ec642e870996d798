package inventory

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNested bounds how deep in one another objects are read.
const maxNested = 8

// field is one value of an entry.
type field struct {
	name  string // "key", or of a nested value "key.sub"
	value []byte
}

// text is a JSON string that can be wiped, unlike a Go string.
type text []byte

// UnmarshalText copies the text.
func (t *text) UnmarshalText(b []byte) error {
	*t = bytes.Clone(b)
	return nil
}

// fields are the values of an object, by their names. Objects within it, also such as
// are written in a string, are taken apart.
func fields(data map[string]json.RawMessage) []field {
	var all []field
	for _, name := range slices.Sorted(maps.Keys(data)) {
		all = flatten(all, name, data[name], 1)
	}
	return all
}

func flatten(all []field, name string, raw json.RawMessage, depth int) []field {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || depth > maxNested {
		return append(all, field{name, bytes.Clone(raw)})
	}
	switch raw[0] {
	case '{':
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) == nil {
			for _, sub := range slices.Sorted(maps.Keys(object)) {
				all = flatten(all, name+"."+sub, object[sub], depth+1)
				clear(object[sub])
			}
			return all
		}
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for i, sub := range list {
				all = flatten(all, name+"."+strconv.Itoa(i), sub, depth+1)
				clear(sub)
			}
			return all
		}
	case '"':
		var t text
		if json.Unmarshal(raw, &t) == nil {
			return written(all, name, t, depth)
		}
	}
	return append(all, field{name, bytes.Clone(raw)}) // a number, a boolean, null
}

// written adds what a string says: the values of the object that it holds, or itself.
func written(all []field, name string, t text, depth int) []field {
	inner := bytes.TrimSpace(t)
	if len(inner) > 1 && (inner[0] == '{' || inner[0] == '[') && json.Valid(inner) {
		all = flatten(all, name, inner, depth+1)
		clear(t)
		return all
	}
	return append(all, field{name, t})
}

// minEncoded is the least length of a base64 text that is decoded: a shorter one is of
// less than what can be looked for.
const minEncoded = 12

// decoded is the text that a value has in base64, or nil.
func decoded(value []byte) []byte {
	trimmed := bytes.TrimSpace(value)
	if len(trimmed) < minEncoded {
		return nil
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		plain := make([]byte, encoding.DecodedLen(len(trimmed)))
		n, err := encoding.Decode(plain, trimmed)
		if err == nil && printable(plain[:n]) {
			return plain[:n]
		}
		clear(plain)
	}
	return nil
}

// printable reports whether bytes are text.
func printable(b []byte) bool {
	return utf8.Valid(b) && !bytes.ContainsFunc(b, func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) })
}

// names are what the value of a field may go by, the likeliest first: the entry's own
// name tells what a field "value" is.
func (f *field) names(path string) []string {
	last := f.name[strings.LastIndexByte(f.name, '.')+1:]
	if _, err := strconv.Atoi(last); err == nil { // a list's
		last = strings.TrimSuffix(f.name, "."+last)
	}
	last = identifier(last)
	return []string{last, identifier(path[strings.LastIndexByte(path, '/')+1:]) + "_" + last}
}

// identifier is a name of letters, digits and underscores.
func identifier(name string) string {
	return strings.Map(func(r rune) rune {
		if isLetter(r) && r < 0x80 || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, name)
}
