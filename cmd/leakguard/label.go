package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/generic/label"
	"github.com/leakguard/leakguard/scanner/git"
)

// labelFlags say where labels are kept and what they are of.
type labelFlags struct {
	scan   scanFlags
	in     string
	labels string
}

func newLabel() *cobra.Command {
	f := new(labelFlags)
	cmd := &cobra.Command{
		Use:   "label FINGERPRINT true|false",
		Short: "Keep what you say of a finding: that it is a secret, or that it is none",
		Long: `Label scans for the value with that fingerprint, also among near misses, and keeps the
evidence on it with your verdict in .leakguard.labels.json beside the config file.
Neither the value nor a hash of it, no name and no place is in that file: it may be
committed. It changes nothing that is found by itself; see leakguard label suggest.`,
		Example: "  leakguard label lg1a-0f1e… false\n  leakguard label suggest",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			secret, err := strconv.ParseBool(args[1])
			if err != nil {
				return fmt.Errorf("%q: want true if it is a secret, or false", args[1])
			}
			return f.label(cmd, args[0], secret)
		},
	}
	f.scan.registerReading(cmd.Flags())
	cmd.PersistentFlags().StringVar(&f.in, "in", ".", "the repository or folder to look in")
	cmd.PersistentFlags().StringVar(&f.labels, "labels", "", "the file of labels (default: "+label.FileName+" beside the config file)")
	cmd.AddCommand(newLabelList(f), newLabelSuggest(f))
	return cmd
}

// label finds the value and keeps its evidence.
func (f *labelFlags) label(cmd *cobra.Command, fingerprint string, secret bool) error {
	found, err := f.scan.find(cmd, f.in, fingerprint)
	if err != nil {
		return err
	}
	if found.Score == 0 {
		return fmt.Errorf("%s was found by the rule %s, on no evidence that could be weighed: if it is harmless, suppress it", fingerprint, found.Rule.ID)
	}
	path := f.path(found.settings)
	set, err := label.ReadFile(path)
	if err != nil {
		return err
	}
	l := label.New(secret, time.Now(), found.Reasons)
	before, replaced := set.Add(l)
	if err := writeWhole(path, 0o644, set.Write); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s  %s: probability %.2f\n", l.ID(), secretWords(secret), found.Score)
	if replaced {
		fmt.Fprintf(cmd.OutOrStdout(), "in place of what was said on %s: %s\n", before.Date, secretWords(before.Secret))
	}
	return nil
}

func secretWords(secret bool) string {
	if secret {
		return "a secret"
	}
	return "no secret"
}

// path is where the labels are.
func (f *labelFlags) path(s *settings) string {
	if f.labels != "" {
		return f.labels
	}
	return s.beside(label.FileName)
}

// read reads the labels without a scan.
func (f *labelFlags) read() (label.Set, error) {
	dir := f.in
	if repo, err := git.Open(dir); err == nil {
		dir = repo.Root
	}
	s, err := load(f.scan.config, dir)
	if err != nil {
		return nil, err
	}
	return label.ReadFile(f.path(s))
}

func newLabelList(f *labelFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the labels: date, verdict, and the probability of each",
		Example: "  leakguard label list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := f.read()
			if err != nil {
				return err
			}
			for _, id := range set.IDs() {
				l := set[id]
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %.2f  %s\n", id, l.Date, l.Probability(), secretWords(l.Secret))
			}
			return nil
		},
	}
}

func newLabelSuggest(f *labelFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "suggest",
		Short: "Print the lines of the config file that suit the labels best",
		Long: `Suggest prints the least cut of the medium level at which at least 9 of 10 labelled
findings above it are secrets, from the default minus 0.2 up to 0.95. Of cuts that
let the same labels through it is the nearest to the default.`,
		Example: "  leakguard label suggest",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := f.read()
			if err != nil {
				return err
			}
			writeSuggestion(cmd, set)
			return nil
		},
	}
}

func writeSuggestion(cmd *cobra.Command, set label.Set) {
	w, s := cmd.OutOrStdout(), set.Suggest()
	fmt.Fprintf(w, "# %d labels; at the default cut, %.2f, %d are found, %d of them secrets.\n", len(set), generic.CutMedium, s.Default.Found, s.Default.Secrets)
	switch s.Cut {
	case 0:
		fmt.Fprintln(w, "# No cut will do: at none up to 0.95 are 9 of 10 that are found secrets. Suppress what is harmless.")
		return
	case generic.CutMedium:
		fmt.Fprintln(w, "# No other cut suits them better.")
		return
	}
	fmt.Fprintf(w, "# At this one %d are found, %d of them secrets.\n[generic]\n", s.With.Found, s.With.Secrets)
	if s.Cut > generic.CutHigh {
		fmt.Fprintf(w, "cut-high = %.2f\n", s.Cut)
	}
	fmt.Fprintf(w, "cut-medium = %.2f\n", s.Cut)
	if s.Cut < generic.CutLow {
		fmt.Fprintf(w, "cut-low = %.2f\n", s.Cut)
	}
}
