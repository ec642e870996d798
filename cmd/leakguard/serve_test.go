package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestServe has a browser come to the printed address, and ends the server with a
// signal.
func TestServe(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no interrupt to send")
	}
	dir := folder(t, map[string]string{"app.env": withSecret(token(t, 1))})
	if _, stderr, code := run(t, dir, "scan", "files", ".", "--ledger", "l.db"); code != exitFound {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	p := command{dir: dir, args: []string{"serve", "--ledger", "l.db"}}.prepare(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p.cmd.Stdout = w
	p.start(t)
	w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		p.cmd.Wait()
		t.Fatalf("no address: %v: %s", err, &p.stderr)
	}
	address, err := url.Parse(strings.TrimSpace(line))
	if err != nil || address.Hostname() != "127.0.0.1" || len(address.Query().Get("token")) < shortestToken {
		t.Fatalf("address %q: %v", line, err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Jar: jar}).Get(address.String())
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(page), tokenRule) || strings.Contains(string(page), token(t, 1)) {
		t.Errorf("%s, %d bytes: %v", res.Status, len(page), err)
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := p.wait(t); code != exitClean || stderr != "" {
		t.Errorf("exit code %d after an interrupt: %s", code, stderr)
	}
}

// TestServeRefused wants nothing to be served to others by accident.
func TestServeRefused(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"short.txt": "word\n", "token.txt": strings.Repeat("word", 8) + "\n"})
	ledger := filepath.Join(dir, "l.db")
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"all addresses", []string{"--listen", "0.0.0.0:0"}, "--token-file"},
		{"all addresses, unsaid", []string{"--listen", ":0"}, "--token-file"},
		{"a name", []string{"--listen", "leaks.example.com:0"}, "--token-file"},
		{"a name like a local one", []string{"--listen", "localhost.example.com:0"}, "--token-file"},
		{"all addresses, token", []string{"--listen", "0.0.0.0:0", "--token-file", "token.txt"}, "--host"},
		{"no port", []string{"--listen", "127.0.0.1"}, "want an address and a port"},
		{"short token", []string{"--token-file", "short.txt"}, "at least 20"},
		{"no such token", []string{"--token-file", "none.txt"}, "none.txt"},
		{"no time", []string{"--since", "0s"}, "--since"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := run(t, dir, append([]string{"serve", "--ledger", ledger}, tt.args...)...)
			if code != exitUsage || stdout != "" || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, stdout %q, stderr %q, want it to say %q", code, stdout, stderr, tt.want)
			}
		})
	}
}
