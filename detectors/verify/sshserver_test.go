package verify_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/leakguard/leakguard/detectors/verify"
)

func authorizedLine(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return ssh.MarshalAuthorizedKey(public)
}

// askSSH tries a key at servers of this machine.
func askSSH(t *testing.T, c *verify.Credential, servers ...verify.SSHServer) verify.Verdict {
	t.Helper()
	o := onLoopback()
	o.Hosts, o.SSH = nil, servers
	return askAbout(t, o, c)
}

// sshd is a server of OpenSSH on this machine.
type sshd struct {
	server     verify.SSHServer
	authorized string // the file of the keys that it takes
	stop       func()
}

func startSSHD(t *testing.T) sshd {
	t.Helper()
	path := "/usr/sbin/sshd" // not in the PATH of everybody; it must be called by its full name
	if _, err := os.Stat(path); err != nil {
		path = program(t, "sshd", "Debian: openssh-server")
	}
	if os.Geteuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	who, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir, host := t.TempDir(), newSigner(t, "EdDSA", "").key
	s := sshd{
		server:     verify.SSHServer{Address: closedPort(t), User: who.Username, HostKey: fingerprint(t, host)},
		authorized: filepath.Join(dir, "authorized_keys"),
	}
	_, port, _ := net.SplitHostPort(s.server.Address)
	config := fmt.Sprintf("ListenAddress 127.0.0.1\nPort %s\nHostKey %s\nAuthorizedKeysFile %s\nPidFile none\nUsePAM no\nStrictModes no\n"+
		"PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n", port, filepath.Join(dir, "host"), s.authorized)
	for name, text := range map[string]string{"host": opensshKey(t, host, "", ""), "config": config, "authorized_keys": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	cmd := exec.Command(path, "-D", "-e", "-f", filepath.Join(dir, "config"))
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	s.stop = func() { cmd.Process.Kill(); <-ended }
	t.Cleanup(s.stop)
	for {
		conn, err := net.Dial("tcp", s.server.Address)
		if err == nil {
			conn.Close()
			return s
		}
		select {
		case <-ended:
			t.Fatalf("sshd ended: %s", log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s sshd) authorize(t *testing.T, lines []byte) {
	t.Helper()
	if err := os.WriteFile(s.authorized, lines, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSSHD tries keys at a real server.
func TestSSHD(t *testing.T) {
	s := startSSHD(t)
	for _, c := range []struct {
		name string
		key  crypto.Signer
	}{
		{"RSA", rsaKey(t, 2048)}, {"ECDSA", newECKey(t)}, {"Ed25519", newSigner(t, "EdDSA", "").key},
	} {
		t.Run(c.name, func(t *testing.T) {
			cred := keyCredential(opensshKey(t, c.key, "deploy", ""))
			s.authorize(t, authorizedLine(t, c.key))
			v := askSSH(t, cred, s.server)
			expect(t, v, verify.Live, "accepted by "+s.server.String())
			if v.Identity.ID != fingerprint(t, c.key) || v.Identity.Name != "deploy" || v.Endpoint != "SSH publickey at "+s.server.String() {
				t.Errorf("identity %+v, endpoint %q", v.Identity, v.Endpoint)
			}
			s.authorize(t, authorizedLine(t, newECKey(t)))
			expect(t, askSSH(t, cred, s.server), verify.Dead, "refuses it: "+s.server.String())
		})
	}
	key := newECKey(t)
	cred := keyCredential(opensshKey(t, key, "", ""))
	s.authorize(t, authorizedLine(t, key))
	t.Run("another host key", func(t *testing.T) {
		other := s.server
		other.HostKey = fingerprint(t, newECKey(t))
		v := askSSH(t, cred, other)
		expect(t, v, verify.Unknown, other.HostKey)
		expect(t, v, verify.Unknown, s.server.HostKey)
	})
	t.Run("PuTTY", func(t *testing.T) {
		pair := newSigner(t, "EdDSA", "").key
		s.authorize(t, authorizedLine(t, pair))
		expect(t, askSSH(t, puttyOf(t, pair), s.server), verify.Live, "accepted by")
		s.authorize(t, authorizedLine(t, key))
	})
	t.Run("stopped", func(t *testing.T) {
		s.stop()
		expect(t, askSSH(t, cred, s.server), verify.Unknown, "refused")
	})
}

// fakeSSH is a server that decides about keys by a function.
func fakeSSH(t *testing.T, config *ssh.ServerConfig) verify.SSHServer {
	t.Helper()
	host := newECKey(t)
	signer, err := ssh.NewSignerFromKey(host)
	if err != nil {
		t.Fatal(err)
	}
	config.AddHostKey(signer)
	address := serve(t, func(conn net.Conn) {
		if c, _, _, err := ssh.NewServerConn(conn, config); err == nil {
			c.Wait()
		}
	})
	return verify.SSHServer{Address: address, User: "git", HostKey: fingerprint(t, host)}
}

func TestSSHServers(t *testing.T) {
	yes := func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }
	no := func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
		return nil, errors.New("unknown key")
	}
	password := func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, errors.New("wrong") }
	second := func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
		return nil, &ssh.PartialSuccessError{Next: ssh.ServerAuthCallbacks{PasswordCallback: password}}
	}
	accepts := fakeSSH(t, &ssh.ServerConfig{PublicKeyCallback: yes})
	refuses := fakeSSH(t, &ssh.ServerConfig{PublicKeyCallback: no})
	refusesToo := fakeSSH(t, &ssh.ServerConfig{PublicKeyCallback: no})
	stopped := verify.SSHServer{Address: closedPort(t), User: "git", HostKey: accepts.HostKey}
	at := func(answer func(net.Conn)) verify.SSHServer {
		return verify.SSHServer{Address: serve(t, answer), User: "git", HostKey: accepts.HostKey}
	}
	cred := keyCredential(opensshKey(t, newECKey(t), "", ""))
	for _, c := range []struct {
		name    string
		servers []verify.SSHServer
		want    verify.State
		word    string
	}{
		{"accepted", []verify.SSHServer{accepts}, verify.Live, "ECDSA key on P-256: accepted by " + accepts.String()},
		{"refused", []verify.SSHServer{refuses}, verify.Dead, refuses.String()},
		{"refused by two", []verify.SSHServer{refuses, refusesToo}, verify.Dead, refuses.String() + ", " + refusesToo.String()},
		{"accepted by the second", []verify.SSHServer{refuses, accepts}, verify.Live, accepts.String()},
		{"one stopped", []verify.SSHServer{stopped, refuses}, verify.Unknown, "refused"},
		{"one stopped, accepted by the second", []verify.SSHServer{stopped, accepts}, verify.Live, accepts.String()},
		{"a second factor", []verify.SSHServer{fakeSSH(t, &ssh.ServerConfig{PublicKeyCallback: second})}, verify.Unknown, "something more"},
		{"passwords only", []verify.SSHServer{fakeSSH(t, &ssh.ServerConfig{PasswordCallback: password})}, verify.Unknown, "takes no keys"},
		{"lets in everybody", []verify.SSHServer{fakeSSH(t, &ssh.ServerConfig{NoClientAuth: true})}, verify.Unknown, "whoever comes"},
		{"hangs", []verify.SSHServer{at(hang)}, verify.Unknown, ""},
		{"garbage", []verify.SSHServer{at(chatter)}, verify.Unknown, ""},
		{"hangs up", []verify.SSHServer{at(func(net.Conn) {})}, verify.Unknown, ""},
		{"no port", []verify.SSHServer{{Address: "127.0.0.1", User: "git", HostKey: accepts.HostKey}}, verify.Unverifiable, "want host:port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := onLoopback()
			o.Hosts, o.SSH = nil, c.servers
			if c.name == "hangs" || c.name == "garbage" {
				o.Limits.Timeout = 100 * time.Millisecond
			}
			expect(t, askAbout(t, o, cred), c.want, c.word)
		})
	}
	t.Run("a private network that is not listed", func(t *testing.T) {
		expect(t, askAbout(t, verify.Options{SSH: []verify.SSHServer{accepts}}, cred), verify.Unverifiable, "loopback")
	})
}

// puttyOf is a key in PuTTY's form.
func puttyOf(t *testing.T, key crypto.Signer) *verify.Credential {
	t.Helper()
	var private []byte
	switch key := key.(type) {
	case *rsa.PrivateKey:
		private = ssh.Marshal(struct{ D, P, Q, Iqmp *big.Int }{key.D, key.Primes[0], key.Primes[1], key.Precomputed.Qinv})
	case *ecdsa.PrivateKey:
		d, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		private = ssh.Marshal(struct{ D *big.Int }{new(big.Int).SetBytes(d)})
	case ed25519.PrivateKey:
		private = ssh.Marshal(struct{ Seed []byte }{key.Seed()})
	}
	return puttyCredential(puttyLines(t, key, private))
}

func TestPuTTYKey(t *testing.T) {
	server := fakeSSH(t, &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }})
	for _, c := range []struct {
		kind string
		key  crypto.Signer
	}{
		{"RSA key of 2048 bits", rsaKey(t, 2048)}, {"ECDSA key on P-256", newECKey(t)}, {"Ed25519 key", newSigner(t, "EdDSA", "").key},
	} {
		t.Run(c.kind, func(t *testing.T) {
			cred := puttyOf(t, c.key)
			v := askSSH(t, cred, server)
			expect(t, v, verify.Live, c.kind)
			if v.Identity.ID != fingerprint(t, c.key) {
				t.Errorf("identity %+v", v.Identity)
			}
			cred.Value = strings.Repeat("AAAA", 20)
			expect(t, askSSH(t, cred, server), verify.Unverifiable, c.kind)
		})
	}
}

// TestPuTTYGen reads what puttygen writes, by the rule.
func TestPuTTYGen(t *testing.T) {
	puttygen := program(t, "puttygen", "Debian: putty-tools")
	server := fakeSSH(t, &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }})
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "key.ppk")
			if out, err := exec.Command(puttygen, "-q", "-t", kind, "-C", "x", "--new-passphrase", os.DevNull, "-o", file).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found := e.Scan(text, "")
			if len(found) != 1 || found[0].Rule.ID != "privatekey-putty" {
				t.Fatalf("%d matches, want the key", len(found))
			}
			expect(t, askSSH(t, credential(&found[0]), server), verify.Live, "accepted by")
		})
	}
}
