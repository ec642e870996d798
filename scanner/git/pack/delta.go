package pack

import (
	"errors"
)

var errDelta = errors.New("its delta is corrupt")

// deltaSizes reads the head of a delta: the sizes of its base and its result,
// and where the instructions begin.
func deltaSizes(delta []byte) (base, result uint64, body []byte, err error) {
	base, n := varint(delta)
	if n == 0 {
		return 0, 0, nil, errDelta
	}
	delta = delta[n:]
	result, n = varint(delta)
	if n == 0 {
		return 0, 0, nil, errDelta
	}
	return base, result, delta[n:], nil
}

// varint reads a size of seven bits a byte, least first; n is 0 if it is cut off
// or too large.
func varint(b []byte) (v uint64, n int) {
	for shift := 0; n < len(b) && shift < 63; shift += 7 {
		c := b[n]
		n++
		v |= uint64(c&0x7f) << shift
		if c&0x80 == 0 {
			return v, n
		}
	}
	return 0, 0
}

// patch applies a delta to base, into dst's memory.
func patch(dst, base, delta []byte, limit int64) ([]byte, error) {
	wantBase, size, body, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if wantBase != uint64(len(base)) {
		return nil, errors.New("its delta is for a base of another size")
	}
	if int64(size) > limit {
		return nil, errTooLarge
	}
	dst = grow(dst, int(size))
	at := 0
	for len(body) > 0 {
		op := body[0]
		body = body[1:]
		switch {
		case op&0x80 != 0:
			from, n, rest, ok := copyArgs(op, body)
			if !ok || from+n > len(base) || at+n > len(dst) {
				return nil, errDelta
			}
			at += copy(dst[at:], base[from:from+n])
			body = rest
		case op > 0:
			n := int(op)
			if n > len(body) || at+n > len(dst) {
				return nil, errDelta
			}
			at += copy(dst[at:], body[:n])
			body = body[n:]
		default:
			return nil, errDelta // reserved
		}
	}
	if at != len(dst) {
		return nil, errDelta
	}
	return dst, nil
}

// copyArgs reads the offset and size of a copy instruction.
func copyArgs(op byte, b []byte) (from, n int, rest []byte, ok bool) {
	for i := range 4 {
		if op&(1<<i) != 0 {
			if len(b) == 0 {
				return 0, 0, nil, false
			}
			from |= int(b[0]) << (8 * i)
			b = b[1:]
		}
	}
	for i := range 3 {
		if op&(0x10<<i) != 0 {
			if len(b) == 0 {
				return 0, 0, nil, false
			}
			n |= int(b[0]) << (8 * i)
			b = b[1:]
		}
	}
	if n == 0 {
		n = 0x10000
	}
	return from, n, b, true
}
