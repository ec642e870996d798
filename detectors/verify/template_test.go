package verify

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
)

// TestRequest builds requests of values that try to reach beyond their place.
func TestRequest(t *testing.T) {
	const nasty = "a b/../?x=1&y=2#f\"'\\é%41+"
	tests := []struct {
		name    string
		request rules.Request
		values  values
		url     string
		header  http.Header
		body    string
		err     string
	}{
		{name: "path", request: rules.Request{URL: "https://api.acme.com/v1/${secret}/me"}, values: values{"secret": nasty},
			url: `https://api.acme.com/v1/a%20b%2F..%2F%3Fx=1&y=2%23f%22%27%5C%C3%A9%2541+/me`},
		{name: "query", request: rules.Request{URL: "https://api.acme.com/?k=${secret}&z=1"}, values: values{"secret": nasty},
			url: `https://api.acme.com/?k=a+b%2F..%2F%3Fx%3D1%26y%3D2%23f%22%27%5C%C3%A9%2541%2B&z=1`},
		{name: "host", request: rules.Request{URL: "https://${shop}/x"}, values: values{"shop": "a.acme.com"}, url: "https://a.acme.com/x"},
		{name: "label of a host", request: rules.Request{URL: "https://${dc}.api.acme.com/x"}, values: values{"dc": "us-1"}, url: "https://us-1.api.acme.com/x"},
		{name: "host with a path", request: rules.Request{URL: "https://${shop}/x"}, values: values{"shop": "evil.com/"}, err: "shop: no part of a host name"},
		{name: "host with a user", request: rules.Request{URL: "https://${shop}.acme.com/x"}, values: values{"shop": "a@evil.com#"}, err: "shop: no part of a host name"},
		{name: "empty host", request: rules.Request{URL: "https://${shop}.acme.com/x"}, values: values{"shop": ""}, err: "no part of a host name"},
		{name: "dots in a path", request: rules.Request{URL: "https://a.acme.com/x/${secret}"}, values: values{"secret": ".."}, err: "no segment of a path"},
		{name: "header", request: rules.Request{URL: "https://a.acme.com/", Headers: []rules.Field{{Name: "X-Key", Value: "key=${secret}"}}}, values: values{"secret": "a b"},
			url: "https://a.acme.com/", header: http.Header{"X-Key": {"key=a b"}}},
		{name: "header with a line end", request: rules.Request{URL: "https://a.acme.com/", Headers: []rules.Field{{Name: "X-Key", Value: "${secret}"}}}, values: values{"secret": "a\r\nHost: evil.com"}, err: "control character"},
		{name: "bearer", request: rules.Request{URL: "https://a.acme.com/", Bearer: "${secret}"}, values: values{"secret": "k"},
			url: "https://a.acme.com/", header: http.Header{"Authorization": {"Bearer k"}}},
		{name: "bearer with a line end", request: rules.Request{URL: "https://a.acme.com/", Bearer: "${secret}"}, values: values{"secret": "k\n"}, err: "control character"},
		{name: "basic", request: rules.Request{URL: "https://a.acme.com/", Basic: []string{"${id}", "${secret}"}}, values: values{"id": "i", "secret": "s"},
			url: "https://a.acme.com/", header: http.Header{"Authorization": {"Basic aTpz"}}},
		{name: "form", request: rules.Request{URL: "https://a.acme.com/", Form: []rules.Field{{Name: "a", Value: "${secret}"}, {Name: "b", Value: "c"}}}, values: values{"secret": "x&b=d"},
			url: "https://a.acme.com/", body: "a=x%26b%3Dd&b=c", header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}},
		{name: "JSON", request: rules.Request{URL: "https://a.acme.com/", JSON: `{"k": "${secret}"}`}, values: values{"secret": `x", "admin": "` + "\n"},
			url: "https://a.acme.com/", body: `{"k": "x\", \"admin\": \"\n"}`, header: http.Header{"Content-Type": {"application/json"}}},
		{name: "the secret is the URL", request: rules.Request{URL: "${secret}"}, values: values{"secret": "https://hooks.acme.com/a/b?c=d"}, url: "https://hooks.acme.com/a/b?c=d"},
		{name: "the secret is another scheme's URL", request: rules.Request{URL: "${secret}"}, values: values{"secret": "file:///etc/passwd"}, err: "no https URL"},
		{name: "the secret is a URL with a user", request: rules.Request{URL: "${secret}"}, values: values{"secret": "https://hooks.acme.com@evil.com/"}, err: "no https URL"},
		{name: "missing part", request: rules.Request{URL: "https://a.acme.com/${key_id}"}, values: values{}, err: "its key id does not stand near it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.request.Method = http.MethodPost
			req, err := tt.values.build(t.Context(), &tt.request)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := req.URL.String(); got != tt.url {
				t.Errorf("URL\n got %s\nwant %s", got, tt.url)
			}
			for name := range tt.header {
				if got := req.Header.Get(name); got != tt.header.Get(name) {
					t.Errorf("%s: got %q, want %q", name, got, tt.header.Get(name))
				}
			}
			body, err := io.ReadAll(req.Body)
			if err != nil || string(body) != tt.body {
				t.Errorf("body %q (%v), want %q", body, err, tt.body)
			}
		})
	}
}

func TestLabel(t *testing.T) {
	for url, want := range map[string]string{
		"https://api.acme.com/me":                  "GET https://api.acme.com/me",
		"https://api.acme.com/bot${secret}/getMe":  "GET https://api.acme.com/bot***/getMe",
		"https://${dc}.acme.com/${secret}?a=${id}": "GET https://***.acme.com/***?a=***",
		"${secret}": "GET the URL that is the secret",
	} {
		if got := label(&rules.Request{Method: "GET", URL: url}); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}

// FuzzURL wants no value to change which host is asked, or what it is asked for.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"a", "../..", "a/b", "?x", "#", "@evil.com", "%2e%2e", "\r\n", ":22", "[::1]", "\x00"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, secret, label string) {
		v := values{"secret": secret, "label": label}
		u, err := v.url("https://${label}.acme.com/v1/${secret}/me?k=${secret}&z=1")
		if err != nil {
			return
		}
		if !strings.HasSuffix(u.Hostname(), ".acme.com") || u.Port() != "" || u.User != nil || u.Fragment != "" {
			t.Fatalf("host %q, port %q", u.Hostname(), u.Port())
		}
		path := u.EscapedPath()
		if strings.Count(path, "/") != 3 || !strings.HasPrefix(path, "/v1/") || !strings.HasSuffix(path, "/me") {
			t.Fatalf("path %q", path)
		}
		q := u.Query()
		if len(q) != 2 || q.Get("k") != secret || q.Get("z") != "1" {
			t.Fatalf("query %v", q)
		}
	})
}
