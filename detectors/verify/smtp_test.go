package verify_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
)

// mailServer is a mail server that knows one user.
type mailServer struct {
	tls        *tls.Config // nil: it has no STARTTLS
	atOnce     bool        // TLS from the beginning
	mechanisms string
	user, pass string
	refusal    string // to another password
	greeting   string
	early      bool          // accepts the user before it has the password
	clear      chan<- string // told of an AUTH that came in clear
}

func (m mailServer) answer(conn net.Conn) {
	encrypted := m.atOnce
	if m.atOnce {
		conn = tls.Server(conn, m.tls)
	}
	in := bufio.NewScanner(conn)
	say := func(lines ...string) { fmt.Fprint(conn, strings.Join(lines, "\r\n")+"\r\n") }
	say(m.greeting)
	for in.Scan() {
		verb, rest, _ := strings.Cut(in.Text(), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			lines := []string{"250-mail.test"}
			if m.tls != nil && !encrypted {
				lines = append(lines, "250-STARTTLS")
			}
			say(append(lines, "250 AUTH "+m.mechanisms)...)
		case "STARTTLS":
			say("220 2.0.0 go ahead")
			conn, encrypted = tls.Server(conn, m.tls), true
			in = bufio.NewScanner(conn)
		case "AUTH":
			if !encrypted && m.clear != nil {
				m.clear <- verb
			}
			user, pass := m.sasl(in, say, rest)
			switch {
			case m.early || user == m.user && pass == m.pass:
				say("235 2.7.0 Authentication successful")
			default:
				say(m.refusal)
			}
		case "QUIT":
			say("221 2.0.0 Bye")
			return
		default:
			say("502 5.5.2 no such command")
		}
	}
}

// sasl reads the user and the password that AUTH brings.
func (m mailServer) sasl(in *bufio.Scanner, say func(...string), rest string) (user, pass string) {
	mechanism, initial, _ := strings.Cut(rest, " ")
	decode := func(s string) string {
		b, _ := base64.StdEncoding.DecodeString(s)
		return string(b)
	}
	if mechanism == "PLAIN" {
		fields := strings.Split(decode(initial)+"\x00\x00", "\x00")
		return fields[1], fields[2]
	}
	ask := func(prompt string) string {
		say("334 " + base64.StdEncoding.EncodeToString([]byte(prompt)))
		in.Scan()
		return decode(in.Text())
	}
	user = ask("Username:")
	if m.early {
		return user, ""
	}
	return user, ask("Password:")
}

func TestSMTP(t *testing.T) {
	roots, cert := authority(t)
	otherRoots, _ := authority(t)
	pass := "Gr8" + strings.Repeat("kfw", 4)
	server := mailServer{
		tls: cert, mechanisms: "PLAIN LOGIN", user: "app@acme.test", pass: pass,
		refusal: "535 5.7.8 Error: authentication failed: authentication failure", greeting: "220 mail.test ESMTP",
	}
	const wrong = "another-one-2"
	for _, c := range []struct {
		name     string
		scheme   string
		change   func(*mailServer)
		password string
		want     verify.State
		word     string
	}{
		{"accepted after STARTTLS", "smtp", nil, pass, verify.Live, "235"},
		{"accepted over TLS", "smtps", func(m *mailServer) { m.atOnce = true }, pass, verify.Live, "235"},
		{"accepted with LOGIN", "smtp", func(m *mailServer) { m.mechanisms = "XOAUTH2 LOGIN" }, pass, verify.Live, "235"},
		{"no STARTTLS, on this machine", "smtp", func(m *mailServer) { m.tls = nil }, pass, verify.Live, "235"},
		{"rotated", "smtp", nil, wrong, verify.Dead, "535 5.7.8"},
		{"rotated, two lines", "smtps", func(m *mailServer) {
			m.atOnce, m.refusal = true, "535-5.7.8 Username and Password not accepted. Learn more at\r\n535 5.7.8  https://mail.test/?p=BadCredentials"
		}, wrong, verify.Dead, "535 5.7.8"},
		{"another kind of password", "smtp", func(m *mailServer) { m.refusal = "535 5.7.8 Application-specific password required" }, wrong, verify.Unknown, "535"},
		{"too many tries", "smtp", func(m *mailServer) { m.refusal = "535 5.7.8 Too many login attempts" }, wrong, verify.Unknown, "535"},
		{"its backend fails", "smtp", func(m *mailServer) { m.refusal = "535 5.7.8 Error: authentication failed: generic failure" }, wrong, verify.Unknown, "535"},
		{"no enhanced code", "smtp", func(m *mailServer) { m.refusal = "535 Authentication unsuccessful" }, wrong, verify.Unknown, "535"},
		{"another enhanced code", "smtp", func(m *mailServer) {
			m.refusal = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled"
		}, wrong, verify.Unknown, "535"},
		{"temporary failure", "smtp", func(m *mailServer) { m.refusal = "454 4.7.0 Temporary authentication failure" }, wrong, verify.Unknown, "454"},
		{"forbidden", "smtp", func(m *mailServer) { m.refusal = "550 5.7.1 go away" }, wrong, verify.Unknown, "550"},
		{"the refusal repeats the password", "smtp", func(m *mailServer) { m.refusal = "550 5.7.1 not " + wrong }, wrong, verify.Unknown, "550"},
		{"busy", "smtp", func(m *mailServer) { m.greeting = "421 4.3.2 too busy" }, pass, verify.Unknown, "421"},
		{"no mechanism for passwords", "smtp", func(m *mailServer) { m.mechanisms = "XOAUTH2" }, pass, verify.Unverifiable, "AUTH PLAIN"},
		{"accepts a user without password", "smtp", func(m *mailServer) { m.mechanisms, m.early = "LOGIN", true }, pass, verify.Unknown, "before"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := server
			if c.change != nil {
				c.change(&m)
			}
			o := onLoopback()
			o.Roots = roots
			v := askURL(t, o, c.scheme, "app%40acme.test", c.password, serve(t, m.answer))
			expect(t, v, c.want, c.word)
			if v.State == verify.Live && v.Identity.Name != "app@acme.test" {
				t.Errorf("the identity's name is %q", v.Identity.Name)
			}
		})
	}
	t.Run("certificate of another authority", func(t *testing.T) {
		o := onLoopback()
		o.Roots = otherRoots
		expect(t, askURL(t, o, "smtp", "app%40acme.test", pass, serve(t, server.answer)), verify.Unknown, "certificate")
	})
	t.Run("percent-encoded password", func(t *testing.T) {
		m := server
		m.pass = "p/w:" + pass
		o := onLoopback()
		o.Roots = roots
		expect(t, askURL(t, o, "smtp", "app%40acme.test", "p%2Fw%3A"+pass, serve(t, m.answer)), verify.Live, "235")
	})
}

// TestSMTPNotInClear reaches a server through a name that is not of this machine:
// the password must not cross the network in clear.
func TestSMTPNotInClear(t *testing.T) {
	heard := make(chan string, 1)
	m := mailServer{mechanisms: "PLAIN", greeting: "220 mail.test ESMTP", clear: heard}
	o := elsewhere(serve(t, m.answer))
	v := askURL(t, o, "smtp", "app", "Gr8"+strings.Repeat("kfw", 4), "mail.acme.test:587")
	expect(t, v, verify.Unverifiable, "clear")
	select {
	case <-heard:
		t.Error("AUTH was sent in clear")
	default:
	}
}

func TestSMTPNoAnswer(t *testing.T) { noAnswer(t, "smtp", "smtps") }

// noAnswer asks at servers that do not speak the protocol.
func noAnswer(t *testing.T, schemes ...string) {
	for _, scheme := range schemes {
		for _, c := range []struct {
			name    string
			address string
		}{
			{"stopped", closedPort(t)},
			{"hangs", serve(t, hang)},
			{"garbage", serve(t, chatter)},
			{"closes", serve(t, func(net.Conn) {})},
		} {
			t.Run(scheme+" "+c.name, func(t *testing.T) {
				o := onLoopback()
				o.Limits.Timeout = 100 * time.Millisecond
				expect(t, askURL(t, o, scheme, "app", "Gr8"+strings.Repeat("kfw", 4), c.address), verify.Unknown, "")
			})
		}
		t.Run(scheme+" host that is not listed", func(t *testing.T) {
			o := onLoopback()
			o.Hosts = nil
			expect(t, askURL(t, o, scheme, "app", "Gr8"+strings.Repeat("kfw", 4), closedPort(t)), verify.Unverifiable, "verify.hosts")
		})
		t.Run(scheme+" without a user", func(t *testing.T) {
			expect(t, askURL(t, onLoopback(), scheme, "", "Gr8"+strings.Repeat("kfw", 4), closedPort(t)), verify.Unverifiable, "names no user")
		})
	}
}
