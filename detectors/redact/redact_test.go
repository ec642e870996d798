package redact

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	tests := []struct{ name, secret, want string }{
		{"long", "acme_0123456789abcdefghijklmnopqrstu", "acme***"},
		{"of sixteen", "abcdefghijklmnop", "ab***"},
		{"short", "abcdefghijklmno", "***"},
		{"empty", "", "***"},
		{"cut within a character", "aé" + strings.Repeat("x", 21), "aé***"},
		{"line end at its beginning", "ab\ncdefghijklmnopqrstuvwxyz0123456", "ab***"},
		{"PEM", "-----BEGIN " + "EC PRIVATE KEY-----\nabc", "-----BEGIN EC PRIVATE KEY-----***"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Secret([]byte(tt.secret)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCover covers a secret in whatever form somebody could read it back from.
func TestCover(t *testing.T) {
	secret := "Tr0ub4dor/&3+horse battery"
	reversed := []byte(secret)
	slices.Reverse(reversed)
	v := NewVeil([][]byte{[]byte(secret), []byte("short"), []byte(secret + "-and-more")})
	for name, text := range map[string]string{
		"in clear":       "x " + secret + " y",
		"reversed":       string(reversed),
		"hex":            hex.EncodeToString([]byte(secret)),
		"upper hex":      strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"query":          url.QueryEscape(secret),
		"path":           url.PathEscape(secret),
		"base64":         base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64, within": base64.StdEncoding.EncodeToString([]byte("user:" + secret + "@host")),
		"URL base64":     base64.URLEncoding.EncodeToString([]byte("u:" + secret)),
	} {
		got := v.Cover(text)
		if got == text || strings.Contains(got, secret) || !strings.Contains(got, "***") {
			t.Errorf("%s is not covered", name)
		}
	}
	if got := v.Cover(secret + "-and-more"); strings.Contains(got, "more") {
		t.Errorf("a rest of the longer one is left: %q", got)
	}
	if got := v.Cover("in short, nothing"); got != "in short, nothing" {
		t.Errorf("an ordinary word is covered: %q", got)
	}
}
