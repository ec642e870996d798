package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

func printComparison(out io.Writer, c comparison) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printPrecision(w, c)
	printWrong(w, c)
	printFound(w, c)
	printKinds(w, c)
	return w.Flush()
}

// percent prints a share with its interval.
func (s share) percent() string {
	if s.n == 0 {
		return "-"
	}
	low, high := s.interval()
	return fmt.Sprintf("%.0f %% (%.0f-%.0f)", 100*s.value(), 100*low, 100*high)
}

func (e estimate) String() string { return fmt.Sprintf("%.1f (%.1f-%.1f)", e.value, e.low, e.high) }

// names are those of the corpora, and "" for all of them.
func (c comparison) names() []string {
	var names []string
	for _, corpus := range c.corpora {
		names = append(names, corpus.name)
	}
	return append(names, "")
}

func printPrecision(w io.Writer, c comparison) {
	fmt.Fprintln(w, "precision\tcorpus\tsecret\tsample\tnone\tsample is right\tsample is wrong")
	for _, by := range readers() {
		for _, name := range c.names() {
			t := c.tally(by, name)
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\t%s\n", by.name(), cmp.Or(name, "all"),
				t.secrets, t.samples, t.none, t.right().percent(), t.strict().percent())
		}
	}
	fmt.Fprintln(w)
}

func printWrong(w io.Writer, c comparison) {
	fmt.Fprintf(w, "wrong per million lines\tcorpus\tof all\tof all, sample is wrong\tof %d a package\tof %d a package, sample is wrong\n",
		samplePackages, samplePackages)
	everything := func(found []finding) int { return len(found) }
	drawable := func(found []finding) int { return len(pool(found, sampling{})) }
	for _, by := range readers() {
		allRight, a := c.wrong(by, everything, tally.right)
		allStrict, b := c.wrong(by, everything, tally.strict)
		cappedRight, d := c.wrong(by, drawable, tally.right)
		cappedStrict, e := c.wrong(by, drawable, tally.strict)
		for i, corpus := range c.corpora {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", by.name(), corpus.name, allRight[i], allStrict[i], cappedRight[i], cappedStrict[i])
		}
		fmt.Fprintf(w, "%s\tall\t%s\t%s\t%s\t%s\n", by.name(), a, b, d, e)
	}
	fmt.Fprintln(w)
}

func printFound(w io.Writer, c comparison) {
	fmt.Fprintln(w, "reported of what was judged a secret\tof all\tof the sample of leakguard\tof the sample of gitleaks")
	for _, by := range readers() {
		fmt.Fprint(w, by.name())
		for _, drawn := range []tool{"", leakguard, gitleaks} {
			s := c.found(by, drawn)
			fmt.Fprintf(w, "\t%d of %d", s.of, s.n)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}

func printKinds(w io.Writer, c comparison) {
	for _, by := range readers() {
		kinds := c.kinds(by)
		fmt.Fprintf(w, "wrong by kind\t%s\n", by.name())
		for _, kind := range slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
			return cmp.Or(kinds[b]-kinds[a], cmp.Compare(a, b))
		}) {
			fmt.Fprintf(w, "%d\t%s\n", kinds[kind], kind)
		}
		fmt.Fprintln(w)
	}
	for _, t := range []tool{leakguard, gitleaks} {
		fmt.Fprintf(w, "values not judged\t%s\t%d\n", t, len(c.unjudged(t)))
	}
}

func printUnjudged(out io.Writer, c comparison) error {
	for _, t := range []tool{leakguard, gitleaks} {
		for _, f := range c.unjudged(t) {
			if _, err := fmt.Fprintf(out, "%s\t%s\t%s:%d\t%s\t%s\t%s\n", t, f.corpus, f.path, f.start, f.rule, f.level, f.value); err != nil {
				return err
			}
		}
	}
	return nil
}
