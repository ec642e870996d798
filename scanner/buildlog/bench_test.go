package buildlog

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/leakguard/leakguard/scanner"
)

// githubStep is the log of a step of about that size, in bytes.
func githubStep(size int) []byte {
	var b bytes.Buffer
	stamp := func(i int) string {
		return fmt.Sprintf("2026-08-20T23:%02d:%02d.%07dZ ", i/1000%60, i/17%60, i*7919%10000000)
	}
	b.WriteString(byteOrderMark + stamp(0) + "##[group]Run npm ci && npm test\n")
	b.WriteString(stamp(0) + "\x1b[36;1mnpm ci && npm test\x1b[0m\n")
	b.WriteString(stamp(0) + "shell: /usr/bin/bash -e {0}\n" + stamp(0) + "env:\n" + stamp(0) + "  NODE_ENV: test\n" + stamp(0) + "##[endgroup]\n")
	messages := []string{
		"npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory.",
		"  \x1b[32m✓\x1b[0m renders the list of projects with their owners and labels (%d ms)",
		"#12 3.456 Get:%d http://mirror.example/debian bookworm/main amd64 libssl3 amd64 3.0.11-1 [2,018 kB]",
		"go: downloading github.com/sourcegraph/conc v0.3.0 (%d)",
		"    at Object.<anonymous> (/home/runner/work/app/app/src/components/list.test.ts:%d:13)",
		"",
		"Receiving objects:  42%% (%d/9981), 3.10 MiB | 6.15 MiB/s",
	}
	for i := 1; b.Len() < size; i++ {
		m := messages[i%len(messages)]
		b.WriteString(stamp(i))
		if bytes.Contains([]byte(m), []byte("%")) {
			m = fmt.Sprintf(m, i)
		}
		b.WriteString(m + "\n")
	}
	return b.Bytes()
}

// BenchmarkGitHubLog is the way from raw bytes to chunks, without the detectors.
func BenchmarkGitHubLog(b *testing.B) {
	log := githubStep(32 << 20)
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		src := NewReader(bytes.NewReader(log), "step.txt", Options{})
		cov := scanner.NewCoverage("log", scanner.InLog)
		if err := src.Read(context.Background(), func(scanner.Chunk) int { return 0 }, cov); err != nil || !cov.Complete() {
			b.Fatal(err, cov.Gaps)
		}
	}
}
