package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestSweepMetrics asks a sweep for its figures while it stays.
func TestSweepMetrics(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no interrupt to send")
	}
	dir, leaky := t.TempDir(), gitrepo.New(t)
	leaky.Write("a.env", withSecret(token(t, 1))).Commit("first")
	gitrepo.At(t, dir).Write("repositories", leaky.URL()+"\n")
	p := command{dir: dir, args: []string{"sweep", "--repos", "repositories", "--db", "state.db", "--mirrors", "mirrors", "--every", "1h", "--metrics", ":0"}}.prepare(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p.cmd.Stderr = w
	p.start(t)
	w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "leakguard: metrics are at ")
	u, parseErr := url.Parse(address)
	if err = errors.Join(err, parseErr); err != nil || !ok || u.Hostname() != "127.0.0.1" {
		t.Fatalf("address %q: %v", line, err)
	}
	const finished = `leakguard_sweep_repositories{state="done"} 1` + "\n"
	text := ""
	for !strings.Contains(text, finished) {
		if text, err = scraped(address); err != nil {
			t.Fatal(err)
		}
		if p.ctx.Err() != nil {
			t.Fatalf("the repository is not read:\n%s", text)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !strings.Contains(text, `leakguard_ledger_secrets{verdict="unverified"} 1`+"\n") || strings.Contains(text, leaky.Dir) || strings.Contains(text, token(t, 1)) {
		t.Errorf("the figures: %s", masked(text, token(t, 1)))
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, _, code := p.wait(t); code != exitInterrupted {
		t.Errorf("exit code %d after an interrupt", code)
	}
}

// scraped is what a scraper gets.
func scraped(address string) (string, error) {
	res, err := http.Get(address)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != sweep.MetricsType {
		return "", fmt.Errorf("%s, %s: %w", res.Status, kind, err)
	}
	return string(text), err
}

func TestSweepMetricsHandler(t *testing.T) {
	t.Parallel()
	var said []error
	failure := errors.New("the disk is full")
	h := metricsHandler(func(ctx context.Context) (*sweep.Metrics, error) {
		if ctx.Value(t) != nil {
			return nil, failure
		}
		return &sweep.Metrics{}, nil
	}, func(err error) { said = append(said, err) })
	for name, c := range map[string]struct {
		method, path string
		ctx          context.Context
		want, told   int
	}{
		"figures":           {"GET", "/metrics", t.Context(), http.StatusOK, 0},
		"another page":      {"GET", "/", t.Context(), http.StatusNotFound, 0},
		"no way to change":  {"POST", "/metrics", t.Context(), http.StatusMethodNotAllowed, 0},
		"no figures to see": {"GET", "/metrics", context.WithValue(t.Context(), t, true), http.StatusServiceUnavailable, 1},
	} {
		said = nil
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequestWithContext(c.ctx, c.method, c.path, nil))
		if rec.Code != c.want || len(said) != c.told || strings.Contains(rec.Body.String(), failure.Error()) {
			t.Errorf("%s: %d, want %d; %v is told: %s", name, rec.Code, c.want, said, rec.Body)
		}
	}
}

func TestSweepMetricsRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, address := range map[string]string{"no port": "127.0.0.1", "no such port": "127.0.0.1:99999"} {
		out, errs, code := run(t, dir, "sweep", "worker", "--db", "state.db", "--mirrors", "mirrors", "--metrics", address)
		if code != exitUsage || !strings.Contains(errs, "--metrics") {
			t.Errorf("%s: exit code %d: %s%s", name, code, out, errs)
		}
	}
}
