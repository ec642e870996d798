package checksum

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"strings"
)

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
	return unmarshalSegment(parts[0], &header) && header.Alg != "" && unmarshalSegment(parts[1], &payload) && payload != nil
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
