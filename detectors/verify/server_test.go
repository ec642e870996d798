package verify_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

// Databases and brokers are asked at servers of this machine: the real ones where
// their programs are installed, else such as speak the protocol.

// password makes one that never stood in a file.
func password(t *testing.T) string {
	t.Helper()
	text, err := rules.Expand("${lower:4}${digit:4}${upper:4}${alnum:6}", rand.New(rand.NewPCG(rand.Uint64(), 1)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// urlCredential finds the credential in a text that holds a URL, as a scan does.
func urlCredential(t *testing.T, text string) *verify.Credential {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range e.Scan([]byte(text), "") {
		if m.Rule.ID == "generic-url-password" {
			return asURL(credential(&m))
		}
	}
	t.Fatal("no credential is found in the URL")
	return nil
}

// asURL has a credential verified as a URL.
func asURL(c *verify.Credential) *verify.Credential {
	p := *c.Rule.Provider
	p.Verify = []rules.Verify{{Rules: []string{c.Rule.ID}, Verifier: "url", HostFromText: true}}
	r := rules.Rule{ID: c.Rule.ID, Provider: &p}
	c.Rule = &r
	return c
}

// askAt asks about the password of a URL, and checks that nothing told of it holds
// the password.
func askAt(t *testing.T, text string, change func(*verify.Options)) verify.Verdict {
	t.Helper()
	o := onLoopback()
	if change != nil {
		change(&o)
	}
	var told bytes.Buffer
	o.Audit = func(r verify.Record) { fmt.Fprintf(&told, "%+v\n", r) }
	e := verify.New(o)
	defer e.Close()
	c := urlCredential(t, text)
	v := e.Verify(t.Context(), c)
	fmt.Fprintf(&told, "%+v %+v", v, c)
	plain, err := url.PathUnescape(c.Value)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(told.String(), c.Value) || strings.Contains(told.String(), plain) {
		t.Error("the verdict or the audit record holds the password")
	}
	return v
}

// wantState checks a verdict: all but a live one give a reason, a settled one gives
// evidence, and what was asked is told.
func wantState(t *testing.T, v verify.Verdict, want verify.State) {
	t.Helper()
	settled := v.State == verify.Live || v.State == verify.Dead
	if v.State != want || v.Reason == "" || v.Endpoint == "" || settled && v.Evidence == "" {
		t.Errorf("%s (reason %q, evidence %q, endpoint %q), want %s", v.State, v.Reason, v.Evidence, v.Endpoint, want)
	}
	if v.State == verify.Live && v.Identity.Kind != "machine" {
		t.Errorf("the identity is of kind %q, want machine", v.Identity.Kind)
	}
}

// serverProgram returns the path of a program of which one candidate must be installed.
func serverProgram(t *testing.T, name string, candidates ...string) string {
	t.Helper()
	for _, pattern := range candidates {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[len(found)-1]
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
			t.Fatalf("%s is not installed, and LEAKGUARD_REQUIRE_ALL=1", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

// unprivileged runs commands as a user of a name, who owns dir, where the test
// itself is run by root: database servers refuse to be.
func unprivileged(t *testing.T, name, dir string) func(*exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		return func(*exec.Cmd) {}
	}
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, errUID := strconv.Atoi(u.Uid)
	gid, errGID := strconv.Atoi(u.Gid)
	if errUID != nil || errGID != nil {
		t.Fatal(errUID, errGID)
	}
	if err := errors.Join(os.Chown(dir, uid, gid), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	return func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
}

// pemFiles writes a certificate and its key to files that servers may read.
func pemFiles(t *testing.T, config *tls.Config) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(config.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: config.Certificates[0].Certificate[0]},
		key:  {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// run runs a command to its end.
func run(t *testing.T, as func(*exec.Cmd), name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = "/"
	as(c)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// start starts a server, waits until it accepts connections, and returns what stops
// it.
func start(t *testing.T, as func(*exec.Cmd), address, name string, args ...string) (stop func()) {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = "/"
	as(c)
	var log bytes.Buffer
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		c.Wait()
		close(ended)
	}()
	stop = sync.OnceFunc(func() {
		c.Process.Signal(syscall.SIGQUIT) // PostgreSQL waits for no client then
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			c.Process.Kill()
			<-ended
		}
	})
	t.Cleanup(stop)
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("%s ended:\n%s", name, log.String())
		default:
		}
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return stop
		}
	}
	t.Fatalf("%s does not accept connections", name)
	return stop
}

// cut passes connections on to a server, and ends each after the server sent n
// bytes.
func cut(t *testing.T, server string, n int64) string {
	return serve(t, func(conn net.Conn) {
		to, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer to.Close()
		go io.Copy(to, conn)
		io.CopyN(conn, to, n)
	})
}

// notServers are those that do not speak a protocol of databases to the end.
var notServers = map[string]func(net.Conn){
	"hangs":                func(c net.Conn) { io.Copy(io.Discard, c) },
	"hangs up at once":     func(net.Conn) {},
	"hangs up when spoken": func(c net.Conn) { c.Read(make([]byte, 1)) },
	"HTTP":                 says("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>no</html>"),
	"SSH":                  says("SSH-2.0-OpenSSH_9.6\r\n"),
	"SMTP":                 says("220 mail ESMTP\r\n"),
	"says OK to all":       says(strings.Repeat("+OK\r\n", 50)),
	"zeros":                says(strings.Repeat("\x00", 4096)),
	"ones":                 says(strings.Repeat("\xff", 4096)),
	"letters":              says(strings.Repeat("A", 4096)),
	"short MySQL greeting": says("\x05\x00\x00\x00\x0a8.0\x00"),
	"huge MySQL packet":    says("\xff\xff\xff\x00\x0a8.0.36\x00"),
	"PostgreSQL, cut off":  says("NR\x00\x00\x00\x08\x00\x00"),
	"AMQP, another one":    says("AMQP\x00\x01\x00\x00"),
	"AMQP, huge frame":     says("\x01\x00\x00\xff\xff\xff\xff\x00"),
	"MongoDB, huge answer": says("\xff\xff\xff\x7f\x01\x00\x00\x00\x01\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00"),
	"Redis, deep list":     says(strings.Repeat("*1\r\n", 5000)),
	"Redis, huge text":     says("$999999999999\r\n"),
	"Redis, nothing":       says("$-1\r\n"),
}

func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, text)
		io.Copy(io.Discard, c)
	}
}

// TestNoSuchServer: whatever answers that is not the database tells nothing of its
// password.
func TestNoSuchServer(t *testing.T) {
	for _, scheme := range []string{"postgres", "mysql", "mongodb", "redis", "amqp"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			for _, name := range slices.Sorted(maps.Keys(notServers)) {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					text := scheme + "://app:" + password(t) + "@" + serve(t, notServers[name]) + "/app"
					v := askAt(t, text, func(o *verify.Options) { o.Limits.Timeout = 300 * time.Millisecond })
					wantState(t, v, verify.Unknown)
				})
			}
			t.Run("stopped", func(t *testing.T) {
				wantState(t, askAt(t, scheme+"://app:"+password(t)+"@"+closedPort(t)+"/app", nil), verify.Unknown)
			})
		})
	}
}

// TestServerNotListed: a server that only the scanned text names hears nothing.
func TestServerNotListed(t *testing.T) {
	for _, scheme := range []string{"postgres", "mysql", "mongodb", "mongodb+srv", "redis", "rediss", "amqp", "amqps"} {
		t.Run(scheme, func(t *testing.T) {
			for name, change := range map[string]func(*verify.Options){
				"host":    func(o *verify.Options) { o.Hosts = []string{"db.corp.internal"} },
				"network": func(o *verify.Options) { o.Networks = nil },
			} {
				if scheme == "mongodb+srv" && name == "network" {
					continue // there the name comes before the address: TestMongoDBService
				}
				at := serve(t, func(net.Conn) { t.Errorf("%s not listed: it was connected to", name) })
				wantState(t, askAt(t, scheme+"://app:"+password(t)+"@"+at+"/app", change), verify.Unverifiable)
			}
		})
	}
}

// testCut cuts a server's answers off after every 20 bytes: no yes becomes a no, and
// no no a yes.
func testCut(t *testing.T, server string, urlAt func(at, password string) string, right, wrong string) {
	t.Helper()
	for n := int64(0); n < 600; n += 20 {
		at := cut(t, server, n)
		if v := askAt(t, urlAt(at, right), nil); v.State == verify.Dead {
			t.Errorf("cut off after %d bytes, the right password is dead", n)
		}
		if v := askAt(t, urlAt(at, wrong), nil); v.State == verify.Live || n < 20 && v.State != verify.Unknown {
			t.Errorf("cut off after %d bytes, the wrong password is %s", n, v.State)
		}
	}
}
