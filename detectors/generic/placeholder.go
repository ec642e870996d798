package generic

import "bytes"

// dummyParts are what people write where a secret belongs; any of them within a
// value makes a placeholder of it.
var dummyParts = parts(
	"example", "placeholder", "changeme", "change_me", "change-me", "changeit", "change-this", "change_this", "replaceme", "replace-me", "replace_me",
	"replacewith", "replace_with", "replace-with", "your_", "your-", "yourpass", "yourtoken", "yourkey", "yoursecret", "yourapi", "your.", "youraccess", "insert_", "insert-", "inserthere",
	"dummy", "redacted", "xxxx", "****", "....", "____", "todo", "fixme", "not-a-real", "notareal", "not_a_real", "fake", "mock", "sample",
	"thisis", "this_is", "this-is", "goes_here", "goes-here", "goeshere", "_here", "-here", "enter_", "enter-", "<your", "undefined", "notset", "not_set", "not-set",
	"lorem", "ipsum", "client_secret", "client-secret", "clientsecret", "client_id", "foobar", "my-secret", "my_secret", "mysecret", "my-token", "my_token", "mytoken", "mypassword", "my-password", "my_password", "some-secret", "some_secret", "some-token",
	"some_token", "supersecret", "super-secret", "super_secret", "topsecret", "top-secret", "top_secret", "s3cr3t", "deadbeef", "cafebabe", "00000000",
	"12345678", "23456789", "abcdef0123", "0123456789", "abcdefgh", "qwerty", "asdf", "aaaaaa", "111111", "ffffff",
)

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
	"string", "value", "first", "second", "third", "one", "two", "three", "alice", "bob", "jwt", "session", "private", "public", "master", "hash", "the", "for", "with", "only", "insecure", "unsafe", "development", "production", "git", "app", "api", "service", "account",
	"12345", "1234", "123", "321", "111", "000",
}

var weakPhrases = newPhrases(weakParts)

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

// parts are words of which one within a value makes a placeholder of it. In a long
// random value a short one can stand by chance: they are a group of their own.
func parts(words ...string) *phrases {
	var long, short []string
	for _, w := range words {
		if len(w) > 4 {
			long = append(long, w)
		} else {
			short = append(short, w)
		}
	}
	return newPhrases(long, short)
}

// spelled reports whether a value, in lower case, is one of the words, holds one of the
// parts, or stands in brackets.
func spelled(low []byte, wholes *wordSet, parts *phrases) bool {
	if len(low) <= 16 && wholes.has(low) {
		return true
	}
	if held := parts.in(low); held&1 != 0 || held != 0 && len(low) < 40 {
		return true
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

// unleet undoes what people replace letters by, and drops what they put between them:
// p@$$-w0rd. 0 stands for a sign that is dropped.
func unleet(c byte) byte {
	switch c {
	case '@':
		return 'a'
	case '$', '5':
		return 's'
	case '0':
		return 'o'
	case '1', '!':
		return 'i'
	case '3':
		return 'e'
	case '#', '\\', '/', '_', '-', '.', '*':
		return 0
	}
	return lower(c)
}

// passwordSpellings are what a disguised word for passwords spells.
var passwordSpellings = newPhrases([]string{"password", "passwd", "passord", "secret", "passwort", "pass(word)"})

// spellsPassword reports whether v is the word password in disguise, with little
// besides.
func spellsPassword(v []byte) bool {
	const longest = 20
	if len(v) > longest {
		return false
	}
	var store [longest]byte
	plain := store[:0]
	for _, c := range v {
		if c = unleet(c); c != 0 {
			plain = append(plain, c)
		}
	}
	spells := false
	passwordSpellings.each(plain, func(w *phrase, _, _ int) { spells = spells || len(plain) <= len(w.word)+5 })
	return spells
}

// leftOver is how many characters are left of v without the words of weakParts,
// separators and repeated characters: what could be secret in it.
func leftOver(v []byte) int {
	var store [maxBare]byte
	low := appendSquashed(store[:0], v)
	// A random value of any length holds short words by chance: only whole
	// values are taken apart, and tokens keep what surrounds one.
	if len(low) >= 4 && len(low) < 48 && weakPhrases.in(low) != 0 {
		for _, w := range weakParts {
			if len(low) < 4 {
				break
			}
			low = without(low, w)
		}
	}
	signs := 0
	for _, c := range v {
		if !is(c, letter|digit|joiner|blank) && c < 0x80 && c != '!' {
			signs++
		}
	}
	if signs > 1 {
		return len(low) + min(len(v), signs)
	}
	return len(low)
}

// without takes each word out of v, in place.
func without(v []byte, word string) []byte {
	kept := v[:0]
	for len(v) > 0 {
		i := bytes.Index(v, []byte(word))
		if i < 0 {
			return append(kept, v...)
		}
		kept = append(kept, v[:i]...)
		v = v[i+len(word):]
	}
	return kept
}
