package checksum

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
)

var (
	pemBegin  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----`) })
	pemHeader = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^[A-Za-z\-]+: .*$`) })
	// pemJoin is what stands between two string literals that are put together:
	// "…" + "…", '…' . '…', "…", "…".
	pemJoin = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("[\"'`]\\s*(?:[+.&,]|\\\\|& _)?\\s*[bruBRU@]?[\"'`]") })
	// pemNoise is what else surrounds the lines of a key that was pasted into a
	// string literal, or a JSON or YAML value.
	pemNoise = strings.NewReplacer(`\r`, "", `\n`, "\n", `\t`, "", `\`, "", "\"", "", "'", "", "`", "", ",", "", "\r", "")
	// pemMark is what a patch, a comment or a quoted mail puts before each line.
	pemMark = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^[ \t]*(?:\+|//|[#>|*])[ \t]*`) })
	// pgpCRC is the CRC-24 that ends an OpenPGP block (RFC 9580, section 6.1).
	pgpCRC = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`=[0-9A-Za-z+/]{4}\s*$`) })
)

// ValidPEM reports whether text is a whole private key in PEM form (RFC 7468)
// that is not encrypted: its body decodes to one DER value, to OpenSSH's own
// format or to an OpenPGP packet. Escaped line ends, quotes and indentation round
// the lines are allowed. A passphrase on an OpenPGP key is not seen.
func ValidPEM(text string) bool {
	loc := pemBegin().FindStringSubmatchIndex(text)
	if loc == nil {
		return false
	}
	label := text[loc[2]:loc[3]]
	body := text[loc[1]:]
	end := strings.Index(body, "-----END")
	if end < 0 {
		return false
	}
	body = pemNoise.Replace(pemJoin().ReplaceAllString(body[:end], ""))
	if strings.Contains(label, "ENCRYPTED") || strings.Contains(body, "ENCRYPTED") {
		return false
	}
	return validBody(label, body) || validBody(label, pemMark().ReplaceAllString(body, ""))
}

func validBody(label, body string) bool {
	body = pemHeader().ReplaceAllString(body, "")
	if label == "PGP PRIVATE KEY BLOCK" {
		body = pgpCRC().ReplaceAllString(body, "")
	}
	der, err := base64.StdEncoding.DecodeString(padded(strings.Join(strings.Fields(body), "")))
	if err != nil || len(der) < 32 {
		return false
	}
	switch label {
	case "PGP PRIVATE KEY BLOCK":
		return der[0]&0x80 != 0
	case "OPENSSH PRIVATE KEY":
		return validOpenSSH(der)
	}
	var whole asn1.RawValue
	_, err = asn1.Unmarshal(der, &whole)
	return err == nil && whole.Tag == asn1.TagSequence
}

const opensshMagic = "openssh-key-v1\x00"

// validOpenSSH reports whether b is a whole key that no cipher protects.
// https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
func validOpenSSH(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte(opensshMagic))
	cipher, rest := sshString(rest)
	_, rest = sshString(rest) // key derivation function
	_, rest = sshString(rest) // its options
	if !ok || string(cipher) != "none" || len(rest) < 4 {
		return false
	}
	public, rest := sshString(rest[4:]) // behind the number of keys
	private, _ := sshString(rest)
	return len(public) > 0 && len(private) > 0
}

// sshString cuts off a string with its length before it (RFC 4251, section 5);
// both are nil if b is too short.
func sshString(b []byte) (s, rest []byte) {
	if len(b) < 4 {
		return nil, nil
	}
	n := binary.BigEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) {
		return nil, nil
	}
	return b[:n], b[n:]
}

func padded(s string) string {
	s = strings.TrimRight(s, "=")
	if n := len(s) % 4; n > 0 {
		s += strings.Repeat("=", 4-n)
	}
	return s
}

// makePEM returns a block of the form of a key, with random content that is no
// key. The prefix is the label's first word and a blank: "EC "; without one it
// is "RSA ", and "PKCS8 " stands for the label that has none.
func makePEM(r *rand.Rand, prefix string) string {
	switch prefix {
	case "":
		prefix = "RSA "
	case "PKCS8 ":
		prefix = ""
	}
	der := make([]byte, 600)
	for i := range der {
		der[i] = byte(r.Uint32())
	}
	copy(der, []byte{0x30, 0x82, 0x02, 0x54, 0x02, 0x01, 0x00})
	if prefix == "OPENSSH " {
		// The lengths: cipher, derivation, its options; one key of 51 bytes.
		copy(der, opensshMagic+"\x00\x00\x00\x04none\x00\x00\x00\x04none\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x33")
		binary.BigEndian.PutUint32(der[len(opensshMagic)+28+51:], uint32(len(der)-len(opensshMagic)-28-51-4))
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
