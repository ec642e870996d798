package document

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"fmt"
	"strconv"
)

// pdfFile is the objects of a PDF. They are found by going through all of the
// file, not by its table of them: it need not be trusted then, and what an
// update replaced or deleted, and is still there, is found too.
type pdfFile struct {
	d       *reading
	objects []*pdfObject          // in order of the file
	latest  map[pdfRef]*pdfObject // what a reference leads to
}

type pdfObject struct {
	num    pdfRef
	value  any
	stream []byte // as it is in the file, nil if the object has none
	used   bool   // it was handed out, or holds nothing to hand out
}

// newPDF finds the objects of the PDF in data.
func (d *reading) newPDF(data []byte) (*pdfFile, error) {
	if pdfEncrypted(data) {
		return nil, ErrEncrypted
	}
	f := &pdfFile{d: d, latest: map[pdfRef]*pdfObject{}}
	for at := 0; ; {
		n := bytes.Index(data[at:], []byte("obj"))
		if n < 0 {
			return f, nil
		}
		at += n
		num, ok := pdfNumberBefore(data[:at])
		at += len("obj")
		if !ok {
			continue
		}
		o, end, err := readPDFObject(data, at)
		at = end
		if err != nil {
			if err := d.miss(fmt.Sprintf("object %d", num), err); err != nil {
				return nil, err
			}
			continue
		}
		o.num = num
		if err := f.add(o); err != nil {
			return nil, err
		}
	}
}

// pdfEncrypted reports whether a trailer in data, or a cross-reference stream,
// names an encryption dictionary (7.6.1).
func pdfEncrypted(data []byte) bool {
	for {
		i := bytes.Index(data, []byte("/Encrypt"))
		if i < 0 {
			return false
		}
		data = data[i+len("/Encrypt"):]
		l := &pdfLexer{data: data[:min(len(data), 40)]}
		switch v, _ := l.next(0); v.(type) {
		case pdfRef:
			return true
		}
		if bytes.HasPrefix(bytes.TrimLeft(data[:min(len(data), 40)], "\r\n\t "), []byte("<<")) {
			return true
		}
	}
}

// pdfNumberBefore is the number of the object whose "obj" is behind data.
func pdfNumberBefore(data []byte) (pdfRef, bool) {
	words := bytes.Fields(data[max(0, len(data)-24):])
	if len(words) < 2 {
		return 0, false
	}
	if _, err := strconv.Atoi(string(words[len(words)-1])); err != nil {
		return 0, false
	}
	word := words[len(words)-2]
	digits := len(word)
	for digits > 0 && word[digits-1] >= '0' && word[digits-1] <= '9' {
		digits--
	}
	num, err := strconv.Atoi(string(word[digits:]))
	return pdfRef(num), err == nil
}

// readPDFObject reads the object behind its "obj". The end is where to go on,
// also after an error.
func readPDFObject(data []byte, at int) (o *pdfObject, end int, err error) {
	l := &pdfLexer{data: data, at: at}
	value, err := l.next(0)
	if err != nil {
		return nil, l.at, err
	}
	o = &pdfObject{value: value}
	dict, ok := value.(pdfDict)
	l.skip()
	if !ok || !bytes.HasPrefix(data[l.at:], []byte("stream")) {
		return o, l.at, nil
	}
	from := l.at + len("stream")
	if bytes.HasPrefix(data[from:], []byte("\r")) {
		from++
	}
	if bytes.HasPrefix(data[from:], []byte("\n")) {
		from++
	}
	if n, ok := dict["Length"].(float64); ok && n >= 0 && n <= float64(len(data)-from) {
		rest := bytes.TrimLeft(data[from+int(n):min(len(data), from+int(n)+16)], "\r\n ")
		if bytes.HasPrefix(rest, []byte("endstream")) {
			o.stream = data[from : from+int(n)]
			return o, from + int(n), nil
		}
	}
	n := bytes.Index(data[from:], []byte("endstream"))
	if n < 0 {
		n = len(data) - from // truncated: as much as there is
	}
	o.stream = data[from : from+n]
	return o, from + n, nil
}

// add takes an object in, and those in it if it is a stream of objects (7.5.7).
func (f *pdfFile) add(o *pdfObject) error {
	f.objects = append(f.objects, o)
	f.latest[o.num] = o
	switch dict, _ := o.value.(pdfDict); dict["Type"] {
	case pdfName("XRef"):
		o.used = true
	case pdfName("ObjStm"):
		o.used = true
		data, err := f.decoded(o)
		if err == errStopped {
			return err
		}
		if err == nil {
			err = f.unpackObjects(dict, data)
		}
		if err != nil {
			return f.d.miss(fmt.Sprintf("object %d", o.num), err)
		}
	}
	return nil
}

func (f *pdfFile) unpackObjects(dict pdfDict, data []byte) error {
	first, _ := dict["First"].(float64)
	if first < 0 || first > float64(len(data)) {
		return errPDFEnd
	}
	index := &pdfLexer{data: data[:int(first)]}
	body := &pdfLexer{data: data, at: int(first)}
	for {
		num, err := index.next(0)
		if err != nil {
			return nil // the end of the index
		}
		if _, err := index.next(0); err != nil {
			return err
		}
		n, ok := num.(float64)
		if !ok {
			return errPDFEnd
		}
		value, err := body.next(0) // they lie one behind the other
		if err != nil {
			return err
		}
		o := &pdfObject{num: pdfRef(n), value: value}
		f.objects = append(f.objects, o)
		f.latest[o.num] = o
	}
}

// resolve follows a reference, and one that leads to another.
func (f *pdfFile) resolve(v any) any {
	for range pdfDepth {
		ref, ok := v.(pdfRef)
		if !ok {
			return v
		}
		o := f.latest[ref]
		if o == nil {
			return nil
		}
		v = o.value
	}
	return nil
}

func (f *pdfFile) dict(v any) pdfDict {
	d, _ := f.resolve(v).(pdfDict)
	return d
}

func (f *pdfFile) array(v any) pdfArray {
	a, _ := f.resolve(v).(pdfArray)
	return a
}

func (f *pdfFile) number(v any, otherwise float64) float64 {
	if n, ok := f.resolve(v).(float64); ok {
		return n
	}
	return otherwise
}

// object is the object with a stream that a reference leads to, or nil.
func (f *pdfFile) object(v any) *pdfObject {
	ref, _ := v.(pdfRef)
	if o := f.latest[ref]; o != nil && o.stream != nil {
		return o
	}
	return nil
}

// decoded is the stream of an object through its filters (7.4). With an error
// comes what was decoded until then.
func (f *pdfFile) decoded(o *pdfObject) ([]byte, error) {
	dict, _ := o.value.(pdfDict)
	filters := f.array(dict["Filter"])
	if name, ok := f.resolve(dict["Filter"]).(pdfName); ok {
		filters = pdfArray{name}
	}
	data := o.stream
	err := f.d.charge(len(data))
	if err != nil {
		return nil, err
	}
	for _, filter := range filters {
		name, _ := f.resolve(filter).(pdfName)
		if data, err = f.d.pdfFilter(name, data); err != nil {
			return data, err
		}
	}
	if predictor := f.number(f.dict(dict["DecodeParms"])["Predictor"], 1); predictor > 1 {
		return data, Unsupported("a predictor in a stream")
	}
	return data, nil
}

func (d *reading) pdfFilter(name pdfName, data []byte) ([]byte, error) {
	switch name {
	case "FlateDecode", "Fl":
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return d.unpack(z)
	case "ASCIIHexDecode", "AHx":
		return unhex(data), nil
	case "ASCII85Decode", "A85":
		data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~"))
		data, _, _ = bytes.Cut(data, []byte("~>"))
		return d.unpack(ascii85.NewDecoder(bytes.NewReader(data)))
	}
	return nil, Unsupported("the filter " + string(name))
}
