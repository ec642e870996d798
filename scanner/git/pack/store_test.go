package pack_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// repository returns one with many versions of a few files and tagged commits.
func repository(t testing.TB, versions int) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	var lines []string
	for i := range 300 {
		lines = append(lines, fmt.Sprintf("line %d of a file that grows", i))
	}
	var in strings.Builder
	blob := func(text string) { fmt.Fprintf(&in, "data %d\n%s\n", len(text), text) }
	for v := range versions {
		lines[v*7%len(lines)] = fmt.Sprintf("changed in version %d", v)
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\n", 1700000000+v)
		blob(fmt.Sprintf("version %d", v))
		in.WriteString("M 100644 inline big.txt\n")
		blob(strings.Join(lines, "\n"))
		fmt.Fprintf(&in, "M 100644 inline d/f%d.txt\n", v)
		blob(fmt.Sprintf("file %d\n", v))
	}
	in.WriteString("tag v1\nfrom refs/heads/main\ntagger C <c@example.com> 1700000000 +0000\n")
	blob("a tag")
	cmd := exec.Command("git", "-c", "fastimport.unpackLimit=100000", "fast-import", "--quiet")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(in.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v\n%s", err, out)
	}
	git(t, dir, "reset", "-q", "--hard")
	return dir
}

type collected struct {
	mu     sync.Mutex
	seen   map[string]string // id → type
	faults []pack.Fault
}

// collect reads everything and checks each object against its own name.
func collect(t testing.TB, objects string) *collected {
	t.Helper()
	c := &collected{seen: map[string]string{}}
	s, err := pack.Open(objects, pack.SHA1, 1<<30, func(f pack.Fault) {
		c.mu.Lock()
		c.faults = append(c.faults, f)
		c.mu.Unlock()
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for typ := pack.Commit; typ <= pack.Tag; typ++ {
		err := s.Each(context.Background(), typ, 2, func(o pack.Object) {
			data := o.Data
			if o.Stream != nil {
				data, _ = io.ReadAll(o.Stream)
			}
			sum := sha1.Sum(append(fmt.Appendf(nil, "%s %d\x00", typ, len(data)), data...))
			c.mu.Lock()
			defer c.mu.Unlock()
			name := hex.EncodeToString(sum[:])
			if name != pack.SHA1.Hex(o.ID) {
				t.Errorf("%s %s has the content of %s", typ, pack.SHA1.Hex(o.ID), name)
			}
			if c.seen[name] != "" {
				t.Errorf("%s %s handed out twice", typ, name)
			}
			c.seen[name] = typ.String()
			if n, ok := s.Ordinal(&o.ID); !ok || n != o.Ordinal || s.NameOf(n) != o.ID {
				t.Errorf("ordinal of %s: %d, handed out as %d", name, n, o.Ordinal)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// all lists what git says is there.
func all(t testing.TB, dir string) map[string]string {
	want := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(git(t, dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")), "\n") {
		id, typ, _ := strings.Cut(line, " ")
		want[id] = typ
	}
	return want
}

func same(t *testing.T, got *collected, want map[string]string) {
	t.Helper()
	for id, typ := range want {
		if got.seen[id] != typ {
			t.Errorf("%s %s: read as %q", typ, id, got.seen[id])
		}
	}
	if len(got.seen) != len(want) {
		t.Errorf("read %d objects, git has %d", len(got.seen), len(want))
	}
	for _, f := range got.faults {
		t.Errorf("fault: %s: %v", f.What, f.Err)
	}
}

func TestEachReadsWhatGitHas(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, dir string)
	}{
		{"loose", func(t *testing.T, dir string) {}},
		{"packed with ofs-deltas", func(t *testing.T, dir string) { git(t, dir, "gc", "-q", "--aggressive") }},
		{"packed with ref-deltas", func(t *testing.T, dir string) {
			git(t, dir, "-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f")
		}},
		{"several packs, loose objects and duplicates", func(t *testing.T, dir string) {
			git(t, dir, "repack", "-q", "-d")
			os.WriteFile(filepath.Join(dir, "more.txt"), []byte("more\n"), 0o644)
			git(t, dir, "add", ".")
			git(t, dir, "commit", "-q", "-m", "more")
			git(t, dir, "repack", "-q") // a second pack; loose copies stay
			git(t, dir, "repack", "-q", "-a")
		}},
		{"multi-pack index", func(t *testing.T, dir string) {
			git(t, dir, "repack", "-q", "-d")
			git(t, dir, "commit", "-q", "--allow-empty", "-m", "more")
			git(t, dir, "repack", "-q", "-d")
			git(t, dir, "multi-pack-index", "write")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := repository(t, 40)
			tt.prepare(t, dir)
			same(t, collect(t, filepath.Join(dir, ".git", "objects")), all(t, dir))
		})
	}
}

func TestAlternates(t *testing.T) {
	dir := repository(t, 5)
	git(t, dir, "gc", "-q")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--shared", dir, clone)
	git(t, clone, "commit", "-q", "--allow-empty", "-m", "mine")
	same(t, collect(t, filepath.Join(clone, ".git", "objects")), all(t, clone))
}

// packOf returns the only pack of the repository, made writable.
func packOf(t *testing.T, dir string) string {
	t.Helper()
	packs, _ := filepath.Glob(filepath.Join(dir, ".git", "objects", "pack", "*.pack"))
	if len(packs) != 1 {
		t.Fatalf("want one pack, have %v", packs)
	}
	os.Chmod(packs[0], 0o644)
	return packs[0]
}

func TestCorruptEntryCostsItsFamilyOnly(t *testing.T) {
	dir := repository(t, 40)
	git(t, dir, "gc", "-q", "--aggressive")
	want := all(t, dir)
	path := packOf(t, dir)
	data, _ := os.ReadFile(path)
	lost := 0
	for at := 12; at < len(data)-20; at += max(1, len(data)/60) {
		broken := append([]byte(nil), data...)
		for i := at; i < at+3; i++ {
			broken[i] ^= 0x55
		}
		os.WriteFile(path, broken, 0o644)
		got := collect(t, filepath.Join(dir, ".git", "objects"))
		// Each object is either read right (collect checks) or reported.
		if missing := len(want) - len(got.seen); missing > len(got.faults) {
			t.Errorf("bytes at %d flipped: %d objects missing, %d faults", at, missing, len(got.faults))
		} else if missing > 0 {
			lost++
		}
	}
	if lost == 0 {
		t.Error("no flip cost anything: the test tests nothing")
	}
}

func TestTruncatedPack(t *testing.T) {
	dir := repository(t, 20)
	git(t, dir, "gc", "-q")
	want := all(t, dir)
	path := packOf(t, dir)
	data, _ := os.ReadFile(path)
	os.WriteFile(path, data[:len(data)/2], 0o644)
	got := collect(t, filepath.Join(dir, ".git", "objects"))
	if len(got.seen) == 0 || len(got.seen)+len(got.faults) < len(want) {
		t.Errorf("read %d and reported %d of %d objects", len(got.seen), len(got.faults), len(want))
	}
}

func TestSecondCopyIsUsed(t *testing.T) {
	dir := repository(t, 10)
	git(t, dir, "repack", "-q", "-a") // keeps the loose copies
	want := all(t, dir)
	path := packOf(t, dir)
	data, _ := os.ReadFile(path)
	for _, line := range strings.Split(git(t, dir, "verify-pack", "-v", path), "\n") {
		// name type size size-in-pack offset …
		var name, typ string
		var size, packed, off int
		if n, _ := fmt.Sscan(line, &name, &typ, &size, &packed, &off); n == 5 {
			data[off+packed-2] ^= 0xff // in the stream's checksum
		}
	}
	os.WriteFile(path, data, 0o644)
	same(t, collect(t, filepath.Join(dir, ".git", "objects")), want)
}

func TestLargeObjectIsStreamed(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	big := make([]byte, 40<<20)
	for i := range big {
		big[i] = byte(i * i >> 7)
	}
	os.WriteFile(filepath.Join(dir, "big"), big, 0o644)
	git(t, dir, "add", ".")
	for _, packed := range []bool{false, true} {
		if packed {
			git(t, dir, "commit", "-q", "-m", "big")
			git(t, dir, "repack", "-q", "-a", "-d")
		}
		streams := 0
		s, err := pack.Open(filepath.Join(dir, ".git", "objects"), pack.SHA1, 1<<30, func(f pack.Fault) { t.Error(f.What, f.Err) })
		if err != nil {
			t.Fatal(err)
		}
		s.Each(context.Background(), pack.Blob, 1, func(o pack.Object) {
			if o.Stream != nil {
				streams++
				if n, _ := io.Copy(io.Discard, o.Stream); n != int64(len(big)) {
					t.Errorf("packed %v: streamed %d bytes of %d", packed, n, len(big))
				}
			}
		})
		if streams != 1 {
			t.Errorf("packed %v: %d streams", packed, streams)
		}
		s.Close()
	}
}
