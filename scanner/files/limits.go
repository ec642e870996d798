package files

import (
	"errors"
	"fmt"
	"io"
)

// Limits bound what one archive may cost, with all that is nested in it.
type Limits struct {
	Depth   int   // how deep archives may be nested; 1 is an archive in no other
	Members int   // how many members, and parts of documents, are read
	Bytes   int64 // how many bytes are decompressed
	Ratio   int64 // how many times its own size an archive may hold
}

// DefaultLimits are generous for what people pack, images with the files of a
// whole system among it, and far below what harms.
func DefaultLimits() Limits {
	return Limits{Depth: 4, Members: 100_000, Bytes: 512 << 20, Ratio: 200}
}

// freeBytes may come out of an archive at any ratio: small files of zeros or of
// one repeated line are no attack.
const freeBytes = 32 << 20

// errLimit ends a read whose limit is reached. The gap was recorded by then.
var errLimit = errors.New("a limit is reached")

// metered is what comes out of l, counted against the limits.
func (u *unpacker) metered(l *level, r io.Reader) io.Reader {
	return readFunc(func(p []byte) (int, error) {
		if u.halted(l) {
			return 0, errLimit
		}
		n, err := r.Read(p)
		u.charge(l, int64(n))
		return n, err
	})
}

// charge counts n bytes that came out of l.
func (u *unpacker) charge(l *level, n int64) {
	l.out += n
	in := l.in()
	switch {
	case !l.stored:
		u.bytes += n
	case l.out > in:
		u.bytes += min(n, l.out-in)
	}
	switch {
	case l.out-freeBytes > u.limits.Ratio*in:
		u.gap(l, l.path, fmt.Sprintf("it holds more than %d times its own size; the rest was not read", u.limits.Ratio), fixUnpack)
		l.stopped = true
	case u.bytes > u.limits.Bytes:
		u.gap(l, l.path, fmt.Sprintf("more than %d bytes came out of it and what is around it; the rest was not read", u.limits.Bytes), fixUnpack)
		u.stopped = true
	}
}

// admit counts a member of l, and reports whether it is to be read.
func (u *unpacker) admit(l *level) bool {
	if u.halted(l) {
		return false
	}
	if u.members == u.limits.Members {
		u.gap(l, l.path, fmt.Sprintf("it and what is around it have more than %d members; the rest was not read", u.limits.Members), fixUnpack)
		u.stopped = true
		return false
	}
	u.members++
	return true
}

// halted reports whether nothing more is to be read of l.
func (u *unpacker) halted(l *level) bool {
	if u.stopped || u.ctx.Err() != nil {
		return true
	}
	for ; l != nil; l = l.up {
		if l.stopped {
			return true
		}
	}
	return false
}

// tally counts the bytes that are read through it.
type tally struct {
	r io.Reader
	n int64
}

func (t *tally) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	return n, err
}

func (t *tally) count() int64 { return t.n }

// exactly is the next bytes of r; that they are not all there is an error.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	if e.left -= int64(n); e.left > 0 {
		err = cutOff(err)
	}
	return n, err
}

// cutOff is err where an end is no end but a break.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readFunc is a function as a reader.
type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }
