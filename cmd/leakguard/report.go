package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/outcomes"
)

func newReport() *cobra.Command {
	f := new(ledgerFlags)
	cmd := &cobra.Command{
		Use:     "report",
		Short:   "Show what became of secrets, in figures",
		Example: "  leakguard report outcomes --since 90d",
	}
	f.register(cmd.PersistentFlags())
	return group(cmd, newReportOutcomes(f))
}

func newReportOutcomes(f *ledgerFlags) *cobra.Command {
	since, stale := window(90*24*time.Hour), window(outcomes.DefaultStale)
	var format, output string
	cmd := &cobra.Command{
		Use:   "outcomes",
		Short: "Figures of the ledger: open live secrets, time to rotate and revoke, exposure, age, coverage",
		Long: `Outcomes computes from the ledger how many secrets are open and live, how long it
took to find, acknowledge, rotate and revoke them, how long they were exposed, how
many came back, and what was scanned: for all, and by team, provider and severity;
and which secrets of secrets managers were not replaced for long.

The exit code is 0 whatever the figures are.`,
		Example: `  leakguard report outcomes
  leakguard report outcomes --since 30d --format html --output outcomes.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(outcomesFormats(), format) {
				return fmt.Errorf("--format %q: want one of %s", format, strings.Join(outcomesFormats(), ", "))
			}
			_, l, err := f.open(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			now := time.Now()
			o, err := outcomes.Compute(cmd.Context(), l, now.Add(-time.Duration(since)), now, time.Duration(stale))
			if err != nil {
				return err
			}
			if output == "" {
				return writeOutcomes(cmd.Context(), cmd.OutOrStdout(), format, l, o)
			}
			return writeWhole(output, 0o600, func(w io.Writer) error { return writeOutcomes(cmd.Context(), w, format, l, o) })
		},
	}
	cmd.Flags().Var(&since, "since", "how far back, such as 30d or 12h")
	cmd.Flags().Var(&stale, "stale", "how long ago a value of a secrets manager was set that is stale, such as 180d")
	cmd.Flags().StringVar(&format, "format", "text", strings.Join(outcomesFormats(), ", "))
	cmd.Flags().StringVar(&output, "output", "", "the file to write (default: standard output)")
	return cmd
}

func outcomesFormats() []string { return []string{"text", "json", "csv", "html"} }

// writeOutcomes writes the outcomes in one of outcomesFormats.
func writeOutcomes(ctx context.Context, w io.Writer, format string, l *ledger.Ledger, o *outcomes.Outcomes) error {
	switch format {
	case "json":
		return outcomes.WriteJSON(w, o)
	case "csv":
		return outcomes.WriteCSV(w, o)
	case "html":
		page, err := outcomes.NewPage(ctx, l, o)
		if err != nil {
			return err
		}
		return outcomes.WriteHTML(w, page)
	}
	return outcomes.WriteText(w, o)
}
