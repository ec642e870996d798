package pack_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// open opens the repository's store; its faults go to the list.
func open(t *testing.T, dir string, faults *[]pack.Fault) *pack.Store {
	t.Helper()
	var mu sync.Mutex
	s, err := pack.Open(filepath.Join(dir, ".git", "objects"), pack.SHA1, 1<<30, func(f pack.Fault) {
		mu.Lock()
		*faults = append(*faults, f)
		mu.Unlock()
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// blobsBut reads the blobs that skip leaves, and counts how often each is handed out.
func blobsBut(t *testing.T, s *pack.Store, skip []bool) map[uint32]int {
	t.Helper()
	var mu sync.Mutex
	got := map[uint32]int{}
	err := s.EachBut(t.Context(), skip, pack.Blob, 2, func(o pack.Object) {
		mu.Lock()
		got[o.Ordinal]++
		mu.Unlock()
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEachBut(t *testing.T) {
	tests := []struct {
		name   string
		repack []string
	}{
		{"loose", nil},
		{"packed with ofs-deltas", []string{"gc", "-q", "--aggressive"}},
		{"packed with ref-deltas", []string{"-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f"}},
		{"packed, with loose copies", []string{"repack", "-q", "-a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := repository(t, 40)
			if tt.repack != nil {
				git(t, dir, tt.repack...)
			}
			var faults []pack.Fault
			s := open(t, dir, &faults)
			all := blobsBut(t, s, nil)
			random := rand.New(rand.NewPCG(1, 2))
			for tenths := range 11 {
				skip := make([]bool, s.Objects())
				want := 0
				for n := range all {
					if skip[n] = random.IntN(10) < tenths; !skip[n] {
						want++
					}
				}
				got := blobsBut(t, s, skip)
				for n, times := range got {
					if times != 1 || skip[n] || all[n] != 1 {
						t.Errorf("%d tenths: blob no. %d handed out %d times, skipped %t", tenths, n, times, skip[n])
					}
				}
				if len(got) != want {
					t.Errorf("%d tenths: %d blobs, want %d", tenths, len(got), want)
				}
			}
			if len(faults) > 0 {
				t.Errorf("faults: %v", faults)
			}
		})
	}
}

// Every blob is a candidate; in a pack nothing else is, whose type is known.
func TestCandidates(t *testing.T) {
	dir := repository(t, 20)
	for _, packed := range []bool{false, true} {
		if packed {
			git(t, dir, "gc", "-q")
		}
		var faults []pack.Fault
		s := open(t, dir, &faults)
		blobs := blobsBut(t, s, nil)
		list := s.Candidates(pack.Blob)
		marked := map[uint32]bool{}
		for _, n := range list {
			marked[n] = true
		}
		for n := range blobs {
			if !marked[n] {
				t.Errorf("packed %t: blob no. %d is none", packed, n)
			}
		}
		want := s.Objects()
		if packed {
			want = len(blobs)
		}
		if len(list) != want || len(marked) != want {
			t.Errorf("packed %t: %d candidates, %d different ones, want %d", packed, len(list), len(marked), want)
		}
	}
}

// Faults of what is skipped are not reported.
func TestSkippedHasNoFaults(t *testing.T) {
	dir := repository(t, 40)
	git(t, dir, "gc", "-q", "--aggressive")
	var faults []pack.Fault
	intact := open(t, dir, &faults)
	blobs := blobsBut(t, intact, nil)
	path := packOf(t, dir)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 12; at < len(data)-20; at += 5 {
		data[at+4] ^= 0x55 // most headers stay, no compressed data does
	}
	broken := t.TempDir()
	git(t, broken, "init", "-q")
	into := filepath.Join(broken, ".git", "objects", "pack")
	index, err := os.ReadFile(path[:len(path)-len("pack")] + "idx")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"pack-1.pack": data, "pack-1.idx": index} {
		if err := os.WriteFile(filepath.Join(into, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, broken, &faults)
	skip := make([]bool, s.Objects())
	for n := range blobs {
		skip[n] = true
	}
	if got := blobsBut(t, s, nil); len(faults) == 0 {
		t.Fatalf("%d blobs and no fault: the test tests nothing", len(got))
	}
	faults = nil
	if got := blobsBut(t, s, skip); len(got) > 0 {
		t.Errorf("%d blobs were read all the same", len(got))
	}
	for _, f := range faults {
		for n := range blobs {
			if f.What[:min(len(f.What), 45)] == "blob "+pack.SHA1.Hex(intact.NameOf(n)) {
				t.Errorf("a skipped blob is reported: %s: %v", f.What, f.Err)
			}
		}
	}
}
