package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// BenchmarkHook runs hooks as git does, as processes, and reports how many times
// the start of a Go program that does nothing each takes.
func BenchmarkHook(b *testing.B) {
	dir := b.TempDir()
	build := func(name, source string) string {
		binary := filepath.Join(dir, name)
		if out, err := exec.Command("go", "build", "-o", binary, source).CombinedOutput(); err != nil {
			b.Fatalf("go build: %v: %s", err, out)
		}
		return binary
	}
	nothing := filepath.Join(dir, "nothing.go")
	if err := os.WriteFile(nothing, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	empty, leakguard := build("nothing", nothing), build("leakguard", ".")

	r := gitrepo.New(b)
	base := r.Write("README", "nothing here\n").Commit("begin")
	for _, name := range strings.Split("abcdefghij", "") {
		r.Write(name, strings.Repeat("a line of text\n", 100)).Commit("add " + name)
	}
	r.Write("staged", strings.Repeat("a line of text\n", 100)).Git("add", ".")
	line := "refs/heads/main " + r.Rev("HEAD") + " refs/heads/main " + base + "\n"
	for _, h := range []struct {
		name, stdin string
		args        []string
	}{
		{"pre-commit of 1 file", "", []string{"hook", "run", hookPreCommit}},
		{"pre-push of 10 commits", line, []string{"hook", "run", hookPrePush, "origin"}},
	} {
		b.Run(h.name, func(b *testing.B) {
			var start, hook time.Duration
			for b.Loop() { // one after the other, so that both meet the same machine
				start += timed(b, exec.Command(empty), "", r.Dir)
				hook += timed(b, exec.Command(leakguard, h.args...), h.stdin, r.Dir)
			}
			b.ReportMetric(float64(hook)/float64(start), "starts")
		})
	}
}

// timed runs a process and returns how long it took.
func timed(b *testing.B, cmd *exec.Cmd, stdin, dir string) time.Duration {
	b.Helper()
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	begin := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v: %s", cmd.Args, err, out)
	}
	return time.Since(begin)
}
