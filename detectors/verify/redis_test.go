package verify_test

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
)

func TestRedis(t *testing.T) {
	server, cli := serverProgram(t, "redis-server"), serverProgram(t, "redis-cli")
	asSelf := func(*exec.Cmd) {}
	address, secret := closedPort(t), password(t)
	_, port, _ := net.SplitHostPort(address)
	stop := start(t, asSelf, address, server, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir(), "--requirepass", secret)
	admin := func(args ...string) {
		run(t, asSelf, cli, append([]string{"-e", "-p", port, "-a", secret, "--no-auth-warning"}, args...)...)
	}
	reader, named := password(t), password(t)
	admin("ACL", "SETUSER", "reader", "on", ">"+reader, "~*", "-@all", "+@read")
	admin("ACL", "SETUSER", "named", "on", ">"+named, "~*", "+@all")
	admin("ACL", "SETUSER", "open", "on", "nopass", "~*", "+@all")
	at := func(user, password string) string {
		return "redis://" + user + ":" + password + "@" + address + "/0"
	}
	tests := []struct {
		name, url string
		want      verify.State
		user      string
		access    verify.Access
	}{
		{"the server's password", at("", secret), verify.Live, "default", verify.Admin},
		{"default, named", at("default", secret), verify.Live, "default", verify.Admin},
		{"user who may all", at("named", named), verify.Live, "named", verify.Admin},
		{"user who may read", at("reader", reader), verify.Live, "", ""},
		{"user without a password", at("open", password(t)), verify.Unknown, "", ""},
		{"user who does not exist", at("nobody", password(t)), verify.Dead, "", ""},
		{"another password", at("", password(t)), verify.Dead, "", ""},
		{"another user's password", at("reader", named), verify.Dead, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := askAt(t, test.url, nil)
			wantState(t, v, test.want)
			if v.Identity.Name != test.user || v.Access != test.access {
				t.Errorf("user %q, access %q, scopes %v: want %q, %q", v.Identity.Name, v.Access, v.Scopes, test.user, test.access)
			}
		})
	}
	t.Run("TLS, which it has not", func(t *testing.T) {
		v := askAt(t, "rediss://:"+secret+"@"+address, func(o *verify.Options) { o.Limits.Timeout = 300 * time.Millisecond })
		wantState(t, v, verify.Unknown)
	})
	t.Run("cut off", func(t *testing.T) {
		testCut(t, address, func(at, password string) string { return "redis://:" + password + "@" + at }, secret, password(t))
	})
	old := at("", secret)
	next := password(t)
	admin("CONFIG", "SET", "requirepass", next)
	secret = next
	t.Run("rotated", func(t *testing.T) { wantState(t, askAt(t, old, nil), verify.Dead) })
	admin("CONFIG", "SET", "requirepass", "")
	t.Run("no password any more", func(t *testing.T) {
		wantState(t, askAt(t, old, nil), verify.Unknown)
		wantState(t, askAt(t, at("default", next), nil), verify.Unknown)
	})
	stop()
	t.Run("stopped", func(t *testing.T) { wantState(t, askAt(t, old, nil), verify.Unknown) })
}

// TestRedisWithoutUsers: answers of servers before Redis 6, and of others that are
// near it.
func TestRedisWithoutUsers(t *testing.T) {
	tests := []struct {
		name, user, answers string
		want                verify.State
	}{
		{"right", "", "+OK\r\n-ERR unknown command `ACL`, with args beginning with: `WHOAMI`, \r\n", verify.Live},
		{"right, with a user", "app", "-ERR wrong number of arguments for 'auth' command\r\n+OK\r\n-ERR unknown command 'ACL'\r\n", verify.Live},
		{"wrong", "", "-ERR invalid password\r\n", verify.Dead},
		{"no password", "", "-ERR Client sent AUTH, but no password is set\r\n", verify.Unknown},
		{"loading", "", "-LOADING Redis is loading the dataset in memory\r\n", verify.Unknown},
		{"too many clients", "", "-ERR max number of clients reached\r\n", verify.Unknown},
		{"protected mode", "", "-DENIED Redis is running in protected mode\r\n", verify.Unknown},
		{"OK, and nothing of Redis behind it", "", "+OK\r\n+OK\r\n", verify.Unknown},
		{"OK, but not authenticated", "", "+OK\r\n-NOAUTH Authentication required.\r\n", verify.Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			at := serve(t, says(test.answers))
			wantState(t, askAt(t, "redis://"+test.user+":"+password(t)+"@"+at, nil), test.want)
		})
	}
}

// TestRedisRepeats: a server that does not know AUTH repeats the password, and we do
// not, however short it is.
func TestRedisRepeats(t *testing.T) {
	short := password(t)[2:9]
	at := serve(t, says("-ERR unknown command 'AUTH', with args beginning with: '"+short+"' \x1b[2J\r\n"))
	v := askAt(t, "redis://:"+short+"@"+at, nil)
	expect(t, v, verify.Unknown, "unknown command")
	if strings.Contains(v.Reason, "\x1b") {
		t.Errorf("the reason has control characters: %q", v.Reason)
	}
}

// TestPasswordInClear: over a public network no password goes in clear.
func TestPasswordInClear(t *testing.T) {
	for _, scheme := range []string{"redis", "amqp"} {
		t.Run(scheme, func(t *testing.T) {
			heard := make(chan int, 1)
			server := serve(t, func(conn net.Conn) {
				n, _ := conn.Read(make([]byte, 1))
				heard <- n
			})
			v := askAt(t, scheme+"://app:"+password(t)+"@mail.acme.test", func(o *verify.Options) { *o = elsewhere(server) })
			wantState(t, v, verify.Unverifiable)
			if n := <-heard; n > 0 {
				t.Error("something was sent")
			}
		})
	}
}
