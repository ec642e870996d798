// Package detectors says what a secret looks like: bytes in, matches out. It
// knows nothing of where the bytes come from or of what is done about a match.
package detectors

import (
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
)

// Span is a half-open range of byte offsets into the text given to Scan.
type Span struct{ Start, End int }

// Len is the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Overlaps reports whether the two spans share a byte.
func (s Span) Overlaps(o Span) bool { return s.Start < o.End && o.Start < s.End }

// Match is one secret found in one text.
type Match struct {
	Rule *rules.Rule

	// Whole is all that the rule matched, Secret the credential in it. For a
	// secret that was found by decoding, both are the part of the encoded run that
	// holds it, as tightly as the encoding allows.
	Whole, Secret Span

	// Value is the secret itself, decoded; a copy that outlives the text.
	Value []byte

	// Parts are the credentials that belong to this one, such as the key id
	// beside a secret key.
	Parts []Part

	// Decoded names the encodings that were undone, outermost first.
	Decoded []string

	Entropy    float64 // Shannon, in bits a character, over Value
	Confidence rules.Confidence

	// Score is the probability that a generic value is a secret, 0 to 1; of what a
	// rule of an issuer found it is 0, for nobody asked. Reasons say what it is made
	// of, if Options.Reasons asks for them.
	Score   float32
	Reasons []generic.Reason

	// Allowed is set if the engine saw that the text itself says to let the match pass,
	// as rules of a gitleaks config do.
	Allowed bool

	// Name is the variable, key or flag that the value was assigned to, if any.
	Name string

	// Bare marks a generic value without quotes: a secret in a file whose syntax
	// has bare values (.env, YAML, …), an identifier in a program. Where the path
	// is not known at Scan time, Engine.Admits decides later.
	Bare bool
}

// Part is a credential that completes another one.
type Part struct {
	Name  string // "key_id"
	Value []byte

	// Others are further candidates for the part, the nearest first; Value is the
	// nearest of all.
	Others [][]byte

	// Context marks what is no credential of its own but tells where the match
	// belongs, such as the host of a URL.
	Context bool
}
