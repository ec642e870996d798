package verify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// verifyJWT checks the signature of a token with its issuer's public keys. The
// token is sent to nobody: the key set that the configuration gives for its iss is
// fetched (RFC 7517), and the rest is arithmetic.
func verifyJWT(ctx context.Context, ask *Asker, c *Credential) Verdict {
	t, ok := parseJWT(jwtIn(strings.TrimSpace(c.Value)))
	if !ok {
		return unverifiable("it cannot be read as a signed token")
	}
	alg := strings.ToUpper(t.alg)
	switch {
	case alg == "NONE":
		return t.told(unverifiable("its header says alg none: nobody signed it, and who accepts it accepts any"))
	case strings.HasPrefix(alg, "HS"):
		return t.told(unverifiable("it is signed with a key that only its issuer has (" + shown(t.alg) + ")"))
	case methodOf(t.alg) == nil:
		return t.told(unverifiable("it is signed in a way that is not known here (" + shown(t.alg) + ")"))
	case t.issuer() == "":
		return t.told(unverifiable("it names no issuer (iss) whose key set could be asked for"))
	}
	address := ask.engine.opts.JWKS[t.issuer()]
	if address == "" {
		return t.told(unverifiable("no key set is configured for the issuer " + shown(t.issuer()) + " (verify.jwks)"))
	}
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "https" || at.Host == "" {
		return t.told(unverifiable("verify.jwks: want addresses that begin with https://"))
	}
	what := "GET " + address
	set, err := fetchKeySet(ctx, ask.at(at.Hostname()), at, what)
	if err != nil {
		return ask.failed(err, what)
	}
	v := t.told(t.judge(set, ask.engine.now()))
	v.Endpoint = what
	return v
}

// at asks at a host that the configuration names for this credential, and at no
// other.
func (a *Asker) at(host string) *Asker {
	one := *a
	one.hosts, one.named = []string{host}, false
	return &one
}

func fetchKeySet(ctx context.Context, ask *Asker, at *url.URL, what string) (keySet, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	answer, err := ask.Do(req, what)
	switch {
	case err != nil:
		return nil, err
	case inconclusive(answer) != "":
		return nil, errors.New(inconclusive(answer))
	case answer.Status != http.StatusOK:
		return nil, fmt.Errorf("the key set's server answers %d %s", answer.Status, http.StatusText(answer.Status))
	}
	return readKeySet(answer.Body)
}

// jwtItself is what a token says of itself. It is dead when its time is over, with
// a minute for clocks that differ; what it claims to be is nobody's word yet.
func (e *Engine) jwtItself(token string) (Verdict, bool) {
	t, ok := parseJWT(token)
	if !ok {
		return Verdict{}, false
	}
	v := t.told(Verdict{})
	if v.Expires.IsZero() || e.now().Before(v.Expires.Add(clockLeeway)) {
		return v, false
	}
	v.State, v.Reason = Dead, "its time is over: it says so itself"
	v.Evidence = "exp " + v.Expires.Format(time.RFC3339)
	return v, true
}

// clockLeeway is how much the clocks of an issuer and of who checks may differ.
const clockLeeway = time.Minute

// jwtIn returns the signed token in compact form (RFC 7515, section 7.1) that a
// value is, or that stands in it behind a prefix of its issuer, or "".
func jwtIn(value string) string {
	if strings.Count(value, ".") != 2 {
		return ""
	}
	start := strings.Index(value, "eyJ")
	if start < 0 || start > 0 && value[start-1] != '_' && value[start-1] != '-' {
		return ""
	}
	if _, ok := parseJWT(value[start:]); !ok {
		return ""
	}
	return value[start:]
}

// signedToken is a token in compact form, taken apart.
type signedToken struct {
	signed    string // what the signature is of
	signature []byte
	alg, kid  string
	claims    map[string]any // as of decodeJSON
}

func parseJWT(token string) (*signedToken, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, false
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return nil, false
		}
	}
	header, _ := decodeJSON(decoded[0]).(map[string]any)
	claims, _ := decodeJSON(decoded[1]).(map[string]any)
	alg, _ := header["alg"].(string)
	if alg == "" || claims == nil {
		return nil, false
	}
	kid, _ := header["kid"].(string)
	return &signedToken{parts[0] + "." + parts[1], decoded[2], alg, kid, claims}, true
}

// judge looks for the key that signed the token, whose alg is known.
func (t *signedToken) judge(set keySet, now time.Time) Verdict {
	method := methodOf(t.alg)
	keys := set.candidates(t.alg, t.kid)
	for _, key := range keys {
		if method.Verify(t.signed, t.signature, key) == nil {
			return t.signedVerdict(now)
		}
	}
	switch {
	case t.kid != "" && len(keys) > 0:
		return Verdict{
			State: Dead, Reason: "it is no secret: its issuer did not sign it",
			Evidence: "the signature is not of the key " + shown(t.kid) + " of its issuer's key set",
		}
	case t.kid != "":
		return unknown("its issuer's key set has no key " + shown(t.kid) + " for " + t.alg + ": keys are replaced in time")
	}
	return unknown("no key of its issuer's key set signed it: keys are replaced in time")
}

func (t *signedToken) signedVerdict(now time.Time) Verdict {
	if from := t.time("nbf"); now.Add(clockLeeway).Before(from) {
		return unknown("signed by its issuer, and not valid before " + from.Format(time.RFC3339))
	}
	end := "not expired"
	if t.time("exp").IsZero() {
		end = "without an end (exp)"
	}
	return Verdict{
		State: Live, Reason: "signed by its issuer and " + end + "; whether it was revoked, no key set tells",
		Evidence: "the signature is of a key of its issuer's key set (" + t.alg + ")",
	}
}

// methodOf is the signature method of an alg (RFC 7518, section 3.1; RFC 8037)
// whose keys are public, or nil.
func methodOf(alg string) jwt.SigningMethod {
	switch alg {
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA":
		return jwt.GetSigningMethod(alg)
	}
	return nil
}
