package checksum

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// keys are private keys of every form, made anew in each run.
func keys(t *testing.T) map[string]string {
	t.Helper()
	must := func(der []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	block := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"PKCS#1":         block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(r)),
		"PKCS#8 RSA":     block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(r))),
		"PKCS#8 EC":      block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(e))),
		"PKCS#8 Ed25519": block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ed))),
		"SEC 1":          block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(e))),
	}
}

// eachLine writes the key with something round each of its lines.
func eachLine(key, before, after string) string {
	return before + strings.ReplaceAll(strings.TrimSuffix(key, "\n"), "\n", after+"\n"+before) + after
}

// pemForms are the ways in which keys are pasted into other files.
var pemForms = []struct {
	name string
	form func(key string) string
}{
	{"as it is", func(k string) string { return k }},
	{"text round it", func(k string) string { return "Here it is:\n" + k + "Bye.\n" }},
	{"CRLF", func(k string) string { return strings.ReplaceAll(k, "\n", "\r\n") }},
	{"JSON", func(k string) string { return `{"key": "` + strings.ReplaceAll(k, "\n", `\n`) + `"}` }},
	{"JSON with CRLF", func(k string) string { return `{"key": "` + strings.ReplaceAll(k, "\n", `\r\n`) + `"}` }},
	{"JSON in JSON", func(k string) string { return `"{\"key\": \"` + strings.ReplaceAll(k, "\n", `\\n`) + `\"}"` }},
	{"YAML", func(k string) string { return "key: |\n" + eachLine(k, "    ", "") }},
	{"YAML with tabs", func(k string) string { return eachLine(k, "\t", " ") }},
	{"Go concatenation", func(k string) string { return "const key = " + eachLine(k, "\t\"", "\\n\" +") }},
	{"Java concatenation", func(k string) string { return eachLine(k, "        + \"", "\\n\"") }},
	{"Python concatenation", func(k string) string { return "key = (" + eachLine(k, "    b'", "\\n'") + ")" }},
	{"PHP concatenation", func(k string) string { return eachLine(k, "'", "' .") }},
	{"Visual Basic concatenation", func(k string) string { return eachLine(k, "\"", "\" & _") }},
	{"C continuation", func(k string) string { return eachLine(k, "", "\\n\\") }},
	{"list of lines", func(k string) string { return "[" + eachLine(k, "\"", "\",") + "].join('\\n')" }},
	{"added by a patch", func(k string) string { return eachLine(k, "+", "") }},
	{"commented out", func(k string) string { return eachLine(k, "# ", "") }},
	{"commented out, two slashes", func(k string) string { return eachLine(k, "// ", "") }},
	{"quoted mail", func(k string) string { return eachLine(k, "> ", "") }},
	{"one line", func(k string) string { return strings.ReplaceAll(k, "\n", " ") }},
}

func TestPEMForms(t *testing.T) {
	for name, key := range keys(t) {
		for _, f := range pemForms {
			if !ValidPEM(f.form(key)) {
				t.Errorf("%s, %s: refused", name, f.name)
			}
		}
	}
}

// The plus sign joins strings, and is a letter of base64: one at either end of a
// line must not be taken for the other.
func TestPEMPlusSigns(t *testing.T) {
	r := mathrand.New(mathrand.NewPCG(1, 2))
	plus := 0
	for i := range 300 {
		key := makePEM(r, []string{"", "EC ", "PKCS8 ", "OPENSSH "}[i%4])
		if strings.Contains(key, "+\n") || strings.Contains(key, "\n+") {
			plus++
		}
		f := pemForms[i%len(pemForms)]
		if !ValidPEM(f.form(key)) {
			t.Errorf("key %d, %s: refused", i, f.name)
		}
	}
	if plus < 30 {
		t.Errorf("%d keys with a plus sign at an end of a line: the test shows nothing", plus)
	}
}

func TestPEMRefused(t *testing.T) {
	all := keys(t)
	key := all["PKCS#1"]
	lines := strings.SplitAfter(key, "\n")
	without := func(from, to int) string { return strings.Join(lines[:from], "") + strings.Join(lines[to:], "") }
	label := func(to string) string { return strings.ReplaceAll(key, "RSA PRIVATE KEY", to) }
	tests := []struct{ name, text string }{
		{"no end", without(len(lines)-2, len(lines))},
		{"no begin", without(0, 1)},
		{"a line is missing", without(5, 6)},
		{"the second half is missing", without(8, len(lines)-2)},
		{"dots for most of it", strings.Join(lines[:3], "") + "...\n" + lines[len(lines)-2]},
		{"empty", lines[0] + lines[len(lines)-2]},
		{"public key", label("PUBLIC KEY")},
		{"certificate", label("CERTIFICATE")},
		{"label of an encrypted key", label("ENCRYPTED PRIVATE KEY")},
		{"headers of an encrypted key", lines[0] + "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n" + without(0, 1)},
		{"not base64", strings.ReplaceAll(key, "M", "*")},
		{"no DER", "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("QUFB", 40) + "\n-----END PRIVATE KEY-----"},
		{"not OpenSSH's format", label("OPENSSH PRIVATE KEY")},
		{"nothing", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if ValidPEM(tt.text) {
				t.Error("taken for a private key")
			}
		})
	}
	if !ValidPEM(lines[0] + "Comment: mine\n\n" + without(0, 1)) {
		t.Error("refused with a harmless header")
	}
}

// run makes a file with a program, or skips the test where there is none.
func run(t *testing.T, out string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skip(args[0] + " is not installed")
	}
	cmd := exec.Command(args[0], args[1:]...)
	stdout, err := cmd.Output()
	if err != nil {
		t.Skipf("%s: %v", args[0], err)
	}
	if out == "" {
		return string(stdout)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPEMOfOpenSSH(t *testing.T) {
	for _, kind := range []string{"ed25519", "rsa", "ecdsa"} {
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "key")
			key := run(t, file, "ssh-keygen", "-q", "-t", kind, "-N", "", "-f", file)
			for _, f := range pemForms {
				if !ValidPEM(f.form(key)) {
					t.Errorf("%s: refused", f.name)
				}
			}
			lines := strings.SplitAfter(key, "\n")
			if ValidPEM(strings.Join(append(lines[:3:3], lines[len(lines)-2]), "")) {
				t.Error("taken for a private key without its end")
			}
			locked := filepath.Join(t.TempDir(), "key")
			if ValidPEM(run(t, locked, "ssh-keygen", "-q", "-t", kind, "-N", "a phrase", "-f", locked)) {
				t.Error("taken for a private key though it is encrypted")
			}
			public, err := os.ReadFile(locked + ".pub")
			if err != nil || ValidPEM(string(public)) {
				t.Errorf("a public key is taken for a private one; %v", err)
			}
		})
	}
}

func TestPEMOfOpenPGP(t *testing.T) {
	home := t.TempDir()
	gpg := []string{"gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""}
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", home, "--kill", "gpg-agent").Run() })
	run(t, "", append(gpg, "--quick-generate-key", "a@b.example", "ed25519", "default", "never")...)
	key := run(t, "", append(gpg, "--armor", "--export-secret-keys")...)
	for _, f := range pemForms {
		if !ValidPEM(f.form(key)) {
			t.Errorf("%s: refused", f.name)
		}
	}
	if ValidPEM(run(t, "", append(gpg, "--armor", "--export")...)) {
		t.Error("a public key is taken for a private one")
	}
}
