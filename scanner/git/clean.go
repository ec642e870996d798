package git

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// Only blobs are remembered. Commits and tags are read in any case, for how they hang
// together, and take less time to scan than to look up.

// asked is how many blobs Options.Clean is asked for at once, and about how many
// Options.Read is told of.
const asked = 1 << 14

// readBefore marks by ordinal the blobs that are known to hold nothing; nil is none.
func (h *History) readBefore(ctx context.Context, cov *scanner.Coverage) ([]bool, error) {
	if h.opts.Clean == nil {
		return nil, nil
	}
	marks := make([]bool, h.store.Objects())
	known := 0
	rest := h.store.Candidates(pack.Blob)
	for len(rest) > 0 {
		part := rest[:min(asked, len(rest))]
		rest = rest[len(part):]
		ids := make([]pack.ID, len(part))
		for i, n := range part {
			ids[i] = h.store.NameOf(n)
		}
		clean, err := h.opts.Clean(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i, n := range part {
			marks[n] = clean(ids[i])
			if first, _ := h.store.Ordinal(&ids[i]); marks[n] && first == n {
				known++ // once, in however many packs it lies
			}
		}
	}
	cov.Count("blobs read before", int64(known))
	return marks, nil
}

// cleanBlobs gathers the blobs that were read whole and hold nothing, for Options.Read.
type cleanBlobs struct {
	store *pack.Store
	tell  func(ids []pack.ID) // nil: nobody wants to know
	cov   *scanner.Coverage   // of the scan

	mu       sync.Mutex
	ordinals []uint32

	telling sync.Mutex
}

// add takes in a blob whose text was scanned to its end without a match or a gap.
//
// What is said of a name goes for all repositories, so the blob has to have the content
// that it is named for. One that is streamed is left out: whether it is depends on how it
// is stored, and an archive is then not unpacked.
func (c *cleanBlobs) add(o pack.Object) {
	if c.tell == nil || o.Stream != nil || !named(c.store.Hash, o) {
		return
	}
	c.mu.Lock()
	c.ordinals = append(c.ordinals, o.Ordinal)
	var ready []uint32
	// While there is no gap at all, no text made the scan break down.
	if len(c.ordinals)%asked == 0 && c.cov.Complete() {
		ready, c.ordinals = c.ordinals, nil
	}
	c.mu.Unlock()
	c.pass(ready)
}

// end passes on the rest, once nothing is being read any more.
func (c *cleanBlobs) end() {
	broken := map[string]bool{}
	for _, g := range c.cov.Gaps {
		if g.Count > 1 {
			return // it stands for several, and which they are is not known
		}
		broken[g.What] = true
	}
	var whole []uint32
	for _, n := range c.ordinals {
		// A scan that breaks down leaves a gap with the name of the text's place.
		if len(broken) == 0 || !broken[objectPlace{ordinal: n, typ: pack.Blob}.String()] {
			whole = append(whole, n)
		}
	}
	c.pass(whole)
}

// pass tells of the blobs.
func (c *cleanBlobs) pass(ordinals []uint32) {
	if c.tell == nil || len(ordinals) == 0 {
		return
	}
	c.telling.Lock()
	defer c.telling.Unlock()
	for len(ordinals) > 0 {
		ids := make([]pack.ID, min(asked, len(ordinals)))
		for i := range ids {
			ids[i] = c.store.NameOf(ordinals[i])
		}
		ordinals = ordinals[len(ids):]
		c.tell(ids)
	}
}

// named reports whether the blob has the content that its name is the hash of: an index
// may say anything, and a disk may fail.
func named(hash pack.Hash, o pack.Object) bool {
	h := sha1.New()
	if hash == pack.SHA256 {
		h = sha256.New()
	}
	fmt.Fprintf(h, "%s %d\x00", pack.Blob, len(o.Data))
	h.Write(o.Data)
	return bytes.Equal(h.Sum(nil), o.ID[:hash])
}

// absorb adds to cov what is in part, and reports whether that has neither a gap nor
// anything left out by choice.
func absorb(cov, part *scanner.Coverage) (whole bool) {
	for unit, n := range part.Read {
		cov.Count(unit, n)
	}
	for _, g := range part.Gaps {
		for range g.Count {
			cov.Gap(g.What, g.Why, g.Fix)
		}
	}
	for _, e := range part.Excluded {
		cov.Exclude(e.What, e.Why, e.Fix, e.Count)
	}
	return len(part.Gaps)+len(part.Excluded) == 0
}
