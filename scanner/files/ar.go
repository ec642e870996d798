package files

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The header of a member, as ar(5) has it: name, three numbers and a mode that
// tell nothing about its text, its size, and an end mark.
const (
	arMagic  = "!<arch>\n"
	arHeader = 60
	arEnd    = "`\n"
)

// ar unpacks l: a Debian package, a static library or another ar archive, with
// the names of GNU and of BSD.
func (u *unpacker) ar(l *level, r io.Reader) error {
	in := &tally{r: r}
	l.in, l.stored = in.count, true
	if _, err := io.CopyN(io.Discard, in, int64(len(arMagic))); err != nil {
		return err
	}
	a := &arReader{r: in}
	for !u.halted(l) {
		name, err := a.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		u.member(l, name, &a.body)
	}
	return nil
}

// arReader reads the members of an ar archive one after the other.
type arReader struct {
	r     io.Reader
	body  exactly // what is left of the member under way
	odd   bool    // a byte comes between it and the next
	names string  // GNU's table of the names that a header has no room for
}

// next leads to the next member, past the tables that are none. Its error is
// io.EOF behind the last one.
func (a *arReader) next() (string, error) {
	for {
		field, err := a.header()
		if err != nil {
			return "", err
		}
		switch long, isBSD := strings.CutPrefix(field, "#1/"); {
		case isBSD:
			return a.nameBefore(long)
		case field == "/", field == "/SYM64/": // where symbols are
		case field == "//":
			if err := a.readNames(); err != nil {
				return "", err
			}
		case strings.HasPrefix(field, "/"):
			return a.nameAt(field[1:])
		default:
			return strings.TrimSuffix(field, "/"), nil
		}
	}
}

// header reads the next header and returns its name as it stands.
func (a *arReader) header() (string, error) {
	if _, err := io.Copy(io.Discard, &a.body); err != nil {
		return "", err
	}
	if a.odd {
		if _, err := io.CopyN(io.Discard, a.r, 1); err != nil {
			return "", err // io.EOF: the last needs none
		}
	}
	var h [arHeader]byte
	if _, err := io.ReadFull(a.r, h[:]); err != nil {
		return "", err
	}
	if string(h[58:]) != arEnd {
		return "", errors.New("the header of a member has no end mark")
	}
	size, err := strconv.ParseUint(strings.TrimRight(string(h[48:58]), " "), 10, 63)
	if err != nil {
		return "", errors.New("the size of a member is no number")
	}
	a.body, a.odd = exactly{a.r, int64(size)}, size%2 == 1
	return strings.TrimRight(string(h[:16]), " "), nil
}

// nameBefore reads a name that lies before the text of its member.
func (a *arReader) nameBefore(length string) (string, error) {
	n, err := strconv.ParseUint(length, 10, 63)
	if err != nil || int64(n) > a.body.left {
		return "", errors.New("the length of a name is none")
	}
	if n > maxPath {
		return "", unsupported(fmt.Sprintf("a name of %d bytes", n))
	}
	name := make([]byte, n)
	_, err = io.ReadFull(&a.body, name)
	return strings.TrimRight(string(name), "\x00"), err
}

// nameAt is the name at an offset of the table of names.
func (a *arReader) nameAt(offset string) (string, error) {
	at, err := strconv.ParseUint(offset, 10, 63)
	if err != nil || at >= uint64(len(a.names)) {
		return "", errors.New("a member's name is not where its header says")
	}
	rest := a.names[at:]
	name, _, _ := strings.Cut(rest[:min(len(rest), maxPath)], "\n")
	return strings.TrimSuffix(name, "/"), nil
}

// readNames reads the table of names, which is the member under way.
func (a *arReader) readNames() error {
	if a.body.left > maxHeader {
		return unsupported(fmt.Sprintf("a table of names of %d bytes", a.body.left))
	}
	var names strings.Builder
	_, err := io.Copy(&names, &a.body)
	a.names = names.String()
	return err
}
