package verify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"

	"golang.org/x/crypto/ssh"
)

// readPuTTY reads a key of PuTTY's own form out of its public and private lines.
// https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html
func readPuTTY(publicLines, privateLines string) (*privateKey, bool) {
	publicBlob, err1 := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(publicLines), ""))
	private, err2 := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(privateLines), ""))
	public, err := ssh.ParsePublicKey(publicBlob)
	if err1 != nil || err2 != nil || err != nil || len(private) > mostKey {
		return nil, false
	}
	k := &privateKey{kind: kindOf(public), id: ssh.FingerprintSHA256(public)}
	if key := puttyKey(public, private); key != nil {
		if signer, err := ssh.NewSignerFromKey(key); err == nil && bytes.Equal(signer.PublicKey().Marshal(), public.Marshal()) {
			k.signer = signer
		}
	}
	return k, true
}

// mostModulus bounds, in bits, an RSA key that is put together, as mostKey does.
const mostModulus = 8192

// puttyKey puts the two halves of a key together, or returns nil.
func puttyKey(public ssh.PublicKey, private []byte) any {
	of, ok := public.(ssh.CryptoPublicKey)
	if !ok {
		return nil
	}
	switch half := of.CryptoPublicKey().(type) {
	case *rsa.PublicKey:
		var p struct {
			D, P, Q, Iqmp *big.Int
			Rest          []byte `ssh:"rest"`
		}
		if ssh.Unmarshal(private, &p) != nil || p.P.BitLen() < 2 || p.Q.BitLen() < 2 || half.N.BitLen() > mostModulus {
			return nil
		}
		key := &rsa.PrivateKey{PublicKey: *half, D: p.D, Primes: []*big.Int{p.P, p.Q}}
		if key.Validate() == nil {
			return key
		}
	case *ecdsa.PublicKey:
		var p struct {
			D    *big.Int
			Rest []byte `ssh:"rest"`
		}
		size := (half.Params().BitSize + 7) / 8
		if ssh.Unmarshal(private, &p) != nil || p.D.Sign() < 0 || p.D.BitLen() > 8*size {
			return nil
		}
		if key, err := ecdsa.ParseRawPrivateKey(half.Curve, p.D.FillBytes(make([]byte, size))); err == nil {
			return key
		}
	case ed25519.PublicKey:
		var p struct {
			Seed []byte
			Rest []byte `ssh:"rest"`
		}
		if ssh.Unmarshal(private, &p) == nil && len(p.Seed) == ed25519.SeedSize {
			return ed25519.NewKeyFromSeed(p.Seed)
		}
	}
	return nil
}
