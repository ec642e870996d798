package verify_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/leakguard/leakguard/detectors/verify"
)

var googleHosts = []string{"oauth2.googleapis.com"}

func init() {
	farms = append(farms, func(t *testing.T) []farmed {
		c, server := serviceAccount(t)
		return []farmed{{
			cred: c, hosts: googleHosts, steps: 1, name: server.email, accept: server,
			refuse: reply(400, "application/json", `{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}`),
		}}
	})
}

// serviceAccount is a new key of a service account, as it stands in JSON, and the
// token endpoint that knows it.
func serviceAccount(t *testing.T) (*verify.Credential, googleKey) {
	t.Helper()
	c := cloudCredential(t, "google-service-account-key", "client_email", "private_key_id")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	c.Value = strings.ReplaceAll(string(text), "\n", `\n`)
	return c, googleKey{&key.PublicKey, c.Part("client_email"), c.Part("private_key_id")}
}

// googleKey is a key of a service account that the fake token endpoint knows. The
// endpoint checks an assertion as Google does.
type googleKey struct {
	public *rsa.PublicKey
	email  string
	id     string
}

func (k googleKey) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(description string) {
		reply(400, "application/json", fmt.Sprintf(`{"error": "invalid_grant", "error_description": %q}`, description))(w, r)
	}
	if r.URL.Path != "/token" || r.PostFormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		reply(400, "application/json", `{"error": "unsupported_grant_type"}`)(w, r)
		return
	}
	var claims jwt.MapClaims
	token, err := jwt.ParseWithClaims(r.PostFormValue("assertion"), &claims, func(*jwt.Token) (any, error) { return k.public, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience("https://oauth2.googleapis.com/token"), jwt.WithExpirationRequired())
	switch {
	case err != nil:
		refuse("Invalid JWT Signature.")
	case claims["iss"] != k.email:
		refuse("Invalid grant: account not found")
	case token.Header["kid"] != k.id, claims["scope"] != "https://www.googleapis.com/auth/cloud-platform.read-only":
		refuse("Bad Request")
	default:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"access_token": "a token", "expires_in": 3599, "token_type": "Bearer"}`)
	}
}

func TestGCPVerdicts(t *testing.T) {
	c, own := serviceAccount(t)
	_, other := serviceAccount(t)
	says := func(status int, description string) http.Handler {
		return reply(status, "application/json", fmt.Sprintf(`{"error": "invalid_grant", "error_description": %q}`, description))
	}
	tests := []struct {
		name   string
		server http.Handler
		state  verify.State
		reason string
	}{
		{"own key", own, verify.Live, ""},
		{"another key of the account", other, verify.Dead, "refuses"},
		{"no such account", googleKey{own.public, "other@p.iam.gserviceaccount.com", own.id}, verify.Dead, "refuses"},
		{"the clock is off", says(400, "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."), verify.Unknown, "clock"},
		{"another refusal", says(400, "Bad Request"), verify.Unknown, "neither"},
		{"another kind of token", reply(200, "application/json", `{"id_token": "a token"}`), verify.Unknown, "neither"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := farmed{cred: c, hosts: googleHosts}.ask(t, tt.server, nil)
			if v.State != tt.state || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("%s (%s), want %s (%s)", v.State, v.Reason, tt.state, tt.reason)
			}
			if v.State == verify.Live && (v.Identity.Account != "p" || v.Identity.Kind != "machine") {
				t.Errorf("identity %+v", v.Identity)
			}
			if strings.Contains(fmt.Sprint(v), "a token") {
				t.Error("the verdict holds the access token")
			}
		})
	}
}

// TestGCPKeyForms reads keys whose line ends were escaped more than once, and
// tells what is wrong with others, without a request.
func TestGCPKeyForms(t *testing.T) {
	c, server := serviceAccount(t)
	tests := []struct {
		name, value string
		email       bool
		state       verify.State
	}{
		{"escaped once", c.Value, true, verify.Live},
		{"escaped twice", strings.ReplaceAll(c.Value, `\n`, `\\n`), true, verify.Live},
		{"with carriage returns", strings.ReplaceAll(c.Value, `\n`, `\r\n`), true, verify.Live},
		{"with line ends", strings.ReplaceAll(c.Value, `\n`, "\n"), true, verify.Live},
		{"without its account", c.Value, false, verify.Unverifiable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			one := *c
			one.Value = tt.value
			if !tt.email {
				one.Parts = nil
			}
			if v := (farmed{cred: &one, hosts: googleHosts}).ask(t, server, nil); v.State != tt.state {
				t.Errorf("%s (%s), want %s", v.State, v.Reason, tt.state)
			}
		})
	}
}

// TestGCPTime signs for the engine's own clock.
func TestGCPTime(t *testing.T) {
	c, server := serviceAccount(t)
	past := func(o *verify.Options) { o.Now = func() time.Time { return time.Now().Add(-time.Hour) } }
	if v := (farmed{cred: c, hosts: googleHosts}).ask(t, server, past); v.State == verify.Live {
		t.Error("an assertion that has expired is accepted: the server does not check it")
	}
}
