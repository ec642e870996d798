package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

const (
	testIssuer = "https://issuer.acme.test/"
	testKeySet = "https://keys.acme.test/jwks.json"
)

// signer is a key of an issuer.
type signer struct {
	alg, kid string
	key      crypto.Signer
}

func (s signer) token(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.GetSigningMethod(s.alg), claims)
	if s.kid != "" {
		token.Header["kid"] = s.kid
	}
	text, err := token.SignedString(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// jwk is the public half as a key set has it.
func (s signer) jwk() map[string]any {
	enc := base64.RawURLEncoding.EncodeToString
	k := map[string]any{"kid": s.kid, "use": "sig", "alg": s.alg}
	switch pub := s.key.Public().(type) {
	case *rsa.PublicKey:
		maps.Copy(k, map[string]any{"kty": "RSA", "n": enc(pub.N.Bytes()), "e": enc(big.NewInt(int64(pub.E)).Bytes())})
	case *ecdsa.PublicKey:
		point, _ := pub.Bytes()
		half := (len(point) - 1) / 2
		maps.Copy(k, map[string]any{"kty": "EC", "crv": pub.Curve.Params().Name, "x": enc(point[1 : 1+half]), "y": enc(point[1+half:])})
	case ed25519.PublicKey:
		maps.Copy(k, map[string]any{"kty": "OKP", "crv": "Ed25519", "x": enc(pub)})
	}
	return k
}

func keySetOf(keys ...map[string]any) http.HandlerFunc {
	body, _ := json.Marshal(map[string]any{"keys": append(keys, map[string]any{"kty": "unheard-of"})})
	return reply(200, "application/json", string(body))
}

func newSigner(t *testing.T, alg, kid string) signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch alg {
	case "ES256", "ES384", "ES512":
		curve := map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}[alg]
		key, err = ecdsa.GenerateKey(curve, rand.Reader)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return signer{alg, kid, key}
}

// askJWT asks about a token where the key set's server answers by h.
func askJWT(t *testing.T, token string, h http.Handler, change func(*verify.Options)) verify.Verdict {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := verify.Options{
		Endpoints: map[string][]*url.URL{"keys.acme.test": {at}}, JWKS: map[string]string{testIssuer: testKeySet},
		Limits: quick(), Sleep: func(context.Context, time.Duration) error { return nil },
	}
	if change != nil {
		change(&o)
	}
	return askAbout(t, o, jwtCredential(token))
}

func jwtCredential(token string) *verify.Credential {
	p := &rules.Provider{ID: "jwt", Verify: []rules.Verify{{Rules: []string{"jwt-token"}, Verifier: "jwt"}}}
	return &verify.Credential{Rule: &rules.Rule{ID: "jwt-token", Provider: p, Checksum: "jwt"}, Value: token}
}

func inAnHour() int64 { return time.Now().Add(time.Hour).Unix() }

func TestJWTSigned(t *testing.T) {
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			s, stranger := newSigner(t, alg, "k1"), newSigner(t, alg, "k1")
			nameless := s
			nameless.kid = ""
			claims := jwt.MapClaims{"iss": testIssuer, "sub": "svc-1", "exp": inAnHour()}
			set := keySetOf(s.jwk())
			v := askJWT(t, s.token(t, claims), set, nil)
			expect(t, v, verify.Live, "signed by its issuer and not expired")
			if v.Identity.ID != "svc-1" || v.Endpoint != "GET "+testKeySet {
				t.Errorf("identity %+v, endpoint %q", v.Identity, v.Endpoint)
			}
			expect(t, askJWT(t, nameless.token(t, claims), set, nil), verify.Live, "signed by its issuer")
			expect(t, askJWT(t, stranger.token(t, claims), set, nil), verify.Dead, "its issuer did not sign it")
			stranger.kid = ""
			expect(t, askJWT(t, stranger.token(t, claims), set, nil), verify.Unknown, "no key of its issuer's key set signed it")
		})
	}
}

func TestJWTKeySet(t *testing.T) {
	s, other := newSigner(t, "ES256", "k1"), newSigner(t, "ES256", "k2")
	rs := newSigner(t, "RS256", "k1")
	claims := jwt.MapClaims{"iss": testIssuer, "exp": inAnHour()}
	token := s.token(t, claims)
	encryption := s.jwk()
	encryption["use"] = "enc"
	bent := s.jwk()
	bent["y"] = bent["x"]
	for _, c := range []struct {
		name   string
		token  string
		set    http.HandlerFunc
		change func(*verify.Options)
		want   verify.State
		word   string
	}{
		{"beside other keys", token, keySetOf(rs.jwk(), other.jwk(), s.jwk()), nil, verify.Live, "signed"},
		{"the key is gone", token, keySetOf(other.jwk()), nil, verify.Unknown, "no key k1"},
		{"no keys", token, keySetOf(), nil, verify.Unknown, "no key k1"},
		{"the key is of another kind", token, keySetOf(rs.jwk()), nil, verify.Unknown, "no key k1"},
		{"the key is for encryption", token, keySetOf(encryption), nil, verify.Unknown, "no key k1"},
		{"the key is on no curve", token, keySetOf(bent), nil, verify.Unknown, "no key k1"},
		{"not yet valid", s.token(t, jwt.MapClaims{"iss": testIssuer, "nbf": inAnHour()}), keySetOf(s.jwk()), nil, verify.Unknown, "not valid before"},
		{"without an end", s.token(t, jwt.MapClaims{"iss": testIssuer}), keySetOf(s.jwk()), nil, verify.Live, "without an end"},
		{"no issuer", s.token(t, jwt.MapClaims{"sub": "x"}), keySetOf(s.jwk()), nil, verify.Unverifiable, "names no issuer"},
		{"no key set configured", token, keySetOf(s.jwk()), func(o *verify.Options) { o.JWKS = nil }, verify.Unverifiable, "no key set is configured for the issuer " + testIssuer},
		{"key set in clear", token, keySetOf(s.jwk()), func(o *verify.Options) { o.JWKS[testIssuer] = "http://keys.acme.test/" }, verify.Unverifiable, "https://"},
		{"offline", token, keySetOf(s.jwk()), func(o *verify.Options) { o.Offline = true }, verify.Unverified, "--offline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, askJWT(t, c.token, c.set, c.change), c.want, c.word)
		})
	}
	for _, wrong := range wrongAnswers {
		t.Run(wrong.name, func(t *testing.T) {
			expect(t, askJWT(t, token, wrong.serve, nil), verify.Unknown, "")
		})
	}
	t.Run("key set redirects", func(t *testing.T) {
		trap := httptest.NewServer(keySetOf(s.jwk()))
		defer trap.Close()
		expect(t, askJWT(t, token, http.RedirectHandler(trap.URL, http.StatusFound), nil), verify.Unknown, "redirects")
	})
}

// unsigned is a token whose signature is nobody's.
func unsigned(header string, claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc(payload) + "." + enc(make([]byte, 32))
}

const hs256 = `{"alg":"HS256","typ":"JWT"}`

func TestJWTItself(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for _, c := range []struct {
		name   string
		header string
		claims map[string]any
		want   verify.State
		word   string
	}{
		{"over", hs256, map[string]any{"exp": at(-2 * time.Minute)}, verify.Dead, "exp 2026-05-01T11:58:00Z"},
		{"over, with a fraction", hs256, map[string]any{"exp": float64(at(-2*time.Minute)) + .5}, verify.Dead, "exp 2026"},
		{"over by less than clocks differ", hs256, map[string]any{"exp": at(-30 * time.Second)}, verify.Unverifiable, "HS256"},
		{"not over", hs256, map[string]any{"exp": at(time.Hour)}, verify.Unverifiable, "HS256"},
		{"at the end of the calendar", hs256, map[string]any{"exp": 253402300799}, verify.Unverifiable, "HS256"},
		{"in milliseconds", hs256, map[string]any{"exp": at(time.Hour) * 1000}, verify.Unverifiable, "HS256"},
		{"no number", hs256, map[string]any{"exp": "yesterday"}, verify.Unverifiable, "HS256"},
		{"negative", hs256, map[string]any{"exp": -5}, verify.Unverifiable, "HS256"},
		{"nobody signed it", `{"alg":"none"}`, map[string]any{"sub": "x"}, verify.Unverifiable, "alg none"},
		{"unheard-of alg", `{"alg":"XY1"}`, map[string]any{"sub": "x"}, verify.Unverifiable, "XY1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := askAbout(t, verify.Options{Now: func() time.Time { return now }}, jwtCredential(unsigned(c.header, c.claims)))
			expect(t, v, c.want, c.word)
			if _, err := json.Marshal(v); err != nil {
				t.Errorf("the verdict is no JSON: %v", err)
			}
		})
	}
}

func TestJWTClaims(t *testing.T) {
	for _, c := range []struct {
		name   string
		claims map[string]any
		want   verify.Identity
		scopes []string
	}{
		{"subject and issuer", map[string]any{"sub": "u1", "iss": "i", "client_id": "c"}, verify.Identity{ID: "u1", Account: "i"}, nil},
		{"a number for a subject", map[string]any{"sub": 17}, verify.Identity{ID: "17"}, nil},
		{"client", map[string]any{"azp": "c", "appid": "d"}, verify.Identity{ID: "c"}, nil},
		{"e-mail tells no kind", map[string]any{"email": "a@acme.test"}, verify.Identity{Name: "a@acme.test"}, nil},
		{"Entra application", map[string]any{"idtyp": "app", "roles": []string{"Mail.Read", "Admin"}}, verify.Identity{Kind: "machine"}, []string{"Admin", "Mail.Read"}},
		{"Entra user", map[string]any{"idtyp": "user", "scp": "Mail.Read openid"}, verify.Identity{Kind: "person"}, []string{"Mail.Read", "openid"}},
		{"Kubernetes", map[string]any{"sub": "system:serviceaccount:ci:deploy"}, verify.Identity{ID: "system:serviceaccount:ci:deploy", Kind: "machine"}, nil},
		{"scope and permissions", map[string]any{"scope": "b a", "permissions": []string{"a"}}, verify.Identity{}, []string{"a", "b"}},
		{"control characters", map[string]any{"sub": "a\x1b[31m\r\n\u202eb"}, verify.Identity{ID: "a[31m b"}, nil},
		{"of another form", map[string]any{"sub": map[string]any{"x": 1}, "email": []string{"y"}, "scope": 5}, verify.Identity{}, nil},
		{"too long", map[string]any{"sub": strings.Repeat("é", 500)}, verify.Identity{ID: strings.Repeat("é", 127) + "…"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := askAbout(t, verify.Options{}, jwtCredential(unsigned(hs256, c.claims)))
			if v.Identity != c.want || !slices.Equal(v.Scopes, c.scopes) {
				t.Errorf("identity %+v, scopes %q; want %+v, %q", v.Identity, v.Scopes, c.want, c.scopes)
			}
		})
	}
}

func TestJWTTimes(t *testing.T) {
	v := askAbout(t, verify.Options{}, jwtCredential(unsigned(hs256, map[string]any{"iat": 1_700_000_000, "nbf": 1_600_000_000, "exp": inAnHour()})))
	if v.Created.Unix() != 1_700_000_000 || v.Expires.IsZero() {
		t.Errorf("created %v, expires %v", v.Created, v.Expires)
	}
}

func TestJWTIn(t *testing.T) {
	token := unsigned(hs256, map[string]any{"sub": "x"})
	for _, c := range []struct{ name, value, want string }{
		{"the value", token, token},
		{"behind an underscore", "ghs_1_" + token, token},
		{"behind a hyphen", "glcbt-64_" + token, token},
		{"behind a letter", "dapi" + token, ""},
		{"two parts", token[:strings.LastIndexByte(token, '.')], ""},
		{"four parts", token + ".aaaa", ""},
		{"no base64", token + "!", ""},
		{"header without alg", unsigned(`{"typ":"JWT"}`, map[string]any{}), ""},
		{"header that is no object", unsigned(`"eyJ"`, map[string]any{}), ""},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := verify.JWTIn(c.value); got != c.want {
				t.Errorf("jwtIn is %d bytes, want %d", len(got), len(c.want))
			}
		})
	}
}

func FuzzKeySet(f *testing.F) {
	f.Add([]byte(`{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}`), "RS256", "")
	f.Add([]byte(`{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "`+base64.RawURLEncoding.EncodeToString(make([]byte, 32))+`", "kid": "a"}]}`), "EdDSA", "a")
	f.Fuzz(func(t *testing.T, text []byte, alg, kid string) {
		if verify.SignedBy(text, alg, kid, "header.payload", bytes.Repeat([]byte{0xff}, 64)) {
			t.Errorf("a signature of ones is taken for one by a key of %q", text)
		}
	})
}
