package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/leakguard/leakguard/detectors/generic/model"
)

// report holds all runs of one training, and what they found.
type report struct {
	w      io.Writer
	corpus *corpus
	cut    float64 // log-odds
	runs   []*run
	rules  *outcome   // of the rules of issuers alone
	alone  []*outcome // by run: of the model alone
	both   []*outcome // by run: of both
}

func newReport(w io.Writer, c *corpus, cut float64, propagate bool, runs []*run) *report {
	r := &report{w: w, corpus: c, cut: cut, runs: runs, rules: c.labels.judge(c.rules)}
	for _, one := range runs {
		own := findings(c, finalScores(c, one.scores, propagate))
		r.alone = append(r.alone, c.labels.judge(own))
		r.both = append(r.both, c.labels.judge(append(own, c.rules...)))
	}
	return r
}

// finalScores are the scores that are compared with a cut.
func finalScores(c *corpus, scores []float64, propagate bool) []float64 {
	if propagate {
		return propagated(c, scores)
	}
	return scores
}

// mean is the mean of a figure over outcomes.
func mean(outcomes []*outcome, figure func(*outcome) float64) float64 {
	sum := 0.0
	for _, o := range outcomes {
		sum += figure(o)
	}
	return sum / float64(len(outcomes))
}

// section begins a part of the report.
func (r *report) section(title string) { fmt.Fprintf(r.w, "### %s\n\n", title) }

// writeCorpus says what there is to find, and what can be found.
func (r *report) writeCorpus() {
	r.section("What there is to find")
	c := r.corpus
	var n [example + 1]int
	for _, s := range c.labels.spans {
		n[s.truth]++
	}
	gated := 0
	var all, scored []finding
	for _, one := range c.candidates {
		all = append(all, one.finding)
		if one.scored() {
			scored = append(scored, one.finding)
		} else {
			gated++
		}
	}
	fmt.Fprintf(r.w, "%d files of %d repositories; %d spans are secrets, %d are none, %d are examples.\n", c.files, len(c.labels.secrets()), n[secret], n[nothing], n[example])
	fmt.Fprintf(r.w, "%d candidates with %d pieces of evidence, %d of them refused by gates; %d findings of rules.\n\n", len(c.candidates), len(c.names), gated, len(c.rules))
	t := newTable("spans on which there is", "secrets", "none", "examples", "per 1000 files elsewhere")
	for _, row := range []struct {
		name  string
		found []finding
	}{
		{"a candidate", all}, {"one that the model scores", scored}, {"that, or a finding of a rule", append(scored, c.rules...)},
	} {
		found := slices.Clone(row.found)
		for i := range found {
			found[i].score = math.Inf(1)
		}
		at := c.labels.judge(found).at(0, nil)
		t.row(row.name, at.recall(), float64(at.wrong)/float64(n[nothing]), float64(at.examples)/float64(n[example]), r.perThousand(float64(at.unlabelled)))
	}
	t.writeTo(r.w)
}

// perThousand is a number of findings by 1000 files.
func (r *report) perThousand(n float64) string {
	return fmt.Sprintf("%.0f", 1000*n/float64(r.corpus.files))
}

// curveFigures are read off a whole curve.
var curveFigures = []struct {
	name string
	of   func([]counts) float64
}{
	{"AP", averagePrecision},
	{"R at P .95", func(c []counts) float64 { return recallAt(c, 0.95) }},
	{".92", func(c []counts) float64 { return recallAt(c, 0.92) }},
	{".90", func(c []counts) float64 { return recallAt(c, 0.90) }},
	{".85", func(c []counts) float64 { return recallAt(c, 0.85) }},
	{"P at R .60", func(c []counts) float64 { return precisionAt(c, 0.60) }},
	{".75", func(c []counts) float64 { return precisionAt(c, 0.75) }},
	{".78", func(c []counts) float64 { return precisionAt(c, 0.78) }},
	{".80", func(c []counts) float64 { return precisionAt(c, 0.80) }},
	{"best F1", func(c []counts) float64 { return bestF1(c).f1() }},
	{"P there", func(c []counts) float64 { return bestF1(c).precision() }},
	{"R there", func(c []counts) float64 { return bestF1(c).recall() }},
	{"p there", func(c []counts) float64 { return model.Probability(float32(bestF1(c).cut)) }},
}

// curveTable is an empty table of curveFigures.
func curveTable(of string) *table {
	t := newTable(of)
	for _, f := range curveFigures {
		t.header = append(t.header, f.name)
	}
	return t
}

// curveRow adds the mean over outcomes.
func (t *table) curveRow(name string, outcomes []*outcome) {
	sums := make([]float64, len(curveFigures))
	for _, o := range outcomes {
		curve := o.curve()
		for i, f := range curveFigures {
			sums[i] += f.of(curve)
		}
	}
	cells := make([]any, len(sums))
	for i, s := range sums {
		cells[i] = s / float64(len(outcomes))
	}
	t.row(name, cells...)
}

func (r *report) writeCurves() {
	r.section("At any cut")
	t := curveTable("found by")
	t.curveRow("model alone", r.alone)
	t.curveRow("rules and model", r.both)
	if len(r.both) > 1 {
		for i, o := range r.both {
			t.curveRow(fmt.Sprintf("run %d", i+1), []*outcome{o})
		}
	}
	t.writeTo(r.w)
}

// cutTable is an empty table of what is found at a cut.
func cutTable(of string) *table {
	return newTable(of, "P", "R", "F1", "examples", "U per 1000", "P without heaviest", "R without", "P worst fold", "median", "R worst fold", "median")
}

// cutRow adds the mean over outcomes, which are parallel to the runs.
func (r *report) cutRow(t *table, name string, outcomes []*outcome, cut float64) {
	at := func(in func(string) bool, figure func(counts) float64) float64 {
		return mean(outcomes, func(o *outcome) float64 { return figure(o.at(cut, in)) })
	}
	heavy := heaviest(r.corpus.labels.secrets(), 3)
	light := func(id string) bool { return !slices.Contains(heavy, id) }
	p, rec := r.overFolds(outcomes, cut)
	t.row(name, at(nil, counts.precision), at(nil, counts.recall), at(nil, counts.f1),
		fmt.Sprintf("%.0f", at(nil, func(c counts) float64 { return float64(c.examples) })),
		r.perThousand(at(nil, func(c counts) float64 { return float64(c.unlabelled) })),
		at(light, counts.precision), at(light, counts.recall), p[0], p[len(p)/2], rec[0], rec[len(rec)/2])
}

// overFolds returns the precision and the recall of each fold of each run, sorted.
func (r *report) overFolds(outcomes []*outcome, cut float64) (precision, recall []float64) {
	for i, o := range outcomes {
		of := r.runs[i].folds
		for fold := range 1 + slices.Max(slices.Collect(maps.Values(of))) {
			c := o.at(cut, func(id string) bool { return of[id] == fold })
			precision = append(precision, c.precision())
			recall = append(recall, c.recall())
		}
	}
	slices.Sort(precision)
	slices.Sort(recall)
	return precision, recall
}

// heaviest are the n repositories with the most secrets.
func heaviest(secrets map[string]int, n int) []string {
	ids := slices.SortedFunc(maps.Keys(secrets), func(a, b string) int {
		return cmp.Or(cmp.Compare(secrets[b], secrets[a]), cmp.Compare(a, b))
	})
	return ids[:min(n, len(ids))]
}

// writeAtCut says what is found at the default cut, and by whom.
func (r *report) writeAtCut() {
	r.section("At the default cut")
	t := cutTable(fmt.Sprintf("p at least %.2f", model.Probability(float32(r.cut))))
	rules := slices.Repeat([]*outcome{r.rules}, len(r.runs))
	r.cutRow(t, "rules alone", rules, r.cut)
	r.cutRow(t, "model alone", r.alone, r.cut)
	r.cutRow(t, "rules and model", r.both, r.cut)
	t.writeTo(r.w)
}

// writeCuts says what is found at each of a ladder of cuts.
func (r *report) writeCuts() {
	r.section("By cut")
	t := cutTable("p at least")
	for _, p := range []float64{0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98} {
		r.cutRow(t, fmt.Sprintf("%.2f", p), r.both, logOdds(p))
	}
	t.writeTo(r.w)
}

// logOdds is the score of that probability.
func logOdds(p float64) float64 { return math.Log(p / (1 - p)) }

// writeCategories says what is found by category, in the first run.
func (r *report) writeCategories() {
	r.section("By category")
	of := map[string]*counts{}
	none := map[string]int{}
	for i, s := range r.corpus.labels.spans {
		for _, category := range s.categories {
			if of[category] == nil {
				of[category] = &counts{}
			}
			of[category].add(s.truth, r.both[0].best[i] >= r.cut)
			if s.truth == nothing {
				none[category]++
			}
		}
	}
	names := slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(of[b].found+of[b].missed, of[a].found+of[a].missed), cmp.Compare(a, b))
	})
	t := newTable("category", "secrets", "found", "R", "none", "found", "P")
	for _, name := range names {
		if c := of[name]; c.found+c.missed > 0 {
			t.row(name, c.found+c.missed, c.found, c.recall(), none[name], c.wrong, c.precision())
		}
	}
	t.writeTo(r.w)
}

// writeCalibration compares what the model says, before values lend each other
// their scores, with what the labels say.
func (r *report) writeCalibration() {
	r.section("Calibration")
	const steps = 10
	var sum [steps]float64
	var secrets, all [steps]int
	for _, one := range r.runs {
		for i, s := range one.scores {
			kind := r.corpus.labels.roleOf(&r.corpus.candidates[i])
			if kind != asSecret && kind != asNothing {
				continue
			}
			p := model.Probability(float32(s))
			k := min(steps-1, int(p*steps))
			sum[k] += p
			all[k]++
			if kind == asSecret {
				secrets[k]++
			}
		}
	}
	t := newTable("p of the model", "candidates", "mean p", "secrets among them")
	for k := range steps {
		n := max(1, all[k])
		t.row(fmt.Sprintf("%.1f to %.1f", float64(k)/steps, float64(k+1)/steps), all[k]/len(r.runs), sum[k]/float64(n), float64(secrets[k])/float64(n))
	}
	t.writeTo(r.w)
}
