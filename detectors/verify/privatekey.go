package verify

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// privateKey is what can be read of a private key.
type privateKey struct {
	kind      string     // such as "RSA key of 3072 bits"
	encrypted bool       // with a passphrase
	id        string     // the fingerprint of its public half
	name      string     // its comment or user ID
	created   time.Time  // if it says so
	signer    ssh.Signer // nil if it is encrypted or of a kind that SSH does not have
}

// readPrivateKey reads a key in PEM form, or the private lines of one in PuTTY's.
func readPrivateKey(c *Credential) (*privateKey, bool) {
	if public := c.Part("public"); public != "" {
		return readPuTTY(public, c.Value)
	}
	label, body, ok := pemBlock(c.Value)
	switch {
	case !ok:
		return nil, false
	case label == "PGP PRIVATE KEY BLOCK":
		return readOpenPGP(body.bytes)
	case label == "ENCRYPTED PRIVATE KEY": // RFC 5958, section 3
		return &privateKey{kind: "key in PKCS #8 form", encrypted: true}, true
	case body.encrypted: // RFC 1421, section 4.6
		return &privateKey{kind: "key in OpenSSL's form", encrypted: true}, true
	}
	return readPEM(label, body.bytes)
}

// keyItself is what a private key says of itself, and the certificates near it.
func (e *Engine) keyItself(c *Credential) (Verdict, bool) {
	k, ok := readPrivateKey(c)
	if !ok {
		return Verdict{}, false
	}
	v := Verdict{Evidence: k.kind, Created: k.created, Identity: Identity{ID: k.id, Name: shown(k.name)}}
	if cert := latestCertificate(c.Parts["certificate"], k.id); cert != nil {
		v.Expires, v.Created = cert.NotAfter.UTC(), cert.NotBefore.UTC()
		v.Identity.Name = certified(cert)
		if e.now().After(cert.NotAfter) {
			v.State, v.Reason = Dead, "its certificate expired on "+cert.NotAfter.UTC().Format(time.DateOnly)
			v.Evidence = "notAfter " + v.Expires.Format(time.RFC3339)
			return v, true
		}
	}
	if k.encrypted {
		v.State, v.Reason = Unverifiable, "it is encrypted with a passphrase ("+k.kind+")"
		return v, true
	}
	return v, false
}

// verifyPrivateKey tries a key at the SSH servers of the configuration, and nowhere
// else: a key does not say what it opens.
func verifyPrivateKey(ctx context.Context, ask *Asker, c *Credential) Verdict {
	k, ok := readPrivateKey(c)
	switch {
	case !ok:
		return unverifiable("its form cannot be read")
	case k.signer == nil:
		return unverifiable("it cannot be tried as an SSH key (" + k.kind + ")")
	case k.kind == kindDSA:
		return unverifiable("servers refuse DSA keys whether they know them or not")
	case len(ask.engine.opts.SSH) == 0:
		return unverifiable("no server is configured to try it at (verify.ssh)")
	}
	return tryEverywhere(ctx, ask, ask.engine.opts.SSH, k)
}

// sshKey reads a parsed private key. Its fingerprint is that of ssh-keygen -l.
func sshKey(key any) *privateKey {
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return &privateKey{kind: kindOf(key)}
	}
	return &privateKey{kind: kindOf(signer.PublicKey()), id: ssh.FingerprintSHA256(signer.PublicKey()), signer: signer}
}

// kindDSA is the kind of keys that OpenSSH no longer takes.
const kindDSA = "DSA key"

// kindOf is the kind and size of a key, public or private.
func kindOf(key any) string {
	if of, ok := key.(ssh.CryptoPublicKey); ok {
		key = of.CryptoPublicKey()
	}
	switch key := key.(type) {
	case ssh.PublicKey: // of a kind that package ssh only carries
		return key.Type() + " key"
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA key of %d bits", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA key on " + key.Params().Name
	case *ecdsa.PrivateKey:
		return "ECDSA key on " + key.Params().Name
	case *ecdh.PrivateKey:
		return fmt.Sprintf("%s key", key.Curve())
	case ed25519.PublicKey:
		return "Ed25519 key"
	}
	return kindDSA // the only other kind that package ssh reads
}
