// Command train learns the model of secrets without an issuer from labelled files,
// and says what it is worth: on repositories that it did not learn from, together
// with the rules of issuers and without them. docs/model.md tells more.
//
// The folder of labelled files holds data/REPOSITORY/… and meta/REPOSITORY.csv,
// one row per label, with the columns FilePath, LineStart, LineEnd, GroundTruth (T:
// secret, F: none, X: example), Category, and ValueStart and ValueEnd, which count
// characters of a line. What stands in the files is written nowhere, but with --show
// to the terminal.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/leakguard/leakguard/detectors/generic/boost"
)

func main() {
	if err := trainAndTell(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(2)
	}
}

// trainAndTell runs the program; what it has to say goes to w.
func trainAndTell(args []string, w io.Writer) error {
	o, err := parse(args, w)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := readCorpus(o.labelled)
	if err != nil {
		return err
	}
	for _, list := range []struct {
		given string
		into  *[]string
	}{{o.rising, &o.boost.Rising}, {o.falling, &o.boost.Falling}, {o.without, &o.boost.Without}} {
		if *list.into, err = expand(c.names, list.given); err != nil {
			return err
		}
	}
	judged, err := readJudged(o.judged)
	if err != nil {
		return err
	}
	examples := append(o.treatment.examples(c), judged...)
	var figures bytes.Buffer
	r, err := o.measure(io.MultiWriter(w, &figures), c, examples)
	if err != nil {
		return err
	}
	if o.ablate {
		if err := o.writeAblation(r, examples); err != nil {
			return err
		}
	}
	if o.page != "" {
		if err := putFigures(o.page, figures.Bytes()); err != nil {
			return err
		}
	}
	if o.list > 0 {
		r.w = w // lists are for the terminal alone
		r.writeWorst(o.list, o.show)
	}
	return o.writeFiles(r, examples)
}

// measure validates and writes the tables.
func (o *options) measure(w io.Writer, c *corpus, examples []boost.Example) (*report, error) {
	var runs []*run
	for i := range o.repeats {
		one, err := crossValidate(c, examples, o.boost, o.folds, o.boost.Seed+uint64(i))
		if err != nil {
			return nil, err
		}
		runs = append(runs, one)
	}
	r := newReport(w, c, logOdds(o.cut), o.propagate, runs)
	r.writeCorpus()
	r.writeCurves()
	r.writeAtCut()
	r.writeCuts()
	r.writeCategories()
	r.writeMissed()
	r.writeCalibration()
	return r, nil
}

// writeAblation validates once more, on the folds of the first run, without each
// group of evidence.
func (o *options) writeAblation(r *report, examples []boost.Example) error {
	r.section("Without a group of evidence")
	t := curveTable("rules and model")
	t.curveRow("all evidence", r.both[:1])
	for _, g := range groups(r.corpus.names) {
		without := o.boost
		members, err := expand(r.corpus.names, g)
		if err != nil {
			return err
		}
		without.Without = append(slices.Clone(without.Without), members...)
		one, err := crossValidate(r.corpus, examples, without, o.folds, o.boost.Seed)
		if err != nil {
			return err
		}
		t.curveRow("without "+g, newReport(r.w, r.corpus, r.cut, o.propagate, []*run{one}).both)
	}
	t.writeTo(r.w)
	return nil
}

// writeFiles writes what --curve, --sarif and --out ask for.
func (o *options) writeFiles(r *report, examples []boost.Example) error {
	if o.picture != "" {
		if err := r.writePicture(o.picture); err != nil {
			return err
		}
	}
	if o.sarif != "" {
		found := append(findings(r.corpus, finalScores(r.corpus, r.runs[0].scores, o.propagate)), r.corpus.rules...)
		if err := writeSARIF(o.sarif, found, r.cut); err != nil {
			return err
		}
	}
	if o.out == "" {
		return nil
	}
	m, err := boost.Train(examples, r.corpus.names, o.boost)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	text.WriteString("# The model of secrets without an issuer: trees that each add to the log-odds.\n" +
		"# Written by detectors/generic/train; docs/model.md tells how.\n")
	if _, err := m.WriteTo(&text); err != nil {
		return err
	}
	return os.WriteFile(o.out, text.Bytes(), 0o644)
}
