package pack

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// FuzzPatch applies arbitrary deltas: never a panic, never a result of another
// size than the delta says, never more than the limit.
func FuzzPatch(f *testing.F) {
	f.Add([]byte("hello world"), []byte("\x0b\x0b\x90\x0b"))
	f.Add([]byte("hello"), []byte("\x05\x08\x90\x05\x03abc"))
	f.Add([]byte(""), []byte("\x00\x00"))
	f.Add([]byte("x"), []byte("\x01\xff\xff\xff\xff\x0f\x91\x00\x01"))
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		const limit = 1 << 20
		out, err := patch(nil, base, delta, limit)
		if err != nil {
			return
		}
		if _, size, _, _ := deltaSizes(delta); uint64(len(out)) != size || len(out) > limit {
			t.Errorf("result of %d bytes, the delta says %d", len(out), size)
		}
	})
}

// seed returns a small real pack and its index.
func seed(f *testing.F) (packed, index []byte) {
	dir := f.TempDir()
	run := func(stdin string, args ...string) {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		if out, err := cmd.CombinedOutput(); err != nil {
			f.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	var in strings.Builder
	text := strings.Repeat("a line that stays\n", 40)
	for i := range 4 {
		text += strings.Repeat("x", i+1) + "\n"
		in.WriteString("commit refs/heads/main\ncommitter C <c@example.com> 1700000000 +0000\ndata 1\nm\nM 100644 inline f\ndata <<END\n" + text + "END\n")
	}
	run("", "init", "-q", "-b", "main")
	run(in.String(), "fast-import", "--quiet")
	run("", "repack", "-q", "-a", "-d", "-f")
	packs, _ := filepath.Glob(filepath.Join(dir, ".git", "objects", "pack", "*.pack"))
	if len(packs) != 1 {
		f.Fatalf("want one pack, have %d", len(packs))
	}
	packed, _ = os.ReadFile(packs[0])
	index, _ = os.ReadFile(strings.TrimSuffix(packs[0], ".pack") + ".idx")
	return packed, index
}

// FuzzPack reads damaged packs and indexes: never a panic or a hang, and every
// object that the index names is handed out or reported.
func FuzzPack(f *testing.F) {
	packed, index := seed(f)
	f.Add(packed, index)
	f.Add(packed[:len(packed)/2], index)
	f.Add(packed, index[:len(index)-30])
	f.Add(bytes.ReplaceAll(packed, []byte{0x78}, []byte{0x79}), index)
	f.Fuzz(func(t *testing.T, packed, index []byte) {
		dir := t.TempDir()
		os.MkdirAll(filepath.Join(dir, "pack"), 0o755)
		os.WriteFile(filepath.Join(dir, "pack", "pack-1.pack"), packed, 0o644)
		os.WriteFile(filepath.Join(dir, "pack", "pack-1.idx"), index, 0o644)
		var faults, objects atomic.Int64
		s, err := Open(dir, SHA1, 1<<20, func(Fault) { faults.Add(1) })
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for typ := Commit; typ <= Tag; typ++ {
			s.Each(context.Background(), typ, 2, func(o Object) { objects.Add(1) })
		}
		if n := objects.Load() + faults.Load(); n < int64(s.Objects()) && len(s.packs) > 0 && !duplicates(s.packs[0]) {
			t.Errorf("%d objects, %d handed out, %d faults", s.Objects(), objects.Load(), faults.Load())
		}
	})
}

// duplicates reports whether a damaged index names two objects at one place or
// under one name.
func duplicates(f *file) bool {
	ids, offsets := map[ID]bool{}, map[int64]bool{}
	for i := range f.idx.count {
		off, _ := f.idx.offset(i)
		if ids[f.idx.id(i)] || offsets[off] {
			return true
		}
		ids[f.idx.id(i)], offsets[off] = true, true
	}
	return false
}
