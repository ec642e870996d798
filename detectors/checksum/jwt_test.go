package checksum

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestJWT(t *testing.T) {
	const header, payload = `{"alg":"HS256","typ":"JWT"}`, `{"sub":"1","admin":true}`
	raw := base64.RawURLEncoding.EncodeToString
	padded := base64.URLEncoding.EncodeToString
	sig := strings.Repeat("A", 43)
	tests := []struct {
		name, token string
		want        bool
	}{
		{"whole", raw([]byte(header)) + "." + raw([]byte(payload)) + "." + sig, true},
		{"padded", padded([]byte(header)) + "." + padded([]byte(payload)) + "." + sig, true},
		{"white space in the JSON", raw([]byte("{ \"alg\" :\r\n \"none\" } ")) + "." + raw([]byte(payload)) + ".", true},
		{"other header fields", raw([]byte(`{"kid":"1","alg":"ES256","jwk":{"kty":"EC"}}`)) + "." + raw([]byte(payload)) + "." + sig, true},
		{"empty payload", raw([]byte(header)) + "." + raw([]byte(`{}`)) + "." + sig, true},
		{"encrypted: five parts, no JSON in the second", raw([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + "." + sig + "." + sig + "." + sig + "." + sig, false},
		{"header without alg", raw([]byte(`{"typ":"JWT"}`)) + "." + raw([]byte(payload)) + "." + sig, false},
		{"header is no JSON", raw([]byte(`eyJ`)) + "." + raw([]byte(payload)) + "." + sig, false},
		{"payload is a list", raw([]byte(header)) + "." + raw([]byte(`[1]`)) + "." + sig, false},
		{"payload is null", raw([]byte(header)) + "." + raw([]byte(`null`)) + "." + sig, false},
		{"payload cut short", raw([]byte(header)) + "." + raw([]byte(payload[:12])) + "." + sig, false},
		{"standard alphabet", raw([]byte(header)) + "." + base64.RawStdEncoding.EncodeToString([]byte(`{"a":"???>>>"}`)) + "." + sig, false},
		{"header alone", raw([]byte(header)), false},
		{"nothing", "", false},
		{"dots", "..", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Valid("jwt", tt.token); got != tt.want {
				t.Errorf("valid %t, want %t", got, tt.want)
			}
		})
	}
}
