package outcomes

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const testToken = "the-token-of-this-test"

// asks is a request to a handler that serves under the name localhost.
func asks(h http.Handler, method, target string, change func(*http.Request)) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	r.Host = "localhost:8080"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func testHandler(secure bool) http.Handler {
	page := func(context.Context) (Page, error) { return hostilePage(), nil }
	return Handler(page, HandlerOptions{Token: testToken, Hosts: []string{"localhost", "::1"}, Secure: secure})
}

// letIn comes with the token and returns the cookie.
func letIn(t *testing.T, h http.Handler) *http.Cookie {
	t.Helper()
	res := asks(h, "GET", "/?token="+testToken, nil)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" || len(res.Cookies()) != 1 {
		t.Fatalf("with the token: %s to %q, %d cookies", res.Status, res.Header.Get("Location"), len(res.Cookies()))
	}
	return res.Cookies()[0]
}

func TestHandlerCookie(t *testing.T) {
	for _, secure := range []bool{false, true} {
		c := letIn(t, testHandler(secure))
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != secure || c.Path != "/" || strings.Contains(c.Value, testToken) {
			t.Errorf("secure %t: the cookie is %v", secure, c)
		}
	}
}

func TestHandler(t *testing.T) {
	h := testHandler(false)
	cookie := letIn(t, h)
	with := func(r *http.Request) { r.AddCookie(cookie) }
	host := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.AddCookie(cookie); r.Host = name }
	}
	for _, tt := range []struct {
		name, method, target string
		change               func(*http.Request)
		want                 int
	}{
		{"with the cookie", "GET", "/", with, 200},
		{"head", "HEAD", "/", with, 200},
		{"IPv6", "GET", "/", host("[::1]:8080"), 200},
		{"without port", "GET", "/", host("LOCALHOST"), 200},
		{"nothing", "GET", "/", nil, 401},
		{"wrong token", "GET", "/?token=" + testToken + "x", nil, 401},
		{"empty token", "GET", "/?token=", nil, 401},
		{"cookie of another server", "GET", "/", func(r *http.Request) { r.AddCookie(letIn(t, testHandler(false))) }, 401},
		{"cookie with another value", "GET", "/", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookie.Name, Value: testToken}) }, 401},
		{"post", "POST", "/", with, 405},
		{"post of the token", "POST", "/?token=" + testToken, nil, 405},
		{"delete", "DELETE", "/", with, 405},
		{"another path", "GET", "/ledger.db", with, 404},
		{"rebound name", "GET", "/", host("evil.example:8080"), 421},
		{"rebound name, token", "GET", "/?token=" + testToken, host("evil.example"), 421},
		{"no name", "GET", "/", host(""), 421},
		{"name that only begins so", "GET", "/", host("localhost.evil.example"), 421},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := asks(h, tt.method, tt.target, tt.change)
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.want {
				t.Errorf("status %d, want %d", res.StatusCode, tt.want)
			}
			if shown := strings.Contains(string(body), "<!DOCTYPE html>"); shown != (tt.want == 200) {
				t.Errorf("the dashboard is in the answer: %t", shown)
			}
			for name, want := range map[string]string{
				"Content-Security-Policy": frame().policy + "; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
				"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
			} {
				if got := res.Header.Values(name); !slices.Equal(got, []string{want}) {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestHandlerFailed wants the reason of a failure to be told to whoever serves only.
func TestHandlerFailed(t *testing.T) {
	var told error
	broken := errors.New("the ledger at db.internal is broken")
	h := Handler(func(context.Context) (Page, error) { return Page{}, broken }, HandlerOptions{
		Token: testToken, Hosts: []string{"localhost"}, Failed: func(err error) { told = err },
	})
	cookie := letIn(t, h)
	res := asks(h, "GET", "/", func(r *http.Request) { r.AddCookie(cookie) })
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 500 || strings.Contains(string(body), "db.internal") || !errors.Is(told, broken) {
		t.Errorf("status %d, body %q, told %v", res.StatusCode, body, told)
	}
}

// TestHandlerNoToken wants a handler without a token to let nobody in.
func TestHandlerNoToken(t *testing.T) {
	h := Handler(nil, HandlerOptions{Hosts: []string{"localhost"}})
	for _, target := range []string{"/", "/?token=", "/?token=x"} {
		if res := asks(h, "GET", target, nil); res.StatusCode != 401 {
			t.Errorf("%s: status %d", target, res.StatusCode)
		}
	}
}
