package verify_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

func init() { farms = append(farms, githubFarm) }

const badCredentials = `{"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}`

// githubFarm is every token of GitHub's that a verifier in Go asks about.
func githubFarm(t *testing.T) []farmed {
	var out []farmed
	p := provider(t, "github")
	for _, id := range p.Verification("github-pat").Rules {
		f := farmed{
			cred: credentialOf(t, p, id, nil), hosts: []string{"api.github.com"}, steps: 1,
			refuse: reply(401, "application/json; charset=utf-8", badCredentials),
			accept: reply(200, "application/json; charset=utf-8", `{"login": "ada", "id": 42, "type": "User", "site_admin": false}`),
			name:   "ada", id: "42",
		}
		if strings.HasPrefix(f.cred.Value, "ghs_") {
			f.accept = reply(200, "application/json; charset=utf-8", `{"total_count": 1, "repositories": [{"id": 7, "full_name": "acme/app", "owner": {"login": "acme"}}]}`)
			f.name, f.id = "", ""
		}
		out = append(out, f)
	}
	return append(out, farmed{
		cred: githubAppKey(t), hosts: []string{"api.github.com"}, steps: 1,
		accept: reply(200, "application/json", `{"id": 123456, "slug": "octoapp", "owner": {"login": "acme"}, "permissions": {"contents": "write"}}`),
		refuse: reply(401, "application/json", `{"message": "A JSON web token could not be decoded", "documentation_url": "https://docs.github.com/rest", "status": "401"}`),
		name:   "octoapp", id: "123456", access: "write",
	})
}

// provider is one of the embedded providers, with its examples.
func provider(t *testing.T, id string) *rules.Provider {
	t.Helper()
	all := allProviders(t)
	i := slices.IndexFunc(all, func(p *rules.Provider) bool { return p.ID == id })
	if i < 0 {
		t.Fatalf("there is no provider %s", id)
	}
	return all[i]
}

var appKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// githubAppKey is a key of a GitHub App, with the App's id beside it.
func githubAppKey(t *testing.T) *verify.Credential {
	t.Helper()
	key, err := appKey()
	if err != nil {
		t.Fatal(err)
	}
	text := "GITHUB_APP_ID=123456\nGITHUB_APP_PRIVATE_KEY=\"" +
		string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})) + "\"\n"
	return scanned(t, text, "github-app-private-key")
}

// scanned is the credential that a scan finds in a text by a rule, with its parts.
func scanned(t *testing.T, text, rule string) *verify.Credential {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range e.Scan([]byte(text), "") {
		if m.Rule.ID == rule {
			return credential(&m)
		}
	}
	t.Fatalf("%s finds nothing", rule)
	return nil
}

// TestGitHubAnswers holds the verdict to what GitHub says of a token.
func TestGitHubAnswers(t *testing.T) {
	const docs = `, "documentation_url": "https://docs.github.com/rest"}`
	tests := []struct {
		name, rule, headers string // headers: one a line
		status              int
		body                string
		want                verify.Verdict
	}{
		{
			name: "classic token with scopes and an end", rule: "github-pat", status: 200,
			headers: "X-OAuth-Scopes: read:org, repo\nGitHub-Authentication-Token-Expiration: 2027-01-02 03:04:05 UTC",
			body:    `{"login": "ada", "id": 42, "type": "User"}`,
			want: verify.Verdict{State: verify.Live, Access: verify.Write, Scopes: []string{"read:org", "repo"},
				Identity: verify.Identity{ID: "42", Name: "ada", Kind: "person"}, Expires: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)},
		},
		{
			name: "an administrator's scope", rule: "github-pat", status: 200, headers: "X-OAuth-Scopes: admin:org, repo",
			body: `{"login": "ada", "id": 42, "type": "User"}`,
			want: verify.Verdict{State: verify.Live, Access: verify.Admin, Scopes: []string{"admin:org", "repo"}, Identity: verify.Identity{ID: "42", Name: "ada", Kind: "person"}},
		},
		{
			name: "fine-grained: its permissions are not told", rule: "github-fine-grained-pat", status: 200,
			headers: "GitHub-Authentication-Token-Expiration: 2027-01-02 03:04:05 +0200",
			body:    `{"login": "ada", "id": 42, "type": "User"}`,
			want: verify.Verdict{State: verify.Live, Identity: verify.Identity{ID: "42", Name: "ada", Kind: "person"},
				Expires: time.Date(2027, 1, 2, 1, 4, 5, 0, time.UTC)},
		},
		{
			name: "a bot", rule: "github-app-user-token", status: 200, body: `{"login": "ci[bot]", "id": 43, "type": "Bot"}`,
			want: verify.Verdict{State: verify.Live, Identity: verify.Identity{ID: "43", Name: "ci[bot]", Kind: "machine"}},
		},
		{
			name: "an administrator of the site", rule: "github-pat", status: 200, headers: "X-OAuth-Scopes: read:user",
			body: `{"login": "root", "id": 1, "type": "User", "site_admin": true}`,
			want: verify.Verdict{State: verify.Live, Access: verify.Admin, Scopes: []string{"read:user"}, Identity: verify.Identity{ID: "1", Name: "root", Kind: "person"}},
		},
		{
			name: "an installation without repositories", rule: "github-app-installation-token", status: 200, body: `{"total_count": 0, "repositories": []}`,
			want: verify.Verdict{State: verify.Live, Identity: verify.Identity{Kind: "machine"}},
		},
		{
			name: "an installation with one", rule: "github-app-installation-token", status: 200,
			body: `{"total_count": 1, "repositories": [{"owner": {"login": "acme"}}]}`,
			want: verify.Verdict{State: verify.Live, Identity: verify.Identity{Kind: "machine", Account: "acme"}},
		},
		{
			name: "IP allow list: the credentials are right", rule: "github-pat", status: 403,
			body: `{"message": "Although you appear to have the correct authorization credentials, the ` + "`acme`" + ` organization has an IP allow list enabled, and your IP address is not permitted to access this resource."}`,
			want: verify.Verdict{State: verify.Live, Identity: verify.Identity{Kind: "person"}},
		},
		{
			name: "known, but not for this", rule: "github-pat", status: 403, body: `{"message": "Resource not accessible by integration"` + docs,
			want: verify.Verdict{State: verify.Live, Identity: verify.Identity{Kind: "person"}},
		},
		{name: "refused", rule: "github-pat", status: 401, body: badCredentials, want: verify.Verdict{State: verify.Dead}},
		{name: "401 of another", rule: "github-pat", status: 401, body: `{"message": "Bad credentials"}`, want: verify.Verdict{State: verify.Unknown}},
		{name: "no token came", rule: "github-pat", status: 401, body: `{"message": "Requires authentication"` + docs, want: verify.Verdict{State: verify.Unknown}},
		{name: "the account is suspended", rule: "github-pat", status: 403, body: `{"message": "Sorry. Your account was suspended."` + docs, want: verify.Verdict{State: verify.Unknown}},
		{name: "too many refusals", rule: "github-pat", status: 403, body: `{"message": "Maximum number of login attempts exceeded. Please try again later."` + docs, want: verify.Verdict{State: verify.Unknown}},
		{name: "rate limit", rule: "github-pat", status: 403, body: `{"message": "API rate limit exceeded for user ID 42."` + docs, want: verify.Verdict{State: verify.Unknown}},
		{name: "a user without an id", rule: "github-pat", status: 200, body: `{"login": "ada"}`, want: verify.Verdict{State: verify.Unknown}},
		{name: "repositories without a count", rule: "github-app-installation-token", status: 200, body: `{"repositories": []}`, want: verify.Verdict{State: verify.Unknown}},
	}
	p := provider(t, "github")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := farmed{cred: credentialOf(t, p, test.rule, nil), hosts: []string{"api.github.com"}}
			got := f.ask(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer "+f.cred.Value {
					t.Error("the token does not come as a bearer token")
				}
				for line := range strings.Lines(test.headers) {
					name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
					w.Header().Set(name, value)
				}
				reply(test.status, "application/json", test.body)(w, r)
			}), nil)
			sameVerdict(t, got, test.want)
		})
	}
}

// sameVerdict compares what a verdict tells of a credential, without its words.
func sameVerdict(t *testing.T, got, want verify.Verdict) {
	t.Helper()
	if got.State != want.State || strings.Contains(got.Reason, "please report it") {
		t.Errorf("%s (%s%s), want %s", got.State, got.Reason, got.Evidence, want.State)
	}
	if got.Identity != want.Identity || got.Access != want.Access || !slices.Equal(got.Scopes, want.Scopes) || !got.Expires.Equal(want.Expires) {
		t.Errorf("told %+v, access %q, scopes %v, expires %v; want %+v, %q, %v, %v", got.Identity, got.Access, got.Scopes, got.Expires,
			want.Identity, want.Access, want.Scopes, want.Expires)
	}
}

// TestGitHubSeveralServers asks github.com and a GitHub Enterprise Server: a token
// of either is live, and one is dead only if both refuse it.
func TestGitHubSeveralServers(t *testing.T) {
	user := reply(200, "application/json", `{"login": "ada", "id": 42, "type": "User"}`)
	refuse := reply(401, "application/json", badCredentials)
	fail := reply(502, "text/plain", "bad gateway")
	tests := []struct {
		name          string
		first, second http.HandlerFunc
		want          verify.State
	}{
		{"live at the first", user, refuse, verify.Live},
		{"live at the second", refuse, user, verify.Live},
		{"refused by both", refuse, refuse, verify.Dead},
		{"refused by one, the other fails", refuse, fail, verify.Unknown},
		{"the first fails, refused by the other", fail, refuse, verify.Unknown},
	}
	p := provider(t, "github")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			first, second := httptest.NewServer(test.first), httptest.NewServer(onlyBelow(t, "/api/v3/", test.second))
			defer first.Close()
			defer second.Close()
			e := verify.New(verify.Options{Limits: quick(), Endpoints: map[string][]*url.URL{
				"api.github.com": {endpoint(t, first.URL), endpoint(t, second.URL+"/api/v3")},
			}})
			defer e.Close()
			v := e.Verify(t.Context(), credentialOf(t, p, "github-pat", nil))
			if v.State != test.want {
				t.Errorf("%s (%s), want %s", v.State, v.Reason, test.want)
			}
		})
	}
}

func endpoint(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := verify.ParseEndpoint(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// onlyBelow fails the test if h is asked for what does not lie below a path.
func onlyBelow(t *testing.T, path string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, path) {
			t.Errorf("asked for %s, which is not below %s", r.URL.Path, path)
		}
		h.ServeHTTP(w, r)
	})
}

// TestGitHubApp asks a server that checks the signature, and each claim as GitHub
// documents it.
func TestGitHubApp(t *testing.T) {
	cred := githubAppKey(t)
	key, err := appKey()
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	escaped, alone := *cred, *cred
	escaped.Value = strings.ReplaceAll(cred.Value, "\n", `\n`)
	alone.Parts = nil
	tests := []struct {
		name  string
		cred  *verify.Credential
		known *rsa.PublicKey // of the app
		want  verify.State
	}{
		{"live", cred, &key.PublicKey, verify.Live},
		{"live, the key with escaped line ends", &escaped, &key.PublicKey, verify.Live},
		{"rotated", cred, &other.PublicKey, verify.Dead},
		{"without the App's id", &alone, &key.PublicKey, verify.Unverifiable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := farmed{cred: test.cred, hosts: []string{"api.github.com"}}
			v := f.ask(t, githubAppServer(t, test.known), nil)
			if v.State != test.want {
				t.Fatalf("%s (%s), want %s", v.State, v.Reason, test.want)
			}
			if v.State == verify.Live && (v.Identity.Name != "octoapp" || v.Identity.Account != "acme" || v.Access != verify.Admin) {
				t.Errorf("told %+v, access %q", v.Identity, v.Access)
			}
		})
	}
}

// githubAppServer answers GET /app as GitHub does for the App 123456.
func githubAppServer(t *testing.T, key *rsa.PublicKey) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var claims jwt.RegisteredClaims
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return key, nil },
			jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("123456"), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
		if err != nil || r.URL.Path != "/app" {
			reply(401, "application/json", `{"message": "A JSON web token could not be decoded", "documentation_url": "https://docs.github.com/rest", "status": "401"}`)(w, r)
			return
		}
		if life := claims.ExpiresAt.Sub(claims.IssuedAt.Time); life > 10*time.Minute || time.Until(claims.ExpiresAt.Time) > 10*time.Minute {
			t.Errorf("the token lives %s; GitHub takes ten minutes at most", life)
		}
		reply(200, "application/json", `{"id": 123456, "slug": "octoapp", "owner": {"login": "acme"}, "permissions": {"administration": "write", "contents": "read"}}`)(w, r)
	})
}

// TestGitHubDescription holds what is asked, and the answers of these tests, to
// GitHub's own description of its API.
func TestGitHubDescription(t *testing.T) {
	p := provider(t, "github")
	tests := []struct {
		name  string
		cred  *verify.Credential
		serve http.HandlerFunc
		want  verify.State
	}{
		{"a user", credentialOf(t, p, "github-pat", nil), replyJSON(t, 200, githubUserObject("User")), verify.Live},
		{"an installation", credentialOf(t, p, "github-app-installation-token", nil),
			replyJSON(t, 200, map[string]any{"total_count": 0, "repositories": []any{}, "repository_selection": "selected"}), verify.Live},
		{"an app", githubAppKey(t), replyJSON(t, 200, githubAppObject()), verify.Live},
		{"a refused token", credentialOf(t, p, "github-pat", nil), reply(401, "application/json", badCredentials), verify.Dead},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := farmed{cred: test.cred, hosts: []string{"api.github.com"}}
			if v := f.ask(t, fakegithub.Hold(t, test.serve), nil); v.State != test.want {
				t.Errorf("%s (%s), want %s", v.State, v.Reason, test.want)
			}
		})
	}
}

func replyJSON(t *testing.T, status int, v any) http.HandlerFunc {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return reply(status, "application/json", string(body))
}

// githubUserObject is a user with all that the description wants of one.
func githubUserObject(kind string) map[string]any {
	o := map[string]any{
		"login": "ada", "id": 42, "node_id": "U", "gravatar_id": "", "type": kind, "site_admin": false,
		"name": "Ada", "company": nil, "blog": nil, "location": nil, "email": nil, "hireable": nil, "bio": nil,
		"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
	}
	for _, of := range strings.Fields("public_repos public_gists followers following private_gists total_private_repos owned_private_repos disk_usage collaborators") {
		o[of] = 1
	}
	o["two_factor_authentication"] = true
	for _, of := range strings.Fields("avatar html followers following gists starred subscriptions organizations repos events received_events") {
		o[of+"_url"] = "https://github.example/" + of
	}
	o["url"] = "https://github.example/ada"
	return o
}

// githubAppObject is a GitHub App with all that the description wants of one.
func githubAppObject() map[string]any {
	return map[string]any{
		"id": 123456, "slug": "octoapp", "node_id": "A", "owner": githubUserObject("User"), "name": "Octoapp",
		"description": nil, "external_url": "https://app.example", "html_url": "https://github.example/apps/octoapp",
		"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
		"permissions": map[string]any{"contents": "read"}, "events": []any{},
	}
}

// TestGitHubRevoke sends what GitHub's description says: without a token, for any
// request with one is refused, and a list of credentials in the body.
func TestGitHubRevoke(t *testing.T) {
	cred := credentialOf(t, provider(t, "github"), "github-pat", nil)
	tests := []struct {
		name   string
		status int
		done   bool
	}{{"taken", 202, true}, {"not taken", 422, false}, {"refused", 403, false}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(fakegithub.Hold(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if want := fmt.Sprintf(`{"credentials": [%q]}`, cred.Value); err != nil || string(body) != want || r.Header.Get("Authorization") != "" || r.URL.Path != "/credentials/revoke" {
					t.Errorf("%s %s: not what revokes the credential, or with a token (%v)", r.Method, r.URL.Path, err)
				}
				text := `{"message": "x", "documentation_url": "https://docs.github.com/rest"}`
				if test.status == 202 {
					text = `{}`
				}
				reply(test.status, "application/json", text)(w, r)
			})))
			defer server.Close()
			e := verify.New(verify.Options{Limits: quick(), Endpoints: map[string][]*url.URL{"api.github.com": {endpoint(t, server.URL)}}})
			defer e.Close()
			err := e.Revoke(t.Context(), cred)
			if (err == nil) != test.done || err != nil && strings.Contains(err.Error(), cred.Value) {
				t.Errorf("error is %t, want %t; and it must not hold the token", err != nil, !test.done)
			}
		})
	}
}
