package verify

import (
	"fmt"
	"net/http"
	"strings"
)

// challenge is one of the ways in which a server asks for credentials in its
// WWW-Authenticate headers (RFC 9110, section 11.6.1).
type challenge struct {
	scheme string            // lower case: "basic", "bearer"
	params map[string]string // by name, in lower case
}

// challenges reads the WWW-Authenticate headers of an answer. What is none of the
// grammar ends the reading of its header.
func challenges(h http.Header) []challenge {
	var all []challenge
	for _, rest := range h.Values("WWW-Authenticate") {
		first := len(all)
		for {
			rest = strings.TrimLeft(rest, " \t,")
			name := rest[:indexOrLen(rest, " \t,=\"")]
			if name == "" {
				break
			}
			rest = strings.TrimLeft(rest[len(name):], " \t")
			value, isParam := strings.CutPrefix(rest, "=")
			switch {
			case !isParam:
				all = append(all, challenge{strings.ToLower(name), map[string]string{}})
				continue
			case len(all) == first: // a parameter of no scheme
				rest = ""
				continue
			}
			value, rest = parameterValue(strings.TrimLeft(value, " \t"))
			all[len(all)-1].params[strings.ToLower(name)] = value
		}
	}
	return all
}

// parameterValue splits a token or quoted string off the beginning of s.
func parameterValue(s string) (value, rest string) {
	quoted, isQuoted := strings.CutPrefix(s, `"`)
	if !isQuoted {
		end := indexOrLen(s, " \t,")
		return s[:end], s[end:]
	}
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		switch c := quoted[i]; {
		case c == '"':
			return b.String(), quoted[i+1:]
		case c == '\\' && i+1 < len(quoted):
			i++
			b.WriteByte(quoted[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// challengeOf returns the challenge of a scheme that came with status 401.
func challengeOf(a *Answer, scheme string) (challenge, bool) {
	if a.Status != http.StatusUnauthorized {
		return challenge{}, false
	}
	for _, c := range challenges(a.Header) {
		if c.scheme == scheme {
			return c, true
		}
	}
	return challenge{}, false
}

// refusedAgain reports whether a server that asked for a password answers with the
// same demand once it has one. Of a request with credentials 401 says that they are
// refused (RFC 9110, section 15.5.2); the realm (RFC 7617, section 2) says that it
// is the same server, not one before it, that does. A server that also offers other
// schemes may want one of those.
func refusedAgain(without, with *Answer) bool {
	asked, ok := challengeOf(without, "basic")
	again, still := challengeOf(with, "basic")
	return ok && still && len(challenges(with.Header)) == 1 && asked.params["realm"] != "" &&
		asked.params["realm"] == again.params["realm"]
}

// wantsAnotherKind reports whether a refusal speaks of tokens, scopes or a second
// factor: then a password may be right that is no good for this, and a token may
// live that lacks a scope.
func wantsAnotherKind(a *Answer) bool {
	body := strings.ToLower(string(a.Body))
	for _, word := range []string{"token", "scope", "not supported", "two-factor", "2fa", "otp"} {
		if strings.Contains(body, word) {
			return true
		}
	}
	return false
}

// neither is the verdict of an answer that is neither the issuer's yes nor its no.
func neither(a *Answer, what string) Verdict {
	v := unknown(inconclusive(a))
	if v.Reason == "" {
		v.Reason = fmt.Sprintf("the answer, %d %s, is neither the issuer's yes nor its no", a.Status, http.StatusText(a.Status))
	}
	v.Endpoint = what
	return v
}
