package document

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// pythonCode hands out the texts and bytes in the constants and names of
// compiled Python, one a line: what marshal writes has no sign between a text
// and what is behind it. The format is that of CPython's Python/marshal.c.
func (d *reading) pythonCode() error {
	data, err := d.all()
	if err != nil {
		return err
	}
	version := pythonVersion(data)
	m := &marshalled{data: data, at: 16, layout: pythonLayout(version)}
	switch { // the header: magic, then flags (PEP 552), time, size
	case version < 33:
		m.at = 8
	case version < 37:
		m.at = 12
	}
	damage := m.object(0, true)
	if err := d.hand("constants", m.texts.Bytes()); err != nil {
		return err
	}
	return damage
}

// pythonVersion is the version of Python, 27 or 35 and on, that wrote the file
// which begins with head; 0 if none did. The magic numbers are those that
// CPython's Include/internal/pycore_magic_number.h lists.
func pythonVersion(head []byte) int {
	if len(head) < 16 || head[2] != '\r' || head[3] != '\n' {
		return 0
	}
	switch magic := binary.LittleEndian.Uint16(head); {
	case magic >= 62171 && magic <= 62211:
		return 27
	case magic < 3350 || magic >= 3900:
		return 0
	case magic < 3360:
		return 35
	case magic < 3390:
		return 36
	case magic < 3400:
		return 37
	case magic < 3450:
		return 38 // to 3.10
	}
	return 311 // and later
}

// codeLayout is what a code object is made of in a version of Python: numbers of
// four bytes, then objects ('o', or 'b' if its bytes are no text) and numbers
// ('n').
type codeLayout struct {
	numbers int
	rest    string
}

func pythonLayout(version int) codeLayout {
	const toName = "boooooo" // code, constants, names, variables, free, cells, file
	switch {
	case version == 27:
		return codeLayout{4, toName + "onb"}
	case version < 38:
		return codeLayout{5, toName + "onb"}
	case version == 38:
		return codeLayout{6, toName + "onb"}
	}
	return codeLayout{5, "booob" + "ooo" + "nbb"}
}

// marshalled is a reader of what marshal wrote.
type marshalled struct {
	data   []byte
	at     int
	layout codeLayout
	texts  bytes.Buffer
}

// marshalDepth is how deep objects may be nested, as in marshal.c.
const marshalDepth = 1000

var (
	errMarshalEnd  = errors.New("it ends within an object")
	errMarshalType = errors.New("it has an object of unknown type")
	errMarshalDeep = errors.New("its objects are nested too deep")
	errMarshalNull = errors.New("it has no object where one should be") // which ends a dictionary
)

// object goes over one object. texts says whether its bytes may be a text.
func (m *marshalled) object(depth int, texts bool) error {
	typ, err := m.bytes(1)
	if err != nil {
		return err
	}
	if depth > marshalDepth {
		return errMarshalDeep
	}
	const isShared = 0x80 // other objects may refer to it
	switch t := typ[0] &^ isShared; t {
	case '0':
		return errMarshalNull
	case 'N', 'F', 'T', 'S', '.':
		return nil
	case 'i', 'r', 'R':
		_, err = m.bytes(4)
	case 'I', 'g':
		_, err = m.bytes(8)
	case 'y':
		_, err = m.bytes(16)
	case 'f', 'x':
		for range 1 + (t-'f')/('x'-'f') { // real, imaginary
			if _, err = m.short(); err != nil {
				return err
			}
		}
	case 'l':
		_, err = m.long()
	case 's', 't', 'u', 'a', 'A', 'z', 'Z':
		return m.text(t, texts)
	case '(', '[', '<', '>', ')', '{', ':':
		return m.collection(t, depth)
	case 'c':
		return m.code(depth)
	default:
		return errMarshalType
	}
	return err
}

func (m *marshalled) bytes(n int) ([]byte, error) {
	if n < 0 || n > len(m.data)-m.at {
		return nil, errMarshalEnd
	}
	m.at += n
	return m.data[m.at-n : m.at], nil
}

// size reads a length of four bytes.
func (m *marshalled) size() (int, error) {
	b, err := m.bytes(4)
	if err != nil {
		return 0, err
	}
	return int(int32(binary.LittleEndian.Uint32(b))), nil
}

// short reads what a byte has the length of.
func (m *marshalled) short() ([]byte, error) {
	n, err := m.bytes(1)
	if err != nil {
		return nil, err
	}
	return m.bytes(int(n[0]))
}

// long reads an integer of any size, in digits of 15 bits.
func (m *marshalled) long() ([]byte, error) {
	n, err := m.size()
	if err != nil {
		return nil, err
	}
	return m.bytes(2 * max(n, -n))
}

func (m *marshalled) text(typ byte, texts bool) error {
	var b []byte
	var err error
	if typ == 'z' || typ == 'Z' {
		b, err = m.short()
	} else {
		var n int
		if n, err = m.size(); err == nil {
			b, err = m.bytes(n)
		}
	}
	if err == nil && texts && len(b) > 0 {
		m.texts.Write(b)
		m.texts.WriteByte('\n')
	}
	return err
}

// collection goes over a tuple, list, set, dictionary or slice.
func (m *marshalled) collection(typ byte, depth int) error {
	n := 3 // of a slice
	switch typ {
	case '{':
		for {
			if err := m.object(depth+1, true); err == errMarshalNull {
				return nil
			} else if err != nil {
				return err
			}
		}
	case ')':
		b, err := m.bytes(1)
		if err != nil {
			return err
		}
		n = int(b[0])
	case '(', '[', '<', '>':
		var err error
		if n, err = m.size(); err != nil {
			return err
		}
	}
	for range n {
		if err := m.object(depth+1, true); err != nil {
			return err
		}
	}
	return nil
}

// code goes over a code object.
func (m *marshalled) code(depth int) error {
	if _, err := m.bytes(4 * m.layout.numbers); err != nil {
		return err
	}
	for _, field := range m.layout.rest {
		var err error
		if field == 'n' {
			_, err = m.bytes(4)
		} else {
			err = m.object(depth+1, field == 'o')
		}
		if err != nil {
			return err
		}
	}
	return nil
}
