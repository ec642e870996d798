package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/scanner"
)

// WriteRejected writes one near miss as the text report does.
func WriteRejected(w io.Writer, s *scanner.Secret) error {
	t := &text{out: bufio.NewWriter(w)}
	t.nearMiss(s)
	return t.out.Flush()
}

// rejected lists near misses; r.Rejected is nil unless they were asked for.
func (t *text) rejected(r *scanner.Result) {
	if r.Rejected == nil {
		return
	}
	t.heading(fmt.Sprintf("Near misses: %s, not counted above", number(int64(len(r.Rejected)), "value that is probably no secret", "values that are probably no secrets")))
	for i := range r.Rejected {
		t.nearMiss(&r.Rejected[i])
	}
}

func (t *text) nearMiss(s *scanner.Secret) {
	t.printf("  %s  %s: %s%s", styled(fmt.Sprintf("%.2f", s.Score)), s.Rule.Name, shown(s, t.Options), named(s))
	for i := range s.Occurrences {
		if i == maxPlaces {
			t.printf("    and %s (all in --report json)", number(int64(len(s.Occurrences)-i), "more place", "more places"))
			break
		}
		o := &s.Occurrences[i]
		t.printf("    %s%s", t.style(bold, place(o)), t.style(dim, presence(o)))
	}
	if against := speaking(s.Reasons, false); len(against) > 0 {
		words := make([]string, 0, 2)
		for _, r := range against[:min(len(against), 2)] {
			words = append(words, spoken(r))
		}
		t.printf("    against it: %s", strings.Join(words, "; "))
	}
	t.printf("    %s leakguard explain %s", t.style(dim, "why:"), s.Fingerprint)
}

func named(s *scanner.Secret) styled {
	if s.Name == "" {
		return ""
	}
	return styled(" in " + visible(s.Name))
}

// jsonReason is a piece of evidence on a generic value.
type jsonReason struct {
	Evidence string  `json:"evidence"`
	Words    string  `json:"words"`
	Value    float32 `json:"value"`
	Share    float32 `json:"share"`
}

// reasonsOf are the weightiest pieces of evidence for a secret, then those against it.
func reasonsOf(reasons []generic.Reason) []jsonReason {
	var all []jsonReason
	for _, secret := range []bool{true, false} {
		some := speaking(reasons, secret)
		for _, r := range some[:min(len(some), mostEvidence)] {
			all = append(all, jsonReason(r))
		}
	}
	return all
}

// probability is a score in thousandths.
func probability(score float32) float64 { return math.Round(1000*float64(score)) / 1000 }
