package inventory

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/known"
)

// Skip is why a value of a manager is not looked for: it would be recognised wherever
// it stands, and so one that is no secret would be a false alarm in many places.
type Skip string

// The reasons.
const (
	SkipShort       Skip = "too short"
	SkipPlaceholder Skip = "placeholders"
	SkipWord        Skip = "plain words, numbers or booleans"
	SkipAddress     Skip = "addresses without a password"
	SkipName        Skip = "names of hosts, mail addresses or paths"
	SkipPublic      Skip = "certificates or public keys"
	SkipUntold      Skip = "secret neither by name nor by look"
)

// minPhrase is how long a value of plain words or digits must be, in bytes, to count
// under the name of a secret: no text has a phrase of that length by chance.
const minPhrase = 16

// minRandom is how long a value must be, in bytes, to count by its look alone.
const minRandom = 20

// judge says which values of a manager are secrets. It asks the engine: a value is one
// if a rule takes it for one under its own name. What that leaves is decided by the name
// and the look, each tried with a counterpart that leaves no doubt.
type judge struct {
	engine *detectors.Engine
	tells  map[string]bool // by name
}

// secrets returns the secrets in a value of any of these names, or why it has none. They
// are copies.
func (j *judge) secrets(names []string, value []byte) (found [][]byte, why Skip) {
	value = bytes.TrimSpace(value)
	if len(value) < known.MinLength {
		return nil, SkipShort
	}
	if found = j.matched(names, value); found != nil {
		return found, ""
	}
	told := slices.ContainsFunc(names, j.tell)
	if why = plain(value); why != "" && !(why == SkipWord && told && len(value) >= minPhrase) {
		return nil, why
	}
	if told || len(value) >= minRandom && !nameOfPublic(names[0]) && j.matches("secret_token", value) {
		return [][]byte{bytes.Clone(value)}, ""
	}
	return nil, SkipUntold
}

// matched returns what rules find in a value: that, and the value as a whole unless it
// is a text with something in it.
func (j *judge) matched(names []string, value []byte) [][]byte {
	matches := j.engine.Scan(value, "")
	for i := 0; i < len(names) && len(matches) == 0; i++ {
		matches = j.assigned(names[i], value)
	}
	// What is a secret in a program may be a word that texts are full of.
	matches = slices.DeleteFunc(matches, func(m detectors.Match) bool {
		return m.Score > 0 && len(m.Value) < minPhrase && plain(m.Value) == SkipWord
	})
	if len(matches) == 0 {
		return nil
	}
	var found [][]byte
	if !bytes.ContainsAny(value, "\r\n") || slices.ContainsFunc(matches, func(m detectors.Match) bool { return len(m.Value)*10 >= len(value)*9 }) {
		found = append(found, bytes.Clone(value))
	}
	for _, m := range matches {
		if len(m.Value) < known.MinLength || bytes.Equal(m.Value, value) && len(found) > 0 {
			clear(m.Value)
			continue
		}
		found = append(found, m.Value)
	}
	return found
}

// assigned scans the value as one that is given to a name.
func (j *judge) assigned(name string, value []byte) []detectors.Match {
	if bytes.ContainsAny(value, "\"\\\r\n") {
		return nil // it would end the quotes
	}
	text := slices.Concat([]byte(name+` = "`), value, []byte(`"`))
	defer clear(text)
	return j.engine.Scan(text, "")
}

func (j *judge) matches(name string, value []byte) bool {
	matches := j.assigned(name, value)
	for _, m := range matches {
		clear(m.Value)
	}
	return len(matches) > 0
}

// tell reports whether a name is that of a secret: a random value under it is one.
func (j *judge) tell(name string) bool {
	tells, ok := j.tells[name]
	if !ok {
		sum := sha256.Sum256([]byte("leakguard inventory"))
		tells = j.matches(name, []byte(base64.RawURLEncoding.EncodeToString(sum[:24])))
		j.tells[name] = tells
	}
	return tells
}

// plain is why a value that no rule takes for a secret is none, whatever its name.
func plain(value []byte) Skip {
	text := string(value)
	u, err := url.Parse(text)
	switch {
	case strings.Contains(text, "-----BEGIN CERT"), strings.Contains(text, "PUBLIC KEY-----"),
		strings.HasPrefix(text, "ssh-"), strings.HasPrefix(text, "ecdsa-sha2-"):
		return SkipPublic
	case err == nil && u.Scheme != "" && u.Host != "":
		return SkipAddress
	case isHost(text), isMail(text), isPath(text):
		return SkipName
	case generic.Placeholder(value): // behind hosts, in which a word such as "example" may stand
		return SkipPlaceholder
	case !strings.ContainsFunc(text, isLetter), !strings.ContainsFunc(text, func(r rune) bool { return !isLetter(r) && !strings.ContainsRune(" _-.,:/", r) }):
		return SkipWord
	}
	return ""
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r >= 0x80 }

// isHost reports whether a text is the name or address of a host, perhaps with a port.
func isHost(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	if _, err := netip.ParseAddrPort(text); err == nil {
		return true
	}
	host, port, ok := strings.Cut(text, ":")
	if ok && strings.Trim(port, "0123456789") != "" {
		return false
	}
	labels := strings.Split(host, ".")
	top := labels[len(labels)-1]
	if len(labels) < 2 || len(top) < 2 || strings.ContainsFunc(top, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return false
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !isLetter(r) && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	})
}

func isMail(text string) bool {
	name, host, ok := strings.Cut(text, "@")
	return ok && name != "" && isHost(host) && !strings.ContainsAny(name, " :/")
}

func isPath(text string) bool {
	for _, begin := range []string{"/", "./", "../", "~/", "arn:", `\\`} {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	return len(text) > 2 && text[1] == ':' && text[2] == '\\'
}

// nameOfPublic reports whether a name is that of something that looks random and is no
// secret: an id, a checksum, who or where somebody is.
func nameOfPublic(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !isLetter(r) })
	if len(words) == 0 {
		return true
	}
	switch words[len(words)-1] {
	case "id", "ids", "uid", "uuid", "guid", "name", "user", "username", "login", "email", "mail", "account", "client", "tenant", "subject",
		"host", "hostname", "url", "uri", "endpoint", "region", "arn", "path", "version", "revision", "commit", "serial",
		"hash", "digest", "checksum", "sha", "md", "fingerprint", "thumbprint", "cert", "certificate", "ca", "pub", "public", "salt":
		return true
	}
	return strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "ID") || slices.Contains(words, "public")
}
