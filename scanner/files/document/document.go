// Package document reads what a file of a known kind holds but its raw bytes do
// not show: text that is compressed, encoded, or cut into pieces by its markup.
//
// Of tells the kind of a document, Read hands out its texts. docs/documents.md
// says for each kind what is read and what is not.
package document

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Kind is a kind of document.
type Kind string

const (
	None         Kind = ""
	Notebook     Kind = "Jupyter notebook"
	OOXML        Kind = "OOXML document"
	OpenDocument Kind = "OpenDocument file"
	PDF          Kind = "PDF"
	SQLite       Kind = "SQLite database"
	Mail         Kind = "mail"
	Mailbox      Kind = "mailbox"
	HAR          Kind = "HTTP archive"
	Capture      Kind = "packet capture"
	JavaClass    Kind = "Java class"
	PythonCode   Kind = "compiled Python"
	PNG          Kind = "PNG image"
	JPEG         Kind = "JPEG image"
)

// Packed reports whether documents of the kind are zip archives, whose members
// are texts and documents of their own.
func (k Kind) Packed() bool { return k == OOXML || k == OpenDocument }

// Gives reports whether Read hands out all the text of the member of that name,
// of a document that is Packed, so that its XML need not be read beside it.
func (k Kind) Gives(member string) bool {
	switch k {
	case OOXML:
		_, is := ooxmlPart(member)
		return is != noContent || member == sharedStrings
	case OpenDocument:
		return member == "content.xml" || member == "styles.xml" || member == "meta.xml"
	}
	return false
}

// ErrEncrypted is why a document, or a part of it, cannot be read without its
// password.
var ErrEncrypted = errors.New("encrypted")

// Unsupported is what a document uses that is not read.
type Unsupported string

func (u Unsupported) Error() string { return string(u) + " is not supported" }

// Limit is a limit that a document goes beyond; what lies beyond was not read.
type Limit string

func (l Limit) Error() string { return string(l) + "; the rest was not read" }

// Read hands the texts in a document of kind k to emit, each with the name of
// its part as a person would look for it ("page 3", "table users"), and what
// could not be read of it to lost, with the part's name or "" for the document
// as a whole. A text may be an archive or a document itself, such as one that
// is attached to a mail. It is valid only during the call.
//
// The errors given to lost, and the one returned, are ErrEncrypted, Unsupported,
// Limit, or say what is damaged. One is returned if the document cannot be read
// at all, or ctx's if it is done.
func Read(ctx context.Context, k Kind, r io.ReaderAt, size int64, emit func(part string, text []byte), lost func(part string, err error)) error {
	if size > MaxSize {
		return Limit(fmt.Sprintf("the document has more than %d MiB", MaxSize>>20))
	}
	d := &reading{ctx: ctx, file: io.NewSectionReader(r, 0, size), emit: emit, lost: lost, left: maxText}
	return d.read(k)
}

func (d *reading) read(k Kind) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if d.calling {
				panic(p)
			}
			err = fmt.Errorf("its reader broke down (%T)", p)
		}
	}()
	if err := d.readAs(k); err != errStopped {
		return err
	}
	return d.ctx.Err()
}

func (d *reading) readAs(k Kind) error {
	switch k {
	case Notebook:
		return d.notebook()
	case OOXML:
		return d.ooxml()
	case OpenDocument:
		return d.openDocument()
	case PDF:
		return d.pdf()
	case SQLite:
		return d.sqlite()
	case Mail:
		return d.mail()
	case Mailbox:
		return d.mailbox()
	case HAR:
		return d.har()
	case Capture:
		return d.capture()
	case JavaClass:
		return d.javaClass()
	case PythonCode:
		return d.pythonCode()
	case PNG:
		return d.png()
	case JPEG:
		return d.jpeg()
	}
	return fmt.Errorf("no kind of document: %q", string(k))
}

// reading is one document that is being read.
type reading struct {
	ctx  context.Context
	file *io.SectionReader
	emit func(part string, text []byte)
	lost func(part string, err error)

	left    int64 // bytes that may still be unpacked and handed out
	parts   int   // handed out, or lost
	stopped bool  // a limit was reached
	calling bool  // whether a panic is emit's or lost's
}

// errStopped ends the reading of a document when a limit is reached, which was
// handed to lost by then, or its context is done.
var errStopped = errors.New("stopped")

// hand hands out one text, unless it is empty. Any error is errStopped.
func (d *reading) hand(part string, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if err := d.count(); err != nil {
		return err
	}
	if err := d.charge(len(text)); err != nil {
		return err
	}
	d.calling = true
	d.emit(cleaned(part), text)
	d.calling = false
	return nil
}

// miss hands out what could not be read. Any error is errStopped.
func (d *reading) miss(part string, err error) error {
	if err == errStopped {
		return err
	}
	if err := d.count(); err != nil {
		return err
	}
	d.tell(part, err)
	return nil
}

func (d *reading) tell(part string, err error) {
	d.calling = true
	d.lost(cleaned(part), err)
	d.calling = false
}

// stop tells of a limit of the document as a whole.
func (d *reading) stop(why string) error {
	d.stopped = true
	d.tell("", Limit(why))
	return errStopped
}

// all reads the document into memory.
func (d *reading) all() ([]byte, error) {
	data := make([]byte, d.file.Size())
	if _, err := io.ReadFull(d.file, data); err != nil {
		return nil, fmt.Errorf("it cannot be read to its end: %w", err)
	}
	return data, nil
}

// parse decodes a document in JSON into v. What is of another type than v wants
// is lost, the rest is read.
func (d *reading) parse(v any) error {
	data, err := d.all()
	if err != nil {
		return err
	}
	var syntax *json.SyntaxError
	var other *json.UnmarshalTypeError
	switch err := json.Unmarshal(data, v); {
	case errors.As(err, &syntax):
		return fmt.Errorf("its JSON is malformed at byte %d", syntax.Offset)
	case errors.As(err, &other):
		return d.miss("", fmt.Errorf("the value at byte %d is of another type than it should be", other.Offset))
	case err != nil:
		return errors.New("its JSON is malformed")
	}
	return nil
}

// cleaned is the name of a part as it can stand in a path: one line, not long,
// and without the signs that lead from one part of a path to the next.
func cleaned(part string) string {
	const most = 100 // bytes
	part = strings.Map(func(c rune) rune {
		switch {
		case c < ' ' || c == 0x7f || c == '!':
			return -1
		case c == '/' || c == '\\':
			return '_'
		}
		return c
	}, strings.ToValidUTF8(part, ""))
	if len(part) > most {
		part = strings.ToValidUTF8(part[:most], "") + "…"
	}
	return part
}
