// Command precision says how many findings of leakguard, and of gitleaks beside it, are
// right: by a sample of their findings on published code that was judged one by one.
//
//	precision [-judged FILE] [-draw SEED] [-unjudged] REPORTS
//
// REPORTS is a folder that bench/precision.sh leaves; that script runs it. With -draw it
// prints a sample to be judged instead: the file judged.tsv with its judgements left open.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	judgedFile := flag.String("judged", "testdata/precision/judged.tsv", "the judged findings")
	seed := flag.String("draw", "", "draw a sample by this seed")
	list := flag.Bool("unjudged", false, "list the findings that are not judged")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: precision [-judged FILE] [-draw SEED] [-unjudged] REPORTS")
		os.Exit(2)
	}
	if err := run(os.Stdout, flag.Arg(0), *judgedFile, *seed, *list); err != nil {
		fmt.Fprintln(os.Stderr, "precision:", err)
		os.Exit(2)
	}
}

func run(out io.Writer, reports, judgedFile, seed string, list bool) error {
	corpora, err := readCorpora(reports)
	if err != nil {
		return err
	}
	if seed != "" {
		return writeJudged(out, draw(corpora, seed))
	}
	rows, err := readJudged(judgedFile)
	if err != nil {
		return err
	}
	c := compare(corpora, rows)
	if list {
		return printUnjudged(out, c)
	}
	return printComparison(out, c)
}
