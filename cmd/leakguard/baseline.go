package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/suppress"
)

func newBaseline() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Write down the secrets that are known, so that only new ones count",
		Long: `A baseline lists the fingerprints of known secrets, never the secrets. Scans that
are given it with --baseline, or by "baseline" in .leakguard.toml, report only
what is not in it.`,
		Example: "  leakguard baseline create .leakguard-baseline.json\n  leakguard scan --baseline .leakguard-baseline.json",
	}
	return group(cmd, newBaselineCreate(), newBaselinePrune())
}

func newBaselineCreate() *cobra.Command {
	f := new(scanFlags)
	cmd := &cobra.Command{
		Use:     "create FILE [PATH]",
		Short:   "Scan and write all that is found to a new baseline",
		Example: "  leakguard baseline create .leakguard-baseline.json",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.baselines, f.baselineMayMiss = nil, true
			return f.withResult(cmd, argOr(args[1:], "."), func(res *scanner.Result) error {
				err := writeWhole(args[0], 0o644, func(w io.Writer) error { return suppress.WriteBaseline(w, res, time.Now().UTC()) })
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "wrote %s: %d secrets\n", args[0], len(res.Secrets)+len(res.Suppressed))
				return f.completeness(cmd, res)
			})
		},
	}
	f.registerReading(cmd.Flags())
	return cmd
}

func newBaselinePrune() *cobra.Command {
	f := new(scanFlags)
	cmd := &cobra.Command{
		Use:     "prune FILE [PATH]",
		Short:   "Scan and drop from a baseline what is not found any more",
		Example: "  leakguard baseline prune .leakguard-baseline.json",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			old, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			return f.withResult(cmd, argOr(args[1:], "."), func(res *scanner.Result) error {
				pruned, removed, err := suppress.Prune(old, res)
				if err != nil {
					return err
				}
				err = writeWhole(args[0], 0o644, func(w io.Writer) error {
					_, err := w.Write(pruned)
					return err
				})
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "wrote %s: %d entries dropped\n", args[0], removed)
				return nil
			})
		},
	}
	f.registerReading(cmd.Flags())
	return cmd
}

// completeness tells the caller if the baseline is of an incomplete scan.
func (f *scanFlags) completeness(cmd *cobra.Command, res *scanner.Result) error {
	if res.Complete() || f.allowIncomplete {
		return nil
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "leakguard: the scan was incomplete: run leakguard scan to see what could not be read")
	return exit(exitIncomplete)
}
