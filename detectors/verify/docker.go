package verify

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// dockerHubToken is where Docker Hub exchanges a user name and a token for one that
// lives some minutes and that pulls nothing unless a scope is asked for.
const dockerHubToken = "https://auth.docker.io/token"

// verifyDockerHub asks for a token to Docker Hub's registry with an access token and
// the user, or for an organisation's token the organisation, that the part user
// names.
func verifyDockerHub(ctx context.Context, ask *Asker, c *Credential) Verdict {
	user := c.Part("user")
	if user == "" {
		return unverifiable((&errMissing{"user"}).Error())
	}
	token := strings.TrimSpace(c.Value)
	v := dockerHub(ctx, ask, dockerLogin{user, token})
	if v.State == Live && strings.HasPrefix(token, "dckr_oat_") {
		v.Identity.Kind = "machine" // no person's: the organisation's
	}
	return v
}

// dockerLogin is what a registry is asked with.
type dockerLogin struct{ user, password string }

// verifyRegistry asks a container registry with the user and password that the
// secret, the auth of a Docker configuration, is the base64 of. The registry is the
// part host.
// https://distribution.github.io/distribution/spec/auth/token/
func verifyRegistry(ctx context.Context, ask *Asker, c *Credential) Verdict {
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(c.Value))
	user, password, isPair := strings.Cut(string(text), ":")
	host := c.Part("host")
	switch {
	case err != nil || !isPair || user == "" || password == "":
		return unverifiable("it is not the base64 of user:password")
	case host == "":
		return unverifiable((&errMissing{"host"}).Error())
	}
	by := dockerLogin{user, strings.TrimRight(password, "\x00")}
	if slices.Contains([]string{"docker.io", "index.docker.io", "registry-1.docker.io"}, host) {
		return dockerHub(ctx, ask, by)
	}
	r := &registry{ask: ask, host: host, by: by}
	return r.verify(ctx)
}

func dockerHub(ctx context.Context, ask *Asker, by dockerLogin) Verdict {
	what := "GET " + dockerHubToken
	query := url.Values{"service": {"registry.docker.io"}, "account": {by.user}}
	answer, err := askRegistry(ctx, ask, dockerHubToken+"?"+query.Encode(), by.authorize, what)
	if err != nil {
		return ask.failed(err, what)
	}
	var body struct {
		Details string `json:"details"`
	}
	var v Verdict
	claims := registryClaims(registryToken(answer))
	switch {
	case answer.Status == http.StatusOK && claims.Issuer == "auth.docker.io" && claims.Subject != "":
		v = live("answered 200 with a token of auth.docker.io that has a subject")
		v.Identity.Name = by.user
	case answer.Status == http.StatusUnauthorized && json.Unmarshal(answer.Body, &body) == nil && body.Details == "incorrect username or password":
		v = dead(fmt.Sprintf("answered 401, details %q", body.Details))
	default:
		return neither(answer, what)
	}
	v.Endpoint = what
	return v
}

// registry is one container registry, asked for one login.
type registry struct {
	ask  *Asker
	host string
	by   dockerLogin
}

// verify follows the registry's own challenge: to a password, or to a server that
// gives tokens.
func (r *registry) verify(ctx context.Context) Verdict {
	base := "https://" + r.host + "/v2/"
	what := "GET " + base
	without, err := askRegistry(ctx, r.ask, base, anonymously, what)
	if err != nil {
		return r.ask.failed(err, what)
	}
	if isRegistry(without) {
		v := unknown("the registry lets everybody in: nothing tells whether the password works")
		v.Endpoint = what
		return v
	}
	if bearer, ok := challengeOf(without, "bearer"); ok {
		return r.byToken(ctx, bearer)
	}
	if _, ok := challengeOf(without, "basic"); !ok {
		return neither(without, what)
	}
	with, err := askRegistry(ctx, r.ask, base, r.by.authorize, what)
	if err != nil {
		return r.ask.failed(err, what)
	}
	switch {
	case isRegistry(with):
		return r.accepted("is let in where nobody is without the password", what)
	case refusedAgain(without, with) && refusesLogin(with):
		return registryRefusal(with, what)
	}
	return neither(with, what)
}

// byToken asks the server that gives tokens, first without the password. What it
// gives to everybody is no evidence, unless the token itself says whose it is.
func (r *registry) byToken(ctx context.Context, c challenge) Verdict {
	at, what, err := tokenURL(c, r.by.user)
	if err != nil {
		return unknown("the registry names no server that gives tokens: " + err.Error())
	}
	without, err := askRegistry(ctx, r.ask, at, anonymously, what)
	if err != nil {
		return r.ask.failed(err, what)
	}
	everybody := registryToken(without) != ""
	if !everybody && without.Status != http.StatusUnauthorized && without.Status != http.StatusForbidden {
		return neither(without, what)
	}
	with, err := askRegistry(ctx, r.ask, at, r.by.authorize, what)
	if err != nil {
		return r.ask.failed(err, what)
	}
	token := registryToken(with)
	switch {
	case token == "" && refusesLogin(with):
		return registryRefusal(with, what)
	case token == "":
		return neither(with, what)
	case everybody && registryClaims(token).Subject == "":
		v := unknown("the registry gives tokens to everybody, and this one does not say whose it is")
		v.Endpoint = what
		return v
	}
	return r.withToken(ctx, token)
}

// withToken shows the token to the registry.
func (r *registry) withToken(ctx context.Context, token string) Verdict {
	base := "https://" + r.host + "/v2/"
	what := "GET " + base
	answer, err := askRegistry(ctx, r.ask, base, func(req *http.Request) { req.Header.Set("Authorization", "Bearer "+token) }, what)
	if err != nil {
		return r.ask.failed(err, what)
	}
	if !isRegistry(answer) {
		return neither(answer, what)
	}
	return r.accepted("is given a token that the registry takes", what)
}

func (r *registry) accepted(evidence, what string) Verdict {
	v := live(evidence)
	v.Endpoint, v.Identity.Name, v.Identity.Account = what, r.by.user, r.host
	return v
}

func anonymously(*http.Request) {}

func (l dockerLogin) authorize(req *http.Request) { req.SetBasicAuth(l.user, l.password) }

func askRegistry(ctx context.Context, ask *Asker, at string, authorize func(*http.Request), what string) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, cleaned(err)
	}
	authorize(req)
	return ask.Do(req, what)
}

// tokenURL is where the challenge of a registry sends for a token. Whether that
// host may be asked, the Asker decides.
func tokenURL(c challenge, user string) (at, what string, err error) {
	realm, err := url.Parse(c.params["realm"])
	if err != nil || realm.Scheme != "https" || realm.Host == "" || realm.User != nil {
		return "", "", errors.New("its realm is no https address")
	}
	query := realm.Query()
	query.Set("account", user)
	for _, name := range []string{"service", "scope"} {
		if c.params[name] != "" {
			query.Set(name, c.params[name])
		}
	}
	realm.RawQuery, realm.Fragment = query.Encode(), ""
	return realm.String(), "GET https://" + realm.Host + realm.EscapedPath(), nil
}

// isRegistry reports whether an answer is a registry's welcome.
// https://distribution.github.io/distribution/spec/api/#api-version-check
func isRegistry(a *Answer) bool {
	return a.Status == http.StatusOK && strings.HasPrefix(a.Header.Get("Docker-Distribution-Api-Version"), "registry/2")
}

// registryToken is the token that an answer gives, or "".
func registryToken(a *Answer) string {
	var body struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}
	if a.Status != http.StatusOK || json.Unmarshal(a.Body, &body) != nil {
		return ""
	}
	if body.Token == "" {
		return body.AccessToken
	}
	return body.Token
}

// registryClaims reads what a token says of itself, if it is a JSON Web Token. Its
// subject is empty if nobody logged in; it came over TLS from its issuer, so that
// the signature is not checked.
// https://distribution.github.io/distribution/spec/auth/jwt/
func registryClaims(token string) jwt.RegisteredClaims {
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
		return jwt.RegisteredClaims{}
	}
	return claims
}

// refusesLogin reports whether an answer refuses the login as the specification
// words it: 401 with the error UNAUTHORIZED.
// https://distribution.github.io/distribution/spec/api/#errors-2
func refusesLogin(a *Answer) bool {
	var body struct {
		Errors []struct {
			Code string `json:"code"`
		} `json:"errors"`
	}
	return a.Status == http.StatusUnauthorized && json.Unmarshal(a.Body, &body) == nil &&
		len(body.Errors) > 0 && body.Errors[0].Code == "UNAUTHORIZED"
}

// registryRefusal is the verdict of an answer that refuses the login.
func registryRefusal(a *Answer, what string) Verdict {
	v := dead("answered 401 with the error UNAUTHORIZED")
	if wantsAnotherKind(a) {
		v = unknown("refused; the server says that another kind of credential, or another scope, may be wanted")
	}
	v.Endpoint = what
	return v
}
