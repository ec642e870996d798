package generic

import "bytes"

// binaryReach is how far round a place a NUL byte makes binary data of it, in bytes.
// It is bounded so that what is said of a place does not depend on where the text
// round it was cut.
const binaryReach = 16 << 10

// binaryData follows the NUL bytes of a text, which only binary data has.
type binaryData struct {
	before int // 1 + the last one before next; 0: none
	next   int // the first one at or behind the places that were asked for
	known  bool
}

// round reports whether a NUL byte is near text[place]. Calls must come in the order of
// the places.
func (d *binaryData) round(text []byte, place int) bool {
	for !d.known || d.next < place {
		from := 0
		if d.known {
			d.before = d.next + 1
			from = d.next + 1
		}
		// Of a run of NUL bytes, and of those that lie far back, the last counts.
		if skip := bytes.LastIndexByte(text[from:max(from, place)], 0); skip >= 0 {
			d.before, from = from+skip+1, from+skip+1
		}
		d.known = true
		if d.next = bytes.IndexByte(text[from:], 0); d.next < 0 {
			d.next = len(text) + binaryReach
		} else {
			d.next += from
		}
	}
	return d.before > 0 && place-d.before < binaryReach || d.next-place < binaryReach
}
