package verify

import "hash"

// Scram is the client of a login by SCRAM, with a nonce of the test.
type Scram struct{ *scram }

// NewScram begins a login with a nonce.
func NewScram(hash func() hash.Hash, user, password, nonce string) Scram {
	s := newScram(hash, scramName(user), scramPassword(password))
	s.nonce = nonce
	return Scram{s}
}

// First, Final and Check are the client's two messages, and its look at the
// server's last.
func (s Scram) First() string { return string(s.first()) }
func (s Scram) Final(server string) (string, error) {
	b, err := s.final([]byte(server))
	return string(b), err
}
func (s Scram) Check(server string) error { return s.check([]byte(server)) }

// ScramPassword prepares a password.
func ScramPassword(password string) string { return scramPassword(password) }

// ReadBSON reads a document and writes what was understood of it.
func ReadBSON(b []byte) ([]byte, error) {
	doc, err := readBSON(b, 0)
	if err != nil {
		return nil, err
	}
	return doc.append(nil), nil
}
