package git_test

import (
	"bytes"
	"context"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/git/pack"
)

// versions returns a packed repository in which each file of Go's net/http was
// edited in many commits, and how many bytes all its blobs have.
func versions(b *testing.B, commits int) (dir string, size int64) {
	b.Helper()
	names, err := filepath.Glob(filepath.Join(build.Default.GOROOT, "src", "net", "http", "*.go"))
	if err != nil || len(names) == 0 {
		b.Fatal("no Go sources to make a history of")
	}
	var in bytes.Buffer
	for c := range commits {
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\ndata 1\nm\n", 1700000000+c)
		name := names[c%len(names)]
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		at := c * 7919 % len(text)
		text = append(text[:at:at], append(fmt.Appendf(nil, "\n// edit %d\n", c), text[at:]...)...)
		fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", filepath.Base(name), len(text), text)
		size += int64(len(text))
	}
	dir = b.TempDir()
	run := func(stdin *bytes.Buffer, args ...string) {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if stdin != nil {
			cmd.Stdin = stdin
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	run(nil, "init", "-q", "-b", "main")
	run(&in, "fast-import", "--quiet")
	run(nil, "repack", "-q", "-a", "-d", "-f")
	return dir, size
}

func scanAll(b *testing.B, source func() scanner.Source) {
	b.Helper()
	engine, err := detectors.New(providers.Load(), detectors.DefaultOptions())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		res := scanner.Run(context.Background(), []scanner.Source{source()}, scanner.Options{Engine: engine})
		if !res.Complete() {
			b.Fatal("the scan is incomplete")
		}
	}
}

// BenchmarkHistory scans every object of a history of 1,000 commits; MB/s are of
// blobs as they were committed.
func BenchmarkHistory(b *testing.B) {
	dir, size := versions(b, 1000)
	repo, err := git.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	scanAll(b, func() scanner.Source {
		return git.NewHistory(repo, git.Options{MaxSize: 1 << 30, Archives: files.DefaultLimits(), Unreachable: true})
	})
}

// BenchmarkHistoryAgain scans the history of BenchmarkHistory once more, with all its
// blobs known.
func BenchmarkHistoryAgain(b *testing.B) {
	dir, size := versions(b, 1000)
	repo, err := git.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	o := git.Options{MaxSize: 1 << 30, Archives: files.DefaultLimits(), Unreachable: true}
	o.Clean = func(context.Context, []pack.ID) (func(pack.ID) bool, error) {
		return func(pack.ID) bool { return true }, nil
	}
	b.SetBytes(size)
	b.ReportAllocs()
	scanAll(b, func() scanner.Source { return git.NewHistory(repo, o) })
}

// BenchmarkFiles scans a tree of Go's own sources.
func BenchmarkFiles(b *testing.B) {
	root := filepath.Join(build.Default.GOROOT, "src", "crypto")
	var size int64
	filepath.WalkDir(root, func(_ string, d os.DirEntry, err error) error {
		if info, ierr := d.Info(); err == nil && ierr == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return err
	})
	b.SetBytes(size)
	b.ReportAllocs()
	scanAll(b, func() scanner.Source {
		return files.New([]string{root}, files.Options{MaxSize: 1 << 30, Workers: 2})
	})
}
