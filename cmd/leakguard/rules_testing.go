package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/ruletest"
)

func newRulesTest(config *string) *cobra.Command {
	return &cobra.Command{
		Use:   "test [FILE...]",
		Short: "Test the rules of provider files: examples, cost, keywords, overlap",
		Long: `Test reads provider files, compiles their rules and runs the examples: each
match template must be found by its rule, and no ignore template may be. It warns
of patterns that are dear, keywords that stand in much text, floors of entropy
that secrets lie below, and secrets that another rule takes. Without FILE it tests
all rules, the built-in ones and those of rules.d, which takes a minute or so.`,
		Example: "  leakguard rules test rules.d/acme.toml\n  leakguard rules test",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := load(*config, ".")
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return testAll(cmd.OutOrStdout(), s.examples())
			}
			return testFiles(cmd.OutOrStdout(), args, s.examples())
		},
	}
}

// testAll tests all providers, each against the others.
func testAll(w io.Writer, all []*rules.Provider) error {
	suite, err := ruletest.New(all)
	if err != nil {
		return err
	}
	var failures, warnings, ran, templates int
	for _, p := range all {
		problems, err := suite.Test(p)
		if err != nil {
			return err
		}
		for _, problem := range problems {
			fmt.Fprintln(w, problem)
			if problem.Warning {
				warnings++
			}
		}
		failures += failed(problems)
		for _, r := range p.Rules {
			ran++
			templates += ruletest.Templates(r)
		}
	}
	fmt.Fprintf(w, "ran  %d rules with %d templates: failures: %d, warnings: %d\n", ran, templates, failures, warnings)
	return exitIf(failures > 0)
}

// testFiles tests the providers of files against each other and the rest, of which
// they take the place of rules with the same id.
func testFiles(w io.Writer, names []string, rest []*rules.Provider) error {
	var tested []*rules.Provider
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		p, err := rules.ReadProvider(name, data)
		if err != nil {
			return err
		}
		tested = append(tested, p)
	}
	suite, err := ruletest.New(append(without(rest, tested), tested...))
	if err != nil {
		return err
	}
	failures := 0
	for i, p := range tested {
		problems, err := suite.Test(p)
		if err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
		failures += failed(problems)
		for _, r := range p.Rules {
			for _, problem := range problems {
				if problem.Rule == r.ID {
					fmt.Fprintln(w, problem)
				}
			}
			fmt.Fprintf(w, "ran  %s: %d templates, a program of %d instructions\n", r.ID, ruletest.Templates(r), ruletest.Instructions(r))
		}
	}
	return exitIf(failures > 0)
}

// without returns the providers without rules that have the id of a tested one.
func without(all, tested []*rules.Provider) []*rules.Provider {
	ids := map[string]bool{}
	for _, p := range tested {
		for _, r := range p.Rules {
			ids[r.ID] = true
		}
	}
	out := slices.Clone(all)
	for i, p := range out {
		rest := *p
		rest.Rules = slices.DeleteFunc(slices.Clone(p.Rules), func(r *rules.Rule) bool { return ids[r.ID] })
		out[i] = &rest
	}
	return out
}

func failed(problems []ruletest.Problem) int {
	n := 0
	for _, p := range problems {
		if !p.Warning {
			n++
		}
	}
	return n
}

// exitIf is the exit code for what was found wrong, if anything was.
func exitIf(found bool) error {
	if found {
		return exit(exitFound)
	}
	return nil
}
