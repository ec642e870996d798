package main

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterrupted stops a scan of an input that never ends. What it held until
// then is reported, and that it was not all.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no signals can be sent here")
	}
	for _, tt := range []struct {
		name   string
		signal os.Signal // nil: --timeout ends it
		found  bool
		long   bool
		want   int
	}{
		{"SIGINT", os.Interrupt, true, false, exitInterrupted},
		{"SIGINT in a long input", os.Interrupt, true, true, exitInterrupted},
		{"SIGINT with nothing found", os.Interrupt, false, false, exitInterrupted},
		{"SIGTERM", syscall.SIGTERM, true, false, exitInterrupted},
		{"timeout", nil, true, false, exitFound},
		{"timeout in a long input", nil, true, true, exitFound},
		{"timeout with nothing found", nil, false, false, exitIncomplete},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := "nothing here\n"
			if tt.found {
				text = withSecret(token(t, 1))
			}
			// More than a pipe holds: once it is written, the text before was read.
			padding := 256 << 10
			if tt.long {
				padding = 10 << 20
			}
			text += strings.Repeat("and so on and so forth\n", padding/23)
			args := []string{"scan", "stdin", "--report", "json"}
			if tt.signal == nil {
				args = append(args, "--timeout", "3s")
			}
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			ender := time.AfterFunc(hang/4, func() { w.Close() }) // if only the input's end ends the scan
			defer w.Close()
			p := command{dir: t.TempDir(), stdin: r, args: args}.start(t)
			r.Close()
			// A machine that is busy may have it stop before all is written.
			if _, err := io.WriteString(w, text); err != nil && !(tt.signal == nil && errors.Is(err, syscall.EPIPE)) {
				t.Fatal(err)
			}
			if tt.signal != nil {
				p.cmd.Process.Signal(tt.signal)
			}
			stdout, stderr, code := p.wait(t)
			if !ender.Stop() {
				t.Error("it waited for the end of its input")
			}
			if code != tt.want {
				t.Errorf("exit code %d, want %d; stderr %q", code, tt.want, stderr)
			}
			wantInterrupted(t, parseReport(t, stdout, stderr), tt.found)
		})
	}
}

// wantInterrupted wants the report to say that the scan was stopped, and to
// hold what was found before.
func wantInterrupted(t *testing.T, r judged, found bool) {
	t.Helper()
	if !r.Interrupted || r.Complete {
		t.Errorf("interrupted is %t and complete %t, want true and false", r.Interrupted, r.Complete)
	}
	if len(r.Coverage) != 1 || len(r.Coverage[0].Gaps) != 1 || r.Coverage[0].Gaps[0].Why != "the scan was interrupted" {
		t.Errorf("coverage %+v: want a gap that says so", r.Coverage)
	}
	if (len(r.Secrets) > 0) != found {
		t.Errorf("%d secrets, want any: %t", len(r.Secrets), found)
	}
}

// TestSecondSignal wants a second signal to end leakguard when the first could
// not: here nobody reads its report.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no signals can be sent here")
	}
	var text strings.Builder
	for n := range uint64(500) { // a report of more than a pipe holds
		text.WriteString("k = " + token(t, n) + "\n")
	}
	dir := folder(t, map[string]string{"app.env": text.String()})
	p := command{dir: dir, args: []string{"scan", "files", ".", "--report", "json"}}.prepare(t)
	p.cmd.Stdout = nil
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.start(t)
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.cmd.Process.Wait()
	}()
	for signals := 0; ; signals++ {
		select {
		case <-ended:
			if signals < 2 {
				t.Errorf("it ended after %d signals", signals)
			}
			return
		case <-p.ctx.Done():
			t.Fatalf("still running after %d signals", signals)
		case <-time.After(50 * time.Millisecond):
			p.cmd.Process.Signal(os.Interrupt)
		}
	}
}
