package seen_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner/git/pack"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// BenchmarkObjects fills the memory with the objects of repositories of 10,000 each, asks
// for all of them once, and says what they take on the disk. For a million:
// -benchtime 100x.
func BenchmarkObjects(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) {
		benchmarkObjects(b, filepath.Join(b.TempDir(), "state.db"),
			"SELECT sum(pgsize) FROM dbstat WHERE name = 'seen_object'")
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		benchmarkObjects(b, postgresql.Start(b), "SELECT pg_total_relation_size('seen_object')")
	})
}

func benchmarkObjects(b *testing.B, dsn, size string) {
	const repository = 10_000
	o, db := memory(b, dsn)
	added := 0
	began := time.Now()
	for b.Loop() {
		if err := o.Add(b.Context(), "A", names(pack.SHA1, added, repository)); err != nil {
			b.Fatal(err)
		}
		added += repository
	}
	b.ReportMetric(float64(added)/time.Since(began).Seconds(), "added/s")

	began = time.Now()
	for first := 0; first < added; first += repository {
		ids := names(pack.SHA1, first, repository)
		clean, err := o.Clean(b.Context(), "A", ids)
		if err != nil {
			b.Fatal(err)
		}
		if !clean(ids[0]) {
			b.Fatal("an object that was added is not known")
		}
	}
	b.ReportMetric(float64(added)/time.Since(began).Seconds(), "asked/s")

	var bytes float64
	if err := db.QueryRow(size).Scan(&bytes); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(bytes/float64(added), "B/object")
	b.ReportMetric(0, "ns/op")
}
