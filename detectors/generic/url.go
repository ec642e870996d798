package generic

import (
	"bytes"

	"github.com/leakguard/leakguard/detectors/rules"
)

// textbook are passwords of URLs in documentation.
var textbook = words(`pass password passwd pwd secret pw user username admin root test guest foo bar token mypass mypassword example changeme postgres
	mysql redis mongo rabbitmq guest1 123 1234 12345 123456 x xx xxx xxxx x-oauth-basic opensesame sesame key p ps pswd userpass hunter2 s3cret local dev hello`)

// url reads scheme://user:password@host (RFC 3986, section 3.2.1) behind a "://"
// that ends at end.
func (s *Scanner) url(end int) (Candidate, bool) {
	text := s.text
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
	if !plausibleUserinfo(user, v) || at+1 >= len(text) || !is(text[at+1], letter|digit) && text[at+1] != '[' {
		return Candidate{}, false
	}
	conf := rules.Likely
	low := bytes.ToLower(v)
	switch {
	case textbook.has(low) || bytes.Equal(low, bytes.ToLower(user)):
		conf = rules.Doubtful
	case documentationHost(text[at+1:]) || len(stripWeak(v)) < 3:
		conf = rules.Doubtful
	case len(v) < 6 || !mixed(v) && (wordShare(v) > 0.4 || bytes.ContainsAny(v, "_-.:/")), isHash(v):
		conf = rules.Doubtful
	}
	return Candidate{Start: colon + 1, End: at, WholeStart: start, WholeEnd: at, Name: user, Confidence: conf}, true
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
	if notLiteral(v, false) || Placeholder(v) || judgeToken(strongName, v) < rules.Likely {
		return Candidate{}, false
	}
	return Candidate{Start: end, End: at, WholeStart: start, WholeEnd: at, Confidence: rules.Likely}, true
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
	return !Placeholder(v) && !hasFormat(v) && !isReference(v) && !bytes.Contains(v, []byte("%s"))
}

// documentationHost reports whether the host is one of RFC 2606's reserved
// names, or stands for any host.
func documentationHost(host []byte) bool {
	host = bytes.ToLower(host[:min(len(host), 64)])
	if i := bytes.IndexAny(host, "/:?#\"' \t\r\n`)<,;"); i >= 0 {
		host = host[:i]
	}
	for _, h := range []string{"example.com", "example.org", "example.net", "example", "host", "hostname", "domain.com", "server", "foo.com", "bar.com", "test.com", "url", "yourhost", "your-host", "somehost", "site.com", "proxy.com", "proxy", "foo", "bar", "test"} {
		if string(host) == h || bytes.HasSuffix(host, []byte("."+h)) {
			return true
		}
	}
	return false
}
