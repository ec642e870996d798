package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/spf13/cobra"

	reports "github.com/leakguard/leakguard/action/report"
	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/decode"
	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/redact"
)

// mostLine bounds what explain --line reads, in bytes.
const mostLine = 1 << 20

// explainLine explains a line, or what standard input holds if line is "-", as if it
// stood in a file of that path.
func explainLine(cmd *cobra.Command, s *settings, line, path string) error {
	text := []byte(line)
	if line == "-" {
		var err error
		if text, err = io.ReadAll(io.LimitReader(cmd.InOrStdin(), mostLine+1)); err != nil {
			return err
		}
	}
	if len(text) > mostLine {
		return fmt.Errorf("--line: more than %d bytes", mostLine)
	}
	text, _ = decode.ToUTF8(text)
	e := &lineExplainer{w: cmd.OutOrStdout(), s: s, text: text, path: path}
	e.matches = s.engine.Candidates(text, path, "")
	for i := range e.matches {
		if m := &e.matches[i]; m.Score == 0 || len(m.Decoded) > 0 {
			if err := e.match(m); err != nil {
				return err
			}
		}
	}
	for _, c := range lineCandidates(text) {
		if err := e.candidate(c); err != nil {
			return err
		}
	}
	if !e.told {
		fmt.Fprintln(e.w, "Nothing here looks like a secret: no rule matches, and no value stands where secrets stand.")
	}
	return nil
}

// lineCandidate is a candidate with what is known of it.
type lineCandidate struct {
	generic.Candidate
	reasons []generic.Reason
}

// lineCandidates are the candidates of a text, by where they begin, one a value: the
// likeliest.
func lineCandidates(text []byte) []lineCandidate {
	var all []lineCandidate
	generic.Examine(text, func(c *generic.Candidate, evidence []float32) {
		one := lineCandidate{Candidate: *c}
		one.reasons, _ = generic.Reasons(evidence)
		one.Score = generic.Probability(evidence)
		i := slices.IndexFunc(all, func(o lineCandidate) bool { return o.Start == c.Start && o.End == c.End })
		switch {
		case i < 0:
			all = append(all, one)
		case one.Verdict == generic.Scored && (all[i].Verdict == generic.Never || one.Score > all[i].Score):
			all[i] = one
		}
	})
	slices.SortStableFunc(all, func(a, b lineCandidate) int { return a.Start - b.Start })
	return all
}

// lineExplainer writes what there is to say of a text.
type lineExplainer struct {
	w       io.Writer
	s       *settings
	text    []byte
	path    string
	matches []detectors.Match
	told    bool
}

// heading begins what is said of a value.
func (e *lineExplainer) heading(at detectors.Span, value []byte) {
	if e.told {
		fmt.Fprintln(e.w)
	}
	e.told = true
	before := e.text[:at.Start]
	line := 1 + bytes.Count(before, []byte{'\n'})
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	fmt.Fprintf(e.w, "%d:%d  %s, %d bytes\n", line, column, redact.Secret(value), len(value))
}

// match tells of what an issuer's rule found, or what was found by decoding.
func (e *lineExplainer) match(m *detectors.Match) error {
	e.heading(m.Secret, m.Value)
	for _, kind := range m.Decoded {
		fmt.Fprintf(e.w, "  decoded from %s\n", kind)
	}
	if m.Score > 0 {
		return e.evidence(m.Score, m.Reasons)
	}
	explainRule(e.w, m.Rule)
	return nil
}

// candidate tells of a value that stands where secrets stand.
func (e *lineExplainer) candidate(c lineCandidate) error {
	at := detectors.Span{Start: c.Start, End: c.End}
	e.heading(at, e.text[c.Start:c.End])
	if c.Verdict == generic.Never {
		fmt.Fprintf(e.w, "  refused before any evidence is weighed: %s\n", c.Why)
		return nil
	}
	i := slices.IndexFunc(e.matches, func(m detectors.Match) bool { return m.Secret.Overlaps(at) })
	switch {
	case c.Bare && !generic.HasBareValues(e.path):
		fmt.Fprintln(e.w, "  not reported, whatever its probability: a word without quotes is an identifier in a program")
	case i >= 0 && e.matches[i].Secret != at:
		fmt.Fprintf(e.w, "  not reported by itself: it is part of what %s found\n", e.matches[i].Rule.ID)
	case i >= 0:
		fmt.Fprintf(e.w, "  read by %s\n", e.matches[i].Rule.ID)
	case e.s.cfg.Generic.Cuts().Level(c.Score) > 0:
		fmt.Fprintln(e.w, "  not reported, whatever its probability: its rule is switched off, or allows such values or such paths")
	}
	return e.evidence(c.Score, c.reasons)
}

func (e *lineExplainer) evidence(score float32, reasons []generic.Reason) error {
	return evidenceOf(e.s, score, reasons).Write(e.w)
}

// evidenceOf is the evidence under the cuts of the config file.
func evidenceOf(s *settings, score float32, reasons []generic.Reason) *reports.Evidence {
	return &reports.Evidence{Score: score, Reasons: reasons, Cuts: s.cfg.Generic.Cuts(), Least: s.cfg.Scan.MinConfidence}
}
