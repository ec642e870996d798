package verify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
)

// verifySMTP signs in to a mail server (RFC 4954) and leaves again: nothing is
// mailed. The password goes over TLS that was verified: at once for smtps (RFC
// 8314), after STARTTLS (RFC 3207) for smtp.
func verifySMTP(ctx context.Context, ask *Asker, u *url.URL) Verdict {
	user := u.User.Username()
	password, _ := u.User.Password()
	if user == "" || password == "" {
		return unverifiable("its URL names no user or no password")
	}
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme] // RFC 6409, RFC 8314
	}
	address := net.JoinHostPort(host, port)
	what := "AUTH at " + u.Scheme + "://" + address
	conn, leave, err := ask.Dial(ctx, address, what)
	if err != nil {
		return ask.failed(err, what)
	}
	s := &submission{ask: ask, host: host, conn: conn, user: user, password: password}
	if u.Scheme == "smtps" {
		s.conn = tls.Client(conn, ask.secured(host))
	}
	v, failure := s.verdict()
	leave(failure)
	if failure != nil {
		return ask.failed(shownError(failure), what)
	}
	v.Endpoint = what
	if v.State == Live || v.State == Dead {
		v.Identity.Name = shown(user)
	}
	return v
}

// submission is one conversation with a mail server.
type submission struct {
	ask            *Asker
	host           string
	conn           net.Conn
	user, password string
}

// verdict signs in. The error is a failure of the server or of the connection.
func (s *submission) verdict() (Verdict, error) {
	client, err := smtp.NewClient(s.conn, s.host)
	if err != nil {
		return Verdict{}, err
	}
	if err := client.Hello("localhost"); err != nil {
		return Verdict{}, err
	}
	if _, encrypted := client.TLSConnectionState(); !encrypted {
		if offered, _ := client.Extension("STARTTLS"); offered {
			if err := client.StartTLS(s.ask.secured(s.host)); err != nil {
				return Verdict{}, fmt.Errorf("STARTTLS: %w", err)
			}
		} else if !s.ask.inClear(s.conn) {
			return unverifiable("the server offers no STARTTLS, and the password is not sent in clear"), nil
		}
	}
	_, mechanisms := client.Extension("AUTH")
	auth := s.mechanism(strings.Fields(strings.ToUpper(mechanisms)))
	if auth == nil {
		return unverifiable("the server offers neither AUTH PLAIN nor AUTH LOGIN"), nil
	}
	return s.judge(client, client.Auth(auth))
}

func (s *submission) mechanism(offered []string) smtp.Auth {
	for _, name := range offered {
		switch name {
		case "PLAIN": // RFC 4616
			return &answers{name, []byte("\x00" + s.user + "\x00" + s.password), nil}
		case "LOGIN": // draft-murchison-sasl-login
			return &answers{name, nil, [][]byte{[]byte(s.user), []byte(s.password)}}
		}
	}
	return nil
}

// answers is an SASL mechanism whose answers stand before the server asks.
type answers struct {
	name    string
	initial []byte
	rest    [][]byte
}

func (a *answers) Start(*smtp.ServerInfo) (string, []byte, error) { return a.name, a.initial, nil }

func (a *answers) Next(_ []byte, more bool) ([]byte, error) {
	switch {
	case !more && len(a.rest) > 0:
		return nil, errors.New("the server accepts a user before it has the password")
	case !more:
		return nil, nil
	case len(a.rest) == 0:
		return nil, errors.New("the server asks for more than a user and a password")
	}
	next := a.rest[0]
	a.rest = a.rest[1:]
	return next, nil
}

// judge reads the answer to AUTH. 535 with the enhanced code 5.7.8 says that the
// credentials are invalid (RFC 4954, section 6); servers say it also of what a
// later try or another kind of password would get past, and that is no refusal.
func (s *submission) judge(client *smtp.Client, err error) (Verdict, error) {
	var refusal *textproto.Error
	switch {
	case err == nil:
		client.Quit() // the verdict stands, however the server takes the goodbye
		return live("answered AUTH with 235 (authentication succeeded)"), nil
	case !errors.As(err, &refusal):
		return Verdict{}, err
	}
	text := strings.ToLower(refusal.Msg)
	if refusal.Code == 535 && strings.HasPrefix(text, "5.7.8") && !doubted(text) {
		return dead("answered AUTH with 535 5.7.8 (authentication credentials invalid)"), nil
	}
	said := s.ask.conceal(strings.ReplaceAll(refusal.Msg, s.password, "***"))
	return unknown(fmt.Sprintf("the mail server answers %d %s, which does not say that the password is wrong", refusal.Code, shown(said))), nil
}

// doubted reports whether a refusal, in lower case, tells of something else than a
// wrong password. A word too many here costs a verdict, one too few makes a wrong one.
func doubted(text string) bool {
	for _, word := range []string{
		"application-specific", "app password", "too many", "rate", "limit", "temporar", "again", "later",
		"lost", "generic failure", "block", "disabled", "locked", "expired", "unavailable", "internal",
	} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
