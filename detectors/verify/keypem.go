package verify

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"
)

// pemBody is what stands between the two lines of a PEM block.
type pemBody struct {
	bytes     []byte
	encrypted bool // a header says so
}

// pemBlock reads the first block in PEM form (RFC 7468) of a text, which may be
// written as a string of a program or of JSON.
func pemBlock(text string) (label string, body pemBody, ok bool) {
	_, rest, _ := strings.Cut(text, "-----BEGIN ")
	label, rest, begun := strings.Cut(rest, "-----")
	rest, _, ended := strings.Cut(rest, "-----END ")
	if !begun || !ended {
		return "", body, false
	}
	rest = strings.NewReplacer(`\r`, "", `\n`, "\n", `\t`, "", `\`, "").Replace(rest)
	var encoded strings.Builder
	for line := range strings.Lines(rest) {
		if strings.Contains(line, ":") { // a header
			body.encrypted = body.encrypted || strings.Contains(line, "ENCRYPTED")
			continue
		}
		line = strings.TrimLeft(line, " \t\"'`")
		line = strings.TrimSpace(line[:indexOrLen(line, "\"'`,;")])
		switch {
		case line == "+", line == ".", line == "&": // joins two strings
		case strings.HasPrefix(line, "=") && strings.HasPrefix(label, "PGP"): // the checksum
		default:
			line = strings.TrimRight(line, "=")
			encoded.WriteString(strings.ReplaceAll(line, " ", "")) // for line ends, in a variable
		}
	}
	var err error
	body.bytes, err = base64.RawStdEncoding.DecodeString(encoded.String())
	return label, body, err == nil && len(body.bytes) > 0
}

// mostKey bounds, in bytes, a key that is read: numbers that are no RSA key's keep
// crypto/rsa busy for longer than their length tells. RSA keys of 8192 bits fit.
const mostKey = 5 << 10

func readPEM(label string, der []byte) (*privateKey, bool) {
	if len(der) > mostKey {
		return nil, false
	}
	key, err := ssh.ParseRawPrivateKey(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked) && locked.PublicKey != nil:
		return &privateKey{kind: kindOf(locked.PublicKey), id: ssh.FingerprintSHA256(locked.PublicKey), encrypted: true}, true
	case err != nil:
		return nil, false
	}
	k := sshKey(key)
	if label == "OPENSSH PRIVATE KEY" {
		k.name = opensshComment(der)
	}
	return k, true
}

// opensshComment is the comment in a key of OpenSSH's own form that is not
// encrypted, which ssh.ParseRawPrivateKey leaves out, or "".
// https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
func opensshComment(b []byte) string {
	var file struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public, Private      []byte
		Rest                 []byte `ssh:"rest"`
	}
	var key struct {
		Check1, Check2 uint32
		Kind           string
		Rest           []byte `ssh:"rest"`
	}
	b = []byte(strings.TrimPrefix(string(b), "openssh-key-v1\x00"))
	if ssh.Unmarshal(b, &file) != nil || ssh.Unmarshal(file.Private, &key) != nil {
		return ""
	}
	numbers := 3 // of ECDSA: curve, public and private
	switch key.Kind {
	case ssh.KeyAlgoRSA:
		numbers = 6
	case ssh.KeyAlgoED25519:
		numbers = 2
	}
	var field struct {
		Text string
		Rest []byte `ssh:"rest"`
	}
	for range numbers + 1 {
		if ssh.Unmarshal(key.Rest, &field) != nil {
			return ""
		}
		key.Rest = field.Rest
	}
	return field.Text
}
