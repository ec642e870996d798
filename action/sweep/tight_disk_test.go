package sweep_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestTightDisk has leakguard sweep with less room than all mirrors need together: they
// never take more, each secret is found, and what changes is found later though its mirror
// had to go.
func TestTightDisk(t *testing.T) {
	const repositories, size, bound = 14, 300 << 10, 3 << 20
	var addresses strings.Builder
	var origins []*gitrepo.Repo
	for i := range repositories {
		random := rand.NewChaCha8([32]byte{byte(i)})
		noise := make([]byte, size)
		random.Read(noise)
		o := gitrepo.New(t)
		o.Write("noise.bin", string(noise)).Write("own.env", "TOKEN="+token()+"\n").Commit("first")
		origins = append(origins, o)
		fmt.Fprintln(&addresses, o.URL())
	}
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte(addresses.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &site{Program: build(t), List: list, Disk: bound, Dir: t.TempDir(), DSN: filepath.Join(t.TempDir(), "state.db"), Jobs: 2}
	for _, tt := range []struct {
		name                 string
		changed, secrets     int // changed: repositories, from the first on
		leastDisk, unchanged int
	}{
		{"first", 0, repositories, bound / 2, 0},
		{"nothing", 0, repositories, 0, repositories},
		{"half of them", repositories / 2, repositories + repositories/2, bound / 2, repositories - repositories/2},
	} {
		for _, o := range origins[:tt.changed] {
			o.Write("later.env", "TOKEN="+token()+"\n").Commit("later")
		}
		cmd, output := s.process(t)
		watched := watch(t, cmd.Process.Pid, s.Dir)
		wait(t, cmd, output)
		most, status := watched(), last(t, s)
		if got := status.Totals(); got.Secrets != tt.secrets || got.Unchanged != tt.unchanged || got.Incomplete != 0 {
			t.Errorf("%s: %+v, want %d secrets, and %d unchanged", tt.name, got, tt.secrets, tt.unchanged)
		}
		if most.disk > bound || most.disk < int64(tt.leastDisk) {
			t.Errorf("%s: the mirrors took %d bytes, want %d to %d", tt.name, most.disk, tt.leastDisk, bound)
		}
	}
}
