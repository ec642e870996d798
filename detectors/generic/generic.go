// Package generic reads secrets that no issuer gave a shape: passwords, keys
// and tokens in assignments, URLs and headers. Its readers are hand-written,
// because they run at every "key" and "token" of a history: most hits must be
// refused within nanoseconds, before anything is split or measured.
//
// A reader starts from a keyword that the prefilter found, reads the name round
// it, the operator behind it and the value, and judges name and value together.
package generic

import (
	"bytes"

	"github.com/leakguard/leakguard/detectors/rules"
)

// Reader is one of the hand-written detectors.
type Reader uint8

// The readers. A provider file names them in its key "detector".
const (
	None     Reader = iota
	Password        // "assigned-password": a name such as DB_PASSWORD and its value
	Token           // "assigned-secret": a name such as api_key, secret or token
	URL             // "url-credentials": scheme://user:password@host
	Header          // "authorization": Authorization headers, curl -u
)

var readers = []struct {
	name     string
	keywords []string
}{
	None:     {},
	Password: {"assigned-password", []string{"pass", "pwd"}},
	Token:    {"assigned-secret", []string{"secret", "token", "key", "credential", "auth"}},
	URL:      {"url-credentials", []string{"://"}},
	Header:   {"authorization", []string{"bearer ", "basic ", "authorization"}},
}

// ReaderOf returns the reader of that name, or None.
func ReaderOf(name string) Reader {
	for r := range readers {
		if r > 0 && readers[r].name == name {
			return Reader(r)
		}
	}
	return None
}

// Keywords are what wakes a reader, lower case.
func Keywords(r Reader) []string { return readers[r].keywords }

// Candidate is a value that a reader takes for a secret.
type Candidate struct {
	Start, End           int // the value
	WholeStart, WholeEnd int // from the name to the value's end
	Name                 []byte
	Bare                 bool // not quoted
	Confidence           rules.Confidence
}

// Scanner runs the readers over one text. The zero value needs a Reset.
type Scanner struct {
	text   []byte
	binary bool
	done   int // names that end at or before here were read
}

// sniffed is how much of a text is looked at to tell whether it is binary: as
// much as git looks at.
const sniffed = 8000

// Reset starts a new text.
func (s *Scanner) Reset(text []byte) {
	*s = Scanner{text: text}
	s.binary = bytes.IndexByte(text[:min(len(text), sniffed)], 0) >= 0
}

// At reads what stands round a keyword of reader r that ends at end. Calls must
// come in the order of the ends. Nothing is read in binary data, where chance
// writes assignments.
func (s *Scanner) At(r Reader, end int) (Candidate, bool) {
	if s.binary {
		return Candidate{}, false
	}
	switch r {
	case Password, Token:
		return s.assignment(r, end)
	case URL:
		return s.url(end)
	case Header:
		return s.header(end)
	}
	return Candidate{}, false
}
