package verify_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
)

var blobHosts = []string{"*.blob.core.windows.net", "*.blob.core.chinacloudapi.cn", "*.blob.core.usgovcloudapi.net"}

func init() {
	farms = append(farms, func(t *testing.T) []farmed {
		c := cloudCredential(t, "azure-storage-account-key", "account")
		account := c.Part("account")
		return []farmed{{
			cred: c, hosts: blobHosts, steps: 1, name: account, access: "admin",
			accept: storageAccount{account, c.Value}, refuse: storageAccount{account, base64.StdEncoding.EncodeToString([]byte("another key"))},
		}}
	})
}

// storageAccount is an account of the fake blob service, which checks signatures
// as the service does.
type storageAccount struct{ name, key string }

func (a storageAccount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, _ := base64.StdEncoding.DecodeString(a.key)
	at, _ := http.ParseTime(r.Header.Get("X-Ms-Date"))
	again := &http.Request{Method: r.Method, URL: &url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}, Header: http.Header{}}
	verify.SignSharedKey(again, a.name, key, at)
	if again.Header.Get("Authorization") != r.Header.Get("Authorization") || r.Header.Get("X-Ms-Version") == "" {
		storageError(403, "AuthenticationFailed", "The MAC signature found in the HTTP request 'x' is not the same as any computed signature. Server used following string to sign: 'GET'.")(w, r)
		return
	}
	listing(w, r)
}

// listing is a list of containers or blobs, behind a byte order mark.
func listing(w http.ResponseWriter, r *http.Request) {
	reply(200, "application/xml", "\ufeff"+`<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://acc.blob.core.windows.net/"><Containers/><NextMarker/></EnumerationResults>`)(w, r)
}

func storageError(status int, code, detail string) http.HandlerFunc {
	return reply(status, "application/xml", "\ufeff"+fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?><Error><Code>%s</Code><Message>no</Message><AuthenticationErrorDetail>%s</AuthenticationErrorDetail></Error>`, code, detail))
}

// TestSharedKeySignature is against a signature that openssl made of the string
// that Microsoft's page asks for.
func TestSharedKeySignature(t *testing.T) {
	req, err := http.NewRequest(http.MethodGet, "https://acc.blob.core.windows.net/?maxresults=1&comp=list", nil)
	if err != nil {
		t.Fatal(err)
	}
	verify.SignSharedKey(req, "acc", []byte("key"), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	// printf 'GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 02 Jan 2026 03:04:05 GMT\nx-ms-version:2021-12-02\n/acc/\ncomp:list\nmaxresults:1' |
	// openssl dgst -sha256 -hmac key -binary | base64
	want := "SharedKey acc:xbYLSrGjyth+7g7EkswFZXuXNkTvWSWZtR6Vp0EGGHs="
	if got := req.Header.Get("Authorization"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStorageVerdicts(t *testing.T) {
	c := cloudCredential(t, "azure-storage-account-key", "account")
	account := c.Part("account")
	with := func(parts map[string][]string) *verify.Credential {
		one := *c
		one.Parts = parts
		return &one
	}
	own := storageAccount{account, c.Value}
	tests := []struct {
		name     string
		cred     *verify.Credential
		server   http.Handler
		state    verify.State
		reason   string
		endpoint string
	}{
		{"account by name", c, own, verify.Live, "", account + ".blob.core.windows.net"},
		{"account by host", with(map[string][]string{"endpoint_host": {account + ".table.core.usgovcloudapi.net"}}), own, verify.Live, "", account + ".blob.core.usgovcloudapi.net"},
		{"suffix of China", with(map[string][]string{"account": {account}, "endpoint_suffix": {"core.chinacloudapi.cn"}}), own, verify.Live, "", account + ".blob.core.chinacloudapi.cn"},
		{"name and host differ", with(map[string][]string{"account": {account}, "endpoint_host": {"other.blob.core.chinacloudapi.cn"}}), own, verify.Live, "", account + ".blob.core.windows.net"},
		{"key of another account", c, storageAccount{account, base64.StdEncoding.EncodeToString([]byte("x"))}, verify.Dead, "refuses", ""},
		{"keys switched off", c, storageError(403, "KeyBasedAuthenticationNotPermitted", ""), verify.Unknown, "takes no keys", ""},
		{"firewall of the account", c, storageError(403, "AuthorizationFailure", ""), verify.Unknown, "firewall", ""},
		{"the clock is off", c, storageError(403, "AuthenticationFailed", "Request date header too old: 'x'"), verify.Unknown, "clock", ""},
		{"another error", c, storageError(409, "AccountBeingCreated", ""), verify.Unknown, "neither", ""},
		{"no account", with(nil), own, verify.Unverifiable, "name of its account", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := farmed{cred: tt.cred, hosts: blobHosts}.ask(t, tt.server, nil)
			if v.State != tt.state || !strings.Contains(v.Reason, tt.reason) || !strings.Contains(v.Endpoint, tt.endpoint) {
				t.Errorf("%s (%s) at %s, want %s (%s) at %s", v.State, v.Reason, v.Endpoint, tt.state, tt.reason, tt.endpoint)
			}
		})
	}
}
