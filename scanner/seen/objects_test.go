package seen_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/git/pack"
	"github.com/leakguard/leakguard/scanner/seen"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// names are n objects' names, from number first on.
func names(hash pack.Hash, first, n int) []pack.ID {
	ids := make([]pack.ID, n)
	for i := range ids {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(first+i)))
		ids[i] = hash.ID(sum[:hash])
	}
	return ids
}

func memory(t testing.TB, dsn string) (*seen.Objects, *database.DB) {
	t.Helper()
	db, err := database.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o, err := seen.OpenObjects(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	return o, db
}

// Both databases keep the same promises; each test has an empty one.
func TestObjects(t *testing.T) {
	tests := []struct {
		name string
		test func(t *testing.T, dsn string)
	}{
		{"what was added is known", testAdd},
		{"names are exact", testExact},
		{"old rulesets are forgotten", testForget},
		{"writers at once", testAtOnce},
	}
	t.Run("SQLite", func(t *testing.T) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { tt.test(t, filepath.Join(t.TempDir(), "state.db")) })
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		server := postgresql.Start(t)
		db, err := database.Open(server)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for i, tt := range tests {
			own := fmt.Sprintf("objects%d", i)
			if _, err := db.Exec("CREATE DATABASE " + own); err != nil {
				t.Fatal(err)
			}
			t.Run(tt.name, func(t *testing.T) { tt.test(t, strings.Replace(server, "/postgres?", "/"+own+"?", 1)) })
		}
	})
}

// has checks that under the ruleset all of ids are known, or that none is.
func has(t *testing.T, o *seen.Objects, ruleset string, ids []pack.ID, want bool) {
	t.Helper()
	clean, err := o.Clean(t.Context(), ruleset, ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if clean(id) != want {
			t.Fatalf("ruleset %s, object %d of %d, %x: known is %t", ruleset, i, len(ids), id, !want)
		}
	}
}

func remember(t *testing.T, o *seen.Objects, ruleset string, ids []pack.ID) {
	t.Helper()
	if err := o.Add(t.Context(), ruleset, ids); err != nil {
		t.Fatal(err)
	}
}

func testAdd(t *testing.T, dsn string) {
	o, _ := memory(t, dsn)
	sha1, sha256 := names(pack.SHA1, 0, 10_000), names(pack.SHA256, 0, 5_000)
	has(t, o, "A", sha1, false)
	remember(t, o, "A", append(append([]pack.ID{}, sha1[:9_000]...), sha256[:4_097]...))
	remember(t, o, "A", nil)
	has(t, o, "A", sha1[:9_000], true)
	has(t, o, "A", sha1[9_000:], false)
	has(t, o, "A", sha256[:4_097], true)
	has(t, o, "A", sha256[4_097:], false)
	has(t, o, "B", sha1, false)
	has(t, o, "A", nil, true)

	// Some again, in another order, and one twice.
	remember(t, o, "A", append(sha1[8_000:], sha1[9_999], sha1[0]))
	remember(t, o, "B", sha1[:1])
	has(t, o, "A", sha1, true)
	has(t, o, "B", sha1[:1], true)
	has(t, o, "B", sha1[1:], false)

	again, _ := memory(t, dsn)
	has(t, again, "A", sha1, true)
	has(t, again, "A", sha256[4_097:], false)
}

// Names that differ in one bit, or only in their length, are not the same.
func testExact(t *testing.T, dsn string) {
	o, _ := memory(t, dsn)
	one := names(pack.SHA256, 7, 1)[0]
	short := pack.SHA1.ID(one[:])
	var others []pack.ID
	for bit := range 8 * len(one) {
		id := one
		id[bit/8] ^= 1 << (bit % 8)
		others = append(others, id)
	}
	remember(t, o, "A", []pack.ID{one})
	has(t, o, "A", append(others, short, pack.ID{}), false)
	remember(t, o, "A", []pack.ID{short, {}})
	has(t, o, "A", others, false)
	has(t, o, "A", []pack.ID{one, short, {}}, true)
}

func testForget(t *testing.T, dsn string) {
	o, db := memory(t, dsn)
	ids := names(pack.SHA1, 0, 20_000)
	for _, ruleset := range []string{"A", "B", "C"} {
		remember(t, o, ruleset, ids)
	}
	if err := o.Forget(t.Context(), []string{"B", "never seen"}); err != nil {
		t.Fatal(err)
	}
	has(t, o, "A", ids, false)
	has(t, o, "B", ids, true)
	has(t, o, "C", ids, false)
	if n := rows(t, db, "seen_object"); n != len(ids) {
		t.Errorf("%d objects are left, want %d", n, len(ids))
	}
	remember(t, o, "A", ids[:5])
	has(t, o, "A", ids[:5], true)
	has(t, o, "A", ids[5:], false)

	// One that was ended after its first step.
	if _, err := db.Exec("UPDATE seen_ruleset SET name = NULL WHERE name = 'B'"); err != nil {
		t.Fatal(err)
	}
	has(t, o, "B", ids, false)
	if err := o.Forget(t.Context(), []string{"A"}); err != nil {
		t.Fatal(err)
	}
	if objects, rulesets := rows(t, db, "seen_object"), rows(t, db, "seen_ruleset"); objects != 5 || rulesets != 1 {
		t.Errorf("%d objects of %d rulesets are left", objects, rulesets)
	}
}

func rows(t testing.TB, db *database.DB, table string) (n int) {
	t.Helper()
	if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// What fails is not added, and says what it was about.
func TestAddFails(t *testing.T) {
	o, db := memory(t, filepath.Join(t.TempDir(), "state.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ids := names(pack.SHA1, 0, 3)
	if err := o.Add(ctx, "A", ids); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	has(t, o, "A", ids, false)
	db.Close()
	_, err := o.Clean(t.Context(), "A", ids)
	for what, err := range map[string]error{"Clean": err, "Add": o.Add(t.Context(), "A", ids), "Forget": o.Forget(t.Context(), nil)} {
		if err == nil || !strings.Contains(err.Error(), "objects") {
			t.Errorf("%s of a closed database: %v", what, err)
		}
	}
}

// Writers that add the same objects at once, while others are forgotten, lose none.
func testAtOnce(t *testing.T, dsn string) {
	ids := names(pack.SHA1, 0, 3_000)
	keeper, _ := memory(t, dsn)
	var wg sync.WaitGroup
	for n := range 4 {
		o, _ := memory(t, dsn)
		wg.Go(func() {
			for i := range 6 {
				part := ids[(n+i)%6*500:]
				if err := o.Add(t.Context(), "kept", part[:min(1_000, len(part))]); err != nil {
					t.Error(err)
				}
				if err := o.Add(t.Context(), "old "+strconv.Itoa(i), part[:100]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 5 {
			if err := keeper.Forget(t.Context(), []string{"kept", "old 5"}); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	has(t, keeper, "kept", ids, true)
	has(t, keeper, "old 5", ids[:100], true)
	if err := keeper.Forget(t.Context(), []string{"kept"}); err != nil {
		t.Fatal(err)
	}
	_, db := memory(t, dsn)
	if n := rows(t, db, "seen_object"); n != len(ids) {
		t.Errorf("%d objects are left, want %d", n, len(ids))
	}
}

// What Add returned for is there after a kill. The test runs itself as the process that
// is killed.
func TestAddSurvivesKill(t *testing.T) {
	ids := names(pack.SHA1, 0, 200)
	if path := os.Getenv("LEAKGUARD_TEST_OBJECTS"); path != "" {
		o, _ := memory(t, path)
		for _, id := range ids {
			remember(t, o, "A", []pack.ID{id})
			os.Stdout.WriteString(".")
		}
		select {} // until it is killed
	}
	path := filepath.Join(t.TempDir(), "state.db")
	cmd := exec.Command(os.Args[0], "-test.run=^TestAddSurvivesKill$")
	cmd.Env = append(os.Environ(), "LEAKGUARD_TEST_OBJECTS="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told := make([]byte, 50)
	n := 0
	for n < len(told) && err == nil {
		var m int
		m, err = out.Read(told[n:])
		n += m
	}
	cmd.Process.Kill()
	cmd.Wait()
	if n < len(told) {
		t.Fatalf("it said %q and ended: %v", told[:n], err)
	}
	o, _ := memory(t, path)
	has(t, o, "A", ids[:n], true)
}
