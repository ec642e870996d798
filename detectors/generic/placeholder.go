package generic

import (
	"bytes"
	"strings"
)

// dummyParts are what people write where a secret belongs; any of them within a
// value makes a placeholder of it.
var dummyParts = []string{
	"example", "placeholder", "changeme", "change_me", "change-me", "changeit", "change-this", "change_this", "replaceme", "replace-me", "replace_me",
	"replacewith", "replace_with", "replace-with", "your_", "your-", "yourpass", "yourtoken", "yourkey", "yoursecret", "yourapi", "your.", "youraccess", "insert_", "insert-", "inserthere",
	"dummy", "redacted", "xxxx", "****", "....", "____", "todo", "fixme", "not-a-real", "notareal", "not_a_real", "fake", "mock", "sample",
	"thisis", "this_is", "this-is", "goes_here", "goes-here", "goeshere", "_here", "-here", "enter_", "enter-", "<your", "undefined", "notset", "not_set", "not-set",
	"lorem", "ipsum", "client_secret", "client-secret", "clientsecret", "client_id", "foobar", "my-secret", "my_secret", "mysecret", "my-token", "my_token", "mytoken", "mypassword", "my-password", "my_password", "some-secret", "some_secret", "some-token",
	"some_token", "supersecret", "super-secret", "super_secret", "topsecret", "top-secret", "top_secret", "s3cr3t", "deadbeef", "cafebabe", "00000000",
	"12345678", "23456789", "abcdef0123", "0123456789", "abcdefgh", "qwerty", "asdf", "aaaaaa", "111111", "ffffff",
}

// dummyWholes are values that are nothing but a word of no content.
var dummyWholes = words(`null none nil true false yes no on off empty string str text value test tests testing pass password passwd secret token
	key apikey default admin root user guest foo bar baz qux abc xyz changeit unknown unset n/a na tbd required optional hidden masked omitted
	sha1 sha224 sha256 sha384 sha512 md5 bcrypt scrypt argon2 pbkdf2 hmac plain plaintext aes256 ed25519 username login email bearer basic auth object number boolean int float bytes any void self this undefined function return var let const`)

// weakParts are words with which people make up values for tests and examples.
// What is left of a value without them is what could be secret in it.
var weakParts = []string{
	"password", "passwd", "passphrase", "passw0rd", "p@ssw0rd", "p4ssw0rd", "pa55word", "pass", "pwd", "secret", "token", "apikey", "key", "test", "testing", "admin", "administrator", "root", "user", "username",
	"default", "demo", "guest", "temp", "foo", "bar", "baz", "qux", "hello", "world", "welcome", "letmein", "qwerty", "abc", "xyz", "dev", "prod", "staging", "local", "client", "server", "database", "postgres",
	"mysql", "mongo", "redis", "mariadb", "oracle", "login", "auth", "access", "refresh", "bearer", "basic", "valid", "invalid", "wrong", "correct", "old", "new", "another", "some", "random", "super", "strong", "hunter", "bad", "good",
	"string", "value", "first", "second", "third", "one", "two", "three", "alice", "bob", "jwt", "session", "private", "public", "master", "hash", "my", "the", "for", "with", "only", "insecure", "unsafe", "development", "production", "git", "app", "api", "service", "account",
	"12345", "1234", "123", "321", "111", "000",
}

// Placeholder reports whether v is a stand-in that people write where a secret
// belongs, and no secret: changeme, <your-key>, xxxx, AKIA…EXAMPLE, ****.
func Placeholder(v []byte) bool {
	if len(v) == 0 {
		return true
	}
	var store [maxValue]byte
	low := appendLower(store[:0], v[:min(len(v), maxValue)])
	return spelled(low, dummyWholes, dummyParts) || monotonous(low) || sequence(low) || encodedStandIn(v)
}

// spelled reports whether a value, in lower case, is one of the words, holds one of the
// parts, or stands in brackets.
func spelled(low []byte, wholes *wordSet, parts []string) bool {
	if len(low) <= 16 && wholes.has(low) {
		return true
	}
	for _, p := range parts {
		// In a long random value a short part can stand by chance.
		if (len(p) > 4 || len(low) < 40) && bytes.Contains(low, []byte(p)) {
			return true
		}
	}
	return low[0] == '<' && low[len(low)-1] == '>' || low[0] == '[' && low[len(low)-1] == ']'
}

// monotonous reports whether few different characters make up the value: one
// character eight times in a row, or hardly any variety at all.
func monotonous(v []byte) bool {
	var seen [256]bool
	kinds, run := 0, 0
	for i, c := range v {
		if !seen[c] {
			seen[c] = true
			kinds++
		}
		if i > 0 && c == v[i-1] {
			run++
		} else {
			run = 1
		}
		if run >= 8 {
			return true
		}
	}
	return kinds <= 2 || len(v) >= 16 && kinds <= 4
}

// sequence reports whether most of the value counts up or down: abcdef, 987654.
func sequence(v []byte) bool {
	steps := 0
	for i := 1; i < len(v); i++ {
		if d := int(v[i]) - int(v[i-1]); d == 1 || d == -1 {
			steps++
		}
	}
	return len(v) >= 6 && steps*10 >= (len(v)-1)*8
}

// leet undoes the letters that people replace by signs: p@$$w0rd.
var leet = strings.NewReplacer("@", "a", "$", "s", "0", "o", "1", "i", "3", "e", "5", "s", "!", "i", "#", "", "\\", "", "/", "", "_", "", "-", "", ".", "", "*", "")

// spellsPassword reports whether v is the word password in disguise, with little
// besides.
func spellsPassword(v []byte) bool {
	if len(v) > 20 {
		return false
	}
	plain := leet.Replace(strings.ToLower(string(v)))
	for _, w := range []string{"password", "passwd", "passord", "secret", "passwort", "pass(word)"} {
		if strings.Contains(plain, w) && len(plain) <= len(w)+5 {
			return true
		}
	}
	return false
}

// stripWeak is v without the words of weakParts, separators and repeated
// characters: what could be secret in it.
func stripWeak(v []byte) []byte {
	low := squash(v)
	for _, w := range weakParts {
		if len(low) < 4 {
			break
		}
		// A random value of any length holds short words by chance: only whole
		// values are taken apart, and tokens keep what surrounds one.
		if len(w) >= 3 && len(low) < 48 {
			low = bytes.ReplaceAll(low, []byte(w), nil)
		}
	}
	signs := 0
	for _, c := range v {
		if !is(c, letter|digit|joiner|blank) && c < 0x80 && c != '!' {
			signs++
		}
	}
	if signs > 1 {
		low = append(low, v[len(v)-min(len(v), signs):]...)
	}
	return low
}
