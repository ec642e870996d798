package document

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"golang.org/x/text/encoding/unicode"
)

// sqliteFile is a database in SQLite's format 3:
// https://www.sqlite.org/fileformat2.html. It is read without SQLite, which
// would need a file and takes a time that a hostile database chooses: here each
// page is read once.
type sqliteFile struct {
	d        *reading
	data     []byte
	pageSize int
	usable   int // bytes of a page
	encoding uint32
	seen     []bool // pages that were read
}

const (
	sqliteMagic  = "SQLite format 3\x00"
	sqliteHeader = 100 // bytes before the first page's own header
)

var (
	errSQLitePage   = errors.New("it leads to a page that is not in the file, or is in use elsewhere")
	errSQLiteCell   = errors.New("a row is damaged")
	errSQLiteHeader = errors.New("its header is damaged")
)

// sqlite hands out the rows of each table, a row's columns as "name = value".
func (d *reading) sqlite() error {
	data, err := d.all()
	if err != nil {
		return err
	}
	f, err := d.newSQLite(data)
	if err != nil {
		return err
	}
	return f.tree(1, 0, f.schemaRow)
}

// schemaRow reads what a row of the schema names. Its columns are a type, a
// name, the name of a table, the first page, and SQL.
func (f *sqliteFile) schemaRow(row []any) error {
	if len(row) < 5 {
		return errSQLiteCell
	}
	typ, name, sql := f.text(row[0]), f.text(row[1]), f.text(row[4])
	page, _ := row[3].(int64)
	part := typ + " " + name
	if err := f.d.hand(part, []byte(sql)); err != nil {
		return err
	}
	if typ != "table" || page == 0 { // a virtual table's rows are in others
		return nil
	}
	return f.table(part, page, sqliteColumns(sql))
}

func (d *reading) newSQLite(data []byte) (*sqliteFile, error) {
	if len(data) < sqliteHeader {
		return nil, errSQLiteHeader
	}
	f := &sqliteFile{d: d, data: data, pageSize: int(binary.BigEndian.Uint16(data[16:]))}
	if f.pageSize == 1 {
		f.pageSize = 1 << 16
	}
	f.usable = f.pageSize - int(data[20])
	f.encoding = binary.BigEndian.Uint32(data[56:])
	if f.pageSize < 512 || f.pageSize&(f.pageSize-1) != 0 || f.usable < 480 {
		return nil, errSQLiteHeader
	}
	f.seen = make([]bool, len(data)/f.pageSize+1)
	return f, nil
}

// table hands out the rows of a table, some thousands in a text.
func (f *sqliteFile) table(part string, root int64, columns []string) error {
	const flushed = 1 << 20 // bytes
	var b bytes.Buffer
	err := f.tree(root, 0, func(row []any) error {
		for i, v := range row {
			if v == nil {
				continue
			}
			column := fmt.Sprintf("column %d", i+1)
			if i < len(columns) {
				column = columns[i]
			}
			b.WriteString(column + " = " + f.text(v) + "\n")
		}
		b.WriteByte('\n')
		if b.Len() < flushed {
			return nil
		}
		defer b.Reset()
		return f.d.hand(part, b.Bytes())
	})
	if handed := f.d.hand(part, b.Bytes()); handed != nil {
		return handed
	}
	if err != nil {
		return f.d.miss(part, err)
	}
	return nil
}

// tree hands out the records of the b-tree below a page, in order: of a table's,
// or of an index's, where tables without row ids are kept. What is damaged is
// left out; the error is the first such, unless row gave one.
func (f *sqliteFile) tree(number int64, depth int, row func([]any) error) error {
	page, header, err := f.page(number)
	if err != nil {
		return err
	}
	if depth > maxDepth {
		return errSQLitePage
	}
	const interiorIndex, interiorTable, leafIndex, leafTable = 2, 5, 10, 13
	kind := page[header]
	cells, pointers := int(binary.BigEndian.Uint16(page[header+3:])), header+8
	if kind == interiorIndex || kind == interiorTable {
		pointers += 4
	}
	if kind != interiorIndex && kind != interiorTable && kind != leafIndex && kind != leafTable || pointers+2*cells > len(page) {
		return fmt.Errorf("page %d is damaged", number)
	}
	var damage error
	failed := func(err error) bool {
		if damage == nil {
			damage = err
		}
		return err == errStopped
	}
	for i := range cells {
		at := int(binary.BigEndian.Uint16(page[pointers+2*i:]))
		if kind == interiorIndex || kind == interiorTable {
			if at+4 > len(page) {
				failed(errSQLiteCell)
				continue
			}
			if failed(f.tree(int64(binary.BigEndian.Uint32(page[at:])), depth+1, row)) {
				return errStopped
			}
			at += 4
		}
		if kind != interiorTable && failed(f.cell(page, at, kind == leafTable, row)) {
			return errStopped
		}
	}
	if kind == interiorIndex || kind == interiorTable {
		failed(f.tree(int64(binary.BigEndian.Uint32(page[header+8:])), depth+1, row))
	}
	return damage
}

// page is a page of a tree, counted from 1, and where its header is.
func (f *sqliteFile) page(number int64) (page []byte, header int, err error) {
	if number < 1 || number > int64(len(f.data)/f.pageSize) || f.seen[number] {
		return nil, 0, errSQLitePage
	}
	f.seen[number] = true
	end := int(number) * f.pageSize
	if number == 1 {
		header = sqliteHeader
	}
	return f.data[end-f.pageSize : end-f.pageSize+f.usable], header, nil
}

// cell reads the record at a place in a page.
func (f *sqliteFile) cell(page []byte, at int, inTable bool, row func([]any) error) error {
	size, at := sqliteVarint(page, at)
	most := (f.usable-12)*64/255 - 23
	if inTable {
		_, at = sqliteVarint(page, at) // the row's id
		most = f.usable - 35
	}
	if at < 0 || size > uint64(len(f.data)) {
		return errSQLiteCell
	}
	if err := f.d.charge(int(size)); err != nil {
		return err
	}
	local := int(size)
	if local > most {
		least := (f.usable-12)*32/255 - 23
		if local = least + (int(size)-least)%(f.usable-4); local > most {
			local = least
		}
	}
	if at+local > len(page) {
		return errSQLiteCell
	}
	payload := page[at : at+local : at+local]
	if local < int(size) {
		if at+local+4 > len(page) {
			return errSQLiteCell
		}
		var err error
		if payload, err = f.overflow(payload, int(size), binary.BigEndian.Uint32(page[at+local:])); err != nil {
			return err
		}
	}
	values, err := sqliteRecord(payload)
	if err != nil {
		return err
	}
	return row(values)
}

// overflow appends what of a record of that size lies in pages of its own.
func (f *sqliteFile) overflow(payload []byte, size int, next uint32) ([]byte, error) {
	for len(payload) < size {
		page, _, err := f.page(int64(next))
		if err != nil {
			return nil, err
		}
		next = binary.BigEndian.Uint32(page)
		payload = append(payload, page[4:min(len(page), 4+size-len(payload))]...)
	}
	return payload, nil
}

// sqliteVarint reads a number of up to nine bytes, and is where it ends: -1 if
// it does not.
func sqliteVarint(b []byte, at int) (v uint64, end int) {
	for i := range 9 {
		if at < 0 || at+i >= len(b) {
			return 0, -1
		}
		c := b[at+i]
		if i == 8 {
			return v<<8 | uint64(c), at + 9
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return v, at + i + 1
		}
	}
	return 0, -1
}

// sqliteRecord are the values of a record: nil, int64, float64 or []byte, which
// is a text or a blob.
func sqliteRecord(payload []byte) (values []any, err error) {
	size, types := sqliteVarint(payload, 0)
	if types < 0 || size > uint64(len(payload)) {
		return nil, errSQLiteCell
	}
	body := payload[size:]
	for types < int(size) {
		var typ uint64
		if typ, types = sqliteVarint(payload[:size], types); types < 0 {
			return nil, errSQLiteCell
		}
		length := sqliteLength(typ)
		if length > uint64(len(body)) {
			return nil, errSQLiteCell
		}
		values = append(values, sqliteValue(typ, body[:length]))
		body = body[length:]
	}
	return values, nil
}

// sqliteLength is how many bytes a value of a serial type has.
func sqliteLength(typ uint64) uint64 {
	switch {
	case typ <= 4:
		return typ
	case typ == 5:
		return 6
	case typ <= 7:
		return 8
	case typ < 12:
		return 0
	}
	return (typ - 12) / 2
}

func sqliteValue(typ uint64, b []byte) any {
	switch {
	case typ >= 12:
		return b
	case typ == 0:
		return nil
	case typ == 7:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	case typ >= 8:
		return int64(typ - 8)
	}
	n := int64(int8(b[0]))
	for _, c := range b[1:] {
		n = n<<8 | int64(c)
	}
	return n
}

// text is a value as text. A blob is taken for what it is.
func (f *sqliteFile) text(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []byte:
		order := unicode.LittleEndian
		switch f.encoding {
		case 3:
			order = unicode.BigEndian
			fallthrough
		case 2:
			if s, err := unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder().Bytes(v); err == nil {
				return string(s)
			}
		}
		return string(v)
	}
	return ""
}
