package verify

import (
	"crypto/x509"
	"strings"

	"golang.org/x/crypto/ssh"
)

// mostCertificates bounds how many certificates near a key are read.
const mostCertificates = 16

// latestCertificate is the one in some texts that is for the key with a
// fingerprint, of several the one that ends last, or nil.
func latestCertificate(texts []string, fingerprint string) *x509.Certificate {
	var latest *x509.Certificate
	left := mostCertificates
	for _, text := range texts {
		for _, block := range strings.SplitAfter(text, "-----END CERTIFICATE-----") {
			label, body, ok := pemBlock(block)
			if !ok || label != "CERTIFICATE" || left == 0 {
				continue
			}
			left--
			cert, err := x509.ParseCertificate(body.bytes)
			if err != nil || !isFor(cert, fingerprint) {
				continue
			}
			if latest == nil || cert.NotAfter.After(latest.NotAfter) {
				latest = cert
			}
		}
	}
	return latest
}

func isFor(cert *x509.Certificate, fingerprint string) bool {
	public, err := ssh.NewPublicKey(cert.PublicKey)
	return err == nil && ssh.FingerprintSHA256(public) == fingerprint
}

// certified is whom a certificate is for.
func certified(cert *x509.Certificate) string {
	if subject := cert.Subject.String(); subject != "" || len(cert.DNSNames) == 0 {
		return shown(subject)
	}
	return shown(cert.DNSNames[0])
}
