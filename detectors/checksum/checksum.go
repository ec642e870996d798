// Package checksum checks tokens that carry their own proof. A token whose
// checksum fails is certainly none of its issuer's; one whose CRC-32 holds does
// so by chance once in four billion times.
package checksum

import (
	"math/rand/v2"
	"slices"
)

// Scheme is one way in which tokens prove themselves.
type Scheme struct {
	// Valid reports whether the token carries a right checksum.
	Valid func(token string) bool
	// Make returns a random token with a right checksum behind prefix, for tests
	// and examples.
	Make func(r *rand.Rand, prefix string) string
}

var schemes = map[string]Scheme{
	"bip39":            {validBIP39, makeBIP39},
	"crc32-base36":     {validCRC32Base36, makeCRC32Base36},
	"crc32-base62":     {validCRC32Base62, makeCRC32Base62},
	"crc32-hex":        {validCRC32Hex, makeCRC32Hex},
	"key-store-file":   {validKeyStoreFile, makeKeyStoreFile},
	"private-key-file": {validPrivateKeyFile, makePrivateKeyFile},
	"jwt":              {validJWT, makeJWT},
	"nkey-seed":        {validNKeySeed, makeNKeySeed},
	"pem":              {ValidPEM, makePEM},
	"xor-base62":       {validXORBase62, makeXORBase62},
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

// The alphabets of tokens. Issuers do not agree on the order of base 62.
const (
	digitsFirst   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digitsLast    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	base64url     = digitsLast + "-_"
	base32Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" // RFC 4648
	base36        = "0123456789abcdefghijklmnopqrstuvwxyz"
	hexadecimal   = "0123456789abcdef"
	crc32InBase36 = 7 // digits that hold any CRC-32
	crc32InBase62 = 6
	crc32InHex    = 8
)

// random returns n characters of the alphabet.
func random(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// number writes n in the base of the alphabet, in so many digits.
func number(n uint32, alphabet string, digits int) string {
	b := make([]byte, digits)
	base := uint32(len(alphabet))
	for i := digits - 1; i >= 0; i-- {
		b[i] = alphabet[n%base]
		n /= base
	}
	return string(b)
}
