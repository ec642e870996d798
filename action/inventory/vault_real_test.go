package inventory_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"
)

// realVault starts a development server of the vault that LEAKGUARD_VAULT names, else
// of vault or bao on PATH, and returns its address. Without any the test is skipped, or
// fails if LEAKGUARD_REQUIRE_ALL is 1.
func realVault(t *testing.T) string {
	t.Helper()
	binary := os.Getenv("LEAKGUARD_VAULT")
	for _, name := range []string{"vault", "bao"} {
		if path, err := exec.LookPath(name); err == nil && binary == "" {
			binary = path
		}
	}
	if binary == "" {
		// No package registry has one, and to build it takes longer than all other tests.
		t.Skip("LEAKGUARD_VAULT names no vault, and none is on PATH")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	ctx, ended := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, binary, "server", "-dev", "-dev-no-store-token", "-dev-root-token-id="+rootToken, "-dev-listen-address="+address)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "SKIP_SETCAP=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait(); ended() }()
	t.Cleanup(func() { ended(); cmd.Process.Kill() })
	for {
		resp, err := http.Get("http://" + address + "/v1/sys/health")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return "http://" + address
			}
		}
		select {
		case err := <-done:
			t.Fatalf("%s ended: %v", binary, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
