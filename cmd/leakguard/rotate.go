package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func newRotate() *cobra.Command {
	f := new(ledgerFlags)
	cmd := &cobra.Command{
		Use:     "rotate",
		Short:   "Replace a secret without breaking what uses it",
		Example: "  leakguard rotate plan lg1s-0f1e…",
	}
	f.register(cmd.PersistentFlags())
	return group(cmd, newRotatePlan(f))
}

func newRotatePlan(f *ledgerFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "plan FINGERPRINT|ID",
		Short: "Print the runbook of a secret of the ledger, with what is known now",
		Long: `Plan prints, as Markdown, what is to be done about a secret, step by step: what uses
it, how a new one is issued, deployed and checked, how the old one is revoked, and
how it is confirmed dead; with its state, owners, deadline and issue. It changes
nothing and asks nobody: scan with --verify and --ledger to have it know more.`,
		Example: "  leakguard rotate plan lg1s-0f1e…\n  leakguard rotate plan lgk1-5f0c… --ledger ledger.db",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			fingerprint := ""
			switch {
			case strings.HasPrefix(args[0], "lg1"):
				fingerprint = args[0]
			case !strings.HasPrefix(args[0], "lgk1-"): // it may be a secret: it is not repeated
				return errors.New("want the fingerprint of a secret, lg1…, or its id in the ledger, lgk1-…")
			}
			s, l, err := f.open(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			h, err := historyOf(cmd.Context(), l, args[0])
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			r, err := loadRunbooks(s)
			if err != nil {
				return err
			}
			text, err := r.Plan(h, fingerprint)
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
}
