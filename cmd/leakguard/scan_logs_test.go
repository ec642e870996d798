package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScanLogs(t *testing.T) {
	t.Parallel()
	const stamp = "2026-08-20T23:51:25.1234567Z "
	secret := token(t, 1)
	log := stamp + "##[group]Run make\n" + stamp + "env:\n" + stamp + "  KEY: " + secret[:9] + "\x1b[1m" + secret[9:] + "\n"
	for _, tt := range []struct {
		name, file string // no file: standard input
		args       []string
		want       place
	}{
		{"file", "build/2_make.txt", []string{"build/2_make.txt"}, place{path: "build/2_make.txt", line: 3, column: 37, endColumn: 81}},
		{"folder", "build/2_make.txt", []string{"."}, place{path: "build/2_make.txt", line: 3, column: 37, endColumn: 81}},
		{"archive", "run.zip", []string{"run.zip"}, place{path: "run.zip!build/2_make.txt", line: 3, column: 37, endColumn: 81}},
		{"standard input", "", []string{"-"}, place{path: "stdin.log", line: 3, column: 37, endColumn: 81}},
		{"format given", "", []string{"-", "--ci", "github"}, place{path: "stdin.log", line: 3, column: 37, endColumn: 81}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := command{dir: dir, stdin: strings.NewReader(log), args: append([]string{"scan", "logs", "--report", "json"}, tt.args...)}
			text := log
			if strings.HasSuffix(tt.file, ".zip") {
				text = zipOf(t, "build/2_make.txt", log)
			}
			if tt.file != "" {
				path := filepath.Join(dir, filepath.FromSlash(tt.file))
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			stdout, stderr, code := c.run(t)
			var r report
			if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != exitFound {
				t.Fatalf("exit code %d, stderr %q, report: %v", code, stderr, err)
			}
			tt.want.kind = "log"
			wantSecret(t, r, tt.want)
		})
	}
}

func TestScanLogsUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"no path", nil, ""},
		{"no such path", []string{"missing.log"}, "missing.log"},
		{"no such format", []string{"-", "--ci", "cron"}, `--ci "cron": want one of github, gitlab,`},
		{"standard input beside others", []string{".", "-"}, "- is standard input"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := command{dir: t.TempDir(), args: append([]string{"scan", "logs"}, tt.args...)}
			if _, stderr, code := c.run(t); code != exitUsage || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, stderr %q, want %d and %q", code, stderr, exitUsage, tt.want)
			}
		})
	}
}
