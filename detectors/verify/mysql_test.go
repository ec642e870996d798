package verify_test

import (
	"database/sql"
	"net"
	"path/filepath"
	"testing"

	_ "github.com/go-sql-driver/mysql"

	"github.com/leakguard/leakguard/detectors/verify"
)

// mariadbServer prepares a server of its own, which again starts, at first and after
// it was stopped; exec runs statements as its owner.
func mariadbServer(t *testing.T) (address string, exec func(...string), again func(options ...string) (stop func())) {
	t.Helper()
	install, server := serverProgram(t, "mariadb-install-db"), serverProgram(t, "mariadbd", "/usr/sbin/mariadbd")
	dir := t.TempDir()
	as := unprivileged(t, "mysql", dir)
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "s")
	run(t, as, install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
	address = closedPort(t)
	_, port, _ := net.SplitHostPort(address)
	again = func(options ...string) func() {
		return start(t, as, address, server, append([]string{"--no-defaults", "--datadir=" + data, "--socket=" + socket, "--pid-file=" + filepath.Join(dir, "pid"),
			"--port=" + port, "--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=8M"}, options...)...)
	}
	db, err := sql.Open("mysql", "root@unix("+socket+")/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return address, func(statements ...string) {
		t.Helper()
		for _, s := range statements {
			if _, err := db.ExecContext(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
	}, again
}

func TestMariaDB(t *testing.T) {
	address, exec, again := mariadbServer(t)
	stop := again()
	app, wrong := password(t), password(t)
	exec("CREATE DATABASE app",
		"CREATE USER app IDENTIFIED BY '"+app+"'", "GRANT SELECT, INSERT ON app.* TO app",
		"CREATE USER reader IDENTIFIED BY '"+app+"'", "GRANT SELECT ON app.* TO reader",
		"CREATE USER boss IDENTIFIED BY '"+app+"'", "GRANT ALL PRIVILEGES ON *.* TO boss WITH GRANT OPTION",
		"CREATE USER nothing IDENTIFIED BY '"+app+"'", "CREATE USER locked IDENTIFIED BY '"+app+"' ACCOUNT LOCK",
		"CREATE USER open")
	at := func(user, password, rest string) string {
		return "mysql://" + user + ":" + password + "@" + address + rest
	}
	tests := []struct {
		name, url string
		want      verify.State
		user      string
		access    verify.Access
		word      string // of reason or evidence
	}{
		{"may write", at("app", app, "/app"), verify.Live, "app@%", verify.Write, "CURRENT_USER"},
		{"may read", at("reader", app, "/app"), verify.Live, "reader@%", verify.Read, ""},
		{"may all", at("boss", app, "/app"), verify.Live, "boss@%", verify.Admin, ""},
		{"may nothing", at("nothing", app, "/app"), verify.Live, "nothing@%", "", ""},
		{"no such database", at("app", app, "/other"), verify.Live, "app@%", verify.Write, ""},
		{"locked", at("locked", app, "/app"), verify.Unknown, "", "", "4151"},
		{"account without a password", at("open", app, "/app"), verify.Dead, "", "", "1045"},
		{"wrong", at("app", wrong, "/app"), verify.Dead, "", "", "1045"},
		{"no such user", at("nobody", wrong, "/app"), verify.Dead, "", "", "1045"},
		{"TLS wanted, which it has not", at("app", app, "/app?ssl-mode=REQUIRED"), verify.Unknown, "", "", "TLS"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := askAt(t, test.url, nil)
			wantState(t, v, test.want)
			expect(t, v, test.want, test.word)
			if v.Identity.Name != test.user || v.Access != test.access {
				t.Errorf("account %q, access %q, scopes %v: want %q, %q", v.Identity.Name, v.Access, v.Scopes, test.user, test.access)
			}
		})
	}
	t.Run("public, without TLS", func(t *testing.T) {
		v := askAt(t, "mysql://app:"+app+"@mail.acme.test/app", func(o *verify.Options) { *o = elsewhere(address) })
		expect(t, v, verify.Unknown, "TLS")
	})
	t.Run("cut off", func(t *testing.T) {
		testCut(t, address, func(at, password string) string { return "mysql://app:" + password + "@" + at + "/app" }, app, wrong)
	})
	exec("SET PASSWORD FOR app = PASSWORD('" + password(t) + "')")
	t.Run("rotated", func(t *testing.T) { wantState(t, askAt(t, at("app", app, "/app"), nil), verify.Dead) })
	stop()
	t.Run("stopped", func(t *testing.T) { wantState(t, askAt(t, at("boss", app, "/app"), nil), verify.Unknown) })
	roots, config := authority(t)
	cert, key := pemFiles(t, config)
	again("--ssl-cert="+cert, "--ssl-key="+key)
	trusting := func(o *verify.Options) { o.Roots = roots }
	for _, test := range []struct {
		name, url string
		change    func(*verify.Options)
		want      verify.State
	}{
		{"TLS", at("boss", app, "/?ssl-mode=REQUIRED"), trusting, verify.Live},
		{"verified TLS", at("boss", app, "/?ssl-mode=VERIFY_IDENTITY"), trusting, verify.Live},
		{"TLS of an unknown authority", at("boss", app, "/?tls=true"), nil, verify.Unknown},
		{"public, with another host's certificate", "mysql://boss:" + app + "@mail.acme.test/", func(o *verify.Options) {
			*o = elsewhere(address)
			o.Roots = roots
		}, verify.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) { wantState(t, askAt(t, test.url, test.change), test.want) })
	}
}

// TestMySQLErrors: errors before the password was looked at tell nothing of it.
func TestMySQLErrors(t *testing.T) {
	for name, packet := range map[string]string{
		"host blocked":         "\xff\x69\x04Host '10.0.0.9' is blocked because of many connection errors",
		"host not allowed":     "\xff\x6a\x04Host '10.0.0.9' is not allowed to connect to this MySQL server",
		"too many connections": "\xff\x10\x04Too many connections",
	} {
		t.Run(name, func(t *testing.T) {
			at := serve(t, says(string([]byte{byte(len(packet)), 0, 0, 0})+packet))
			v := askAt(t, "mysql://app:"+password(t)+"@"+at+"/app", nil)
			wantState(t, v, verify.Unknown)
			expect(t, v, verify.Unknown, "MySQL answers 1")
		})
	}
}
