package verify_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
)

// postgresHBA says how each role of the test is authenticated.
const postgresHBA = `
local all all trust
host all by_md5 127.0.0.1/32 md5
host all in_clear 127.0.0.1/32 password
host all open 127.0.0.1/32 trust
host all elsewhere 127.0.0.2/32 scram-sha-256
host app,postgres app,app2,owner,nologin,other 127.0.0.1/32 scram-sha-256
`

// postgresServer starts a server of its own; sql runs statements as its owner.
func postgresServer(t *testing.T) (address string, sql func(string), roots *x509.CertPool, stop func()) {
	t.Helper()
	initdb := serverProgram(t, "initdb", "/usr/lib/postgresql/*/bin/initdb")
	bin, dir := filepath.Dir(initdb), t.TempDir()
	as := unprivileged(t, "postgres", dir)
	data := filepath.Join(dir, "data")
	run(t, as, initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C")
	roots, config := authority(t)
	cert, key := pemFiles(t, config)
	configure := "cp " + cert + " server.crt && (umask 77 && cp " + key + " server.key) && echo 'ssl = on' > postgresql.auto.conf && cat > pg_hba.conf <<'END'\n" + postgresHBA + "END\n"
	run(t, as, "sh", "-c", "cd "+data+" && "+configure)
	address = closedPort(t)
	_, port, _ := net.SplitHostPort(address)
	stop = start(t, as, address, filepath.Join(bin, "postgres"), "-D", data, "-h", "127.0.0.1", "-p", port, "-k", dir, "-F")
	// It listens before it takes clients.
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		ready := exec.Command(filepath.Join(bin, "pg_isready"), "-q", "-h", dir, "-p", port)
		if as(ready); ready.Run() == nil {
			break
		}
	}
	sql = func(statement string) {
		t.Helper()
		run(t, as, filepath.Join(bin, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", dir, "-p", port, "-U", "postgres", "-c", statement)
	}
	return address, sql, roots, stop
}

func TestPostgreSQL(t *testing.T) {
	address, sql, roots, stop := postgresServer(t)
	app, wrong := password(t), password(t)
	sql("CREATE DATABASE app")
	var roles strings.Builder
	for _, role := range []string{"app LOGIN", "app2 LOGIN VALID UNTIL '2099-01-02 03:04:05+00'", "owner LOGIN SUPERUSER", "nologin NOLOGIN", "other LOGIN",
		"open LOGIN", "in_clear LOGIN", "elsewhere LOGIN"} {
		roles.WriteString("CREATE ROLE " + role + " PASSWORD '" + app + "';")
	}
	sql(roles.String() + "SET password_encryption = md5; CREATE ROLE by_md5 LOGIN PASSWORD '" + app + "'")
	sql("REVOKE CONNECT ON DATABASE app FROM public; GRANT CONNECT ON DATABASE app TO app, app2, by_md5, in_clear")
	trusting := func(o *verify.Options) { o.Roots = roots }
	at := func(user, password, rest string) string {
		return "postgres://" + user + ":" + password + "@" + address + rest
	}
	tests := []struct {
		name, url string
		change    func(*verify.Options)
		want      verify.State
		user      string
		access    verify.Access
		word      string // of reason or evidence
	}{
		{"SCRAM", at("app", app, "/app"), trusting, verify.Live, "app", "", "SCRAM-SHA-256"},
		{"percent-encoded", at("app", "%"+hexOf(app[0])+app[1:], "/app"), trusting, verify.Live, "app", "", ""},
		{"superuser", at("owner", app, "/postgres"), trusting, verify.Live, "owner", verify.Admin, ""},
		{"md5", at("by_md5", app, "/app"), trusting, verify.Live, "by_md5", "", "md5"},
		{"database that no entry lets it into", at("app", app, "/postgres2"), trusting, verify.Unknown, "", "", "28000"},
		{"database not for the role", at("other", app, "/app"), trusting, verify.Live, "other", "", "42501"},
		{"verified TLS", at("app", app, "/app?sslmode=verify-full"), trusting, verify.Live, "app", "", ""},
		{"TLS of an unknown authority", at("app", app, "/app?sslmode=verify-full"), nil, verify.Unknown, "", "", "TLS"},
		{"asked to do without TLS", at("app", app, "/app?sslmode=disable"), trusting, verify.Live, "app", "", ""},
		{"in clear over verified TLS", at("in_clear", app, "/app"), trusting, verify.Live, "in_clear", "", "password"},
		{"trust", at("open", app, "/app"), trusting, verify.Unknown, "", "", "asks for no password"},
		{"role that is let in from elsewhere", at("elsewhere", app, "/app"), trusting, verify.Unknown, "", "", "28000"},
		{"role that may not log in", at("nologin", app, "/app"), trusting, verify.Unknown, "", "", "28000"},
		{"wrong, SCRAM", at("app", wrong, "/app"), trusting, verify.Dead, "", "", "28P01"},
		{"wrong, md5", at("by_md5", wrong, "/app"), trusting, verify.Dead, "", "", "28P01"},
		{"wrong, in clear", at("in_clear", wrong, "/app"), trusting, verify.Dead, "", "", "28P01"},
		{"no user", "postgres://" + wrong + wrong + "@" + address + "/app", nil, verify.Unverifiable, "", "", "no user"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := askAt(t, test.url, test.change)
			if test.want != verify.Unverifiable {
				wantState(t, v, test.want)
			}
			expect(t, v, test.want, test.word)
			if v.Identity.Name != test.user || v.Access != test.access {
				t.Errorf("role %q, access %q, scopes %v: want %q, %q", v.Identity.Name, v.Access, v.Scopes, test.user, test.access)
			}
		})
	}
	t.Run("valid until", func(t *testing.T) {
		want := time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)
		if v := askAt(t, at("app2", app, "/app"), trusting); !v.Expires.Equal(want) {
			t.Errorf("expires %s, want %s", v.Expires, want)
		}
	})
	sql("ALTER ROLE app PASSWORD '" + password(t) + "'")
	t.Run("rotated", func(t *testing.T) { wantState(t, askAt(t, at("app", app, "/app"), trusting), verify.Dead) })
	sql("ALTER ROLE app2 VALID UNTIL '2020-01-01'")
	t.Run("not valid any more", func(t *testing.T) { wantState(t, askAt(t, at("app2", app, "/app"), trusting), verify.Dead) })
	sql("ALTER SYSTEM SET ssl = off")
	sql("SELECT pg_reload_conf(), pg_sleep(0.2)")
	t.Run("without TLS", func(t *testing.T) {
		wantState(t, askAt(t, at("by_md5", app, "/app"), nil), verify.Live)
		wantState(t, askAt(t, at("by_md5", app, "/app?sslmode=require"), nil), verify.Unknown)
		v := askAt(t, "postgres://by_md5:"+app+"@mail.acme.test/app", func(o *verify.Options) { *o = elsewhere(address) })
		expect(t, v, verify.Unknown, "no TLS")
	})
	t.Run("cut off", func(t *testing.T) {
		testCut(t, address, func(at, password string) string { return "postgres://by_md5:" + password + "@" + at + "/app" }, app, wrong)
	})
	stop()
	t.Run("stopped", func(t *testing.T) { wantState(t, askAt(t, at("by_md5", app, "/app"), nil), verify.Unknown) })
}

func hexOf(c byte) string { return string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]) }

// TestPostgreSQLAnswers: answers that a server gives before it saw the password, or
// besides, tell nothing of it.
func TestPostgreSQLAnswers(t *testing.T) {
	message := func(kind byte, body string) string {
		n := len(body) + 4
		return string([]byte{kind, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + body
	}
	refusal := func(code string) string { return message('E', "SFATAL\x00C"+code+"\x00Mno\x00\x00") }
	md5 := message('R', "\x00\x00\x00\x05salt")
	ok := message('R', "\x00\x00\x00\x00")
	tests := []struct {
		name, answers string
		want          verify.State
	}{
		{"starting up", refusal("57P03"), verify.Unknown},
		{"too many connections", refusal("53300"), verify.Unknown},
		{"refused before it was asked", refusal("28P01"), verify.Unknown},
		{"refused, but for the role", md5 + refusal("28000"), verify.Unknown},
		{"refused", md5 + refusal("28P01"), verify.Dead},
		{"accepted, then too many connections", md5 + ok + refusal("53300"), verify.Unknown},
		{"accepted, then no such database", md5 + ok + refusal("3D000"), verify.Live},
		{"accepted, then nothing", md5 + ok, verify.Unknown},
		{"ready, but never accepted", md5 + message('Z', "I"), verify.Unknown},
		{"Kerberos", message('R', "\x00\x00\x00\x07"), verify.Unknown},
		{"SCRAM that proves nothing", message('R', "\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00") + ok, verify.Unknown},
		{"other SASL", message('R', "\x00\x00\x00\x0aOAUTHBEARER\x00\x00"), verify.Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			at := serve(t, func(conn net.Conn) {
				conn.Write([]byte("N" + test.answers))
				conn.(*net.TCPConn).CloseWrite()
				hang(conn)
			})
			wantState(t, askAt(t, "postgres://app:"+password(t)+"@"+at+"/app", nil), test.want)
		})
	}
}

// TestPostgreSQLRequiresTLS: over a public network a certificate that no authority
// signed ends the conversation.
func TestPostgreSQLRequiresTLS(t *testing.T) {
	roots, config := authority(t)
	heard := make(chan error, 1)
	server := serve(t, func(conn net.Conn) {
		conn.Read(make([]byte, 8))
		conn.Write([]byte("S"))
		tlsConn := tls.Server(conn, config)
		_, err := tlsConn.Read(make([]byte, 1))
		heard <- err
	})
	v := askAt(t, "postgres://app:"+password(t)+"@mail.acme.test/app?sslmode=require", func(o *verify.Options) {
		*o = elsewhere(server)
		o.Roots = roots // that sign for 127.0.0.1 only
	})
	expect(t, v, verify.Unknown, "TLS")
	if err := <-heard; err == nil {
		t.Error("something was said to a server that is not the one that was meant")
	}
}
