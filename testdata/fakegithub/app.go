package fakegithub

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// AppID and Installation are of the App that App knows.
const (
	AppID        = "4711"
	Installation = 99
)

// App is a GitHub for tests in which a GitHub App is installed, in the organisation
// acme and for the user alice. It takes only what the App's key signed as GitHub wants
// it, and gives out tokens that expire by the clock.
type App struct {
	URL         string
	Key         *rsa.PrivateKey
	Permissions map[string]string // of the installation
	Suspended   bool
	Refuse      map[string]Fault // by method and path: "POST /app/installations/99/access_tokens"
	OnIssue     func()           // is called before a token is given out

	t     testing.TB
	clock *Clock

	mu      sync.Mutex
	tokens  map[string]time.Time // when they expire
	asked   []TokenRequest
	revoked []string
	calls   map[string]int
}

// TokenRequest is what a token was asked for with.
type TokenRequest struct {
	Repositories []string          `json:"repositories"`
	Permissions  map[string]string `json:"permissions"`
}

// appLife is how long a token lives.
const appLife = time.Hour

// NewApp starts a server that lives as long as the test. Its requests and answers are
// held to GitHub's description where that is at hand.
func NewApp(t testing.TB, clock *Clock) *App {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	a := &App{
		Key: key, Permissions: map[string]string{"contents": "read", "metadata": "read"}, Refuse: map[string]Fault{},
		t: t, clock: clock, tokens: map[string]time.Time{}, calls: map[string]int{},
	}
	var h http.Handler = a
	if SpecPath() != "" {
		held := Hold(t, a)
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete { // the answer is empty
				a.ServeHTTP(w, r)
				return
			}
			held.ServeHTTP(w, r)
		})
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	a.URL = srv.URL + "/"
	return a
}

// PKCS1 is the key in PEM as GitHub gives it to download.
func (a *App) PKCS1() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE" + " KEY", Bytes: x509.MarshalPKCS1PrivateKey(a.Key)}))
}

// PKCS8 is the key in PEM in the other form.
func (a *App) PKCS8() string {
	der, err := x509.MarshalPKCS8PrivateKey(a.Key)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE" + " KEY", Bytes: der}))
}

// Asked is what tokens were asked for with, in this order.
func (a *App) Asked() []TokenRequest {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

// Revoked are the tokens that revoked themselves.
func (a *App) Revoked() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.revoked)
}

// Calls is how often a method of a path was asked for: "GET /orgs/acme/installation".
func (a *App) Calls(of string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[of]
}

// ServeHTTP implements http.Handler.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	of := r.Method + " " + r.URL.Path
	a.mu.Lock()
	a.calls[of]++
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if f, ok := a.Refuse[of]; ok {
		a.refuse(w, f.Status, f.Message)
		return
	}
	if strings.Contains(of, "/installation/") {
		a.asInstallation(w, r, token)
		return
	}
	if err := a.signed(token); err != nil {
		a.refuse(w, http.StatusUnauthorized, "A JSON web token could not be decoded")
		return
	}
	where := fmt.Sprintf("/app/installations/%d", Installation)
	switch of {
	case "GET /orgs/acme/installation", "GET /users/alice/installation", "GET " + where:
		json.NewEncoder(w).Encode(a.installation())
	case "POST " + where + "/access_tokens":
		a.issue(w, r)
	default:
		a.refuse(w, http.StatusNotFound, "Not Found")
	}
}

// signed is an error unless GitHub would take the token for the App's.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
func (a *App) signed(token string) error {
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return &a.Key.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(a.clock.Now), jwt.WithIssuedAt(), jwt.WithIssuer(AppID), jwt.WithExpirationRequired())
	switch {
	case err != nil:
		return err
	case claims.IssuedAt == nil || claims.ExpiresAt.Sub(a.clock.Now()) > 10*time.Minute:
		return fmt.Errorf("it is good from %v to %v", claims.IssuedAt, claims.ExpiresAt)
	}
	return nil
}

func (a *App) refuse(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(object{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

func (a *App) installation() object {
	day := stamp(a.clock.Now())
	o := object{
		"id": Installation, "app_id": 4711, "app_slug": "leakguard", "target_id": 1, "target_type": "Organization",
		"account":    (&Server{URL: "https://api.github.example/"}).ownerJSON("acme"),
		"created_at": day, "updated_at": day, "events": []any{}, "permissions": a.Permissions, "repository_selection": "all",
		"single_file_name": nil, "suspended_at": nil, "suspended_by": nil,
	}
	for _, of := range []string{"access_tokens", "repositories", "html"} {
		o[of+"_url"] = "https://github.example/"
	}
	if a.Suspended {
		o["suspended_at"], o["suspended_by"] = day, o["account"]
	}
	return o
}

// issue gives out a token, but not for more than the installation may.
func (a *App) issue(w http.ResponseWriter, r *http.Request) {
	var asked TokenRequest
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		a.t.Errorf("a token was asked for with no JSON: %v", err)
	}
	if a.OnIssue != nil {
		a.OnIssue()
	}
	for name, level := range asked.Permissions {
		if granted := a.Permissions[name]; granted != level && granted != "write" {
			w.WriteHeader(http.StatusUnprocessableEntity)
			json.NewEncoder(w).Encode(object{"message": "The permissions requested are not granted to this installation.", "documentation_url": "", "errors": []any{}})
			return
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, asked)
	token, expires := fmt.Sprintf("installation-token-%d", len(a.asked)), a.clock.Now().Add(appLife)
	a.tokens[token] = expires
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(object{"token": token, "expires_at": stamp(expires), "permissions": asked.Permissions})
}

// asInstallation answers what a token of the installation may ask.
func (a *App) asInstallation(w http.ResponseWriter, r *http.Request, token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if expires, ok := a.tokens[token]; !ok || !a.clock.Now().Before(expires) {
		a.refuse(w, http.StatusUnauthorized, "Bad credentials")
		return
	}
	switch {
	case r.Method == http.MethodDelete && r.URL.Path == "/installation/token":
		delete(a.tokens, token)
		a.revoked = append(a.revoked, token)
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/installation/repositories":
		json.NewEncoder(w).Encode(object{"total_count": 0, "repositories": []any{}})
	default:
		a.refuse(w, http.StatusNotFound, "Not Found")
	}
}
