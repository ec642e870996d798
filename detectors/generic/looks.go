package generic

import (
	"bytes"
	"encoding/base64"
)

// isHash reports whether v is a password's hash as crypt(3) and its successors
// write it: it takes work to get from it to the password.
func isHash(v []byte) bool {
	if bytes.IndexByte(v, ':') < 0 && (len(v) == 0 || bytes.IndexByte([]byte("$p{S"), v[0]) < 0) {
		return false
	}
	for _, p := range []string{"$2a$", "$2b$", "$2y$", "$2x$", "$argon2", "$1$", "$5$", "$6$", "$apr1$", "$scrypt$", "$pbkdf2", "pbkdf2_", "pbkdf2:", "{SHA", "{SSHA", "{MD5}", "SCRAM-SHA"} {
		if bytes.HasPrefix(v, []byte(p)) || bytes.Contains(v, []byte(":"+p)) {
			return true
		}
	}
	return false
}

// encodedWords reports whether v is base64 of words: of something that a person
// wrote, as in an example.
func encodedWords(v []byte) bool {
	plain, err := base64.StdEncoding.DecodeString(string(v))
	if err != nil || len(plain) < 6 || !allOf(plain, func(c byte) bool { return ' ' <= c && c < 0x7f || c == '\n' }) {
		return false
	}
	return wordShare(plain) > 0.4 || Placeholder(plain) || leftOver(plain) < 6
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
	return isFile(v)
}

// isFile reports whether v is the name of a file of the kinds that keep keys, settings
// or programs.
func isFile(v []byte) bool {
	i := bytes.LastIndexByte(v, '.')
	if i < 0 {
		return false
	}
	switch string(v[i+1:]) {
	case "c", "h", "o", "rs", "pem", "key", "crt", "cer", "txt", "json", "yml", "yaml", "p12", "pfx", "jks", "go", "js", "ts", "py", "rb", "java", "html", "php", "xml", "env", "pub", "svg", "png", "md", "conf", "sh":
		return true
	}
	return false
}

// referenceMarks stand in values that say where the secret is kept.
var referenceMarks = newPhrases([]string{
	"${", "{{", "}}", "$(", "#{", "<%", "%>", "process.env", "os.environ", "getenv(", "Getenv(", "ENV[", "ENV.", "secrets.", "secretKeyRef", "valueFrom",
	"!Ref", "!Sub", "!vault", "ENC[", "ENC(", "AQICAH", "arn:aws", "vault:", "op://", "sops:", "kms:", "%(", "@Microsoft.KeyVault", "projects/",
	"{cipher}", "secret://", "ssm:", "$env:", "resolve:",
})

// isReference reports whether v names where the secret comes from.
func isReference(v []byte) bool {
	if referenceMarks.exact(v) {
		return true
	}
	// "password=" + x: what stands between two string literals is code.
	if len(v) > 2 && v[0] == '+' && v[len(v)-1] == '+' {
		return true
	}
	if t := bytes.TrimSpace(v); len(t) > 0 && len(t) < len(v) && (t[0] == '+' || t[len(t)-1] == '+' || t[0] == '.' || t[len(t)-1] == '(') {
		return true
	}
	// ALL_CAPS_NAME: the name of a variable.
	return constantName(v) && wordShare(v) > 0.4
}

// constantName reports whether v is capitals, digits and underscores, as the names of
// constants and variables of the environment are.
func constantName(v []byte) bool {
	return bytes.IndexByte(v, '_') > 0 && allOf(v, func(c byte) bool { return isUpper(c) || isDigit(c) || c == '_' })
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
	return Wordy(v)
}

// Wordy reports whether v is words, as the names of programs are, rather than a value
// that was drawn: SecretStringGenerator.
func Wordy(v []byte) bool {
	return allReference(v) && wordShare(v) > 0.6 && !hasDigit(v)
}

// allReference reports whether v could be an identifier with its selectors.
func allReference(v []byte) bool {
	return len(v) > 0 && (is(v[0], letter) || v[0] == '_') && allOf(v, func(c byte) bool { return is(c, letter|digit) || c == '_' || c == '.' || c == '-' })
}

// Identifier reports whether a value could be an identifier of a program, and nothing
// else is to be seen in it: no digit, no sign.
func Identifier(v []byte) bool {
	return allOf(v, func(c byte) bool { return is(c, letter) || c == '_' || c == '.' })
}

// appendSquashed appends the letters, lower case, and digits of v.
func appendSquashed(to, v []byte) []byte {
	for _, c := range v {
		if is(c, letter|digit) {
			to = append(to, lower(c))
		}
	}
	return to
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
