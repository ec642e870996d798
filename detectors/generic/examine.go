package generic

import "github.com/leakguard/leakguard/detectors/prefilter"

// Examine calls yield for each candidate in a text that the model or a gate judges, with
// the evidence on it, which is valid during the call. It is for training and for telling
// why: a scan asks At.
func Examine(text []byte, yield func(c *Candidate, evidence []float32)) {
	var words []string
	var readerOf []Reader
	for r := None + 1; int(r) < len(readers); r++ {
		for _, k := range Keywords(r) {
			words = append(words, k)
			readerOf = append(readerOf, r)
		}
	}
	var s Scanner
	s.Reset(text)
	prefilter.New(words).Scan(text, func(keyword uint16, end int) {
		if c, ok := s.read(readerOf[keyword], end); ok && c.Verdict != Proven {
			s.weigh(&c)
			yield(&c, s.x[:])
		}
	})
}
