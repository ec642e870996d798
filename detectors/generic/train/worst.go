package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors/generic/model"
)

// maxShown is how much of a line is shown, in bytes.
const maxShown = 240

// writeWorst lists the n worst errors of each kind in the first run: what is no
// secret and has the highest scores, and secrets with the lowest. What stands there
// is told only with show.
func (r *report) writeWorst(n int, show bool) {
	o := r.both[0]
	var wrong, missed []finding
	categories := map[finding]string{}
	for i, s := range r.corpus.labels.spans {
		f := finding{s.file, s.first, s.last, o.best[i]}
		categories[f] = strings.Join(s.categories, ":")
		switch {
		case s.truth == nothing && f.score >= r.cut:
			wrong = append(wrong, f)
		case s.truth == secret && f.score < r.cut:
			missed = append(missed, f)
		}
	}
	var elsewhere []finding
	for _, f := range o.unlabelled {
		if f.score >= r.cut {
			elsewhere = append(elsewhere, f)
		}
	}
	high := func(a, b finding) int { return cmp.Compare(b.score, a.score) }
	low := func(a, b finding) int { return cmp.Compare(a.score, b.score) }
	for _, list := range []struct {
		title string
		of    []finding
		by    func(a, b finding) int
	}{
		{"found, and no secret", wrong, high}, {"found where nobody labelled", elsewhere, high}, {"missed", missed, low},
	} {
		slices.SortStableFunc(list.of, list.by)
		fmt.Fprintf(r.w, "%s: %d, the worst %d:\n", list.title, len(list.of), min(n, len(list.of)))
		for _, f := range list.of[:min(n, len(list.of))] {
			fmt.Fprintf(r.w, "  %s:%d %s: %s\n", f.file, f.first, cmp.Or(categories[f], "-"), r.why(f))
			if show {
				r.show(f)
			}
		}
		fmt.Fprintln(r.w)
	}
}

// writeMissed counts by reason the secrets that the first run missed.
func (r *report) writeMissed() {
	r.section("What is missed, and why")
	of := map[string]int{}
	for i, s := range r.corpus.labels.spans {
		switch best := r.both[0].best[i]; {
		case s.truth != secret || best >= r.cut:
		case math.IsInf(best, -1):
			of[r.why(finding{s.file, s.first, s.last, best})]++
		default:
			of["score below the cut"]++
		}
	}
	t := newTable("missed because", "secrets")
	for _, reason := range slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b))
	}) {
		t.row(reason, of[reason])
	}
	t.writeTo(r.w)
}

// why says where a score comes from.
func (r *report) why(f finding) string {
	switch {
	case math.IsInf(f.score, 1):
		return "by a rule"
	case !math.IsInf(f.score, -1):
		return fmt.Sprintf("p %.3f", model.Probability(float32(f.score)))
	}
	for i := range r.corpus.candidates {
		if c := &r.corpus.candidates[i]; c.file == f.file && c.first <= f.last && c.last >= f.first && !c.scored() {
			return "gate: " + c.gate
		}
	}
	return "no candidate"
}

// show writes the line, and what the candidates on it were given.
func (r *report) show(f finding) {
	text, err := os.ReadFile(filepath.Join(r.corpus.dir, filepath.FromSlash(f.file)))
	if err != nil {
		fmt.Fprintf(r.w, "    %v\n", err)
		return
	}
	starts := newlines(text)
	if f.first > len(starts) {
		return
	}
	line, _, _ := bytes.Cut(text[starts.start(f.first):], []byte("\n"))
	fmt.Fprintf(r.w, "    %q\n", bytes.TrimSpace(line[:min(len(line), maxShown)]))
	for i := range r.corpus.candidates {
		c := &r.corpus.candidates[i]
		if c.file != f.file || c.first > f.last || c.last < f.first {
			continue
		}
		said := "gate: " + c.gate
		if c.scored() {
			said = fmt.Sprintf("p %.3f", model.Probability(float32(r.runs[0].scores[i])))
		}
		fmt.Fprintf(r.w, "    %q at column %d to %d, %s\n", c.name, c.at.from+1, c.at.to, said)
	}
}
