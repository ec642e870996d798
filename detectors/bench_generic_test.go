package detectors_test

import (
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/providers"
)

// BenchmarkGenericShare scans sources without secrets by all rules, and by all
// but those that package generic reads for: what is on top is the cost of the
// candidate readers, the gates and the model.
func BenchmarkGenericShare(b *testing.B) {
	all, read := providers.Load(), map[string]bool{}
	for _, p := range all {
		for _, r := range p.Rules {
			read[r.ID] = generic.ReaderOf(r.Detector) != generic.None
		}
	}
	text := goSources(b, benchSize)
	for _, bb := range []struct {
		name     string
		disabled func(ruleID string) bool
	}{
		{"with-generic", nil},
		{"without-generic", func(id string) bool { return read[id] }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			opts := detectors.DefaultOptions()
			opts.Disabled = bb.disabled
			e, err := detectors.New(all, opts)
			if err != nil {
				b.Fatal(err)
			}
			e.Scan(text, "")
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				e.Scan(text, "")
			}
		})
	}
}

// BenchmarkCandidate reads, weighs and scores candidates that no gate refuses;
// the metric ns/candidate is the cost of one.
func BenchmarkCandidate(b *testing.B) {
	const count = 64
	var text []byte
	var ends []int
	for i := range uint64(count) {
		ends = append(ends, len(text)+len("password"))
		text = append(text, expand(b, "password = \"${alnum:16}\"\n", i)...)
	}
	var s generic.Scanner
	read := func() (scored int) {
		s.Reset(text)
		for _, end := range ends {
			if c, ok := s.At(generic.Password, end); ok && c.Verdict == generic.Scored {
				scored++
			}
		}
		return scored
	}
	if n := read(); n < count/2 {
		b.Fatalf("%d of %d candidates were scored", n, count)
	}
	for b.Loop() {
		read()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*count), "ns/candidate")
}
