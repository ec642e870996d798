package main

// reported finds judged findings again in the reports of a tool.
type reported struct {
	byPlace map[secretPlace]finding
	byFile  map[string][]finding // by corpus and path
	judged  map[secretPlace]bool
}

func index(found []finding, rows []judged) reported {
	r := reported{map[secretPlace]finding{}, map[string][]finding{}, map[secretPlace]bool{}}
	for _, f := range found {
		if have, ok := r.byPlace[f.place()]; !ok || rank(f.level) > rank(have.level) {
			r.byPlace[f.place()] = f
		}
		file := f.corpus + "/" + f.path
		r.byFile[file] = append(r.byFile[file], f)
	}
	for _, row := range rows {
		r.judged[row.place()] = true
	}
	return r
}

// find returns the finding of what was judged: of the same value in the same file, or,
// since tools differ in where a value ends, one over its line that was not judged itself.
func (r reported) find(row judged) (finding, bool) {
	if f, ok := r.byPlace[row.place()]; ok {
		return f, true
	}
	var best finding
	for _, f := range r.byFile[row.corpus+"/"+row.path] {
		if f.at(row.corpus, row.path, row.start) && !r.judged[f.place()] && rank(f.level) > rank(best.level) {
			best = f
		}
	}
	return best, best.level != ""
}

// rank orders the levels of confidence; gitleaks has one.
func rank(level string) int {
	switch level {
	case "high":
		return 4
	case "medium":
		return 3
	case "-":
		return 2
	case "low":
		return 1
	}
	return 0
}

// reader is a tool at one of its levels.
type reader struct {
	tool  tool
	level string // the least that it shows
}

// readers are those that are compared.
func readers() []reader {
	return []reader{{leakguard, "high"}, {leakguard, "medium"}, {gitleaks, "-"}}
}

func (r reader) shows(f finding) bool { return rank(f.level) >= rank(r.level) }

func (r reader) name() string {
	switch r.level {
	case "high":
		return string(r.tool) + ", high"
	case "medium":
		return string(r.tool) + ", medium or more"
	}
	return string(r.tool)
}

// comparison is what the judged findings say of the reports.
type comparison struct {
	corpora  []corpus
	rows     []judged
	reported map[tool]reported
}

func compare(corpora []corpus, rows []judged) comparison {
	c := comparison{corpora, rows, map[tool]reported{}}
	for _, t := range []tool{leakguard, gitleaks} {
		var found []finding
		for _, corpus := range corpora {
			found = append(found, corpus.found[t]...)
		}
		c.reported[t] = index(found, rows)
	}
	return c
}

// tally counts the judged findings of a corpus, or of all if it is "", that a tool
// reports. Only what was drawn from its own reports counts: what was drawn from the
// other's because that reports it too says nothing of what it reports alone.
func (c comparison) tally(by reader, corpus string) tally {
	var t tally
	for _, row := range c.rows {
		if f, ok := c.reported[by.tool].find(row); ok && by.shows(f) && row.drawn[by.tool] &&
			(corpus == "" || corpus == row.corpus) {
			t.add(row.judgement)
		}
	}
	return t
}

// wrong estimates wrong findings per million lines of each corpus, and of all together.
// rate counts the findings of a corpus, right is what counts as right.
func (c comparison) wrong(by reader, rate func([]finding) int, right func(tally) share) (parts []estimate, all estimate) {
	var weights []float64
	for _, corpus := range c.corpora {
		var shown []finding
		for _, f := range corpus.found[by.tool] {
			if by.shows(f) {
				shown = append(shown, f)
			}
		}
		perMillion := float64(rate(shown)) * 1e6 / float64(max(1, corpus.lines))
		parts = append(parts, wrongOf(perMillion, right(c.tally(by, corpus.name))))
		weights = append(weights, float64(corpus.lines))
	}
	return parts, pooled(parts, weights)
}

// found is how many of what was judged a secret a tool reports: of that drawn from the
// reports of one tool, or of all if it is "".
func (c comparison) found(by reader, drawn tool) share {
	var s share
	for _, row := range c.rows {
		if row.judgement != secret || drawn != "" && !row.drawn[drawn] {
			continue
		}
		s.n++
		if f, ok := c.reported[by.tool].find(row); ok && by.shows(f) {
			s.of++
		}
	}
	return s
}

// kinds counts the wrong findings that were drawn of a tool and that it still reports, by what they are.
func (c comparison) kinds(by reader) map[string]int {
	n := map[string]int{}
	for _, row := range c.rows {
		if f, ok := c.reported[by.tool].find(row); ok && by.shows(f) && row.drawn[by.tool] && row.judgement == none {
			n[row.why]++
		}
	}
	return n
}

// unjudged lists what a tool shows at its default level and nobody judged, one finding of each value.
func (c comparison) unjudged(t tool) []finding {
	known := map[string]bool{}
	for _, row := range c.rows {
		if row.judgement != unjudged {
			known[row.value] = true
		}
	}
	var all []finding
	for _, corpus := range c.corpora {
		for _, f := range corpus.found[t] {
			if f.shown() && !known[f.value] {
				known[f.value] = true
				all = append(all, f)
			}
		}
	}
	return all
}
