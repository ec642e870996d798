package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/action/remediate"
)

func newRunbooks() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "runbooks",
		Short:   "Show and check the runbooks that say how a secret is replaced",
		Example: "  leakguard runbooks show github-pat\n  leakguard runbooks check",
	}
	var config string
	cmd.PersistentFlags().StringVarP(&config, "config", "c", "", "config file (default: .leakguard.toml here)")
	return group(cmd, newRunbooksCheck(&config), newRunbooksShow(&config))
}

// loadRunbooks reads the templates that the config file names.
func loadRunbooks(s *settings) (*remediate.Runbooks, error) {
	r, err := remediate.LoadRunbooks(runbooksFolder(s), s.providers)
	if err != nil {
		return nil, err
	}
	r.Approval, r.ConfirmAfter = s.cfg.Issues.Approval, time.Duration(s.cfg.Issues.ConfirmAfter)
	return r, nil
}

// runbooksFolder is the folder of the templates, or "".
func runbooksFolder(s *settings) string {
	if s.cfg.Issues.Runbooks == "" {
		return ""
	}
	return s.beside(s.cfg.Issues.Runbooks)
}

func newRunbooksCheck(config *string) *cobra.Command {
	return &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check the templates of a folder",
		Long: `Check parses each template of DIR (default: the folder that issues.runbooks names),
writes runbooks of secrets of all shapes with it, and says what fails, which names
do not exist, and whether the line for an approval is missing that issues.approval
demands. The exit code is 1 if anything is wrong.`,
		Example: "  leakguard runbooks check\n  leakguard runbooks check ~/src/policy/runbooks",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := load(*config, ".")
			if err != nil {
				return err
			}
			dir := argOr(args, runbooksFolder(s))
			problems, err := remediate.CheckRunbooks(dir, s.providers, s.cfg.Issues.Approval)
			if len(args) == 0 && errors.Is(err, fs.ErrNotExist) {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "there is no folder %s: each runbook is the built-in one\n", dir)
				return err
			}
			if err != nil {
				return fmt.Errorf("runbooks: %w", err)
			}
			return reportProblems(cmd.OutOrStdout(), dir, problems)
		},
	}
}

func reportProblems(w io.Writer, dir string, problems []remediate.Problem) error {
	if len(problems) == 0 {
		_, err := fmt.Fprintf(w, "%s: nothing is wrong\n", dir)
		return err
	}
	for _, p := range problems {
		if _, err := fmt.Fprintln(w, p); err != nil {
			return err
		}
	}
	return exit(exitFound)
}

func newRunbooksShow(config *string) *cobra.Command {
	return &cobra.Command{
		Use:     "show RULE",
		Short:   "Show the runbook of a rule, for a secret that does not exist",
		Example: "  leakguard runbooks show github-pat",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := load(*config, ".")
			if err != nil {
				return err
			}
			r, err := loadRunbooks(s)
			if err != nil {
				return err
			}
			text, err := r.Show(args[0])
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
}
