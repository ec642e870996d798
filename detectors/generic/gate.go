package generic

import "bytes"

// gate says why a candidate is no secret, whatever the model would say of it, or "".
// A gate is for what a careful reader would refuse without a second look.
func gate(text []byte, c *Candidate) string {
	v := c.value(text)
	bare := c.syntax.quote == 0 && c.syntax.kind < bearer
	switch {
	case len(v) < 3:
		return "too short"
	case templated(v, bare), isReference(v):
		return "a reference to where the value is kept"
	case standIn(v):
		return "a placeholder"
	case hasFormat(v):
		return "a format or a pattern"
	case bytes.Contains(v, []byte("://")), bytes.HasPrefix(v, []byte("./")), bytes.HasPrefix(v, []byte("../")), bytes.HasPrefix(v, []byte("~/")):
		return "an address or a path"
	case v[0] == '/' && wordShare(v) > 0.3:
		return "a path"
	case foreignWords(v):
		return "a text of another language"
	case bytes.Count(v, []byte{' '}) >= 2 && !hasDigit(v):
		return "a sentence"
	case bare && bytes.ContainsAny(v, "([{\\"):
		return "an expression"
	case c.Name != nil && c.syntax.kind != inURL && bytes.Equal(squash(c.Name), squash(v)):
		return "the name again"
	}
	return ""
}

// templated reports whether v begins as a template, a variable or another reference.
func templated(v []byte, bare bool) bool {
	switch v[0] {
	case '$', '%', '<', '@', '#', '{', '*', '[', '(', '?', '&', '!':
		return !mixed(v) || bare || bytes.IndexByte(v, '{') >= 0 || v[0] == '<' || allReference(v[1:])
	}
	return false
}

// standIns are what people write where a secret belongs, so that each reader knows that
// none is there.
var standIns = []string{
	"example", "placeholder", "changeme", "change_me", "change-me", "changeit", "change-this", "change_this", "replaceme", "replace-me", "replace_me",
	"replacewith", "replace_with", "replace-with", "your_", "your-", "yourpass", "yourtoken", "yourkey", "yoursecret", "yourapi", "your.", "youraccess", "insert_", "insert-", "inserthere",
	"redacted", "xxxx", "****", "....", "____", "todo", "fixme", "not-a-real", "notareal", "not_a_real", "goes_here", "goes-here", "goeshere", "_here", "-here", "enter_", "enter-",
	"undefined", "notset", "not_set", "not-set", "lorem", "ipsum",
}

// nothings are values that say that there is none, or of which type it would be.
var nothings = words(`null none nil true false yes no on off empty string str text value unset n/a na tbd required optional hidden masked omitted unknown
	sha1 sha224 sha256 sha384 sha512 md5 bcrypt scrypt argon2 pbkdf2 hmac plain plaintext aes256 ed25519 object number boolean int float bytes any void self this undefined
	function return var let const varchar text char uuid integer bool array list dict map tuple optional bearer basic`)

// standIn reports whether v says by itself that no secret is there.
func standIn(v []byte) bool {
	var store [maxValue]byte
	low := appendLower(store[:0], v[:min(len(v), maxValue)])
	if len(low) <= 16 && nothings.has(low) {
		return true
	}
	for _, p := range standIns {
		// In a long random value a short part can stand by chance.
		if (len(p) > 4 || len(low) < 40) && bytes.Contains(low, []byte(p)) {
			return true
		}
	}
	if low[0] == '<' && low[len(low)-1] == '>' || low[0] == '[' && low[len(low)-1] == ']' {
		return true
	}
	return monotonous(low) || sequence(low)
}
