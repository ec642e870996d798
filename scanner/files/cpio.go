package files

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// cpioForm is where a header has the numbers that matter here, each from one
// byte to another.
type cpioForm struct {
	length           int // of the header
	base             int // of its numbers
	mode, size, name struct{ from, to int }
	align            int64 // what names and texts are filled up to
}

// cpioMagic is how many bytes tell the form.
const cpioMagic = 6

// cpioFormOf returns one of the two forms of cpio(5) whose headers are text:
// "new ASCII", with or without checksums, and the portable one of POSIX.1.
func cpioFormOf(magic string) (form cpioForm, ok bool) {
	type field = struct{ from, to int }
	switch magic {
	case "070701", "070702":
		return cpioForm{length: 110, base: 16, mode: field{14, 22}, size: field{54, 62}, name: field{94, 102}, align: 4}, true
	case "070707":
		return cpioForm{length: 76, base: 8, mode: field{18, 24}, size: field{65, 76}, name: field{59, 65}, align: 1}, true
	}
	return cpioForm{}, false
}

// isCPIO reports whether a text begins with a header, which is all digits.
func isCPIO(head string) bool {
	form, ok := cpioFormOf(head[:min(len(head), cpioMagic)])
	return ok && len(head) >= form.length && !strings.ContainsFunc(head[:form.length], func(c rune) bool {
		_, err := strconv.ParseUint(string(c), form.base, 8)
		return err != nil
	})
}

// cpioTrailer is the name of the last member, which is none.
const cpioTrailer = "TRAILER!!!"

// cpio unpacks l. What follows its trailer is a member called "rest", as in the
// first file system of Linux, where one archive comes behind another.
func (u *unpacker) cpio(l *level, r io.Reader) error {
	in := &tally{r: r}
	l.in, l.stored = in.count, true
	c := &cpioReader{r: bufio.NewReader(in)}
	for !u.halted(l) {
		m, err := c.next()
		switch {
		case err != nil:
			return cutOff(err) // before a trailer
		case m.name == cpioTrailer:
			return u.cpioRest(l, c.r)
		case m.hasText():
			u.member(l, m.name, &c.body)
		}
	}
	return nil
}

// cpioRest reads what comes behind the zeros that fill up the last block.
func (u *unpacker) cpioRest(l *level, r *bufio.Reader) error {
	for !u.halted(l) {
		switch b, err := r.ReadByte(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case b != 0:
			if err := r.UnreadByte(); err != nil {
				return err
			}
			u.member(l, "rest", r)
			return nil
		}
	}
	return nil
}

// The kinds of file in a member's mode that have no text.
const (
	cpioKind      = 0o170000
	cpioFIFO      = 0o010000
	cpioCharacter = 0o020000
	cpioFolder    = 0o040000
	cpioBlock     = 0o060000
	cpioSocket    = 0o140000
)

type cpioMember struct {
	name string
	mode int64
	size int64
}

// hasText tells regular files, and symbolic links, whose text is their target.
func (m cpioMember) hasText() bool {
	switch m.mode & cpioKind {
	case cpioFIFO, cpioCharacter, cpioFolder, cpioBlock, cpioSocket:
		return m.size > 0
	}
	return true
}

// cpioReader reads the members of a cpio archive one after the other.
type cpioReader struct {
	r    *bufio.Reader
	body exactly // what is left of the member under way
	fill int     // bytes between it and the next
}

// next leads to the next member.
func (c *cpioReader) next() (m cpioMember, err error) {
	if _, err := io.Copy(io.Discard, &c.body); err != nil {
		return m, err
	}
	if _, err := c.r.Discard(c.fill); err != nil {
		return m, err
	}
	magic, err := c.r.Peek(cpioMagic)
	if err != nil {
		return m, err
	}
	form, ok := cpioFormOf(string(magic))
	if !ok {
		return m, errors.New("what should be the header of a member is none")
	}
	header := make([]byte, form.length)
	if _, err := io.ReadFull(c.r, header); err != nil {
		return m, err
	}
	return c.member(form, string(header))
}

// member reads the name behind a header, up to the text.
func (c *cpioReader) member(form cpioForm, header string) (m cpioMember, err error) {
	number := func(field struct{ from, to int }) int64 {
		n, bad := strconv.ParseUint(header[field.from:field.to], form.base, 63)
		if bad != nil {
			err = errors.New("the header of a member holds no numbers")
		}
		return int64(n)
	}
	m.mode, m.size = number(form.mode), number(form.size)
	length := number(form.name)
	if err != nil {
		return m, err
	}
	if length > maxPath {
		return m, unsupported(fmt.Sprintf("a name of %d bytes", length))
	}
	name := make([]byte, length)
	if _, err := io.ReadFull(c.r, name); err != nil {
		return m, err
	}
	m.name = strings.TrimRight(string(name), "\x00")
	fill := func(n int64) int { return int(-n & (form.align - 1)) }
	c.body, c.fill = exactly{c.r, m.size}, fill(m.size)
	_, err = c.r.Discard(fill(int64(form.length) + length))
	return m, err
}
