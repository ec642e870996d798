package generic

import (
	"bytes"
	"encoding/base64"
)

// gate says why a candidate is no secret, whatever the model would say of it, or "".
// A gate is for what a careful reader would refuse without a second look.
func (s *Scanner) gate(c *Candidate) string {
	text, v := s.text, c.value(s.text)
	bare := c.syntax.quote == 0 && c.syntax.kind < bearer
	switch {
	case len(v) < 3:
		return "too short"
	case templated(v, bare), isReference(v), goesOn(text, c.End):
		return "a reference to where the value is kept"
	case standIn(v):
		return "a placeholder"
	case encodedStandIn(v):
		return "a placeholder in base64"
	case hasFormat(v):
		return "a format or a pattern"
	case bytes.HasSuffix(v, []byte("/aws4_request")):
		return "the scope of a signature"
	case bytes.Count(v, []byte{':'}) >= 4 && allOf(v, func(c byte) bool { return isHex(c) || c == ':' }):
		return "a network address"
	case bytes.Contains(v, []byte("://")), bytes.HasPrefix(v, []byte("./")), bytes.HasPrefix(v, []byte("../")), bytes.HasPrefix(v, []byte("~/")):
		return "an address or a path"
	case v[0] == '/' && wordShare(v) > 0.3:
		return "a path"
	case isFile(v):
		return "a file"
	case foreignWords(v):
		return "a text of another language"
	case bytes.Count(v, []byte{' '}) >= 2 && !hasDigit(v):
		return "a sentence"
	case bare && c.End < len(text) && text[c.End] == ':', bare && c.syntax.operator == colon && c.WholeStart > 0 && text[c.WholeStart-1] == ':':
		return "a field of a list of names"
	case bare && inList(text, c.End) && allOf(v, func(c byte) bool { return is(c, letter) }):
		return "prose"
	case bare && bytes.ContainsAny(v, "([{\\"), bytes.Contains(v, []byte("&quot;")):
		return "an expression"
	case publicKey(v):
		return "a public key or a certificate"
	case isHash(v):
		return "the hash of a password"
	case bare && bytes.IndexByte(v, '.') > 0 && allReference(v) && wordShare(v) > 0.3:
		return "a reference to where the value is kept"
	}
	if c.syntax.kind == inURL || c.syntax.kind == basic {
		return gateLogin(c, v)
	}
	if bare && wordShare(v) > 0.6 && allOf(v, isLower) && startsComment(bytes.TrimLeft(lineBefore(text, c.WholeStart), " \t")) {
		return "prose"
	}
	s.name.take(c.Name)
	switch {
	case s.passes(c):
		return "a test that passes"
	case s.isPhase(c):
		return "a phase of Windows' setup"
	case c.syntax.kind == called && s.name.lastTells() == ofAuth && s.first(c):
		return "the user, before the password"
	case c.syntax.operator == comparison && s.name.lastTells() == ofNothing && !hasDigit(v) && wordShare(v) > 0.5:
		return "a word to compare with"
	case s.inBadge(c):
		return "the token of a badge, which is public"
	case c.syntax.kind == called && (s.name.lastTells() == ofToken && allReference(v) && !hasDigit(v) && wordShare(v) > 0.5 || s.name.plainKey() && Identifier(v)):
		return "the name of what is called"
	}
	if why := gateName(&s.name, v, c.syntax.kind); why != "" {
		return why
	}
	// Last, since what raw strings there are takes reading the text up to here.
	if s.place(c); c.syntax.raw && inList(text, c.End) && allOf(v, func(c byte) bool { return is(c, letter) }) {
		return "prose"
	}
	return ""
}

// inBadge reports whether a candidate is a parameter of the URL of a badge.
func (s *Scanner) inBadge(c *Candidate) bool {
	return c.WholeStart > 0 && s.text[c.WholeStart-1] == '?' && bytes.Contains(lineBefore(s.text, c.WholeStart), []byte("badge"))
}

// passes reports whether the name is the verb, behind a word or a dash: it should
// pass: x, --- PASS: x.
func (s *Scanner) passes(c *Candidate) bool {
	if len(c.Name) != len("pass") || c.syntax.operator != colon || c.Start == c.WholeStart+len("pass:") || c.syntax.quotedName || c.syntax.kind != assigned {
		return false
	}
	before := bytes.TrimRight(lineBefore(s.text, c.WholeStart), " ")
	return len(before) > 0 && (is(before[len(before)-1], letter) || before[len(before)-1] == '-') && hasFoldPrefix(c.Name, "pass")
}

// isPhase reports whether a value is that of <settings pass="…"> in an answer file of
// Windows' setup.
func (s *Scanner) isPhase(c *Candidate) bool {
	return hasFoldSuffix(s.text[:c.WholeStart], "<settings ") && hasFoldPrefix(c.Name, "pass")
}

// first reports whether another argument follows the value.
func (s *Scanner) first(c *Candidate) bool {
	i := skipBlanks(s.text, c.End+1)
	return i < len(s.text) && s.text[i] == ','
}

// inList reports whether a comma and a word follow, as in a sentence.
func inList(text []byte, end int) bool {
	return end+2 < len(text) && text[end] == ',' && text[end+1] == ' ' && is(text[end+2], letter)
}

// gateName is gate for what the name, or name and value together, rule out.
func gateName(n *named, v []byte, k kind) string {
	if len(n.words) == 0 {
		return ""
	}
	if echoes(n.name, v, n.lastTells() == ofPassword) {
		return "the name again"
	}
	last := n.last()
	key := last.tells == ofKey
	plainKey := n.plainKey()
	switch {
	case last.means&notSecret != 0:
		return "the name is not that of a secret"
	case n.means(harmless):
		return "the name is that of a harmless thing"
	case key && len(n.words) == 1 && (isUUID(v) || len(v) >= 32 && allHex(v)), plainKey && hashTail(v):
		return "a hash or an id, under a name that says little"
	case plainKey && bytes.IndexByte(v, '&') >= 0 && bytes.IndexByte(v, '=') > 0:
		return "a query"
	case plainKey && (camel(v) || bytes.IndexByte(v, '.') > 0 && allReference(v) && wordShare(v) > 0.5):
		return "an identifier, under a name that says little"
	case last.tells != ofPassword && bytes.ContainsAny(v, "-_") && wordShare(v) > 0.7 && allOf(v, func(c byte) bool { return isLower(c) || c == '-' || c == '_' }):
		return "words joined to a name"
	case last.tells == ofAuth && k != called && (Identifier(v) || wordShare(v) > 0.5 && !hasDigit(v)):
		return "a word, under a name that says little"
	case key && allHex(v) && (len(v) == 8 || len(v) == 16 || len(v) == 40) && n.means(signing):
		return "the id or the fingerprint of a key that signs"
	case constantCase(v) && (last.tells != ofPassword && len(v) <= 24 && wordShare(v) > 0.5 || metavariable(v)):
		return "the name of a constant, or of a value"
	case hasFoldSuffix(n.name, "websocket-key"):
		return "the nonce of a handshake (RFC 6455)"
	case hasFoldSuffix(n.name, "x-amz-credential"):
		return "the id and the scope of a signature"
	case constantCase(v) && string(n.words[0].text) == "env":
		return "the name of a variable"
	case key && n.means(sealing):
		return "a key that another key has encrypted"
	case string(last.text) == "seed" && (len(v) < 16 || !hasDigit(v) || !mixed(v)):
		return "the seed of random numbers"
	case string(last.text) == "oldpwd", string(last.text) == "pwd" && bytes.IndexByte(v, '/') >= 0:
		return "the shell's working directory"
	case last.tells != ofPassword && allOf(v, func(c byte) bool { return isDigit(c) || c == '.' }), bytes.IndexByte(v, ':') > 0 && allOf(v, func(c byte) bool { return isDigit(c) || c == ':' }):
		return "a number"
	}
	return ""
}

// echoes reports whether a value says its name again: password = "Password1".
func echoes(name, v []byte, password bool) bool {
	var stores [2][maxBare]byte
	a, b := appendSquashed(stores[0][:0], name), appendSquashed(stores[1][:0], v)
	return bytes.Equal(a, b) || !password && len(b) > 5 && (bytes.HasSuffix(a, b) || bytes.HasPrefix(a, b)) || len(a) >= 4 && bytes.Equal(a, bytes.TrimRight(b, "0123456789")) ||
		lexicon()[string(b)]&passwordWord != 0 && bytes.HasSuffix(a, b)
}

// constantCase reports whether v is written as the names of constants are.
func constantCase(v []byte) bool {
	return isUpper(v[0]) && allOf(v, func(c byte) bool { return isUpper(c) || isDigit(c) || c == '_' || c == '-' })
}

// metavariable reports whether v, which is in capitals, is a word for what it stands
// for: --password PASS.
func metavariable(v []byte) bool {
	var store [16]byte
	if len(v) > len(store) {
		return false
	}
	word := appendLower(store[:0], v)
	return lexicon()[string(word)]&(passwordWord|tokenWord) != 0 || string(word) == "key"
}

// hashTail reports whether v ends in a hash behind some words, as the keys of caches
// do: Linux-node-3f2a….
func hashTail(v []byte) bool {
	i := bytes.LastIndexAny(v, "-_:.=")
	return i > 0 && len(v)-i > 32 && allHex(v[i+1:])
}

// gateLogin is gate for the passwords of URLs and of Basic credentials.
func gateLogin(c *Candidate, v []byte) string {
	switch {
	case manualUsers.has(bytes.ToLower(c.syntax.user)) && manualPasswords.has(bytes.ToLower(v)):
		return "a login of manuals"
	case c.syntax.host != nil && documentationHost(c.syntax.host):
		return "a host of documentation"
	}
	return ""
}

// manualUsers and manualPasswords are the logins that manuals show.
var (
	manualUsers     = words(`user username usr guest login name myuser foo me`)
	manualPasswords = words(`password passwd pass pwd secret guest mypassword mypass bar passw0rd pw`)
)

// goesOn reports whether a template's expression follows what was read: Bearer eyJ${x}.
func goesOn(text []byte, end int) bool {
	return end+1 < len(text) && (text[end] == '$' || text[end] == '{') && text[end+1] == '{'
}

// templated reports whether v begins as a template, a variable or another reference.
func templated(v []byte, bare bool) bool {
	if last := v[len(v)-1]; len(v) > 2 && (v[0] == '%' || v[0] == '@') && last == v[0] {
		return true // %DB_PASSWORD%, @DB_PASSWORD@
	}
	switch v[0] {
	case '@', '#', '*', '&', '!', '?':
		return bare || !mixed(v)
	case '$', '%', '<', '{', '[', '(':
		return !mixed(v) || bare || bytes.IndexByte(v, '{') >= 0 || v[0] == '<' || allReference(v[1:])
	}
	return false
}

// encodedStandIn reports whether v is base64 of a stand-in, alone or behind a user's
// name and a colon.
func encodedStandIn(v []byte) bool {
	if len(v) < 4 || len(v) > maxBare {
		return false
	}
	plain, err := base64.RawStdEncoding.DecodeString(string(bytes.TrimRight(v, "=")))
	if err != nil || len(plain) == 0 || !allOf(plain, func(c byte) bool { return c >= ' ' && c < 0x7f }) {
		return false
	}
	if i := bytes.IndexByte(plain, ':'); i >= 0 {
		plain = plain[i+1:]
	}
	plain = bytes.TrimSpace(plain)
	return len(plain) < 3 || templated(plain, false) || isReference(plain) || standIn(plain) || hasFormat(plain) || bytes.ContainsAny(plain, "()")
}

// standIns are what people write where a secret belongs, so that each reader knows that
// none is there.
var standIns = parts(
	"example", "placeholder", "changeme", "change_me", "change-me", "changeit", "change-this", "change_this", "replaceme", "replace-me", "replace_me",
	"replacewith", "replace_with", "replace-with", "your_", "your-", "yourpass", "yourtoken", "yourkey", "yoursecret", "yourapi", "your.", "youraccess", "insert_", "insert-", "inserthere",
	"redacted", "xxxx", "***", "....", "____", "todo", "fixme", "not-a-real", "notareal", "not_a_real", "goes_here", "goes-here", "goeshere", "_here", "-here", "enter_", "enter-",
	"undefined", "notset", "not_set", "not-set", "lorem ipsum",
)

// nothings are values that say that there is none, or of which type it would be.
var nothings = words(`default inherit null none nil true false yes no on off empty string str text value unset n/a na tbd required optional hidden masked omitted unknown
	sha1 sha224 sha256 sha384 sha512 md5 bcrypt scrypt argon2 pbkdf2 hmac plain plaintext aes256 ed25519 object number boolean int float bytes any void self this undefined
	digest-md5 cram-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer ntlm gssapi
	undef function return var let const varchar text char uuid integer bool array list dict map tuple optional bearer basic`)

// standIn reports whether v says by itself that no secret is there.
func standIn(v []byte) bool {
	var store [maxValue]byte
	low := appendLower(store[:0], v[:min(len(v), maxValue)])
	return spelled(low, nothings, standIns) || monotonous(low) || sequence(low) || keyboardWalk(low)
}

// keyOf is where a character lies on the usual keyboard: neighbours of a row count up,
// rows lie apart. 0: on no row.
var keyOf = func() (at [256]int8) {
	for i, c := range " qwertyuiop asdfghjkl zxcvbnm 1234567890" {
		if c != ' ' {
			at[c] = int8(i)
		}
	}
	return at
}()

// keyboardWalk reports whether a value, in lower case, is made by walking along the rows
// of a keyboard: qwertyuiop, asdfgh123.
func keyboardWalk(v []byte) bool {
	walked, letters := 0, false
	for i := 0; i < len(v); {
		n := max(walk(v[i:], 1), walk(v[i:], -1))
		if n >= 3 {
			walked += n
			letters = letters || n >= 5 && is(v[i], letter)
		}
		i += n
	}
	return letters && walked*10 >= len(v)*8
}

// walk is how many characters v begins with that are neighbours on a row.
func walk(v []byte, step int8) int {
	n := 1
	for n < len(v) && keyOf[v[n-1]] != 0 && keyOf[v[n]] == keyOf[v[n-1]]+step && keyOf[v[n]] != 0 {
		n++
	}
	return n
}

// publicKey reports whether v is a public key or a certificate: SubjectPublicKeyInfo
// and Certificate in base64 (RFC 5280), OpenSSH's (RFC 4253), or a public NKEY.
func publicKey(v []byte) bool {
	for _, head := range []string{"MIGfMA0GCSqGSIb3DQEBAQUAA4GN", "MIIBIjANBgkqhkiG9w0BAQEFAAOC", "MIICIjANBgkqhkiG9w0BAQEFAAOC", "MFkwEwYHKoZIzj0CAQYI", "MHYwEAYHKoZIzj0CAQYF", "MCowBQYDK2Vw",
		"ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "AAAAB3NzaC1", "AAAAC3NzaC1", "AAAAE2VjZHNh", "-----BEGIN PUBLIC", "-----BEGIN CERT", "-----BEGIN RSA PUBLIC", "-----BEGIN SSH2 PUBLIC"} {
		if bytes.HasPrefix(v, []byte(head)) {
			return true
		}
	}
	return len(v) == 56 && bytes.IndexByte([]byte("ACNOUX"), v[0]) >= 0 && allOf(v, func(c byte) bool { return isUpper(c) || '2' <= c && c <= '7' })
}
