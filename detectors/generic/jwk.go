package generic

import (
	"bytes"
	"encoding/base64"

	"github.com/leakguard/leakguard/detectors/rules"
)

// maxJWK bounds the length of a JSON Web Key on either side of its "kty", in bytes: one
// of RSA with 8192 bits is shorter.
const maxJWK = 8 << 10

// jwk reads the private member of a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC
// 8037), of which the name "kty" ends at end. In a program names may have no quotes.
func (s *Scanner) jwk(end int) (Candidate, bool) {
	text := s.text
	if end <= s.jwkDone {
		return Candidate{}, false // another "kty" of the same object
	}
	start, ok := objectStart(text, max(s.jwkDone, end-maxJWK), end)
	if !ok {
		s.jwkDone = end
		return Candidate{}, false
	}
	object := text[start:objectEnd(text, end)]
	s.jwkDone = start + len(object)
	from, to := memberOf(object, "kty")
	name := "d"
	kind := string(object[from:to])
	if kind == "oct" {
		name = "k"
	}
	from, to = memberOf(object, name)
	if !keyLength(kind, object[from:to]) {
		return Candidate{}, false
	}
	c := Candidate{Start: start + from, End: start + to, WholeStart: start + from, WholeEnd: start + to, Verdict: Proven, Confidence: rules.Certain}
	switch v := object[from:to]; {
	case Placeholder(v):
		c.Verdict, c.Confidence, c.Why = Never, 0, "a placeholder"
	case published(v):
		c.Verdict, c.Confidence, c.Why = Never, 0, "a key of the standards' examples"
	}
	return c, true
}

// objectStart is behind the brace that opens the object round text[at], from lo on.
func objectStart(text []byte, lo, at int) (int, bool) {
	depth := 0
	for i := at - 1; i >= max(0, lo); i-- {
		switch text[i] {
		case '}':
			depth++
		case '{':
			if depth == 0 {
				return i + 1, true
			}
			depth--
		}
	}
	return 0, false
}

// objectEnd is where the object round text[at] ends, or as far as a key reaches.
func objectEnd(text []byte, at int) int {
	depth := 0
	stop := min(len(text), at+maxJWK)
	for i := at; i < stop; i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return stop
}

// memberOf is where the string stands that is the member of that name of an object,
// without its quotes; 0, 0: it has none.
func memberOf(object []byte, name string) (from, to int) {
	for at := 0; ; {
		i := bytes.Index(object[at:], []byte(name))
		if i < 0 {
			return 0, 0
		}
		i += at
		at = i + len(name)
		if i > 0 && !is(object[i-1], quote|blank) && bytes.IndexByte([]byte("\n,"), object[i-1]) < 0 {
			continue
		}
		j := skipBlanks(object, skipQuote(object, at))
		if j >= len(object) || object[j] != ':' && object[j] != '=' {
			continue
		}
		for j < len(object) && (object[j] == ':' || object[j] == '=' || object[j] == '>') {
			j++
		}
		j = skipBlanks(object, j)
		from = skipQuote(object, j)
		if from == j {
			continue
		}
		for to = from; to < len(object) && (is(object[to], letter|digit) || object[to] == '-' || object[to] == '_'); {
			to++
		}
		return from, to
	}
}

// keyLength reports whether v is as long as the private member of a key of that kind:
// a coordinate of a curve, an RSA exponent of 1024 bits or more, 128 bits.
func keyLength(kind string, v []byte) bool {
	plain, err := base64.RawURLEncoding.DecodeString(string(v))
	if err != nil {
		return false
	}
	switch n := len(plain); kind {
	case "EC":
		return n == 32 || n == 48 || n == 66
	case "OKP":
		return n == 32 || n == 56 || n == 57
	case "RSA":
		return n >= 128
	case "oct":
		return n >= 16
	}
	return false
}
