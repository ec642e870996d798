package detectors_test

import (
	"bytes"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/prefilter"
	"github.com/leakguard/leakguard/detectors/providers"
)

const benchSize = 1 << 20

// benchScan measures scans of text by all embedded rules, compiled before.
func benchScan(b *testing.B, text []byte) {
	e := engine(b)
	e.Scan(text, "")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		e.Scan(text, "")
	}
}

// BenchmarkScanPlain is a scan of sources without secrets.
func BenchmarkScanPlain(b *testing.B) { benchScan(b, goSources(b, benchSize)) }

// BenchmarkScanHits is a scan of the same with a secret every 4 KB.
func BenchmarkScanHits(b *testing.B) { benchScan(b, hits(b, benchSize)) }

// BenchmarkScanMinified is a scan of the same on one line, without white space
// that is not needed.
func BenchmarkScanMinified(b *testing.B) {
	benchScan(b, bytes.Join(bytes.Fields(goSources(b, benchSize)), []byte(" ")))
}

// BenchmarkKeywordPass is the part of a scan that every byte takes: the search
// for the keywords of all patterns.
func BenchmarkKeywordPass(b *testing.B) {
	seen := map[string]bool{}
	var keywords []string
	for _, p := range providers.Load() {
		for _, r := range p.Rules {
			for _, k := range r.Keywords {
				if !seen[k] {
					seen[k] = true
					keywords = append(keywords, k)
				}
			}
		}
	}
	m, text, hits := prefilter.New(keywords), goSources(b, benchSize), 0
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m.Scan(text, func(uint16, int) { hits++ })
	}
	b.ReportMetric(float64(hits)/float64(b.N), "hits/op")
}

// BenchmarkNew is what each start of the program pays for the ruleset.
func BenchmarkNew(b *testing.B) {
	all := providers.Load()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := detectors.New(all, detectors.DefaultOptions()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad is the reading of all provider files, as a config's rules.d is
// read; the embedded ones are compiled into Go data.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := providers.ReadDir("providers"); err != nil {
			b.Fatal(err)
		}
	}
}
