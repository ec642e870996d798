package verify_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

func init() { farms = append(farms, dockerHubFarm, registryFarm) }

func dockerHubFarm(t *testing.T) []farmed {
	var out []farmed
	p := provider(t, "docker-hub")
	for id, name := range map[string]string{"docker-hub-pat": "adalovelace", "docker-hub-organization-access-token": "acmecorp"} {
		out = append(out, farmed{
			cred: credentialOf(t, p, id, []string{"user"}), hosts: []string{"auth.docker.io"}, steps: 1, name: name,
			accept: replyJSON(t, 200, map[string]string{"token": registryJWT(t, "auth.docker.io", "c2c1")}),
			refuse: reply(401, "application/json", `{"details":"incorrect username or password"}`+"\n"),
		})
	}
	return out
}

func registryFarm(t *testing.T) []farmed {
	cred := dockerConfig(t, "ghcr.io")
	login := registryLogin(cred)
	server := tokenRegistry{login: login, realm: "https://ghcr.io/token"}
	refusing := tokenRegistry{login: "ci:another", realm: server.realm}
	return []farmed{{
		cred: cred, hosts: []string{"ghcr.io"}, steps: 4, name: "ci",
		accept: server.wrap(reply(200, "application/json", "{}")),
		refuse: refusing.wrap(reply(200, "application/json", "{}")),
	}}
}

// dockerConfig is the login of a registry, as a scan finds it in a configuration.
func dockerConfig(t *testing.T, host string) *verify.Credential {
	t.Helper()
	password, err := rules.Expand("${lower:5}${digit:4}${upper:5}", rand.New(rand.NewPCG(5, 6)))
	if err != nil {
		t.Fatal(err)
	}
	auth := base64.StdEncoding.EncodeToString([]byte("ci:" + password))
	return scanned(t, fmt.Sprintf(`{"auths": {"%s": {"auth": "%s"}}}`, host, auth), "docker-registry-config-auth")
}

// registryLogin is the user:password of a credential of dockerConfig.
func registryLogin(c *verify.Credential) string {
	text, err := base64.StdEncoding.DecodeString(c.Value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// registryJWT is a token that says who issued it and for whom.
func registryJWT(t *testing.T, issuer, subject string) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{Issuer: issuer, Subject: subject}).SignedString([]byte(t.Name()))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

const registryUnauthorized = `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}`

// passwordRegistry has a registry ask for a password itself.
func passwordRegistry(login string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
		if user, password, _ := r.BasicAuth(); user+":"+password != login {
			w.Header().Set("WWW-Authenticate", `Basic realm="Registry Realm"`)
			reply(401, "application/json", registryUnauthorized)(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// tokenRegistry has a registry send its clients to a server for a token.
type tokenRegistry struct {
	login     string
	realm     string
	everybody string // a token that is given to whoever has no password
	own       string // the token that is given for the login; "": "opaque"
	refusal   string // "": that of the specification
}

func (s tokenRegistry) wrap(h http.Handler) http.Handler {
	own, refusal := s.own, s.refusal
	if own == "" {
		own = "opaque"
	}
	if refusal == "" {
		refusal = registryUnauthorized
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
		user, password, has := r.BasicAuth()
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case r.URL.Path == "/token" && !has && s.everybody != "":
			reply(200, "application/json", fmt.Sprintf(`{"token": %q}`, s.everybody))(w, r)
		case r.URL.Path == "/token" && user+":"+password == s.login:
			reply(200, "application/json", fmt.Sprintf(`{"access_token": %q, "expires_in": 300}`, own))(w, r)
		case r.URL.Path == "/token":
			reply(401, "application/json", refusal)(w, r)
		case bearer == own || bearer != "" && bearer == s.everybody:
			h.ServeHTTP(w, r)
		default:
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="registry.acme.dev"`, s.realm))
			reply(401, "application/json", registryUnauthorized)(w, r)
		}
	})
}

// TestRegistry asks a real registry, that of go-containerregistry, behind a password
// and behind a server that gives tokens.
func TestRegistry(t *testing.T) {
	const host, realm = "registry.acme.dev", "https://registry.acme.dev/token"
	cred := dockerConfig(t, host)
	login := registryLogin(cred)
	real := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	open := func(h http.Handler) http.Handler { return h }
	password := func(login string) func(http.Handler) http.Handler {
		return func(h http.Handler) http.Handler { return passwordRegistry(login, h) }
	}
	tests := []struct {
		name    string
		guard   func(http.Handler) http.Handler
		stopped bool
		want    verify.State
		reason  string
	}{
		{name: "password, live", guard: password(login), want: verify.Live},
		{name: "password, rotated", guard: password("ci:another"), want: verify.Dead},
		{name: "password, stopped", guard: password(login), stopped: true, want: verify.Unknown},
		{name: "token, live", guard: tokenRegistry{login: login, realm: realm}.wrap, want: verify.Live},
		{name: "token, rotated", guard: tokenRegistry{login: "ci:another", realm: realm}.wrap, want: verify.Dead},
		{name: "token, stopped", guard: tokenRegistry{login: login, realm: realm}.wrap, stopped: true, want: verify.Unknown},
		{name: "everybody has a token, this one says whose it is", want: verify.Live,
			guard: tokenRegistry{login: login, realm: realm, everybody: registryJWT(t, host, ""), own: registryJWT(t, host, "ci")}.wrap},
		{name: "everybody has a token, this one does not say whose it is", want: verify.Unknown,
			guard: tokenRegistry{login: login, realm: realm, everybody: "anybody's"}.wrap},
		{name: "a token that lacks a scope may live", want: verify.Unknown,
			guard: tokenRegistry{login: "ci:another", realm: realm, refusal: `{"errors":[{"code":"UNAUTHORIZED","message":"HTTP Basic: Access denied. If a token was provided, it was improperly scoped."}]}`}.wrap},
		{name: "a refusal in other words", guard: tokenRegistry{login: "ci:another", realm: realm, refusal: `{"message": "no"}`}.wrap, want: verify.Unknown},
		{name: "a refusal for another reason", guard: tokenRegistry{login: "ci:another", realm: realm, refusal: `{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}`}.wrap, want: verify.Unknown},
		{name: "a realm in clear", guard: tokenRegistry{login: login, realm: "http://registry.acme.dev/token"}.wrap, want: verify.Unknown},
		{name: "open to all", guard: open, want: verify.Unknown, reason: "lets everybody in"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.guard(real))
			defer server.Close()
			if test.stopped {
				server.Close()
			}
			v := askNamed(t, cred, host, server.URL)
			if v.State != test.want || v.Reason == "" || !strings.Contains(v.Reason, test.reason) {
				t.Fatalf("%s (%s%s), want %s, with the reason %q", v.State, v.Reason, v.Evidence, test.want, test.reason)
			}
			if v.State == verify.Live && (v.Identity.Name != "ci" || v.Identity.Account != host) {
				t.Errorf("told %+v", v.Identity)
			}
		})
	}
}

// TestRegistryRealm: a registry that sends its clients to a host which is neither an
// issuer's nor configured does not get the password there.
func TestRegistryRealm(t *testing.T) {
	const host = "registry.acme.dev"
	cred := dockerConfig(t, host)
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") }))
	defer trap.Close()
	guard := tokenRegistry{login: registryLogin(cred), realm: "https://auth.attacker.dev/token"}
	server := httptest.NewServer(guard.wrap(http.NotFoundHandler()))
	defer server.Close()
	f := farmed{cred: cred}
	v := f.ask(t, http.NotFoundHandler(), func(o *verify.Options) {
		o.Hosts = []string{host}
		o.Endpoints[host] = []*url.URL{endpoint(t, server.URL)}
		o.Endpoints["auth.attacker.dev"] = []*url.URL{endpoint(t, trap.URL)}
	})
	if v.State != verify.Unverifiable || !strings.Contains(v.Reason, "auth.attacker.dev") {
		t.Errorf("%s (%s), want unverifiable, with the host named", v.State, v.Reason)
	}
}

// TestDockerHub holds the verdict to what Docker Hub gives for a login.
func TestDockerHub(t *testing.T) {
	pat := credentialOf(t, provider(t, "docker-hub"), "docker-hub-pat", []string{"user"})
	alone := *pat
	alone.Parts = nil
	config := dockerConfig(t, "https://index.docker.io/v1/")
	token := func(issuer, subject string) http.HandlerFunc {
		return replyJSON(t, 200, map[string]string{"token": registryJWT(t, issuer, subject)})
	}
	tests := []struct {
		name  string
		cred  *verify.Credential
		serve http.HandlerFunc
		want  verify.State
	}{
		{"live", pat, token("auth.docker.io", "c2c1"), verify.Live},
		{"live, of a configuration", config, token("auth.docker.io", "c2c1"), verify.Live},
		{"a token for nobody", pat, token("auth.docker.io", ""), verify.Unknown},
		{"a token of another", pat, token("auth.attacker.dev", "c2c1"), verify.Unknown},
		{"a token that is none", pat, reply(200, "application/json", `{"token": "opaque"}`), verify.Unknown},
		{"refused", pat, reply(401, "application/json", `{"details":"incorrect username or password"}`), verify.Dead},
		{"refused, of a configuration", config, reply(401, "application/json", `{"details":"incorrect username or password"}`), verify.Dead},
		{"refused in other words", pat, reply(401, "application/json", `{"details":"too many failed login attempts"}`), verify.Unknown},
		{"the user does not stand near", &alone, func(http.ResponseWriter, *http.Request) { t.Error("asked") }, verify.Unverifiable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := farmed{cred: test.cred, hosts: []string{"auth.docker.io"}}
			v := f.ask(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if user, password, _ := r.BasicAuth(); r.URL.Path != "/token" || user == "" || user != r.URL.Query().Get("account") || password == "" {
					t.Errorf("asked for %s, or without the login", r.URL.Path)
				}
				test.serve(w, r)
			}), nil)
			if v.State != test.want {
				t.Errorf("%s (%s), want %s", v.State, v.Reason, test.want)
			}
		})
	}
}

// TestDockerHubKind: a person's token is told from an organisation's.
func TestDockerHubKind(t *testing.T) {
	p := provider(t, "docker-hub")
	for id, want := range map[string]string{"docker-hub-pat": "person", "docker-hub-organization-access-token": "machine"} {
		f := farmed{cred: credentialOf(t, p, id, []string{"user"}), hosts: []string{"auth.docker.io"}}
		v := f.ask(t, replyJSON(t, 200, map[string]string{"token": registryJWT(t, "auth.docker.io", "c2c1")}), nil)
		if v.Identity.Kind != want {
			t.Errorf("%s: %q, want %q", id, v.Identity.Kind, want)
		}
	}
}

// TestDockerConfigAuth says what is no login of a configuration.
func TestDockerConfigAuth(t *testing.T) {
	whole := dockerConfig(t, "ghcr.io")
	for name, auth := range map[string]string{
		"no base64": "%%%", "no password": base64.StdEncoding.EncodeToString([]byte("ci:")), "no pair": base64.StdEncoding.EncodeToString([]byte("ci")),
	} {
		t.Run(name, func(t *testing.T) {
			c := *whole
			c.Value = auth
			f := farmed{cred: &c, hosts: []string{"ghcr.io"}}
			v := f.ask(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }), nil)
			if v.State != verify.Unverifiable {
				t.Errorf("%s (%s), want unverifiable", v.State, v.Reason)
			}
		})
	}
}
