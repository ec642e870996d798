package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/generic/boost"
)

// options are the flags.
type options struct {
	labelled, out, picture, sarif string
	judged                        []string // files of package label
	page                          string
	folds, repeats, list          int
	cut                           float64 // a probability
	ablate, propagate, show       bool
	boost                         boost.Options
	treatment                     treatment
	rising, falling, without      string
}

// parse reads the command line; when it asks for help, that is written to w and the
// error is flag.ErrHelp.
func parse(args []string, w io.Writer) (*options, error) {
	o := &options{boost: boost.DefaultOptions()}
	o.boost.Trees, o.boost.Leaves, o.boost.Rate = 300, 8, 0.06
	f := flag.NewFlagSet("train", flag.ContinueOnError)
	f.StringVar(&o.labelled, "labelled", "", "`folder` of labelled files (required)")
	f.Func("judged", "learn from this `file` of leakguard label, too, wherever folds are cut; repeatable", func(name string) error {
		o.judged = append(o.judged, name)
		return nil
	})
	f.StringVar(&o.out, "out", "", "train on all files and write the model to this `file`")
	f.StringVar(&o.picture, "curve", "", "draw precision and recall into this SVG `file`")
	f.StringVar(&o.page, "page", "", "put the figures into this Markdown `file`, between its marks")
	f.StringVar(&o.sarif, "sarif", "", "write what is found at the cut to this SARIF `file`")
	f.IntVar(&o.folds, "folds", 5, "parts that the repositories are dealt out to; each is scored by a model of the others")
	f.IntVar(&o.repeats, "repeats", 3, "how often they are dealt out anew")
	f.Float64Var(&o.cut, "cut", generic.CutMedium, "least `probability` that counts as found")
	f.BoolVar(&o.propagate, "propagate", true, "average a score with the highest that the same value has in its repository")
	f.BoolVar(&o.ablate, "ablate", false, "measure once more without each group of evidence")
	f.IntVar(&o.list, "list", 0, "list this many of the worst errors of each kind, without values")
	f.BoolVar(&o.show, "show", false, "show the lines of --list: they hold secrets")
	f.IntVar(&o.boost.Trees, "trees", o.boost.Trees, "trees of the model")
	f.IntVar(&o.boost.Leaves, "leaves", o.boost.Leaves, "leaves of a tree")
	f.Float64Var(&o.boost.Rate, "rate", o.boost.Rate, "how much of what a tree learnt is used")
	f.Float64Var(&o.boost.L2, "l2", o.boost.L2, "pulls what a leaf adds towards 0")
	f.Float64Var(&o.boost.MinWeight, "min-weight", o.boost.MinWeight, "least weight of a leaf")
	f.IntVar(&o.boost.Bins, "bins", o.boost.Bins, "bins that a piece of evidence is cut into")
	f.Float64Var(&o.boost.Columns, "columns", o.boost.Columns, "share of the evidence that a tree may ask for")
	f.Uint64Var(&o.boost.Seed, "seed", 1, "of all that is drawn")
	f.StringVar(&o.rising, "rising", "", "evidence, or groups of it, that must not lower a score; separated by commas")
	f.StringVar(&o.falling, "falling", "", "evidence, or groups of it, that must not raise a score")
	f.StringVar(&o.without, "without", "", "evidence, or groups of it, that is not used")
	f.Float64Var(&o.treatment.exampleWeight, "weight-example", 0.05, "weight of placeholders and examples, as no secrets")
	f.Float64Var(&o.treatment.unlabelledWeight, "weight-unlabelled", 0.1, "weight of what nobody labelled, as no secrets")
	f.Float64Var(&o.treatment.unlabelledShare, "share-unlabelled", 1, "how much of what nobody labelled is learnt from")
	f.Float64Var(&o.treatment.repositoryPower, "repository-power", 0.5, "weights are divided by the labels of their repository to this power")
	f.Float64Var(&o.treatment.copiesPower, "copies-power", 0.5, "and by the copies of their name and value to this one")
	f.SetOutput(io.Discard)
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			f.SetOutput(w)
			f.PrintDefaults()
		}
		return nil, err
	}
	switch {
	case f.NArg() > 0:
		return nil, fmt.Errorf("argument %q is not known", f.Arg(0))
	case o.labelled == "":
		return nil, fmt.Errorf("--labelled is missing: the folder of labelled files")
	case o.folds < 2 || o.repeats < 1:
		return nil, fmt.Errorf("%d folds and %d repeats, want at least 2 and 1", o.folds, o.repeats)
	case !(o.cut > 0 && o.cut < 1):
		return nil, fmt.Errorf("--cut %v, want a probability between 0 and 1", o.cut)
	}
	return o, o.treatment.check()
}
