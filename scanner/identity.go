package scanner

import "github.com/leakguard/leakguard/detectors"

// identity is what makes two matches ones of the same secret, and the bytes that its
// fingerprint is of: the value. Under a gitleaks config, where each rule reports for
// itself, it is the rule too, and of a match of a path the path.
func identity(m *detectors.Match, path string) (key string, value []byte) {
	switch {
	case m.OfPath():
		return m.Rule.ID + "\x00" + path, []byte(path)
	case m.Rule.Gitleaks != nil:
		return m.Rule.ID + "\x00" + string(m.Value), m.Value
	}
	return string(m.Value), m.Value
}

// fingerprintOf is the fingerprint of a secret that a match is of. A path is no secret:
// its fingerprint is a plain digest.
func fingerprintOf(m *detectors.Match, value []byte) string {
	if m.OfPath() {
		return digestFingerprint(value)
	}
	return Fingerprint(value)
}

// ofPath makes a secret of what a rule on paths alone found: no value is in it.
func (s *Secret) ofPath() {
	s.Redacted = "the file itself"
	s.Value, s.Match = "", s.Redacted
	s.Entropy, s.Length = 0, 0
}
