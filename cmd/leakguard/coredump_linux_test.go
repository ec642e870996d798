package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestCrash kills leakguard by a signal that dumps core while it asks about a
// secret: neither a core file nor what the crash prints may hold it.
func TestCrash(t *testing.T) {
	secret := expand(t, "glpat-${alnum:20}", 1)
	asked := make(chan struct{}, 1)
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-release
	}))
	defer server.Close()
	defer close(release)
	dir := folder(t, map[string]string{"c.toml": "[verify.endpoints]\n\"gitlab.com\" = \"" + server.URL + "\"\n"})
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		t.Fatal(err)
	}
	unlimited := limit
	unlimited.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unlimited); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_CORE, &limit)
	p := command{
		dir: dir, env: []string{"GOTRACEBACK=crash"}, stdin: strings.NewReader(secret),
		args: []string{"verify", "--rule", "gitlab-pat", "--config", "c.toml"},
	}.start(t)
	select {
	case <-asked:
	case <-time.After(hang):
		t.Fatal("the issuer was not asked")
	}
	if core, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/limits"); err != nil || !strings.Contains(strings.Join(strings.Fields(string(core)), " "), "Max core file size 1 1 bytes") {
		t.Errorf("core dumps are not forbidden: %v", err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, _ := p.wait(t)
	if !strings.Contains(stderr, "goroutine") {
		t.Errorf("it did not crash: %s", masked(stderr, secret))
	}
	wantConcealed(t, "the crash", stdout+stderr, secret)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		data, err := io.ReadAll(f)
		wantConcealed(t, path, string(data), secret)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
