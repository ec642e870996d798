package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
)

// Verify says whom secrets may be sent to for verification beside their issuers,
// and how often. It decides where secrets go, so it counts only in a file that the
// user names: see Untrusted.
type Verify struct {
	Hosts     []string          `toml:"hosts"`     // that the scanned text may name
	Networks  []Network         `toml:"networks"`  // special ranges that may be asked
	Endpoints Endpoints         `toml:"endpoints"` // servers of one's own, by the issuer's host
	SSH       []SSHServer       `toml:"ssh"`       // that private keys are tried at
	JWKS      map[string]string `toml:"jwks"`      // key sets, by the iss of tokens
	Proxy     Proxy             `toml:"proxy"`
	Roots     string            `toml:"roots"` // a PEM file beside the config file
	Timeout   Duration          `toml:"timeout"`
	Budget    Duration          `toml:"budget"`
	Patience  Duration          `toml:"patience"`
	AtOnce    Count             `toml:"at-once"`
	Rate      Count             `toml:"rate"`
}

// SSHServer is a server that private keys are tried at.
type SSHServer struct {
	Address string `toml:"address"`
	User    string `toml:"user"`
	HostKey string `toml:"host-key"`
}

func defaultVerify() Verify {
	l := verify.DefaultLimits()
	return Verify{
		Timeout: Duration(l.Timeout), Budget: Duration(l.Budget), Patience: Duration(l.Patience),
		AtOnce: Count(l.AtOnce), Rate: Count(l.Rate),
	}
}

// Untrusted takes out of a config that was found in what is scanned, and that
// nobody named, what decides where secrets are sent: a hostile repository could
// have itself sent all that is found. It returns what was taken out.
func (c *Config) Untrusted() []string {
	var taken []string
	if c.Verify.decides() {
		taken = append(taken, c.Name+": [verify]")
		c.Verify = defaultVerify()
	}
	if c.Ledger.Database != "" {
		taken = append(taken, c.Name+": ledger.database")
		c.Ledger.Database = ""
	}
	if c.Issues.decides() {
		taken = append(taken, c.Name+": tracker, repository, advisories, webhook and escalate of [issues]")
		d := defaultIssues()
		c.Issues.Tracker, c.Issues.Repository, c.Issues.Advisories, c.Issues.Webhook, c.Issues.Escalate = d.Tracker, d.Repository, d.Advisories, d.Webhook, d.Escalate
	}
	for i, p := range c.Providers {
		if len(p.Verify)+len(p.Revoke) == 0 {
			continue
		}
		taken = append(taken, fmt.Sprintf("rules.d, provider %s: [[verify]] and [[revoke]]", p.ID))
		q := *p
		q.Verify, q.Revoke = nil, nil
		for _, r := range q.Rules {
			r.Provider = &q
		}
		c.Providers[i] = &q
	}
	return taken
}

// decides reports whether the section says anything else than the defaults.
func (v *Verify) decides() bool {
	d := defaultVerify()
	return len(v.Hosts)+len(v.Networks)+len(v.Endpoints)+len(v.SSH)+len(v.JWKS) > 0 ||
		v.Proxy != "" || v.Roots != "" ||
		v.Timeout != d.Timeout || v.Budget != d.Budget || v.Patience != d.Patience || v.AtOnce != d.AtOnce || v.Rate != d.Rate
}

// Options returns the options of a verifier. readFile reads a file that the config
// names.
func (v *Verify) Options(readFile func(string) ([]byte, error)) (verify.Options, error) {
	o := verify.Options{
		Hosts: v.Hosts, Endpoints: v.Endpoints, JWKS: v.JWKS,
		Limits: verify.Limits{
			Timeout: time.Duration(v.Timeout), Budget: time.Duration(v.Budget), Patience: time.Duration(v.Patience),
			AtOnce: int(v.AtOnce), Rate: float64(v.Rate), Burst: int(v.Rate),
		},
	}
	if v.Proxy != "" {
		var err error
		if o.Proxy, err = url.Parse(string(v.Proxy)); err != nil {
			return o, err
		}
	}
	for _, n := range v.Networks {
		o.Networks = append(o.Networks, n.Prefix)
	}
	for _, s := range v.SSH {
		if s.Address == "" || s.User == "" || !strings.HasPrefix(s.HostKey, "SHA256:") {
			return o, errors.New(`verify.ssh: want address, user, and host-key as "SHA256:…" of ssh-keygen -l`)
		}
		o.SSH = append(o.SSH, verify.SSHServer(s))
	}
	if v.Roots != "" {
		data, err := readFile(v.Roots)
		if err != nil {
			return o, fmt.Errorf("verify.roots: %w", err)
		}
		if o.Roots, err = x509.SystemCertPool(); err != nil {
			o.Roots = x509.NewCertPool()
		}
		if !o.Roots.AppendCertsFromPEM(data) {
			return o, fmt.Errorf("verify.roots: %s: no certificate in PEM form", v.Roots)
		}
	}
	return o, nil
}

// Network is a range of addresses.
type Network struct{ netip.Prefix }

// UnmarshalTOML reads a range such as "10.0.0.0/8".
func (n *Network) UnmarshalTOML(v any) error {
	text, ok := v.(string)
	prefix, err := netip.ParsePrefix(text)
	if !ok || err != nil {
		return fmt.Errorf("%v: want a range of addresses such as %q", v, "10.0.0.0/8")
	}
	n.Prefix = prefix.Masked()
	return nil
}

// Endpoints are servers of one's own, by the host of the issuer that they stand
// for.
type Endpoints map[string][]*url.URL

// UnmarshalTOML reads a table of addresses, or of lists of them.
func (e *Endpoints) UnmarshalTOML(v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%v: want a table such as %s", v, `"api.github.com" = "https://github.acme.com/api/v3"`)
	}
	*e = Endpoints{}
	for host, value := range table {
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for _, entry := range list {
			text, _ := entry.(string)
			u, err := verify.ParseEndpoint(text)
			if err != nil {
				return fmt.Errorf("%q: %w", host, err)
			}
			(*e)[host] = append((*e)[host], u)
		}
	}
	return nil
}

// Proxy is the address of an HTTP proxy; "" is none.
type Proxy string

// UnmarshalTOML reads the address.
func (p *Proxy) UnmarshalTOML(v any) error {
	text, ok := v.(string)
	u, err := url.Parse(text)
	if !ok || err != nil || text != "" && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("want the address of a proxy such as %q", "http://proxy.acme.com:3128")
	}
	*p = Proxy(text)
	return nil
}

// Duration is a length of time.
type Duration time.Duration

// UnmarshalTOML reads a length of time such as "10s"; it must be positive.
func (d *Duration) UnmarshalTOML(v any) error {
	text, _ := v.(string)
	n, err := time.ParseDuration(text)
	if err != nil || n <= 0 {
		return fmt.Errorf("%v: want a length of time such as %q", v, "10s")
	}
	*d = Duration(n)
	return nil
}

// Count is a positive number of things.
type Count int

// UnmarshalTOML reads the number.
func (c *Count) UnmarshalTOML(v any) error {
	n, ok := v.(int64)
	if !ok || n < 1 || n > 1000 {
		return fmt.Errorf("%v: want a whole number from 1 to 1000", v)
	}
	*c = Count(n)
	return nil
}
