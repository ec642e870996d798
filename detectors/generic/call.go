package generic

import "bytes"

// maxArguments bounds how many arguments of a call are read, and maxCall how long they
// are in bytes.
const (
	maxArguments = 6
	maxCall      = 1024
)

// passwordAt is which of its arguments a well-known function takes as a password,
// counted from 0; -1: none, or it is no such function. receiver is what the method is
// called on, count how many arguments there are. Both names are in lower case.
func passwordAt(function, receiver []byte, count int) int {
	switch string(function) {
	case "networkcredential", "passwordauthentication", "usernamepasswordcredentials", "passwordcredentials", "httpbasicauth", "basicauth", "basic_auth", "setbasicauth",
		"withbasicauth", "httpdigestauth", "digestauth", "simple_bind", "simple_bind_s", "plaincredentials", "userpassword", "basic":
		return 1
	case "mysql_connect", "mysqli", "mysqli_connect", "pdo", "getconnection", "plainauth", "ldap_bind", "imap_open", "ssh2_auth_password", "ftp_login":
		return 2
	case "mysql_real_connect":
		return 3
	case "credentials": // sbt: realm, host, user, password
		return only(count == 4, 3)
	case "auth", "": // auth("password") of Redis, auth("user", "password"), auth=("user", "password")
		return only(count == 2 || count == 1 && containsAny(receiver, "redis", "client", "conn", "jedis"), count-1)
	case "login":
		return only(containsAny(receiver, "smtp", "imap", "ftp", "pop3", "mail", "server"), 1)
	case "connect":
		switch {
		case containsAny(receiver, "oracle"):
			return 1
		case containsAny(receiver, "mysql", "mariadb", "dbi", "db"), count >= 3 && containsAny(receiver, "ssh", "client", "ftp"):
			return 2
		}
	}
	return -1
}

// only is n if that is so, and else -1.
func only(is bool, n int) int {
	if is {
		return n
	}
	return -1
}

// call reads the password among the arguments of a well-known function, whose
// parenthesis ends at end.
func (s *Scanner) call(end int) (Candidate, bool) {
	text := s.text
	function := bytes.ToLower(text[nameStart(text, end-1) : end-1])
	var receiver []byte
	if i := bytes.LastIndexByte(function, '.'); i >= 0 {
		receiver, function = function[:i], function[i+1:]
	} else if before := text[:end-1-len(function)]; bytes.HasSuffix(before, []byte("->")) || bytes.HasSuffix(before, []byte("::")) {
		before = before[:len(before)-2]
		receiver = bytes.ToLower(before[nameStart(before, len(before)):])
	}
	var store [maxArguments]argumentOf
	all, ok := arguments(text, end, store[:0])
	if !ok {
		return Candidate{}, false
	}
	n := passwordAt(function, receiver, len(all))
	if n < 0 || n >= len(all) || all[n].quote == 0 || n > 0 && all[n-1].start == all[n-1].end {
		return Candidate{}, false
	}
	c := Candidate{Start: all[n].start, End: all[n].end, WholeStart: end - 1 - len(function), WholeEnd: all[n].end, Name: []byte("password")}
	// The function says as much of its parameter as a name does of a variable.
	c.syntax = syntax{kind: assigned, operator: equals, quote: all[n].quote}
	return c, true
}

// argumentOf is one argument of a call: a string literal without its quotes, or
// anything else, with quote 0.
type argumentOf struct {
	start, end int
	quote      byte
}

// arguments appends the arguments that begin at i to all; ok is false if they do not
// end with a parenthesis, or are too many or too long.
func arguments(text []byte, i int, all []argumentOf) (_ []argumentOf, ok bool) {
	stop := min(len(text), i+maxCall)
	for len(all) < maxArguments {
		start := skipWhite(text, i, stop)
		end := argumentEnd(text, start, stop)
		if end < 0 {
			return nil, false
		}
		all = append(all, literal(text, start, end))
		if text[end] == ')' {
			return all, true
		}
		i = end + 1
	}
	return all, true // as many as any of the functions needs
}

func skipWhite(text []byte, i, stop int) int {
	for i < stop && (is(text[i], blank) || text[i] == '\n' || text[i] == '\r') {
		i++
	}
	return i
}

// argumentEnd is where the argument that begins at i ends: at the comma or parenthesis
// behind it; -1: nowhere near.
func argumentEnd(text []byte, i, stop int) int {
	depth := 0
	var open byte
	for ; i < stop; i++ {
		c := text[i]
		switch {
		case open != 0:
			if c == '\\' {
				i++
			} else if c == open {
				open = 0
			}
		case is(c, quote):
			open = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case depth == 0 && (c == ',' || c == ')'):
			return i
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == ';':
			return -1
		}
	}
	return -1
}

// literal is the argument text[start:end]: a string literal alone, or one that is
// converted, as in Some("x") and "x".toCharArray().
func literal(text []byte, start, end int) argumentOf {
	v := bytes.TrimRight(text[start:end], " \t\r\n")
	if inner, ok := bytes.CutPrefix(v, []byte("Some(")); ok {
		v = bytes.TrimSuffix(inner, []byte(")"))
		start += len("Some(")
	}
	v = bytes.TrimSuffix(v, []byte(".toCharArray()"))
	n := len(v)
	if n < 2 || !is(v[0], quote) || v[n-1] != v[0] || bytes.IndexByte(v[1:n-1], v[0]) >= 0 {
		return argumentOf{start: start, end: end}
	}
	return argumentOf{start: start + 1, end: start + n - 1, quote: v[0]}
}
