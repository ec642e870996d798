package checksum

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"regexp"
	"strings"
)

var (
	pemBegin = regexp.MustCompile(`-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----`)
	// pemNoise is what surrounds the lines of a key that was pasted into a string
	// literal, a JSON or YAML value, or a concatenation.
	pemNoise  = strings.NewReplacer(`\r`, "", `\n`, "\n", `\t`, "", `\`, "", "\"", "", "'", "", "`", "", "+", "+", ",", "", "\r", "")
	pemHeader = regexp.MustCompile(`(?m)^[A-Za-z\-]+: .*$`)
	pemJoin   = regexp.MustCompile(`(?m)^[ \t]*[+.]?[ \t]*|[ \t]*[+.&]?[ \t]*$`)
)

// ValidPEM reports whether text is a whole private key in PEM form (RFC 7468)
// that is not encrypted: its body decodes, and the decoded bytes begin as DER,
// OpenSSH's own format or an OpenPGP packet do. Escaped line ends, quotes and
// indentation round the lines are allowed.
func ValidPEM(text string) bool {
	loc := pemBegin.FindStringSubmatchIndex(text)
	if loc == nil {
		return false
	}
	label := text[loc[2]:loc[3]]
	body := text[loc[1]:]
	end := strings.Index(body, "-----END")
	if end < 0 {
		return false
	}
	body = pemNoise.Replace(body[:end])
	if strings.Contains(label, "ENCRYPTED") || strings.Contains(body, "ENCRYPTED") {
		return false
	}
	body = pemHeader.ReplaceAllString(body, "")
	body = pemJoin.ReplaceAllString(body, "")
	if label == "PGP PRIVATE KEY BLOCK" {
		if i := strings.LastIndex(body, "\n="); i >= 0 {
			body = body[:i] // the armour's own CRC-24
		}
	}
	der, err := base64.StdEncoding.DecodeString(padded(strings.Join(strings.Fields(body), "")))
	if err != nil || len(der) < 32 {
		return false
	}
	switch {
	case label == "PGP PRIVATE KEY BLOCK":
		return der[0]&0x80 != 0
	case label == "OPENSSH PRIVATE KEY":
		// After the magic stands the cipher's name, length first.
		const magic = "openssh-key-v1\x00"
		rest, ok := bytes.CutPrefix(der, []byte(magic))
		return ok && bytes.HasPrefix(rest, []byte("\x00\x00\x00\x04none"))
	}
	return der[0] == 0x30 // ASN.1 SEQUENCE
}

func padded(s string) string {
	s = strings.TrimRight(s, "=")
	if n := len(s) % 4; n > 0 {
		s += strings.Repeat("=", 4-n)
	}
	return s
}

// makePEM returns a block of the form of a PKCS#1 key, with random content that
// is no key.
func makePEM(r *rand.Rand, prefix string) string {
	if prefix == "" {
		prefix = "RSA "
	}
	der := make([]byte, 600)
	for i := range der {
		der[i] = byte(r.Uint32())
	}
	copy(der, []byte{0x30, 0x82, 0x02, 0x54, 0x02, 0x01, 0x00})
	if prefix == "OPENSSH " {
		copy(der, "openssh-key-v1\x00\x00\x00\x00\x04none")
	}
	body := base64.StdEncoding.EncodeToString(der)
	var b strings.Builder
	b.WriteString("-----BEGIN " + prefix + "PRIVATE KEY-----\n")
	for len(body) > 64 {
		b.WriteString(body[:64] + "\n")
		body = body[64:]
	}
	b.WriteString(body + "\n-----END " + prefix + "PRIVATE KEY-----")
	return b.String()
}
