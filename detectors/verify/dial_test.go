package verify

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
)

// nameServer is the resolver of these tests: each look-up of a name gives its next
// answer, the last one over and over.
type nameServer struct {
	mu      sync.Mutex
	answers map[string][][]string
	asked   []string
}

func (n *nameServer) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, host)
	list := n.answers[host]
	if len(list) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(list) > 1 {
		n.answers[host] = list[1:]
	}
	var all []netip.Addr
	for _, a := range list[0] {
		all = append(all, netip.MustParseAddr(a))
	}
	return all, nil
}

// trap is a server on this machine that nothing may reach, and a stand-in for the
// network: a connection to a public address leads nowhere, one to this machine
// leads to the trap.
type trap struct {
	server  *httptest.Server
	reached []string
	dialled []string
	mu      sync.Mutex
}

func newTrap(t *testing.T) *trap {
	tr := new(trap)
	tr.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.reached = append(tr.reached, r.Host)
	}))
	t.Cleanup(tr.server.Close)
	return tr
}

var errNoNetwork = errors.New("these tests have no network")

func (tr *trap) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return nil, errors.New("a name was dialled, not an address")
	}
	tr.mu.Lock()
	tr.dialled = append(tr.dialled, host)
	tr.mu.Unlock()
	if special(a) == "" {
		return nil, errNoNetwork
	}
	return new(net.Dialer).DialContext(ctx, network, tr.server.Listener.Addr().String())
}

// question is a provider whose only credential is asked about at a host.
func question(hosts []string, fromText bool, request rules.Request) *rules.Provider {
	request.Method = http.MethodGet
	request.Live = "status == 200"
	p := &rules.Provider{ID: "acme", Name: "Acme"}
	p.Rules = []*rules.Rule{{ID: "acme-key", Provider: p, Name: "Acme key", Pattern: "x(y)"}}
	p.Verify = []rules.Verify{{Rules: []string{"acme-key"}, Hosts: hosts, HostFromText: fromText, Requests: []rules.Request{request}}}
	return p
}

// TestNothingInside asks at hosts that lead, in one way or another, to an address
// that no issuer has: nothing may get there.
func TestNothingInside(t *testing.T) {
	tests := []struct {
		name    string
		host    string
		answers [][]string // of the name server
	}{
		{"loopback", "127.0.0.1", nil},
		{"all of loopback", "127.8.9.1", nil},
		{"loopback over IPv6", "[::1]", nil},
		{"private, mapped into IPv6", "[::ffff:10.0.0.1]", nil},
		{"loopback, mapped, in hexadecimal", "[::ffff:7f00:1]", nil},
		{"loopback, IPv4-compatible", "[::127.0.0.1]", nil},
		{"metadata through NAT64", "[64:ff9b::169.254.169.254]", nil},
		{"metadata through local NAT64", "[64:ff9b:1::a9fe:a9fe]", nil},
		{"private through 6to4", "[2002:a00:1::1]", nil},
		{"Teredo", "[2001:0:7f00:1::]", nil},
		{"cloud metadata", "169.254.169.254", nil},
		{"cloud metadata over IPv6", "[fd00:ec2::254]", nil},
		{"link-local over IPv6", "[fe80::1]", nil},
		{"link-local with a zone", "[fe80::1%25lo]", nil},
		{"unspecified", "0.0.0.0", nil},
		{"unspecified over IPv6", "[::]", nil},
		{"shared address space", "100.64.0.1", nil},
		{"decimal form", "2130706433", nil},
		{"octal form", "0177.0.0.1", nil},
		{"hexadecimal form", "0x7f.0.0.1", nil},
		{"hexadecimal form in one", "0x7f000001", nil},
		{"short form", "127.1", nil},
		{"decimal form that a name server knows", "2130706434", [][]string{{"127.0.0.2"}}},
		{"trailing dot", "127.0.0.1.", nil},
		{"name of loopback", "inside.acme.com", [][]string{{"127.0.0.1"}}},
		{"name of loopback over IPv6", "inside.acme.com", [][]string{{"::1"}}},
		{"name with a public and a private address", "inside.acme.com", [][]string{{"192.0.43.8", "10.0.0.1"}}},
		{"name that is public first and loopback second", "inside.acme.com", [][]string{{"192.0.43.8"}, {"127.0.0.1"}, {"127.0.0.1"}}},
		{"localhost", "localhost", [][]string{{"127.0.0.1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTrap(t)
			resolver := &nameServer{answers: map[string][][]string{strings.Trim(tt.host, "[]"): tt.answers}}
			// The provider file of somebody who means ill: any host is the issuer's.
			p := question([]string{strings.Trim(tt.host, "[]"), "*", strings.Replace(strings.Trim(tt.host, "[]"), "%25", "%", 1)}, false, rules.Request{URL: "https://" + tt.host + "/", Bearer: "${secret}"})
			e := New(Options{Resolver: resolver, Connect: tr.connect, Limits: fast(), Sleep: noSleep})
			defer e.Close()
			v := e.Verify(t.Context(), &Credential{Rule: p.Rules[0], Value: "s3cret-" + t.Name()})
			if v.State == Live || v.State == Dead {
				t.Errorf("%s (%s)", v.State, v.Reason)
			}
			if len(tr.reached) > 0 {
				t.Errorf("the trap was reached: %v", tr.reached)
			}
			for _, a := range tr.dialled {
				if special(netip.MustParseAddr(a)) != "" {
					t.Errorf("%s was dialled", a)
				}
			}
		})
	}
}

// TestHostsOfText asks at a host that the scanned text names.
func TestHostsOfText(t *testing.T) {
	public := map[string][][]string{"evil.com": {{"192.0.43.8"}}, "db.acme.com": {{"10.1.2.3"}}, "acme.com.evil.com": {{"192.0.43.8"}}}
	tests := []struct {
		name     string
		host     string // that the text gives
		issuer   []string
		fromText bool
		o        Options
		dialled  string
		reached  bool
	}{
		{"not of the issuer", "evil.com", []string{"*.acme.com"}, false, Options{}, "", false},
		{"ends like the issuer's", "evilacme.com", []string{"*.acme.com"}, false, Options{}, "", false},
		{"begins like the issuer's", "acme.com.evil.com", []string{"*.acme.com", "acme.com"}, false, Options{}, "", false},
		{"with a user and a path in it", "acme.com@evil.com", []string{"*.acme.com", "acme.com"}, false, Options{}, "", false},
		{"with a fragment in it", "evil.com#.acme.com", []string{"*.acme.com"}, false, Options{}, "", false},
		{"with a backslash in it", `evil.com\.acme.com`, []string{"*.acme.com"}, false, Options{}, "", false},
		{"with a port", "db.acme.com:22", []string{"*.acme.com"}, false, Options{}, "", false},
		{"of the issuer, but private", "db.acme.com", []string{"*.acme.com"}, false, Options{}, "", false},
		{"any, none is configured", "evil.com", nil, true, Options{}, "", false},
		{"any, another is configured", "evil.com", nil, true, Options{Hosts: []string{"db.acme.com"}}, "", false},
		{"configured, in a network that is not", "db.acme.com", nil, true, Options{Hosts: []string{"*.acme.com"}}, "", false},
		{"configured, network too", "db.acme.com", nil, true, Options{Hosts: []string{"*.acme.com"}, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, "10.1.2.3", true},
		{"configured, public", "evil.com", nil, true, Options{Hosts: []string{"evil.com"}}, "192.0.43.8", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTrap(t)
			tt.o.Resolver, tt.o.Connect = &nameServer{answers: public}, tr.connect
			tt.o.Limits, tt.o.Sleep = fast(), noSleep
			e := New(tt.o)
			defer e.Close()
			p := question(tt.issuer, tt.fromText, rules.Request{URL: "https://${host}/", Bearer: "${secret}"})
			v := e.Verify(t.Context(), &Credential{Rule: p.Rules[0], Value: "s3cret", Parts: map[string][]string{"host": {tt.host}}})
			if v.State == Live || v.State == Dead {
				t.Errorf("%s (%s)", v.State, v.Reason)
			}
			if tt.dialled == "" && len(tr.dialled) > 0 || tt.dialled != "" && (len(tr.dialled) == 0 || tr.dialled[0] != tt.dialled) {
				t.Errorf("dialled %v, want %q (%s)", tr.dialled, tt.dialled, v.Reason)
			}
			if len(tr.reached) > 0 {
				t.Error("the trap speaks no TLS, and was asked all the same")
			}
		})
	}
}

// TestRedirectsLeadNowhere has a server of the issuer redirect to the trap.
func TestRedirectsLeadNowhere(t *testing.T) {
	tr := newTrap(t)
	for _, to := range []string{tr.server.URL, "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "//[::1]/", "http://2130706433/"} {
		issuer := httptest.NewServer(http.RedirectHandler(to, http.StatusTemporaryRedirect))
		at, err := url.Parse(issuer.URL)
		if err != nil {
			t.Fatal(err)
		}
		p := question(nil, false, rules.Request{URL: "https://api.acme.com/", Bearer: "${secret}"})
		e := New(Options{Endpoints: map[string][]*url.URL{"api.acme.com": {at}}, Limits: fast(), Sleep: noSleep})
		if v := e.Verify(t.Context(), &Credential{Rule: p.Rules[0], Value: "s3cret"}); v.State != Unknown || !strings.Contains(v.Reason, "redirect") {
			t.Errorf("%s: %s (%s)", to, v.State, v.Reason)
		}
		e.Close()
		issuer.Close()
	}
	if len(tr.reached) > 0 {
		t.Errorf("the trap was reached: %v", tr.reached)
	}
}

// TestRebinding looks a name up once: what was checked is what is dialled.
func TestRebinding(t *testing.T) {
	tr := newTrap(t)
	resolver := &nameServer{answers: map[string][][]string{"api.acme.com": {{"192.0.43.8"}, {"127.0.0.1"}}}}
	d := New(Options{Resolver: resolver, Connect: tr.connect}).dialer()
	if _, err := d.dial(t.Context(), "tcp", "api.acme.com:443"); !errors.Is(err, errNoNetwork) {
		t.Fatalf("got %v", err)
	}
	if len(resolver.asked) != 1 || len(tr.dialled) != 1 || tr.dialled[0] != "192.0.43.8" {
		t.Errorf("looked up %v, dialled %v", resolver.asked, tr.dialled)
	}
	var refused *refusedAddress
	if _, err := d.dial(t.Context(), "tcp", "api.acme.com:443"); !errors.As(err, &refused) {
		t.Errorf("the second answer, loopback: got %v, want it refused", err)
	}
}

// TestProxyOfTheEnvironment sends nothing through a proxy that only the
// environment names.
func TestProxyOfTheEnvironment(t *testing.T) {
	tr := newTrap(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, tr.server.URL)
	}
	resolver := &nameServer{answers: map[string][][]string{"api.acme.com": {{"192.0.43.8"}}}}
	p := question(nil, false, rules.Request{URL: "https://api.acme.com/", Bearer: "${secret}"})
	e := New(Options{Resolver: resolver, Connect: tr.connect, Limits: fast(), Sleep: noSleep})
	defer e.Close()
	if v := e.Verify(t.Context(), &Credential{Rule: p.Rules[0], Value: "s3cret"}); v.State != Unknown {
		t.Errorf("%s (%s)", v.State, v.Reason)
	}
	if len(tr.reached) > 0 {
		t.Error("the proxy was asked")
	}
}

// TestCertificates asks nothing of a server whose certificate is not its own.
func TestCertificates(t *testing.T) {
	asked := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked = true }))
	defer server.Close()
	server.Config.ErrorLog = nil
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := question(nil, false, rules.Request{URL: "https://api.acme.com/", Bearer: "${secret}"})
	e := New(Options{Endpoints: map[string][]*url.URL{"api.acme.com": {at}}, Limits: fast(), Sleep: noSleep})
	defer e.Close()
	v := e.Verify(t.Context(), &Credential{Rule: p.Rules[0], Value: "s3cret"})
	if v.State != Unknown || !strings.Contains(v.Reason, "certificate") || asked {
		t.Errorf("%s (%s); asked: %t", v.State, v.Reason, asked)
	}
}

func TestSpecial(t *testing.T) {
	for _, public := range []string{"192.0.43.8", "8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::8.8.8.8", "2a00:1450::1", "172.32.0.1", "100.128.0.1", "169.253.1.1"} {
		if kind := special(netip.MustParseAddr(public)); kind != "" {
			t.Errorf("%s is called %s", public, kind)
		}
	}
	for _, r := range specialRanges {
		p := netip.MustParsePrefix(r.cidr)
		if special(p.Addr()) == "" || p.Masked() != p {
			t.Errorf("%s is not special, or not a range", r.cidr)
		}
		if p.Addr().Is4() && special(netip.AddrFrom16(p.Addr().As16())) == "" {
			t.Errorf("%s mapped into IPv6 is not special", r.cidr)
		}
	}
}

// fast are limits under which a test does not wait.
func fast() Limits {
	return Limits{Timeout: 5 * time.Second, Budget: time.Minute, Patience: time.Second, AtOnce: 4, Rate: 1e6, Burst: 100}
}

func noSleep(context.Context, time.Duration) error { return nil }
