package checksum

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"math/rand/v2"
)

// maxStore is how much of a key store is its secret, in bytes: stores reach megabytes,
// and their first page tells one from any other.
const maxStore = 4096

// FileLength is how much of a file is the secret, from its beginning on, in bytes, if the
// file proves itself under the scheme: "private-key-file" or "key-store-file"; 0: it does not.
func FileLength(scheme string, file []byte) int {
	switch scheme {
	case "private-key-file":
		return privateKeyFile(file)
	case "key-store-file":
		return keyStoreFile(file)
	}
	return 0
}

func validPrivateKeyFile(file string) bool { return privateKeyFile([]byte(file)) > 0 }
func validKeyStoreFile(file string) bool   { return keyStoreFile([]byte(file)) > 0 }

// privateKeyFile is how long a private key in DER is that is not encrypted: PKCS #8 (RFC
// 5958), PKCS #1 (RFC 8017) or SEC 1 (RFC 5915).
func privateKeyFile(file []byte) int {
	n := derLength(file)
	if n == 0 || n > len(file) {
		return 0
	}
	der := file[:n]
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return n
	}
	if _, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return n
	}
	if _, err := x509.ParseECPrivateKey(der); err == nil {
		return n
	}
	return 0
}

// derLength is the length of a SEQUENCE that begins with a small INTEGER, as those of
// keys do (X.690, section 8.1.3), with its head; 0: it is none.
func derLength(b []byte) int {
	if len(b) < 8 || b[0] != 0x30 {
		return 0
	}
	head, n := 2, int(b[1])
	if n >= 0x80 {
		size := n & 0x7f
		if size == 0 || size > 3 {
			return 0
		}
		n = 0
		for _, c := range b[2 : 2+size] {
			n = n<<8 | int(c)
		}
		head += size
	}
	if b[head] != 2 || b[head+1] != 1 {
		return 0
	}
	return head + n
}

// keyStoreFile is how much of a store of keys under a password counts: of Java (JKS,
// JCEKS), of Windows and browsers (PKCS #12, RFC 7292), of KeePass, GNOME and macOS.
func keyStoreFile(file []byte) int {
	if len(file) < 16 {
		return 0
	}
	switch {
	case isPKCS12(file):
	case isJavaStore(file):
	case bytes.HasPrefix(file, []byte("\x03\xd9\xa2\x9a")) && file[4] >= 0x65 && file[4] <= 0x67 && bytes.HasPrefix(file[5:], []byte("\xfb\x4b\xb5")): // KeePass
	case bytes.HasPrefix(file, []byte("GnomeKeyring\n\r\x00\n")):
	case bytes.HasPrefix(file, []byte("kych\x00\x01\x00\x00")): // a keychain of macOS
	default:
		return 0
	}
	return min(len(file), maxStore)
}

// isPKCS12 reports whether a file begins as a PFX (RFC 7292, section 4): version 3 and
// data that a password, or a certificate, protects. Its length may be indefinite.
func isPKCS12(file []byte) bool {
	head := file[:min(len(file), 32)]
	version := bytes.Index(head, []byte("\x02\x01\x03\x30"))
	return head[0] == 0x30 && version >= 2 && version <= 5 && bytes.Contains(head, []byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"))
}

// isJavaStore reports whether a file is a store of Java that holds a key, and not
// certificates alone. The format is in the source of OpenJDK: JavaKeyStore.java.
func isJavaStore(file []byte) bool {
	if !bytes.HasPrefix(file, []byte("\xfe\xed\xfe\xed\x00\x00\x00\x02")) && !bytes.HasPrefix(file, []byte("\xce\xce\xce\xce\x00\x00\x00\x02")) {
		return false
	}
	rest := file[12:]
	for range min(binary.BigEndian.Uint32(file[8:]), 1<<12) {
		if len(rest) < 4 {
			return false
		}
		tag := binary.BigEndian.Uint32(rest)
		if tag != 2 {
			return tag == 1 || tag == 3 // a private or a secret key
		}
		// A certificate: alias, date, type, certificate.
		rest = skipShort(rest[4:])
		rest = skipShort(rest[min(8, len(rest)):])
		_, rest = sshString(rest)
	}
	return false
}

// skipShort is what stands behind a string with its length before it in two bytes.
func skipShort(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	return b[min(len(b), 2+int(binary.BigEndian.Uint16(b))):]
}

// makePrivateKeyFile returns an Ed25519 key in PKCS #8 (RFC 8410, section 7).
func makePrivateKeyFile(r *rand.Rand, prefix string) string {
	return prefix + "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20" + randomBytes(r, 32)
}

// makeKeyStoreFile returns a file of KeePass's form with random content.
func makeKeyStoreFile(r *rand.Rand, prefix string) string {
	return prefix + "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5" + randomBytes(r, 256)
}

func randomBytes(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}
