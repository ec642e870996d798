package git_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// An archive that is too large to be held is read as it stands, and that is said.
func TestLargeArchive(t *testing.T) {
	packed := make([]byte, 33<<20)
	rand.NewChaCha8([32]byte{1}).Read(packed)
	copy(packed, "\x1f\x8b\x08\x00")
	r := gitrepo.New(t)
	r.Git("config", "core.compression", "0")
	r.Write("a.gz", string(packed)).Commit("c")
	res := runHistory(t, boundEngine(t), r, 0, newMemory().options())
	gaps := res.Coverage[0].Gaps
	if len(gaps) != 1 || !strings.Contains(gaps[0].What, r.Rev("HEAD:a.gz")) || !strings.Contains(gaps[0].Why, "too large to be unpacked") {
		t.Errorf("gaps: %+v", gaps)
	}
}
