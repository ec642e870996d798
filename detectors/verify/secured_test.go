package verify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

// authority is a certificate authority of a test, and a server's certificate for
// 127.0.0.1 that it signed.
func authority(t *testing.T) (*x509.CertPool, *tls.Config) {
	t.Helper()
	key := newECKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func newECKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// serve answers each connection to a port of this machine and returns its address.
func serve(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				answer(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// closedPort is an address of this machine at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// hang reads and never answers.
func hang(conn net.Conn) {
	buf := make([]byte, 512)
	for {
		if _, err := conn.Read(buf); err != nil {
			return
		}
	}
}

// chatter sends what no protocol has.
func chatter(conn net.Conn) {
	conn.Write([]byte("\x00\xff SSH? HTTP/9 <html>hello</html>\r\n"))
	hang(conn)
}

// onLoopback are options under which servers of this machine may be asked.
func onLoopback() verify.Options {
	return verify.Options{
		Hosts: []string{"127.0.0.1"}, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Limits: quick(),
	}
}

// askURL asks about the password of a URL, and checks that nothing told holds it.
func askURL(t *testing.T, o verify.Options, scheme, user, password, address string) verify.Verdict {
	t.Helper()
	p := &rules.Provider{ID: "generic", Verify: []rules.Verify{{Rules: []string{"generic-url"}, Verifier: "url", HostFromText: true}}}
	return askAbout(t, o, &verify.Credential{
		Rule: &rules.Rule{ID: "generic-url", Provider: p}, Value: password,
		Parts: map[string][]string{"scheme": {scheme}, "user": {user}, "host": {address}},
	})
}

func askAbout(t *testing.T, o verify.Options, c *verify.Credential) verify.Verdict {
	t.Helper()
	var told strings.Builder
	o.Audit = func(r verify.Record) { fmt.Fprintf(&told, "%+v\n", r) }
	e := verify.New(o)
	defer e.Close()
	v := e.Verify(t.Context(), c)
	fmt.Fprintf(&told, "%+v", v)
	if c.Value != "" && strings.Contains(told.String(), c.Value) {
		t.Error("the verdict or the audit record holds the secret")
	}
	return v
}

// expect checks a verdict, a word of its reason or evidence, and that both can be
// printed.
func expect(t *testing.T, v verify.Verdict, state verify.State, word string) {
	t.Helper()
	if v.State != state || !strings.Contains(v.Reason+" "+v.Evidence, word) {
		t.Errorf("verdict %s (%s; %s), want %s with %q", v.State, v.Reason, v.Evidence, state, word)
	}
	if unprintable := func(r rune) bool { return !unicode.IsPrint(r) }; strings.IndexFunc(v.Reason+v.Evidence, unprintable) >= 0 {
		t.Errorf("the reason %q or the evidence %q holds control characters", v.Reason, v.Evidence)
	}
}

// elsewhere are options under which mail.acme.test has a public address; its
// connections reach a server of this machine, and say that they come from there.
func elsewhere(server string) verify.Options {
	o := onLoopback()
	o.Hosts, o.Networks = []string{"mail.acme.test"}, nil
	o.Resolver = resolverTo{netip.MustParseAddr("8.8.4.4")}
	o.Connect = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, server)
		if err != nil {
			return nil, err
		}
		return farConn{conn, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))}, nil
	}
	return o
}

type resolverTo struct{ address netip.Addr }

func (r resolverTo) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{r.address}, nil
}

type farConn struct {
	net.Conn
	peer net.Addr
}

func (c farConn) RemoteAddr() net.Addr { return c.peer }
