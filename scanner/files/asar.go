package files

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// An archive of Electron, as its documentation of asar has it: four numbers, of
// which the second is the length of the list of members from the third on and
// the fourth that of the JSON in it; then the members.
const (
	asarHeader   = 16
	asarFirst    = 4   // what the first number always is
	maxAsarDepth = 200 // of folders
)

// isASAR reports whether the first bytes of a file begin an archive.
func isASAR(head []byte) bool {
	if len(head) < asarHeader+2 || binary.LittleEndian.Uint32(head) != asarFirst {
		return false
	}
	pickle, payload := binary.LittleEndian.Uint32(head[4:]), binary.LittleEndian.Uint32(head[8:])
	return pickle == payload+4 && head[asarHeader] == '{' && head[asarHeader+1] == '"'
}

// asar unpacks l. A member that is marked as unpacked lies in a folder beside
// the archive, and is read there.
func (u *unpacker) asar(l *level, r *io.SectionReader) error {
	l.in, l.stored = r.Size, true
	var h [asarHeader]byte
	if _, err := r.ReadAt(h[:], 0); err != nil {
		return cutOff(err)
	}
	base, length := 8+int64(binary.LittleEndian.Uint32(h[4:])), int64(binary.LittleEndian.Uint32(h[12:]))
	if base > r.Size() || length > base-asarHeader {
		return errors.New("its list of members is cut off")
	}
	if length > maxHeader {
		return unsupported(fmt.Sprintf("a list of members of %d bytes", length))
	}
	a := &asarList{
		u: u, l: l,
		list:  json.NewDecoder(io.NewSectionReader(r, asarHeader, length)),
		texts: io.NewSectionReader(r, base, r.Size()-base),
	}
	return cutOff(a.entry("", 0))
}

// asarList walks the list of members as it is read, for a list of a few bytes
// an entry would take many times its size in memory.
type asarList struct {
	u     *unpacker
	l     *level
	list  *json.Decoder
	texts *io.SectionReader
}

// asarEntry is what the list says of a file or of a link.
type asarEntry struct {
	size     int64
	offset   string // none in a folder
	link     string
	unpacked bool
}

// entry reads what the list says of path, and what is below it.
func (a *asarList) entry(path string, depth int) error {
	var e asarEntry
	err := a.object(func(key string) error {
		switch key {
		case "files":
			return a.folder(path, depth)
		case "size":
			return a.list.Decode(&e.size)
		case "offset":
			return a.list.Decode(&e.offset)
		case "link":
			return a.list.Decode(&e.link)
		case "unpacked":
			return a.list.Decode(&e.unpacked)
		}
		var other json.RawMessage // such as checksums
		return a.list.Decode(&other)
	})
	if err == nil {
		a.read(path, e)
	}
	return err
}

// folder reads the entries of a folder.
func (a *asarList) folder(path string, depth int) error {
	if depth == maxAsarDepth {
		return unsupported(fmt.Sprintf("a folder in %d others", depth))
	}
	return a.object(func(name string) error {
		if len(path)+len(name) > maxPath {
			return unsupported(fmt.Sprintf("a path of more than %d bytes", maxPath))
		}
		return a.entry(join(path, name), depth+1)
	})
}

// object calls value for each key of the object that comes next.
func (a *asarList) object(value func(key string) error) error {
	if t, err := a.list.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return errors.New("its list of members is malformed")
	}
	for a.list.More() && !a.u.halted(a.l) {
		key, err := a.list.Token()
		if err != nil {
			return err
		}
		if err := value(key.(string)); err != nil {
			return err
		}
	}
	if a.u.halted(a.l) {
		return nil
	}
	_, err := a.list.Token()
	return err
}

// read reads the text of a member.
func (a *asarList) read(path string, e asarEntry) {
	switch {
	case e.link != "":
		a.u.link(a.l, path, e.link)
	case e.offset == "" || e.unpacked:
	default:
		at, err := strconv.ParseInt(e.offset, 10, 64)
		if err != nil || at < 0 || e.size < 0 || at > a.texts.Size() || e.size > a.texts.Size()-at {
			a.u.lost(a.l, path, errors.New("its text lies beyond the end of the archive"))
			return
		}
		a.u.member(a.l, path, io.NewSectionReader(a.texts, at, e.size))
	}
}
