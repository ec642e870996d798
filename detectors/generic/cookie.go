package generic

import "bytes"

// minSession is how long the value of a session's cookie is at least, in bytes: 64 bits
// in hex (OWASP, Session Management Cheat Sheet, "Session ID Entropy").
const minSession = 16

// cookie reads the cookie of a session (RFC 6265): in a header of which the name ends
// at end, or under a name of which what tells it ends at end.
func (s *Scanner) cookie(end int) (Candidate, bool) {
	text := s.text
	if !hasFoldSuffix(text[:end], "cookie") {
		return s.namedCookie(end)
	}
	i, ok := headerValue(text, end)
	if !ok {
		return Candidate{}, false
	}
	for stop := min(len(text), i+maxCommand); i < stop; {
		i = skipBlanks(text, i)
		equal := nameEnd(text, i)
		if equal >= stop || text[equal] != '=' {
			return Candidate{}, false
		}
		value := equal + 1
		to := cookieEnd(text, value)
		if c, ok := session(text, i, equal, value, to); ok {
			return c, true
		}
		if to >= stop || text[to] != ';' {
			return Candidate{}, false
		}
		i = to + 1
	}
	return Candidate{}, false
}

// headerValue is where the value begins of a header whose name ends at end: in a
// message, a program, an option of curl, or a recording: "name": "Cookie", "value": "…".
func headerValue(text []byte, end int) (int, bool) {
	if end >= len(text) {
		return 0, false
	}
	if is(text[end], quote) {
		if i, ok := pairValue(text, &name{after: end + 1, quoted: true}); ok {
			return skipQuote(text, skipBlanks(text, i)), true
		}
	}
	i := skipBlanks(text, skipQuote(text, end))
	if i >= len(text) || text[i] != ':' && text[i] != ',' && (i == end || text[max(0, end-len("--cookie"))] != '-') {
		return 0, false
	}
	if text[i] == ':' || text[i] == ',' {
		i++
	}
	return skipQuote(text, skipBlanks(text, i)), true
}

// skipQuote is behind the quote at i, which may be escaped, if there is one.
func skipQuote(text []byte, i int) int {
	if i+1 < len(text) && text[i] == '\\' && is(text[i+1], quote) {
		return i + 2
	}
	if i < len(text) && is(text[i], quote) {
		return i + 1
	}
	return i
}

// cookieEnd is where the value of a cookie ends that begins at i.
func cookieEnd(text []byte, i int) int {
	for stop := min(len(text), i+maxValue); i < stop; i++ {
		if c := text[i]; c <= ' ' || c == ';' || c == ',' || c == '\\' || is(c, quote) {
			break
		}
	}
	return i
}

// namedCookie reads NAME=VALUE, or "name": "NAME", "value": "VALUE" of a recording,
// where what tells that NAME is that of a session ends at end.
func (s *Scanner) namedCookie(end int) (Candidate, bool) {
	text := s.text
	from, to := nameStart(text, end), nameEnd(text, end)
	if to >= len(text) {
		return Candidate{}, false
	}
	at := to + 1
	switch {
	case text[to] == '=':
	case is(text[to], quote):
		i, ok := pairValue(text, &name{after: to + 1, quoted: true})
		if !ok {
			return Candidate{}, false
		}
		at = skipQuote(text, skipBlanks(text, i))
	default:
		return Candidate{}, false
	}
	return session(text, from, to, at, cookieEnd(text, at))
}

// session is the candidate of a cookie, if name and value are those of a session.
func session(text []byte, name, nameEnd, value, end int) (Candidate, bool) {
	v := text[value:end]
	if !sessionName(text[name:nameEnd]) || len(v) < minSession || !hasDigit(v) || !mixed(v) || bytes.ContainsAny(v, "$<>{}()[]*") {
		return Candidate{}, false
	}
	return Candidate{Start: value, End: end, WholeStart: name, WholeEnd: end, syntax: syntax{kind: bearer}}, true
}

// sessionName reports whether a cookie of that name keeps somebody logged in.
func sessionName(name []byte) bool {
	name = bytes.ToLower(name)
	if containsAny(name, "csrf", "xsrf", "expire") {
		return false
	}
	return containsAny(name, "sess", "token", "auth", "jwt", "remember") || bytes.HasSuffix(name, []byte("sid"))
}
