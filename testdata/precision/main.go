// Command precision says how many findings of leakguard, and of gitleaks beside it, are
// right: by a sample of their findings on published code that was judged one by one.
//
//	precision [-judged FILE] [-unjudged | -draw SEED [-size N] [-fresh]] REPORTS
//
// REPORTS is a folder that bench/precision.sh leaves; that script runs it. With -draw it
// prints a sample to be judged instead: a file as FILE, with its judgements left open.
// With -fresh that has no value that FILE has.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

type options struct {
	judged, seed    string
	size            int
	fresh, unjudged bool
}

func main() {
	var o options
	flag.StringVar(&o.judged, "judged", "testdata/precision/judged.tsv", "the judged findings")
	flag.StringVar(&o.seed, "draw", "", "draw a sample by this seed")
	flag.IntVar(&o.size, "size", 200, "how many findings of each tool to draw")
	flag.BoolVar(&o.fresh, "fresh", false, "draw no value that was judged before")
	flag.BoolVar(&o.unjudged, "unjudged", false, "list the findings that are not judged")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, flag.Arg(0), o); err != nil {
		fmt.Fprintln(os.Stderr, "precision:", err)
		os.Exit(2)
	}
}

func run(out io.Writer, reports string, o options) error {
	corpora, err := readCorpora(reports)
	if err != nil {
		return err
	}
	if o.seed != "" && !o.fresh {
		return writeJudged(out, draw(corpora, sampling{seed: o.seed, size: o.size}))
	}
	rows, err := readJudged(o.judged)
	if err != nil {
		return err
	}
	if o.seed != "" {
		known := map[string]bool{}
		for _, row := range rows {
			known[row.value] = true
		}
		return writeJudged(out, draw(corpora, sampling{o.seed, o.size, known}))
	}
	c := compare(corpora, rows)
	if o.unjudged {
		return printUnjudged(out, c)
	}
	return printComparison(out, c)
}
