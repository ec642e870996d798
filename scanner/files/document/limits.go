package document

import (
	"fmt"
	"io"
)

// MaxSize is the largest document that is read, in bytes.
const MaxSize = 64 << 20

// What one document may cost.
const (
	maxText  = 128 << 20 // bytes that are unpacked and handed out
	maxParts = 10_000    // that are handed out, or lost
	maxDepth = 16        // of parts in parts
)

// count counts a part against the limit.
func (d *reading) count() error {
	if d.stopped || d.ctx.Err() != nil {
		return errStopped
	}
	if d.parts == maxParts {
		return d.stop(fmt.Sprintf("it has more than %d parts", maxParts))
	}
	d.parts++
	return nil
}

// charge counts n bytes against the limit.
func (d *reading) charge(n int) error {
	if d.stopped || d.ctx.Err() != nil {
		return errStopped
	}
	if d.left -= int64(n); d.left < 0 {
		return d.stop(fmt.Sprintf("more than %d MiB came out of it", maxText>>20))
	}
	return nil
}

// unpack reads what a decompressor gives to its end, or as far as it goes: the
// error is its own, or errStopped.
func (d *reading) unpack(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(&metered{d, r}, d.left+1))
	return data, err
}

// metered charges what is read through it.
type metered struct {
	d *reading
	r io.Reader
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if stopped := m.d.charge(n); stopped != nil {
		return 0, stopped
	}
	return n, err
}
