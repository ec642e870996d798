package files

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/scanner"
)

// marker stands for a secret in these tests: what the fake engine looks for.
const marker = "MARK"

// outcome is what a scan with the fake engine saw.
type outcome struct {
	paths []string // one for each marker, sorted
	texts map[string]string
	cov   *scanner.Coverage
	hits  []scanner.Hit
}

func scanAll(t *testing.T, s scanner.Source) *outcome {
	t.Helper()
	var mu sync.Mutex
	o := &outcome{texts: map[string]string{}, cov: scanner.NewCoverage(s.Name(), s.Kind())}
	err := s.Read(t.Context(), func(c scanner.Chunk) int {
		mu.Lock()
		defer mu.Unlock()
		o.see(c)
		return strings.Count(string(c.Text), marker)
	}, o.cov)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	slices.Sort(o.paths)
	return o
}

func unpackAll(name string, data []byte, l Limits) *outcome {
	o := &outcome{texts: map[string]string{}, cov: scanner.NewCoverage(name, scanner.InFile)}
	Unpack(context.Background(), name, data, l, o.see, o.cov)
	slices.Sort(o.paths)
	return o
}

func (o *outcome) see(c scanner.Chunk) {
	o.texts[c.Path] += string(c.Text)
	for range strings.Count(string(c.Text), marker) {
		o.paths = append(o.paths, c.Path)
		o.hits = append(o.hits, scanner.Hit{Place: c.Place})
	}
}

// want checks where markers were found, and each gap as "what: why", of which
// why may be cut short.
func (o *outcome) want(t *testing.T, paths []string, gaps ...string) {
	t.Helper()
	slices.Sort(paths)
	if !slices.Equal(o.paths, paths) {
		t.Errorf("found in %q, want %q", o.paths, paths)
	}
	var got []string
	for _, g := range o.cov.Gaps {
		got = append(got, g.What+": "+g.Why)
		if g.Fix == "" {
			t.Errorf("gap %q has no fix", g.What)
		}
	}
	slices.Sort(got)
	slices.Sort(gaps)
	if !slices.EqualFunc(got, gaps, strings.HasPrefix) {
		t.Errorf("gaps %q, want %q", got, gaps)
	}
}

func (o *outcome) wantExcluded(t *testing.T, what string, count int) {
	t.Helper()
	for _, e := range o.cov.Excluded {
		if e.What == what {
			if e.Count != count {
				t.Errorf("excluded %d %s, want %d", e.Count, what, count)
			}
			return
		}
	}
	if count > 0 {
		t.Errorf("no %s excluded, want %d", what, count)
	}
}

// program returns the path of a program of the machine, or skips the test.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
			t.Fatalf("%s is not installed, and LEAKGUARD_REQUIRE_ALL=1", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}
