package generic

import (
	"bytes"
	"encoding/base64"
)

// header reads the credentials of an Authorization header (RFC 9110, section
// 11.6.2) behind "Bearer ", "Basic " or "Authorization".
func (s *Scanner) header(end int) (Candidate, bool) {
	text := s.text
	switch {
	case hasFoldSuffix(text[:end], "bearer "):
		return s.credentials(end, end-len("bearer "), false)
	case hasFoldSuffix(text[:end], "basic "):
		return s.credentials(end, end-len("basic "), true)
	case hasFoldSuffix(text[:end], "curl "):
		return s.curl(end)
	}
	// Authorization: token x, or another scheme with one word.
	i := end
	for i < len(text) && i < end+4 && (is(text[i], quote|blank) || text[i] == '\\' || text[i] == ':' || text[i] == ',' || text[i] == ']' || text[i] == '=') {
		i++
	}
	for i < len(text) && i < end+8 && (is(text[i], quote|blank)) {
		i++
	}
	for _, scheme := range []string{"token ", "apikey ", "key ", "ssws ", "geniekey ", "digest "} {
		if hasFoldPrefix(text[i:], scheme) && i > end {
			return s.credentials(i+len(scheme), end-len("authorization"), false)
		}
	}
	return Candidate{}, false
}

// credentials reads the word at i: token68 of RFC 9110.
func (s *Scanner) credentials(i, whole int, basicScheme bool) (Candidate, bool) {
	text := s.text
	if whole > 0 && is(text[whole-1], letter|digit) {
		return Candidate{}, false
	}
	j := i
	for stop := min(len(text), i+4096); j < stop && (is(text[j], letter|digit) || bytes.IndexByte([]byte("-._~+/="), text[j]) >= 0); {
		j++
	}
	v := text[i:j]
	if len(v) < 8 {
		return Candidate{}, false
	}
	c := Candidate{Start: i, End: j, WholeStart: whole, WholeEnd: j, syntax: syntax{kind: bearer}}
	if !basicScheme {
		if len(v) > maxValue {
			c.End = i + maxValue
			c.WholeEnd = c.End
		}
		return c, !bearerWord(v)
	}
	plain, ok := basicPair(v)
	if !ok {
		return Candidate{}, false
	}
	user, pass, _ := bytes.Cut(plain, []byte{':'})
	c.syntax.kind, c.syntax.value = basic, pass
	if len(user) > maxName {
		user = user[:maxName]
	}
	c.syntax.user = user
	return c, len(pass) > 0
}

// bearerWord reports whether v is a word of prose behind "bearer": "authentication".
func bearerWord(v []byte) bool { return !mixed(v) && wordShare(v) > 0.5 }

// basicPair decodes Basic credentials (RFC 7617): user, colon, password.
func basicPair(v []byte) ([]byte, bool) {
	plain, err := base64.StdEncoding.DecodeString(string(v))
	if err != nil {
		plain, err = base64.RawStdEncoding.DecodeString(string(v))
	}
	if err != nil || bytes.IndexByte(plain, ':') < 0 || len(plain) < 4 {
		return nil, false
	}
	return plain, allOf(plain, func(c byte) bool { return c >= ' ' && c != 0x7f })
}

func hasFoldSuffix(text []byte, suffix string) bool {
	return len(text) >= len(suffix) && bytes.EqualFold(text[len(text)-len(suffix):], []byte(suffix))
}

func hasFoldPrefix(text []byte, prefix string) bool {
	return len(text) >= len(prefix) && bytes.EqualFold(text[:len(prefix)], []byte(prefix))
}
