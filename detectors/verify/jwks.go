package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
)

// keySet are the public keys of an issuer.
type keySet []publicKey

type publicKey struct {
	kid, alg string // as the set says; "" if it does not
	key      crypto.PublicKey
}

// jwk is a key of a key set (RFC 7517, section 4; RFC 7518, section 6; RFC 8037,
// section 2).
type jwk struct {
	Kty string `json:"kty"`
	Kid string `json:"kid"`
	Alg string `json:"alg"`
	Use string `json:"use"`
	Crv string `json:"crv"`
	N   string `json:"n"`
	E   string `json:"e"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

// readKeySet reads a key set. Keys that are not for signatures, of a kind that is
// not known, or broken are left out, as RFC 7517, section 5, asks.
func readKeySet(text []byte) (keySet, error) {
	var file struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &file); err != nil || file.Keys == nil {
		return nil, errors.New("the answer is no key set (RFC 7517)")
	}
	set := keySet{}
	for _, raw := range file.Keys {
		var k jwk
		if json.Unmarshal(raw, &k) != nil || k.Use != "" && k.Use != "sig" {
			continue
		}
		if key := k.public(); key != nil {
			set = append(set, publicKey{k.Kid, k.Alg, key})
		}
	}
	return set, nil
}

// candidates are the keys that may have signed a token with that header.
func (s keySet) candidates(alg, kid string) []crypto.PublicKey {
	var keys []crypto.PublicKey
	for _, k := range s {
		if (kid == "" || kid == k.kid) && (k.alg == "" || k.alg == alg) && fits(k.key, alg) {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// fits reports whether a key is of the kind that alg signs with.
func fits(key crypto.PublicKey, alg string) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	case *ecdsa.PublicKey:
		return map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}[alg] == key.Curve
	case ed25519.PublicKey:
		return alg == "EdDSA"
	}
	return false
}

// public is the key, or nil.
func (k *jwk) public() crypto.PublicKey {
	switch k.Kty {
	case "RSA":
		return k.rsa()
	case "EC":
		return k.ec()
	case "OKP":
		if x := unbase64(k.X); k.Crv == "Ed25519" && len(x) == ed25519.PublicKeySize {
			return ed25519.PublicKey(x)
		}
	}
	return nil
}

// The sizes of RSA keys that are used, in bits: those that crypto/rsa takes, and
// no more than what a signature is checked with in a moment.
const (
	leastRSA = 1024
	mostRSA  = 16384
)

func (k *jwk) rsa() crypto.PublicKey {
	n, e := new(big.Int).SetBytes(unbase64(k.N)), new(big.Int).SetBytes(unbase64(k.E))
	if n.BitLen() < leastRSA || n.BitLen() > mostRSA || n.Bit(0) == 0 || e.BitLen() > 31 || e.Bit(0) == 0 || e.Int64() < 3 {
		return nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}
}

func (k *jwk) ec() crypto.PublicKey {
	curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[k.Crv]
	if curve == nil {
		return nil
	}
	// The coordinates are as long as the field (RFC 7518, section 6.2.1.2).
	point := slices.Concat([]byte{4}, unbase64(k.X), unbase64(k.Y))
	key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil
	}
	return key
}

// unbase64 decodes base64url, with padding or without; nil if text is none.
func unbase64(text string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil
	}
	return b
}
