package generic

import (
	"bytes"
	"encoding/base64"

	"github.com/leakguard/leakguard/detectors/rules"
)

// judgeValue weighs a value under a name of the given strength. It returns 0 for
// what is no secret at all.
func judgeValue(r Reader, s strength, name, v []byte, bare bool) rules.Confidence {
	if len(v) < 4 || notLiteral(v, bare) || Placeholder(v) || echoesName(name, v) {
		return 0
	}
	if r == Password {
		return judgePassword(v, bare)
	}
	return judgeToken(s, v)
}

// judgePassword: people choose passwords, so that little can be asked of them;
// a plain word is one only in doubt.
func judgePassword(v []byte, bare bool) rules.Confidence {
	if bytes.IndexByte(v, ' ') >= 0 && (bytes.Count(v, []byte{' '}) > 3 || !mixed(v) || wordShare(v) > 0.5) {
		return 0
	}
	switch {
	case isUUID(v):
		return rules.Likely
	case isHash(v), bytes.Contains(v, []byte(`\u`)), spellsPassword(v):
		return rules.Doubtful
	case !mixed(v):
		// Letters alone are a secret only if they are no words.
		if len(v) < 10 || wordShare(v) > 0.3 || bytes.ContainsAny(v, "_-.:/ ") {
			return rules.Doubtful
		}
	case len(v) < 6, classCount(v) < 2, len(stripWeak(v)) < 4:
		return rules.Doubtful
	case bare && wordShare(v) > 0.7:
		return rules.Doubtful
	}
	return rules.Likely
}

// isHash reports whether v is a password's hash as crypt(3) and its successors
// write it: it takes work to get from it to the password.
func isHash(v []byte) bool {
	for _, p := range []string{"$2a$", "$2b$", "$2y$", "$2x$", "$argon2", "$1$", "$5$", "$6$", "$apr1$", "$scrypt$", "$pbkdf2", "pbkdf2_", "pbkdf2:", "{SHA", "{SSHA", "{MD5}", "SCRAM-SHA"} {
		if bytes.HasPrefix(v, []byte(p)) || bytes.Contains(v, []byte(":"+p)) {
			return true
		}
	}
	return false
}

// hashTail reports whether v ends in a hash behind some words, as cache keys do:
// Linux-node-3f2a….
func hashTail(v []byte) bool {
	i := bytes.LastIndexAny(v, "-_:.")
	return i > 0 && len(v)-i > 32 && allHex(v[i+1:])
}

// encodedWords reports whether v is base64 of words: of something that a person
// wrote, as in an example.
func encodedWords(v []byte) bool {
	plain, err := base64.StdEncoding.DecodeString(string(v))
	if err != nil || len(plain) < 6 || !allOf(plain, func(c byte) bool { return ' ' <= c && c < 0x7f || c == '\n' }) {
		return false
	}
	return wordShare(plain) > 0.4 || Placeholder(plain) || len(stripWeak(plain)) < 6
}

// judgeToken: machines make tokens, so that randomness can be asked of them.
func judgeToken(s strength, v []byte) rules.Confidence {
	if len(v) < 10 || bytes.IndexByte(v, ' ') >= 0 || !tokenAlphabet(v) {
		return 0
	}
	h := Entropy(v)
	hex := allHex(v)
	switch {
	case isUUID(v), allDigits(v):
		return rules.Doubtful
	case !mixed(v) && (len(v) < 24 || wordShare(v) > 0.3):
		return 0
	case wordShare(v) > 0.45 || len(stripWeak(v)) < 8, isHash(v), encodedWords(v):
		return rules.Doubtful
	case hex && (len(v) < 16 || h < 2.8):
		return 0
	case !hex && h < 3.0:
		return 0
	case len(v) < 16 && (h < 3.2 || wordShare(v) > 0.25):
		return rules.Doubtful
	case s == weakName && (hex || hashTail(v) || len(v) < 20 || h < 3.6 || wordShare(v) > 0.2 || !upperLowerDigit(v)):
		return rules.Doubtful
	}
	return rules.Likely
}

// notLiteral reports whether v is code, a reference, a path, a format, prose or a
// type rather than a value that somebody wrote down.
func notLiteral(v []byte, bare bool) bool {
	switch v[0] {
	case '$', '%', '<', '@', '#', '{', '*', '[', '(', '?', '&', '!':
		if !mixed(v) || bare || bytes.IndexByte(v, '{') >= 0 || v[0] == '<' || allReference(v[1:]) {
			return true
		}
	}
	if isPath(v) || isReference(v) || hasFormat(v) || foreignWords(v) {
		return true
	}
	return bare && bareReference(v)
}

// isPath reports whether v is a file's path or a URL without credentials.
func isPath(v []byte) bool {
	if bytes.HasPrefix(v, []byte("/")) && wordShare(v) > 0.3 || bytes.HasPrefix(v, []byte("./")) ||
		bytes.HasPrefix(v, []byte("../")) || bytes.HasPrefix(v, []byte("~/")) || bytes.Contains(v, []byte("://")) ||
		len(v) > 2 && v[1] == ':' && (v[2] == '\\' || v[2] == '/') {
		return true
	}
	if bytes.Count(v, []byte{'/'}) >= 2 && wordShare(v) > 0.45 {
		return true
	}
	for _, ext := range []string{".pem", ".key", ".crt", ".cer", ".txt", ".json", ".yml", ".yaml", ".p12", ".pfx", ".jks", ".go", ".js", ".ts", ".py", ".rb", ".java", ".html", ".php", ".xml", ".env", ".pub", ".svg", ".png", ".md", ".conf"} {
		if bytes.HasSuffix(v, []byte(ext)) {
			return true
		}
	}
	return false
}

// referenceMarks stand in values that say where the secret is kept.
var referenceMarks = []string{
	"${", "{{", "}}", "$(", "#{", "<%", "%>", "process.env", "os.environ", "getenv(", "Getenv(", "ENV[", "ENV.", "secrets.", "secretKeyRef", "valueFrom",
	"!Ref", "!Sub", "!vault", "ENC[", "ENC(", "AQICAH", "arn:aws", "vault:", "op://", "sops:", "kms:", "%(", "@Microsoft.KeyVault", "projects/",
	"{cipher}", "secret://", "ssm:", "$env:", "resolve:",
}

// isReference reports whether v names where the secret comes from.
func isReference(v []byte) bool {
	for _, mark := range referenceMarks {
		if bytes.Contains(v, []byte(mark)) {
			return true
		}
	}
	// "password=" + x: what stands between two string literals is code.
	if t := bytes.TrimSpace(v); len(t) > 0 && len(t) < len(v) && (t[0] == '+' || t[len(t)-1] == '+' || t[0] == '.' || t[len(t)-1] == '(') {
		return true
	}
	// ALL_CAPS_NAME: the name of a variable.
	return bytes.IndexByte(v, '_') > 0 && allOf(v, func(c byte) bool { return isUpper(c) || isDigit(c) || c == '_' }) && wordShare(v) > 0.4
}

// hasFormat reports whether v is a format string, a bind parameter, a regular
// expression or markup.
func hasFormat(v []byte) bool {
	for i := 0; i+1 < len(v); i++ {
		switch {
		case v[i] == '%' && bytes.IndexByte([]byte("svdqxrw"), v[i+1]) >= 0 && (i+2 == len(v) || !isHex(v[i+2])):
			return true
		case v[i] == '{' && (v[i+1] == '}' || isDigit(v[i+1]) && i+2 < len(v) && v[i+2] == '}'):
			return true
		case v[i] == '\\' && bytes.IndexByte([]byte("wdsSDWbB."), v[i+1]) >= 0:
			return true
		case v[i] == '<' && (is(v[i+1], letter) || v[i+1] == '/') && bytes.IndexByte(v[i:], '>') > 0:
			return true
		case v[i] == '[' && (bytes.HasPrefix(v[i:], []byte("[a-")) || bytes.HasPrefix(v[i:], []byte("[A-")) || bytes.HasPrefix(v[i:], []byte("[0-")) || v[i+1] == '^'):
			return true
		}
	}
	return v[0] == ':' && allReference(v[1:]) || bytes.Contains(v, []byte("...")) || bytes.Contains(v, []byte("\u2026"))
}

// foreignWords: letters beyond ASCII without a digit are a translated label.
func foreignWords(v []byte) bool {
	return bytes.ContainsFunc(v, func(r rune) bool { return r >= 0x80 }) && !bytes.ContainsFunc(v, func(r rune) bool { return '0' <= r && r <= '9' })
}

// bareReference reports whether a value without quotes is an identifier, a call
// or a keyword of a program.
func bareReference(v []byte) bool {
	for _, c := range v {
		switch c {
		case '(', '[', '{', '\\':
			return true
		}
	}
	if bytes.IndexByte(v, '.') > 0 && allReference(v) && wordShare(v) > 0.3 {
		return true
	}
	return allReference(v) && wordShare(v) > 0.6 && !hasDigit(v)
}

// allReference reports whether v could be an identifier with its selectors.
func allReference(v []byte) bool {
	return len(v) > 0 && (is(v[0], letter) || v[0] == '_') && allOf(v, func(c byte) bool { return is(c, letter|digit) || c == '_' || c == '.' || c == '-' })
}

// echoesName reports whether the value only repeats its name: password: password,
// dbPassword = "db-password".
func echoesName(name, v []byte) bool {
	a, b := squash(name), squash(v)
	return len(b) > 0 && (bytes.Contains(a, b) || bytes.Contains(b, a) && len(b) <= len(a)+4)
}

func squash(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for _, c := range v {
		if is(c, letter|digit) {
			out = append(out, lower(c))
		}
	}
	return out
}

// tokenAlphabet reports whether v is made of what tokens are made of.
func tokenAlphabet(v []byte) bool {
	return allOf(v, func(c byte) bool { return is(c, letter|digit) || bytes.IndexByte([]byte("_-.+/=~!@#$%^&*:"), c) >= 0 }) &&
		bytes.Count(v, []byte{'.'}) <= 3 && bytes.Count(v, []byte{':'}) <= 1
}

func allOf(v []byte, f func(byte) bool) bool {
	for _, c := range v {
		if !f(c) {
			return false
		}
	}
	return true
}

func hasDigit(v []byte) bool { return bytes.ContainsAny(v, "0123456789") }

func allHex(v []byte) bool { return allOf(v, isHex) }

func isUUID(v []byte) bool {
	if len(v) != 36 {
		return false
	}
	for i, c := range v {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !isHex(c) {
			return false
		}
	}
	return true
}

func upperLowerDigit(v []byte) bool {
	return bytes.ContainsFunc(v, func(r rune) bool { return 'A' <= r && r <= 'Z' }) &&
		bytes.ContainsFunc(v, func(r rune) bool { return 'a' <= r && r <= 'z' }) && hasDigit(v)
}

// classCount is how many of lower, upper, digit and sign v holds.
func classCount(v []byte) int {
	var seen [4]bool
	for _, c := range v {
		switch {
		case isLower(c):
			seen[0] = true
		case isUpper(c):
			seen[1] = true
		case isDigit(c):
			seen[2] = true
		case c > ' ':
			seen[3] = true
		}
	}
	n := 0
	for _, s := range seen {
		if s {
			n++
		}
	}
	return n
}
