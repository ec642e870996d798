package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	reports "github.com/leakguard/leakguard/action/report"
)

// TestReportsAtOnce wants one scan to write every format, each well formed and
// with the secret's rule in it.
func TestReportsAtOnce(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"in/app.env": withSecret(token(t, 1)), "out/text": "old"})
	args := []string{"scan", "files", "in", "--report", "jsonl"}
	for _, f := range reports.Formats() {
		args = append(args, "--report", f.Name+"=out/"+f.Name)
	}
	stdout, stderr, code := run(t, dir, args...)
	if code != exitFound || stderr != "" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if want := string(read(t, filepath.Join(dir, "out/jsonl"))); stdout != want {
		t.Errorf("%d bytes on stdout and %d in the file of the same format", len(stdout), len(want))
	}
	for _, f := range reports.Formats() {
		text := read(t, filepath.Join(dir, "out", f.Name))
		if err := wellFormed(f.Name, text); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if !strings.Contains(string(text), tokenRule) {
			t.Errorf("%s does not name the rule", f.Name)
		}
	}
	if got := filesUnder(t, filepath.Join(dir, "out")); len(got) != len(reports.Formats()) {
		t.Errorf("beside the reports something was left: %q", got)
	}
}

// wellFormed reads a report as a program that it is made for does.
func wellFormed(format string, text []byte) error {
	switch format {
	case "text":
		return nil
	case "csv":
		_, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		return err
	case "junit":
		return xml.Unmarshal(text, new(struct{}))
	}
	dec := json.NewDecoder(strings.NewReader(string(text)))
	for {
		var v any
		if err := dec.Decode(&v); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestReportUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown format", []string{"--report", "xml"}, "--report xml: no such format; want one of text, json, jsonl, sarif, junit, csv, gitleaks, gitlab"},
		{"two on stdout", []string{"--report", "json", "--report", "text"},
			"--report json and --report text both go to standard output: give one a file, as in text=FILE"},
		{"two on stdout, one as -", []string{"--report", "json=-", "--report", "text"}, "both go to standard output"},
		{"no file's name", []string{"--report", "json="}, "--report json=: the file's name is missing"},
		{"one file for two", []string{"--report", "json=a", "--report", "sarif=a"}, "--report sarif=a: a is the file of another report already"},
		{"no such folder", []string{"--report", "json=gone/a"}, "--report json=gone/a: stat gone: "},
		{"a file for a folder", []string{"--report", "json=sub/app.env/a"}, "sub/app.env"},
		{"a folder", []string{"--report", "json=sub"}, "sub: is a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"sub/app.env": withSecret(token(t, 1))})
			before := filesUnder(t, dir)
			stdout, stderr, code := run(t, dir, append([]string{"scan", "files", "sub"}, tt.args...)...)
			if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, "leakguard: ") || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, %d bytes on stdout, stderr %q: want 2, none and %q", code, len(stdout), stderr, tt.want)
			}
			if after := filesUnder(t, dir); !slices.Equal(before, after) {
				t.Errorf("files were written: %q", after)
			}
		})
	}
}

// TestReportUnwritable wants a folder that cannot be written to leave the old
// report as it was.
func TestReportUnwritable(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"in/app.env": withSecret(token(t, 1)), "out/report.json": "old"})
	out := filepath.Join(dir, "out")
	if err := os.Chmod(out, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(out, 0o755) })
	probe := filepath.Join(out, "probe")
	if err := os.WriteFile(probe, nil, 0o644); err == nil {
		os.Remove(probe)
		t.Skip("the superuser writes everywhere")
	}
	_, stderr, code := run(t, dir, "scan", "files", "in", "--report", "json=out/report.json")
	if code != exitUsage || !strings.Contains(stderr, "out/") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if got := filesUnder(t, out); len(got) != 1 || string(read(t, filepath.Join(out, "report.json"))) != "old" {
		t.Errorf("the folder was written to: %q", got)
	}
}

// TestReportToWhatIsNoFile wants a report to go into a FIFO and through a
// symbolic link, and neither to be replaced by a file.
func TestReportToWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"in/app.env": withSecret(token(t, 1)), "real.json": "old"})
	fifo, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "link.json")
	if err := exec.Command("mkfifo", fifo).Run(); err != nil {
		t.Skipf("no FIFOs here: %v", err)
	}
	if err := os.Symlink("real.json", link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	came := make(chan string, 1)
	go func() {
		text, err := os.ReadFile(fifo)
		if err != nil {
			t.Error(err)
		}
		came <- string(text)
	}()
	if _, stderr, code := run(t, dir, "scan", "files", "in", "--report", "json=fifo", "--report", "jsonl=link.json"); code != exitFound {
		// Nobody else would end the reader.
		if f, err := os.OpenFile(fifo, os.O_RDWR, 0); err == nil {
			f.Close()
		}
		t.Fatalf("exit code %d, stderr %q", code, stderr)
	}
	if text := <-came; !strings.Contains(text, tokenRule) {
		t.Errorf("%d bytes came through the FIFO, without the rule", len(text))
	}
	if target, err := os.Readlink(link); err != nil || target != "real.json" {
		t.Errorf("the link is no link any more: %q, %v", target, err)
	}
	if text := string(read(t, filepath.Join(dir, "real.json"))); !strings.Contains(text, tokenRule) {
		t.Errorf("the link's target has %d bytes, without the rule", len(text))
	}
}

// TestReportMode wants a report to be readable for whoever uploads it, unless
// it shows secrets.
func TestReportMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		want os.FileMode
	}{{"redacted", nil, 0o644}, {"revealed", []string{"--reveal"}, 0o600}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			run(t, dir, append([]string{"scan", "stdin", "--report", "json=report"}, tt.args...)...)
			info, err := os.Stat(filepath.Join(dir, "report"))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != tt.want {
				t.Errorf("mode %o, want %o", info.Mode().Perm(), tt.want)
			}
		})
	}
}

// TestPlainOnPipe wants no colours where there is no terminal, whatever the
// environment says.
func TestPlainOnPipe(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"app.env": withSecret(token(t, 1))})
	for _, env := range []string{"TERM=xterm-256color", "FORCE_COLOR=1", "CLICOLOR_FORCE=1"} {
		stdout, stderr, _ := command{dir: dir, env: []string{env}, args: []string{"scan", "files", "."}}.run(t)
		if i := unprintable(stdout); i >= 0 || stderr != "" {
			t.Errorf("%s: an unprintable character at byte %d of stdout; stderr %q", env, i, stderr)
		}
	}
}

// TestColours wants colours on a terminal, unless they are not wanted.
func TestColours(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		env  []string
		flag string
		want bool
	}{
		{"nothing said", nil, "", true},
		{"NO_COLOR", []string{"NO_COLOR=1"}, "", false},
		{"--no-color", nil, "--no-color", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"app.env": withSecret(token(t, 1))})
			out := onTerminal(t, dir, tt.env, "LEAKGUARD scan files . "+tt.flag)
			if !strings.Contains(out, tokenRule) {
				t.Fatalf("no report among %d bytes", len(out))
			}
			if got := strings.Contains(out, "\x1b["); got != tt.want {
				t.Errorf("colours: %t, want %t", got, tt.want)
			}
		})
	}
}

// onTerminal runs a shell command, in which LEAKGUARD stands for the program, on
// a terminal that script(1) makes, and returns what is shown there.
func onTerminal(t *testing.T, dir string, env []string, command string) string {
	t.Helper()
	script, err := exec.LookPath("script")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("script of util-linux is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	command = strings.Replace(command, "LEAKGUARD", "'"+os.Args[0]+"'", 1)
	cmd := exec.CommandContext(ctx, script, "--quiet", "--command", command, os.DevNull)
	cmd.Dir = dir
	cmd.Env = append(append(userEnv(t), actAsLeakguard, "TERM=xterm"), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestProgress wants progress on a terminal after a second, and on no pipe. The
// input ends only after it would have begun to show.
func TestProgress(t *testing.T) {
	t.Parallel()
	const past = progressAfter + 3*progressEvery
	t.Run("pipe", func(t *testing.T) {
		t.Parallel()
		r, w := io.Pipe()
		p := command{dir: t.TempDir(), env: []string{"TERM=xterm"}, stdin: r, args: []string{"scan", "stdin"}}.start(t)
		time.Sleep(past)
		w.Close()
		if stdout, stderr, code := p.wait(t); code != exitClean || stderr != "" || unprintable(stdout) >= 0 {
			t.Errorf("exit code %d, stderr %q", code, stderr)
		}
	})
	for _, tt := range []struct {
		name, flag string
		want       bool
	}{{"terminal", "", true}, {"terminal, --no-progress", "--no-progress", false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := onTerminal(t, t.TempDir(), nil, fmt.Sprintf("sleep %.1f | LEAKGUARD scan stdin %s", past.Seconds(), tt.flag))
			if got := strings.Contains(out, "\rreading: ") || strings.Contains(out, "\x1b[Kreading: "); got != tt.want {
				t.Errorf("progress: %t, want %t", got, tt.want)
			}
		})
	}
}
