package verify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/leakguard/leakguard/detectors/redact"
)

// login is an account that a URL names, at a database or a broker: who logs in
// where. The server is not asked over HTTP.
type login struct {
	ask            *Asker
	user, password string // decoded
	host, address  string // address is host:port
	name           string // behind the host: of the database or the virtual host
	query          url.Values
	label          string // scheme and address, for the verdict and the audit record
}

// loginOf reads a URL. port is used if it has none. What stands alone before the
// host is the password.
func loginOf(ask *Asker, u *url.URL, port string) *login {
	l := &login{ask: ask, user: u.User.Username(), host: u.Hostname(), name: strings.TrimPrefix(u.Path, "/"), query: u.Query()}
	var named bool
	if l.password, named = u.User.Password(); !named {
		l.user, l.password = "", l.user
	}
	if u.Port() != "" {
		port = u.Port()
	}
	l.address = net.JoinHostPort(l.host, port)
	l.label = u.Scheme + "://" + l.address
	return l
}

// noUser is why a URL without a user is not asked about.
const noUser = "its URL names no user"

// errHungUp is told of a conversation that ends in the middle.
var errHungUp = errors.New("the conversation broke off")

// converse connects, has a conversation and hangs up. An error of talk is a failure
// of the server, never an answer about the password.
func (l *login) converse(ctx context.Context, talk func(context.Context, net.Conn) (Verdict, error)) Verdict {
	conn, leave, err := l.ask.Dial(ctx, l.address, l.label)
	if err != nil {
		return l.failed(err)
	}
	err = errHungUp
	defer func() { leave(err) }()
	v, failure := talk(ctx, conn)
	if err = l.concealed(failure); err != nil {
		return l.failed(err)
	}
	v.Endpoint = l.label
	v.Reason, v.Evidence = shown(l.conceal(v.Reason)), shown(l.conceal(v.Evidence))
	v.Identity.Name, v.Identity.Account = shown(v.Identity.Name), shown(v.Identity.Account)
	for i, s := range v.Scopes {
		v.Scopes[i] = shown(s)
	}
	if v.State == Live {
		v.Identity.Kind = "machine"
	}
	return v
}

func (l *login) failed(err error) Verdict { return l.ask.failed(err, l.label) }

// conceal covers the password, as it stands in the URL and decoded, however short it
// is: servers repeat in an error what they were sent.
func (l *login) conceal(text string) string {
	text = redact.NewVeil([][]byte{[]byte(l.password)}).Cover(l.ask.conceal(text))
	if l.password == "" {
		return text
	}
	return strings.ReplaceAll(text, l.password, redact.Secret([]byte(l.password)))
}

func (l *login) concealed(err error) error {
	if err == nil {
		return nil
	}
	return &concealedError{l.conceal(err.Error()), err}
}

// secure starts TLS on a connection. The certificate is always verified: servers of
// one's own that sign for themselves need verify.roots.
func (l *login) secure(ctx context.Context, conn net.Conn) (*tls.Conn, error) {
	t := tls.Client(conn, l.ask.secured(l.host))
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS with %s: %w (verify.roots adds authorities)", l.address, err)
	}
	return t, nil
}

// verified reports whether the server at the other end showed a certificate for
// its host that an authority signed.
func (l *login) verified(conn net.Conn) bool {
	t, ok := conn.(*tls.Conn)
	if !ok {
		return false
	}
	chain := t.ConnectionState().PeerCertificates
	if len(chain) == 0 {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{DNSName: l.host, Roots: l.ask.engine.opts.Roots, Intermediates: between})
	return err == nil
}

// needsTLS is the verdict where the password itself would cross a public network.
func (l *login) needsTLS(instead string) Verdict {
	return Verdict{State: Unverifiable, Endpoint: l.label,
		Reason: "the password would cross a public network in clear; " + instead + ", or list the server's network in verify.networks"}
}
