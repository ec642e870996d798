package generic

import (
	"bytes"
	"strings"
)

// url reads scheme://user:password@host (RFC 3986, section 3.2.1) behind a "://"
// that ends at end.
func (s *Scanner) url(end int) (Candidate, bool) {
	text := s.text
	if text[end-1] == '(' {
		return s.sqlDSN(end - len("@tcp("))
	}
	start := end - len("://")
	for start > 0 && end-start < 24 && (is(text[start-1], letter|digit) || text[start-1] == '+' || text[start-1] == '.' || text[start-1] == '-') {
		start--
	}
	if end-start <= len("://")+1 || !is(text[start], letter) {
		return Candidate{}, false
	}
	colon, at := -1, -1
	for i, stop := end, min(len(text), end+maxValue); i < stop; i++ {
		c := text[i]
		switch {
		case c == ':' && colon < 0:
			colon = i
		case c == '@':
			at = i // the last one counts: passwords may hold another
		case c == '/' && at < 0 && colon > 0 && i-colon < 64 && !allDigits(text[colon+1:i]) && base64Slash(text, i):
			continue
		}
		if is(c, blank|quote) || c == '/' || c == '?' || c == '#' || c <= ' ' || c == '<' || c == '>' || c == '\\' || c == ')' && at < 0 || c == ',' && at >= 0 {
			break
		}
	}
	if at < 0 || colon < 0 || colon >= at {
		return s.tokenURL(start, end, at, colon)
	}
	user, v := text[end:colon], text[colon+1:at]
	if !plausibleUserinfo(user, v) || at+1 >= len(text) || !is(text[at+1], letter|digit) && bytes.IndexByte([]byte("[%${"), text[at+1]) < 0 {
		return Candidate{}, false
	}
	c := Candidate{Start: colon + 1, End: at, WholeStart: start, WholeEnd: at, Name: user}
	c.syntax = syntax{kind: inURL, user: user, host: hostOf(text[at+1:])}
	return c, true
}

// sqlDSN reads user:password@tcp(host), as Go's driver of MySQL has it, from its at
// sign back.
func (s *Scanner) sqlDSN(at int) (Candidate, bool) {
	text := s.text
	start := at
	for start > 0 && at-start < maxName && !is(text[start-1], blank|quote) && text[start-1] > ' ' {
		start--
	}
	user, v, ok := bytes.Cut(text[start:at], []byte{':'})
	if !ok || len(user) == 0 || !plausibleUserinfo(user, v) {
		return Candidate{}, false
	}
	c := Candidate{Start: at - len(v), End: at, WholeStart: start, WholeEnd: at, Name: user}
	c.syntax = syntax{kind: inURL, user: user, host: hostOf(text[at+len("@tcp("):])}
	return c, true
}

// base64Slash: a slash within a password that was not percent-encoded; such
// URLs are taken only when the rest of the userinfo follows soon.
func base64Slash(text []byte, i int) bool {
	for j, stop := i, min(len(text), i+48); j < stop; j++ {
		if text[j] == '@' {
			return true
		}
		if !is(text[j], letter|digit) && text[j] != '+' && text[j] != '/' && text[j] != '=' {
			return false
		}
	}
	return false
}

// tokenURL reads scheme://token@host: a long random user without a password.
func (s *Scanner) tokenURL(start, end, at, colon int) (Candidate, bool) {
	if at < 0 || colon >= 0 && colon < at || at-end < 20 {
		return Candidate{}, false
	}
	v := s.text[end:at]
	if wordShare(v) > 0.45 || !mixed(v) || !tokenAlphabet(v) {
		return Candidate{}, false
	}
	return Candidate{Start: end, End: at, WholeStart: start, WholeEnd: at, syntax: syntax{kind: inURL, host: hostOf(s.text[at+1:])}}, true
}

func plausibleUserinfo(user, v []byte) bool {
	if len(v) < 3 || len(user) > 128 || len(v) > 256 {
		return false
	}
	if bytes.ContainsAny(v, "<>${}()*|\"'`") && (notLiteral(v, true) || bytes.ContainsAny(v, "<>{}(")) {
		return false
	}
	if bytes.ContainsAny(user, "<>{}()*|%$[\"'`") || bytes.HasPrefix(v, []byte("[")) {
		return false
	}
	return true
}

// hostOf is the host at the beginning of what stands behind a URL's at sign.
func hostOf(text []byte) []byte {
	text = text[:min(len(text), 64)]
	if i := bytes.IndexAny(text, "/:?#\"' \t\r\n`)<,;"); i >= 0 {
		text = text[:i]
	}
	return text
}

// documentationHosts are RFC 2606's reserved names, and others that stand for any host.
var documentationHosts = []string{"example.com", "example.org", "example.net", "example", "host", "hostname", "domain.com", "server", "foo.com", "bar.com", "test.com",
	"url", "yourhost", "your-host", "somehost", "site.com", "proxy.com", "proxy", "foo", "bar", "test"}

// documentationHost reports whether a host is one of documentationHosts.
func documentationHost(host []byte) bool {
	host = bytes.ToLower(host)
	for _, h := range documentationHosts {
		if string(host) == h || strings.HasPrefix(h, "example") && bytes.HasSuffix(host, []byte("."+h)) {
			return true
		}
	}
	return false
}

// weighURL says what the URL round a password tells of it.
func weighURL(x *[evidenceCount]float32, c *Candidate, v []byte) {
	host := c.syntax.host
	x[urlLocal] = flag(string(host) == "localhost" || bytes.HasPrefix(host, []byte("127.")) || bytes.HasPrefix(host, []byte("0.0.0.0")) || bytes.HasPrefix(host, []byte("%")) || bytes.HasPrefix(host, []byte("$")))
	x[urlUserIsValue] = flag(len(c.syntax.user) > 0 && bytes.EqualFold(c.syntax.user, v))
}
