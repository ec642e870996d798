package checksum_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/checksum"
)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestPrivateKeyFile(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	modulus := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	pkcs8 := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(curve))
	for _, tt := range []struct {
		name string
		file []byte
		want int
	}{
		{"PKCS #8, Ed25519", must[[]byte](t)(x509.MarshalPKCS8PrivateKey(edwards)), 48},
		{"PKCS #8, P-256", pkcs8, len(pkcs8)},
		{"PKCS #8, more behind it", append(pkcs8[:len(pkcs8):len(pkcs8)], "\r\n"...), len(pkcs8)},
		{"PKCS #1", x509.MarshalPKCS1PrivateKey(modulus), len(x509.MarshalPKCS1PrivateKey(modulus))},
		{"SEC 1", must[[]byte](t)(x509.MarshalECPrivateKey(curve)), len(must[[]byte](t)(x509.MarshalECPrivateKey(curve)))},
		{"cut off", pkcs8[:len(pkcs8)-1], 0},
		{"public key", must[[]byte](t)(x509.MarshalPKIXPublicKey(curve.Public())), 0},
		{"public key, PKCS #1", x509.MarshalPKCS1PublicKey(&modulus.PublicKey), 0},
		{"sequence of another kind", []byte("\x30\x0a\x02\x01\x00\x04\x05hello"), 0},
		{"length of four bytes", []byte("\x30\x84\xff\xff\xff\xff\x02\x01\x00"), 0},
		{"digits", []byte("0123456789"), 0},
		{"nothing", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := checksum.FileLength("private-key-file", tt.file); got != tt.want {
				t.Errorf("got %d bytes, want %d", got, tt.want)
			}
		})
	}
}

// javaStore is a store of Java with entries of those kinds.
func javaStore(magic string, tags ...uint32) string {
	b := []byte(magic + "\x00\x00\x00\x02")
	b = binary.BigEndian.AppendUint32(b, uint32(len(tags)))
	for _, tag := range tags {
		b = binary.BigEndian.AppendUint32(b, tag)
		b = append(b, "\x00\x04shop\x00\x00\x01\x8b\x00\x00\x00\x00"...) // alias, date
		switch tag {
		case 2:
			b = append(b, "\x00\x05X.509\x00\x00\x00\x03abc"...)
		default:
			b = append(b, "\x00\x00\x00\x03key\x00\x00\x00\x00"...)
		}
	}
	return string(b)
}

func TestKeyStoreFile(t *testing.T) {
	const pfx = "\x02\x01\x03\x30\x82\x09\x66\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x82"
	for _, tt := range []struct {
		name, file string
		want       bool
	}{
		{"PKCS #12", "\x30\x82\x09\xb0" + pfx, true},
		{"PKCS #12 of indefinite length", "\x30\x80\x02\x01\x03\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80", true},
		{"PKCS #7", "\x30\x82\x09\xb0\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x09\xa1\x30", false},
		{"JKS", javaStore("\xfe\xed\xfe\xed", 1), true},
		{"JKS, certificates before the key", javaStore("\xfe\xed\xfe\xed", 2, 2, 1), true},
		{"JKS, certificates alone", javaStore("\xfe\xed\xfe\xed", 2, 2), false},
		{"JKS, cut off", javaStore("\xfe\xed\xfe\xed", 2, 1)[:30], false},
		{"JCEKS, secret key", javaStore("\xce\xce\xce\xce", 3), true},
		{"KeePass 2", "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x01\x00\x04\x00\x02\x10\x00\x00", true},
		{"KeePass 1", "\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5\x03\x00\x00\x00\x04\x00\x03\x00", true},
		{"keyring of GNOME", "GnomeKeyring\n\r\x00\n\x00\x00\x00\x00", true},
		{"keychain of macOS", "kych\x00\x01\x00\x00\x00\x00\x00\x14\x00\x00\x00\x10", true},
		{"class of Java", "\xca\xfe\xba\xbe\x00\x00\x00\x34\x00\x1d\x0a\x00\x06\x00\x0f\x09", false},
		{"text", "GnomeKeyring keeps passwords", false},
		{"short", "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := checksum.FileLength("key-store-file", []byte(tt.file)); (got > 0) != tt.want {
				t.Errorf("got %d bytes, want a store: %t", got, tt.want)
			}
		})
	}
	if got := checksum.FileLength("key-store-file", []byte("kych\x00\x01\x00\x00"+strings.Repeat("x", 1<<20))); got != 4096 {
		t.Errorf("of a long store %d bytes count, want 4096", got)
	}
}

func TestPhraseEntropy(t *testing.T) {
	for _, tt := range []struct {
		name, phrase string
		want         bool
	}{
		{"12 words", strings.Repeat("abandon ", 11) + "about", true},
		{"15 words", strings.Repeat("abandon ", 14) + "address", true},
		{"18 words", strings.Repeat("abandon ", 17) + "agent", true},
		{"21 words", strings.Repeat("abandon ", 20) + "admit", true},
		{"24 words", strings.Repeat("abandon ", 23) + "art", true},
		{"checksum fails", strings.Repeat("abandon ", 11) + "zoo", false},
		{"13 words", strings.Repeat("abandon ", 12) + "about", false},
		{"a word that is none", strings.Repeat("abandon ", 11) + "leakguard", false},
		{"nothing", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := checksum.Valid("bip39", tt.phrase); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
