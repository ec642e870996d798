// Package checksum checks tokens that carry their own proof. A token whose
// checksum fails is certainly none of its issuer's; one whose checksum holds
// is so by chance once in four billion times.
package checksum

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
)

// Scheme is one way in which tokens prove themselves.
type Scheme struct {
	// Valid reports whether the token carries a right checksum.
	Valid func(token string) bool
	// Make returns a random token with a right checksum behind prefix, for tests
	// and examples. It is nil where the scheme has structure but no checksum.
	Make func(r *rand.Rand, prefix string) string
}

var schemes = map[string]Scheme{
	"crc32-base62": {validCRC32Base62, makeCRC32Base62},
	"jwt":          {validJWT, makeJWT},
	"pem":          {ValidPEM, makePEM},
}

// Known reports whether there is a scheme of that name.
func Known(name string) bool { _, ok := schemes[name]; return ok }

// Names lists the schemes, sorted.
func Names() []string {
	var names []string
	for n := range schemes {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Valid reports whether token proves itself under the named scheme.
func Valid(name, token string) bool { return schemes[name].Valid(token) }

// Make returns a random valid token of the named scheme.
func Make(name string, r *rand.Rand, prefix string) string { return schemes[name].Make(r, prefix) }

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// validCRC32Base62 is GitHub's and npm's scheme: behind the prefix and its
// underscore, the last six characters are the CRC-32 (IEEE) of those before
// them, in base 62, padded with 0.
// https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
func validCRC32Base62(token string) bool {
	body := token[strings.LastIndexByte(token, '_')+1:]
	if len(body) <= 6 {
		return false
	}
	n := len(body) - 6
	return crcBase62(body[:n]) == body[n:]
}

func makeCRC32Base62(r *rand.Rand, prefix string) string {
	b := make([]byte, 30)
	for i := range b {
		b[i] = base62[r.IntN(len(base62))]
	}
	return prefix + string(b) + crcBase62(string(b))
}

func crcBase62(s string) string {
	n := crc32.ChecksumIEEE([]byte(s))
	var out [6]byte
	for i := 5; i >= 0; i-- {
		out[i] = base62[n%62]
		n /= 62
	}
	return string(out[:])
}

// validJWT reports whether token is a JSON Web Token in compact form (RFC 7519):
// a header that is a JSON object with "alg", and a payload that is a JSON object.
func validJWT(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) < 2 {
		return false
	}
	var header struct {
		Alg string `json:"alg"`
	}
	var payload map[string]json.RawMessage
	return unmarshalSegment(parts[0], &header) && header.Alg != "" && unmarshalSegment(parts[1], &payload)
}

func unmarshalSegment(seg string, v any) bool {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(seg, "="))
	return err == nil && json.Unmarshal(bytes.TrimSpace(b), v) == nil
}

func makeJWT(r *rand.Rand, prefix string) string {
	enc := base64.RawURLEncoding.EncodeToString
	sig := make([]byte, 32)
	for i := range sig {
		sig[i] = byte(r.Uint32())
	}
	payload, _ := json.Marshal(map[string]any{"sub": r.Uint64(), "iat": 1700000000})
	return prefix + enc([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + enc(payload) + "." + enc(sig)
}
