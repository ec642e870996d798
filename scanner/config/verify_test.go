package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

const fullVerify = `
[verify]
hosts = ["db.acme.com", "*.acme.com"]
networks = ["10.1.2.3/8"]
proxy = "http://proxy.acme.com:3128"
roots = "ca.pem"
timeout = "3s"
budget = "1h"
patience = "90s"
at-once = 2
rate = 7
[verify.endpoints]
"api.github.com" = ["https://api.github.com", "https://github.acme.com/api/v3"]
"gitlab.com" = "https://gitlab.acme.com"
[verify.jwks]
"https://login.acme.com/" = "https://login.acme.com/keys"
[[verify.ssh]]
address = "git.acme.com:22"
user = "git"
host-key = "SHA256:abc"
`

func TestVerifyOptions(t *testing.T) {
	c, err := Parse("c.toml", []byte(fullVerify))
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Verify.Options(func(name string) ([]byte, error) {
		if name != "ca.pem" {
			t.Errorf("asked for %q", name)
		}
		return certificate(t), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Hosts) != 2 || len(o.Networks) != 1 || o.Networks[0].String() != "10.0.0.0/8" || o.Proxy.Host != "proxy.acme.com:3128" || o.Roots == nil {
		t.Errorf("options %+v", o)
	}
	if l := o.Limits; l.Timeout != 3*time.Second || l.Budget != time.Hour || l.Patience != 90*time.Second || l.AtOnce != 2 || l.Rate != 7 || l.Burst != 7 {
		t.Errorf("limits %+v", l)
	}
	if len(o.Endpoints["api.github.com"]) != 2 || len(o.Endpoints["gitlab.com"]) != 1 || o.Endpoints["api.github.com"][1].Path != "/api/v3" {
		t.Errorf("endpoints %v", o.Endpoints)
	}
	if len(o.SSH) != 1 || o.SSH[0].User != "git" || o.JWKS["https://login.acme.com/"] == "" {
		t.Errorf("ssh %v, jwks %v", o.SSH, o.JWKS)
	}
}

func certificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestVerifyErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"network", "networks = ['10.0.0.1']", `10.0.0.1: want a range of addresses such as "10.0.0.0/8"`},
		{"endpoint over http", "endpoints = {\"gitlab.com\" = 'http://gitlab.acme.com'}", `http only to this machine; want https`},
		{"endpoint without a host", "endpoints = {\"gitlab.com\" = ''}", `want an address such as`},
		{"endpoint with a password", "endpoints = {\"gitlab.com\" = 'https://a@b'}", `want an address such as`},
		{"endpoints that are no table", "endpoints = 1", "want a table such as"},
		{"proxy", "proxy = 'socks5://a'", "want the address of a proxy"},
		{"time", "timeout = 10", `10: want a length of time such as "10s"`},
		{"negative time", "budget = '-1s'", `-1s: want a length of time`},
		{"count", "rate = 0", "0: want a whole number from 1 to 1000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("c.toml", []byte("[verify]\n"+tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "c.toml:") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	later := []struct{ name, text, want string }{
		{"ssh without a host key", "[[verify.ssh]]\naddress = 'a:22'\nuser = 'git'", "host-key"},
		{"roots that cannot be read", "[verify]\nroots = 'gone'", "verify.roots"},
		{"roots without a certificate", "[verify]\nroots = 'empty'", "no certificate"},
	}
	for _, tt := range later {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("c.toml", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Verify.Options(func(name string) ([]byte, error) {
				if name == "gone" {
					return nil, errors.New("no such file")
				}
				return nil, nil
			})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestUntrusted takes out whatever says where secrets go, and nothing else.
func TestUntrusted(t *testing.T) {
	for _, line := range []string{
		"hosts = ['a']", "networks = ['10.0.0.0/8']", "proxy = 'http://a'", "roots = 'a'", "timeout = '1s'",
		"endpoints = {a = 'https://b'}", "jwks = {a = 'https://b'}", "ssh = [{address = 'a'}]",
	} {
		c, err := Parse("c.toml", []byte("[verify]\n"+line))
		if err != nil {
			t.Fatal(err)
		}
		if taken := c.Untrusted(); len(taken) != 1 || c.Verify.decides() {
			t.Errorf("%s: taken out: %v; left: %+v", line, taken, c.Verify)
		}
	}
	for _, text := range []string{
		"[ledger]\ndatabase = 'x'", "[issues]\nrepository = 'evil/x'", "[issues]\ntracker = 'webhook'", "[issues]\nwebhook = 'https://evil.com'",
		"[issues]\nescalate = ['@evil']",
		"[issues]\nadvisories = true",
	} {
		c, err := Parse("c.toml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if taken := c.Untrusted(); len(taken) != 1 || c.Issues.decides() || c.Ledger.Database != "" {
			t.Errorf("%s: taken out: %v; left: %+v", text, taken, c.Issues)
		}
	}
	c, err := Parse("c.toml", []byte(Template))
	if err != nil {
		t.Fatal(err)
	}
	if taken := c.Untrusted(); taken != nil {
		t.Errorf("the template, which says what holds anyway: taken out: %v", taken)
	}
}
