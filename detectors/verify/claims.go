package verify

import (
	"strings"
	"time"
)

// told adds what a token's claims say to a verdict (RFC 7519, section 4.1; OAuth's
// are of RFC 9068). They are the token's own words, and are bounded.
func (t *signedToken) told(v Verdict) Verdict {
	v.Expires = t.time("exp")
	if v.Created = t.time("iat"); v.Created.IsZero() {
		v.Created = t.time("nbf")
	}
	v.Identity = Identity{
		ID:      t.first("sub", "client_id", "azp", "appid"),
		Name:    t.first("email", "preferred_username", "upn"),
		Kind:    t.kind(),
		Account: t.first("iss"),
	}
	for _, name := range []string{"scope", "scp", "scopes", "roles", "permissions"} {
		for _, scope := range asList(t.claims[name]) {
			if len(v.Scopes) < mostScopes {
				v.Scopes = append(v.Scopes, shown(scope))
			}
		}
	}
	return v
}

// mostScopes bounds the scopes of a token that are told.
const mostScopes = 64

func (t *signedToken) issuer() string {
	issuer, _ := t.claims["iss"].(string)
	return issuer
}

// first is the first of some claims that the token has.
func (t *signedToken) first(names ...string) string {
	for _, name := range names {
		if text := shown(asText(t.claims[name])); text != "" {
			return text
		}
	}
	return ""
}

// kind is whose identity the token carries, where its claims say so outright:
// idtyp of Microsoft Entra, gty of Auth0, sub of Kubernetes.
func (t *signedToken) kind() string {
	idtyp, _ := t.claims["idtyp"].(string)
	subject, _ := t.claims["sub"].(string)
	switch {
	case idtyp == "user":
		return "person"
	case idtyp == "app", t.claims["gty"] == "client-credentials", strings.HasPrefix(subject, "system:serviceaccount:"):
		return "machine"
	}
	return ""
}

// latest is the end of the year 9999 in seconds since 1970: JSON has no later time.
const latest = 253402300799

// time is a NumericDate, in seconds since 1970; the zero time if there is none that
// a calendar has.
func (t *signedToken) time(name string) time.Time {
	var seconds float64
	switch v := t.claims[name].(type) {
	case int:
		seconds = float64(v)
	case float64:
		seconds = v
	}
	if seconds < 1 || seconds > latest {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
