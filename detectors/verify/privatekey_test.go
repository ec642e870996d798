package verify_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

// keyCredential is a private key that was found, and the certificates near it.
func keyCredential(value string, certificates ...string) *verify.Credential {
	p := &rules.Provider{ID: "privatekey", Verify: []rules.Verify{{Rules: []string{"privatekey-pem"}, Verifier: "private-key"}}}
	return &verify.Credential{
		Rule: &rules.Rule{ID: "privatekey-pem", Provider: p}, Value: value,
		Parts: map[string][]string{"certificate": certificates},
	}
}

func block(label string, der []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// opensshKey is a key in OpenSSH's own form; with a passphrase if that is given.
func opensshKey(t *testing.T, key crypto.PrivateKey, comment, passphrase string) string {
	t.Helper()
	b, err := ssh.MarshalPrivateKey(key, comment)
	if passphrase != "" {
		b, err = ssh.MarshalPrivateKeyWithPassphrase(key, comment, []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(b))
}

// dsaKey is a DSA key in OpenSSL's form, with its numbers found by trying: package
// crypto/dsa is deprecated. The fingerprint is that of RFC 4253, section 6.6.
func dsaKey(t *testing.T) (text, fingerprint string) {
	t.Helper()
	one := big.NewInt(1)
	q, err := rand.Prime(rand.Reader, 160)
	if err != nil {
		t.Fatal(err)
	}
	p, k := new(big.Int), new(big.Int)
	for !p.ProbablyPrime(10) || p.BitLen() != 1024 {
		if k, err = rand.Int(rand.Reader, new(big.Int).Lsh(one, 864)); err != nil {
			t.Fatal(err)
		}
		k.SetBit(k, 0, 0).SetBit(k, 863, 1)
		p.Add(p.Mul(q, k), one)
	}
	g := new(big.Int).Exp(big.NewInt(2), k, p)
	x := big.NewInt(65537)
	y := new(big.Int).Exp(g, x, p)
	der, err := asn1.Marshal(struct {
		Version       int
		P, Q, G, Y, X *big.Int
	}{0, p, q, g, y, x})
	sum := sha256.Sum256(ssh.Marshal(struct {
		Kind       string
		P, Q, G, Y *big.Int
	}{"ssh-dss", p, q, g, y}))
	return block("DSA PRIVATE KEY", der, err), "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

func fingerprint(t *testing.T, key crypto.Signer) string {
	t.Helper()
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return ssh.FingerprintSHA256(public)
}

func TestKeyItself(t *testing.T) {
	long := rsaKey(t, 3072)
	ec := newECKey(t)
	ed := newSigner(t, "EdDSA", "").key
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	agreement, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return block("PRIVATE KEY", der, err)
	}
	sec1, err := x509.MarshalECPrivateKey(ec)
	ecText := block("EC PRIVATE KEY", sec1, err)
	dsaText, dsaPrint := dsaKey(t)
	noise := make([]byte, 400)
	rand.Read(noise)
	encrypted := "-----BEGIN RSA PRIVATE" + " KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" +
		base64.StdEncoding.EncodeToString(noise) + "\n-----END RSA PRIVATE KEY-----\n"
	quoted := `"` + strings.ReplaceAll(strings.TrimSpace(pkcs8(ec)), "\n", "\\n\" +\n  \"") + `"`
	const none = "no server is configured to try it at (verify.ssh)"
	for _, c := range []struct {
		name, value string
		reason      string
		id, comment string
	}{
		{"RSA, PKCS #1", block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(long), nil), none, fingerprint(t, long), ""},
		{"RSA, PKCS #8", pkcs8(long), none, fingerprint(t, long), ""},
		{"EC", ecText, none, fingerprint(t, ec), ""},
		{"Ed25519, PKCS #8", pkcs8(ed), none, fingerprint(t, ed), ""},
		{"Ed25519, OpenSSH", opensshKey(t, ed, "deploy@acme.test", ""), none, fingerprint(t, ed), "deploy@acme.test"},
		{"RSA, OpenSSH", opensshKey(t, long, "a b", ""), none, fingerprint(t, long), "a b"},
		{"EC, OpenSSH", opensshKey(t, ec, "c", ""), none, fingerprint(t, ec), "c"},
		{"in a JSON string", strings.ReplaceAll(ecText, "\n", `\n`), none, fingerprint(t, ec), ""},
		{"with the line ends of Windows", strings.ReplaceAll(ecText, "\n", "\r\n"), none, fingerprint(t, ec), ""},
		{"on one line", strings.NewReplacer("\n", " ").Replace(ecText), none, fingerprint(t, ec), ""},
		{"in YAML", strings.ReplaceAll(ecText, "\n", "\n    "), none, fingerprint(t, ec), ""},
		{"in the strings of a program", quoted, none, fingerprint(t, ec), ""},
		{"on a curve that SSH does not have", pkcs8(small), "it cannot be tried as an SSH key (ECDSA key on P-224)", "", ""},
		{"DSA", dsaText, "servers refuse DSA keys whether they know them or not", dsaPrint, ""},
		{"for key agreement", pkcs8(agreement), "it cannot be tried as an SSH key (X25519 key)", "", ""},
		{"OpenSSH, encrypted", opensshKey(t, ed, "x", "a passphrase"), "it is encrypted with a passphrase (Ed25519 key)", fingerprint(t, ed), ""},
		{"OpenSSL, encrypted", encrypted, "it is encrypted with a passphrase (key in OpenSSL's form)", "", ""},
		{"PKCS #8, encrypted", block("ENCRYPTED PRIVATE KEY", noise, nil), "it is encrypted with a passphrase (key in PKCS #8 form)", "", ""},
		{"no key", block("RSA PRIVATE KEY", noise, nil), "its form cannot be read", "", ""},
		{"too long", block("RSA PRIVATE KEY", make([]byte, 6<<10), nil), "its form cannot be read", "", ""},
		{"no block", "MII", "its form cannot be read", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := askAbout(t, verify.Options{}, keyCredential(c.value))
			if v.State != verify.Unverifiable || v.Reason != c.reason {
				t.Errorf("verdict %s (%s), want unverifiable (%s)", v.State, v.Reason, c.reason)
			}
			if v.Identity.ID != c.id || v.Identity.Name != c.comment {
				t.Errorf("id %q, name %q; want %q, %q", v.Identity.ID, v.Identity.Name, c.id, c.comment)
			}
		})
	}
	t.Run("offline", func(t *testing.T) {
		v := askAbout(t, verify.Options{Offline: true}, keyCredential(block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(long), nil)))
		expect(t, v, verify.Unverified, "RSA key of 3072 bits")
	})
}

// certificateFor is a certificate for a key that is valid until a time.
func certificateFor(t *testing.T, key crypto.Signer, until time.Time, name pkix.Name, dns ...string) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: name, DNSNames: dns, NotBefore: until.Add(-1000 * time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return block("CERTIFICATE", der, err)
}

func TestKeyCertificate(t *testing.T) {
	key, other := newECKey(t), newECKey(t)
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	past, future := now.AddDate(0, -1, 0), now.AddDate(0, 1, 0)
	acme := pkix.Name{CommonName: "api.acme.test", Organization: []string{"Acme"}}
	old, current := certificateFor(t, key, past, acme), certificateFor(t, key, future, acme)
	stranger := certificateFor(t, other, past, acme)
	for _, c := range []struct {
		name  string
		certs []string
		want  verify.State
		word  string
		ends  time.Time
		whose string
	}{
		{"expired", []string{old}, verify.Dead, "its certificate expired on 2026-04-01", past, "CN=api.acme.test,O=Acme"},
		{"valid", []string{current}, verify.Unverifiable, "verify.ssh", future, "CN=api.acme.test,O=Acme"},
		{"renewed", []string{old, current}, verify.Unverifiable, "verify.ssh", future, "CN=api.acme.test,O=Acme"},
		{"renewed, in one text", []string{current + "\n" + old}, verify.Unverifiable, "verify.ssh", future, "CN=api.acme.test,O=Acme"},
		{"in a chain, in a JSON string", []string{strings.ReplaceAll(stranger+old, "\n", `\n`)}, verify.Dead, "2026-04-01", past, "CN=api.acme.test,O=Acme"},
		{"of another key", []string{stranger}, verify.Unverifiable, "verify.ssh", time.Time{}, ""},
		{"names only", []string{certificateFor(t, key, past, pkix.Name{}, "db.acme.test")}, verify.Dead, "expired", past, "db.acme.test"},
		{"broken", []string{"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, verify.Unverifiable, "verify.ssh", time.Time{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := verify.Options{Now: func() time.Time { return now }}
			v := askAbout(t, o, keyCredential(opensshKey(t, key, "", ""), c.certs...))
			expect(t, v, c.want, c.word)
			if !v.Expires.Equal(c.ends) || v.Identity.Name != c.whose || v.Identity.ID != fingerprint(t, key) {
				t.Errorf("expires %v, identity %+v; want %v, %q", v.Expires, v.Identity, c.ends, c.whose)
			}
			if _, err := json.Marshal(v); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestKeyNearCertificate finds a key and its certificate by the rule.
func TestKeyNearCertificate(t *testing.T) {
	key := newECKey(t)
	cert := certificateFor(t, key, time.Now().Add(-24*time.Hour), pkix.Name{CommonName: "api.acme.test"})
	text := "# server\n" + cert + strings.Repeat("\n# a comment\n", 20) + strings.ReplaceAll(opensshKey(t, key, "", ""), "\n", "\n  ")
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	found := e.Scan([]byte(text), "")
	if len(found) != 1 || found[0].Rule.ID != "privatekey-pem" {
		t.Fatalf("%d matches, want the key", len(found))
	}
	expect(t, askAbout(t, verify.Options{Offline: true}, credential(&found[0])), verify.Dead, "its certificate expired")
}

// program is the path of a program that a test needs; LEAKGUARD_REQUIRE_ALL=1 says
// that it must be there.
func program(t *testing.T, name, hint string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
			t.Fatalf("%s is not installed, and LEAKGUARD_REQUIRE_ALL=1", name)
		}
		t.Skipf("%s is not installed: %s", name, hint)
	}
	return path
}

// TestFingerprintOfSSHKeygen holds fingerprints and comments to those of ssh-keygen.
func TestFingerprintOfSSHKeygen(t *testing.T) {
	keygen := program(t, "ssh-keygen", "Debian: openssh-client")
	for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "key")
			if out, err := exec.Command(keygen, "-q", "-t", kind, "-N", "", "-C", "who@where", "-f", file).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			value, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(keygen, "-l", "-f", file).Output()
			if err != nil {
				t.Fatal(err)
			}
			v := askAbout(t, verify.Options{}, keyCredential(string(value)))
			if want := strings.Fields(string(out)); v.Identity.ID != want[1] || v.Identity.Name != "who@where" {
				t.Errorf("identity %+v, ssh-keygen says %s", v.Identity, out)
			}
		})
	}
}

// gnupg makes keys with GnuPG in a folder of its own.
type gnupg struct {
	program string
	env     []string
}

func (g gnupg) run(t *testing.T, args ...string) []byte {
	t.Helper()
	var complaints bytes.Buffer
	cmd := exec.Command(g.program, append([]string{"--batch", "--pinentry-mode", "loopback"}, args...)...)
	cmd.Env, cmd.Stderr = g.env, &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("gpg %s: %v: %s", args, err, complaints.String())
	}
	return out
}

func TestOpenPGPKey(t *testing.T) {
	path := program(t, "gpg", "Debian: gnupg")
	home, err := os.MkdirTemp("", "gpg") // short: a socket is in it
	if err != nil {
		t.Fatal(err)
	}
	g := gnupg{path, append(os.Environ(), "GNUPGHOME="+home)}
	t.Cleanup(func() {
		if agent, err := exec.LookPath("gpgconf"); err == nil {
			stop := exec.Command(agent, "--kill", "all")
			stop.Env = g.env
			stop.Run()
		}
		os.RemoveAll(home)
	})
	for _, c := range []struct{ name, algorithm, passphrase, kind, reason string }{
		{"RSA", "rsa2048", "", "OpenPGP key, RSA of 2048 bits", "it cannot be tried as an SSH key"},
		{"EdDSA with a subkey", "future-default", "", "OpenPGP key, EdDSA", "it cannot be tried as an SSH key"},
		{"encrypted", "ed25519", "a passphrase", "OpenPGP key, EdDSA", "encrypted with a passphrase"},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := "Ann " + c.algorithm + " <ann@acme.test>"
			g.run(t, "--passphrase", c.passphrase, "--quick-generate-key", who, c.algorithm)
			value := g.run(t, "--passphrase", c.passphrase, "--armor", "--export-secret-keys", who)
			v := askAbout(t, verify.Options{}, keyCredential(string(value)))
			expect(t, v, verify.Unverifiable, c.reason)
			expect(t, v, verify.Unverifiable, c.kind)
			listed := string(g.run(t, "--with-colons", "--list-keys", who))
			if v.Identity.ID == "" || !strings.Contains(listed, "fpr:::::::::"+v.Identity.ID+":") || v.Identity.Name != who {
				t.Errorf("identity %+v, gpg says %s", v.Identity, listed)
			}
			if v.Created.IsZero() || v.Created.After(time.Now()) {
				t.Errorf("created %v", v.Created)
			}
		})
	}
}

// puttyLines are the public and private lines of a key in PuTTY's form.
func puttyLines(t *testing.T, key crypto.Signer, private []byte) (string, string) {
	t.Helper()
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	lines := func(b []byte) string {
		text := base64.StdEncoding.EncodeToString(b)
		half := len(text) / 2
		return text[:half] + "\r\n" + text[half:] + "\r\n"
	}
	return lines(public.Marshal()), lines(private)
}

func puttyCredential(public, private string) *verify.Credential {
	c := keyCredential(private)
	c.Parts = map[string][]string{"public": {public}}
	return c
}

func FuzzPrivateKey(f *testing.F) {
	f.Add("-----BEGIN "+"PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----", "")
	f.Add("-----BEGIN PGP"+" PRIVATE KEY BLOCK-----\n\nxVgEZAAAAAAWCSsGAQQB2kcPAQEHQA==\n=AAAA\n-----END PGP PRIVATE KEY BLOCK-----", "")
	f.Add("AAAAAQM=", "AAAAB3NzaC1yc2EAAAADAQABAAAAAQM=")
	f.Fuzz(func(t *testing.T, value, public string) {
		c := keyCredential(value, value)
		if public != "" {
			c = puttyCredential(public, value)
		}
		e := verify.New(verify.Options{})
		if v := e.Verify(t.Context(), c); v.State != verify.Unverifiable && v.State != verify.Dead {
			t.Errorf("%s (%s) without a server", v.State, v.Reason)
		}
	})
}
