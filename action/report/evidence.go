package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
)

// mostEvidence is how many pieces of evidence are told each way.
const mostEvidence = 8

// Evidence is what is known of a generic value.
type Evidence struct {
	Score   float32          // the probability that it is a secret
	Reasons []generic.Reason // the weightiest first
	Cuts    generic.Cuts
	Least   rules.Confidence // the level from which values are reported
}

// Write tells in words what spoke for a secret and what against, and what would have
// tipped it.
func (e *Evidence) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	cut := e.Cuts.Least(e.Least)
	fmt.Fprintf(out, "  probability %.2f: %s; reported from %.2f (%s)\n", e.Score, e.level(), cut, e.Least)
	writePieces(out, "for a secret", speaking(e.Reasons, true))
	writePieces(out, "against", speaking(e.Reasons, false))
	e.writeTip(out, cut)
	return out.Flush()
}

func (e *Evidence) level() string {
	level := e.Cuts.Level(e.Score)
	if level == 0 {
		return fmt.Sprintf("no level, for low begins at %.2f", e.Cuts.Least(rules.Doubtful))
	}
	return fmt.Sprintf("level %s, which begins at %.2f", level, e.Cuts.Least(level))
}

func writePieces(w io.Writer, title string, pieces []generic.Reason) {
	if len(pieces) == 0 {
		return
	}
	fmt.Fprintf(w, "  %s\n", title)
	for _, r := range pieces[:min(len(pieces), mostEvidence)] {
		fmt.Fprintf(w, "    %-8s  %s\n", weight(r.Share), spoken(r))
	}
	if n := len(pieces) - mostEvidence; n > 0 {
		fmt.Fprintf(w, "    and %s of less weight\n", number(int64(n), "piece", "pieces"))
	}
}

// writeTip says what would have put the value on the other side of the cut.
func (e *Evidence) writeTip(w io.Writer, cut float32) {
	reported := e.Score >= cut
	without, p := e.tip(reported, cut)
	side := "not be reported"
	if !reported {
		side = "be reported"
	}
	if without == nil {
		fmt.Fprintf(w, "  No evidence taken away, by its share, would have it %s.\n", side)
		return
	}
	names := make([]string, len(without))
	for i, r := range without {
		names[i] = spoken(r)
	}
	fmt.Fprintf(w, "  It would %s without this, by its share: %s (probability then %.3f).\n", side, strings.Join(names, "; "), p)
}

// tip takes the weightiest pieces away that hold the value on its side of the cut,
// until it is on the other; nil if it stays.
func (e *Evidence) tip(reported bool, cut float32) (without []generic.Reason, probability float64) {
	_, score := generic.Reasons(make([]float32, len(generic.EvidenceNames())))
	for _, r := range e.Reasons {
		score += r.Share
	}
	for _, r := range speaking(e.Reasons, reported) {
		score -= r.Share
		without = append(without, r)
		p := 1 / (1 + math.Exp(-float64(score)))
		if (p >= float64(cut)) != reported {
			return without, p
		}
	}
	return nil, 0
}

// speaking are the pieces of evidence that speak for a secret, or against it.
func speaking(reasons []generic.Reason, secret bool) []generic.Reason {
	var some []generic.Reason
	for _, r := range reasons {
		if r.Share > 0 && secret || r.Share < 0 && !secret {
			some = append(some, r)
		}
	}
	return some
}

// weight is a share of the log-odds in words: 1 makes a secret 2.7 times as likely,
// or as unlikely.
func weight(share float32) string {
	switch s := math.Abs(float64(share)); {
	case s >= 1:
		return "strongly"
	case s >= 0.3:
		return "somewhat"
	}
	return "slightly"
}

// spoken is a piece of evidence in words, with its value: "length of the value: 24".
func spoken(r generic.Reason) string {
	if strings.HasPrefix(r.Words, "share ") || r.Evidence == "valueChanges" || r.Evidence == "valueSpread" {
		return fmt.Sprintf("%s: %.0f %%", r.Words, 100*r.Value)
	}
	switch r.Evidence {
	case "nameParts", "nameLength", "nameAfter", "valueLength", "valueClasses", "valueEntropy",
		"valueRunDigit", "valueRunLetter", "valueRunSame", "valueLeft", "valueDots", "valueSlashes", "valueHyphens",
		"valueUnderscores", "valueColons", "valueBackslashes", "valueBrackets":
		return fmt.Sprintf("%s: %.4g", r.Words, r.Value)
	}
	if r.Value == 0 {
		return r.Words + ": no"
	}
	return r.Words + ": yes"
}
