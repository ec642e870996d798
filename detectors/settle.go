package detectors

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/leakguard/leakguard/detectors/generic"
)

// settle sorts matches by place and, of those whose secrets overlap, keeps the
// one whose rule says most about it. It works in place.
func settle(found []Match) []Match {
	slices.SortStableFunc(found, func(a, b Match) int {
		return cmp.Or(
			cmp.Compare(b.Specificity(), a.Specificity()),
			cmp.Compare(b.Secret.Len(), a.Secret.Len()),
			cmp.Compare(bareness(a), bareness(b)),
			cmp.Compare(a.Secret.Start, b.Secret.Start),
			cmp.Compare(a.Rule.ID, b.Rule.ID),
			cmp.Compare(len(a.Decoded), len(b.Decoded)),
			bytes.Compare(a.Value, b.Value),
		)
	})
	// Heaviest first: a match stands if none that stands overlaps it. Standing
	// matches do not overlap, so each is looked for by its neighbours only.
	var standing []Match
	for _, m := range found {
		i, _ := slices.BinarySearchFunc(standing, m, func(a, b Match) int {
			return cmp.Compare(a.Secret.Start, b.Secret.Start)
		})
		if i > 0 && standing[i-1].Secret.Overlaps(m.Secret) && !siblings(&standing[i-1], &m) ||
			i < len(standing) && standing[i].Secret.Overlaps(m.Secret) && !siblings(&standing[i], &m) {
			continue
		}
		standing = slices.Insert(standing, i, m)
	}
	return standing
}

// bareness puts a match that may not stand, once its path is known, behind one
// that does.
func bareness(m Match) int {
	if m.Bare {
		return 1
	}
	return 0
}

// siblings are two different secrets out of one encoded run, which share its
// span as far as the encoding's grain goes.
func siblings(a, b *Match) bool {
	return len(a.Decoded) > 0 && len(b.Decoded) > 0 && a.Decoded[0] == b.Decoded[0] &&
		!bytes.Contains(a.Value, b.Value) && !bytes.Contains(b.Value, a.Value)
}

// Specificity orders matches by how much their rule says: a checksum proves, a
// pattern of the issuer's own tells, a name near a value suggests.
func (m *Match) Specificity() int {
	switch {
	case m.Rule.Detector == knownValue: // it is one for certain, but whose is not known
		return 1
	case m.Rule.Detector != "":
		return 0
	case m.Rule.Checksum != "" && len(m.Rule.Near) > 0: // a JSON Web Token beside its issuer's name
		return 5
	case m.Rule.Checksum != "":
		return 4
	case len(m.Rule.Near) > 0:
		return 2
	}
	return 3
}

// Entropy is Shannon's entropy of the bytes of s, in bits a byte.
func Entropy(s []byte) float64 { return generic.Entropy(s) }
