package seen_test

import (
	"path/filepath"
	"testing"

	"github.com/leakguard/leakguard/scanner/git/pack"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// BenchmarkObjects fills the memory with the objects of repositories of 10,000 each, asks
// for all of them once, and says what the database takes on the disk.
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
	added, asked := 0, 0
	for b.Loop() {
		if err := o.Add(b.Context(), "A", names(pack.SHA1, added, repository)); err != nil {
			b.Fatal(err)
		}
		added += repository
	}
	perAdd := b.Elapsed()
	b.ReportMetric(float64(added)/perAdd.Seconds(), "added/s")

	b.ResetTimer()
	for asked < added {
		clean, err := o.Clean(b.Context(), "A", names(pack.SHA1, asked, repository))
		if err != nil {
			b.Fatal(err)
		}
		if !clean(names(pack.SHA1, asked, 1)[0]) {
			b.Fatal("an object that was added is not known")
		}
		asked += repository
	}
	b.ReportMetric(float64(asked)/b.Elapsed().Seconds(), "asked/s")
	var bytes int64
	if err := db.QueryRow(size).Scan(&bytes); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(bytes)/float64(added), "B/object")
	b.ReportMetric(0, "ns/op")
}
