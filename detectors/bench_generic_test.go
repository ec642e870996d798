package detectors_test

import (
	"bytes"
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

// BenchmarkCandidate reads, weighs and scores one candidate, which no gate
// refuses, in the middle of 4 KB of source.
func BenchmarkCandidate(b *testing.B) {
	text := goSources(b, 4<<10)
	at := bytes.LastIndexByte(text[:len(text)/2], '\n') + 1
	line := expand(b, "password = \"${alnum:16}\"\n", 1)
	text = bytes.Join([][]byte{text[:at], []byte(line), text[at:]}, nil)
	end := at + len("password")

	var s generic.Scanner
	s.Reset(text)
	if c, ok := s.At(generic.Password, end); !ok || c.Verdict != generic.Scored {
		b.Fatal("no candidate was scored")
	}
	for b.Loop() {
		s.Reset(text)
		s.At(generic.Password, end)
	}
}
