package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leakguard/leakguard/action/ledger"
	reports "github.com/leakguard/leakguard/action/report"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner/seen"
)

// ledgerFlags say which ledger, and which config file.
type ledgerFlags struct {
	config string
	dsn    string
}

func (f *ledgerFlags) register(fs *pflag.FlagSet) {
	fs.StringVarP(&f.config, "config", "c", "", "config file (default: .leakguard.toml here)")
	fs.StringVar(&f.dsn, "ledger", "", "the ledger: a SQLite file, or the postgres:// URL of a database (default: that of the config file, else one in your state folder)")
}

// open reads the config file and opens the ledger.
func (f *ledgerFlags) open(ctx context.Context) (*settings, *ledger.Ledger, error) {
	s, err := load(f.config, ".")
	if err != nil {
		return nil, nil, err
	}
	if err := s.start(); err != nil {
		return nil, nil, err
	}
	if f.dsn != "" {
		s.cfg.Ledger.Database = f.dsn
	}
	l, err := openLedger(ctx, s)
	return s, l, err
}

// openLedger opens the ledger that the settings name.
func openLedger(ctx context.Context, s *settings) (*ledger.Ledger, error) {
	dsn := s.cfg.Ledger.Database
	if dsn == "" {
		if err := s.trusted(); err != nil {
			return nil, err
		}
		var err error
		if dsn, err = seen.DefaultPath("ledger.db"); err != nil {
			return nil, err
		}
	}
	key, err := ledger.LoadKey(dsn, os.Getenv)
	if err != nil {
		return nil, err
	}
	policy := ledger.DefaultPolicy()
	for severity, d := range s.cfg.Ledger.Deadlines {
		known, ok := policy[severity]
		if !ok {
			return nil, fmt.Errorf("ledger.deadlines: %q is no severity", severity)
		}
		if d.Live > 0 {
			known.Live = time.Duration(d.Live)
		}
		if d.Other > 0 {
			known.Other = time.Duration(d.Other)
		}
		policy[severity] = known
	}
	return ledger.Open(ctx, dsn, ledger.Options{Key: key, Policy: policy})
}

func newLedger() *cobra.Command {
	f := new(ledgerFlags)
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "What became of secrets over time: where, whose, live or dead, until when",
		Long: `The ledger remembers secrets without holding them: where each was found, what its
issuer said and when, who has to deal with it until when, and what was done.
leakguard scan --ledger brings it up to date.`,
		Example: "  leakguard ledger import report.json\n  leakguard ledger list --state open",
	}
	f.register(cmd.PersistentFlags())
	return group(cmd, newLedgerImport(f), newLedgerList(f), newLedgerShow(f), newLedgerAccept(f), newLedgerFalsePositive(f), newLedgerAcknowledge(f), newLedgerReopen(f), newLedgerExport(f))
}

func newLedgerImport(f *ledgerFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "import REPORT...",
		Short:   "Bring the ledger up to date with JSON reports",
		Example: "  leakguard ledger import report.json",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, l, err := f.open(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			for _, name := range args {
				if err := importReport(cmd.Context(), cmd.OutOrStdout(), s, l, name); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			return nil
		},
	}
}

func importReport(ctx context.Context, w io.Writer, s *settings, l *ledger.Ledger, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	res, err := reports.ReadResult(data, s.engine.Rule)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	sum, err := l.Record(ctx, res, info.ModTime())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s: %s\n", name, recordedText(sum))
	return err
}

func recordedText(sum ledger.Recorded) string {
	return fmt.Sprintf("%d new, %d known, %d opened again; %d new occurrences", sum.New, sum.Known, sum.Reopened, sum.Occurrences)
}

func newLedgerList(f *ledgerFlags) *cobra.Command {
	var states, verdicts []string
	var format string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the secrets",
		Example: "  leakguard ledger list --state open,reopened --verdict live",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, err := filterOf(states, verdicts)
			if err != nil {
				return err
			}
			_, l, err := f.open(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			all, err := l.Secrets(cmd.Context(), filter)
			if err != nil {
				return err
			}
			switch format {
			case "json":
				if all == nil {
					all = []ledger.Secret{}
				}
				return writeIndented(cmd.OutOrStdout(), all)
			case "text":
				return listSecrets(cmd.OutOrStdout(), all)
			}
			return fmt.Errorf("--format %q: want text or json", format)
		},
	}
	cmd.Flags().StringSliceVar(&states, "state", nil, "only of these states: open, rotating, reopened, dead, accepted, false-positive")
	cmd.Flags().StringSliceVar(&verdicts, "verdict", nil, "only with these verdicts: live, dead, unknown, unverifiable, unverified")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func filterOf(states, verdicts []string) (f ledger.Filter, err error) {
	for _, s := range states {
		if !slices.Contains([]ledger.State{ledger.Opened, ledger.Rotating, ledger.Reopened, ledger.Dead, ledger.Accepted, ledger.FalsePositive}, ledger.State(s)) {
			return f, fmt.Errorf("--state %q: no such state", s)
		}
		f.States = append(f.States, ledger.State(s))
	}
	for _, v := range verdicts {
		if !slices.Contains([]verify.State{verify.Live, verify.Dead, verify.Unknown, verify.Unverifiable, verify.Unverified}, verify.State(v)) {
			return f, fmt.Errorf("--verdict %q: no such verdict", v)
		}
		f.Verdicts = append(f.Verdicts, verify.State(v))
	}
	return f, nil
}

func listSecrets(w io.Writer, all []ledger.Secret) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, s := range all {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s %s\tfound %s\tuntil %s\n", s.ID, s.State, s.Verdict, s.Severity, s.RuleName, s.Redacted, s.FoundAt.Format(time.DateOnly), s.Deadline.Format(time.DateOnly))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d secrets\n", len(all))
	return err
}

// idOf takes a secret's fingerprint for its id.
func idOf(l *ledger.Ledger, text string) string {
	if strings.HasPrefix(text, "lg1") {
		return l.ID(text)
	}
	return text
}

// historyOf is all that is known of the secret with that id or fingerprint.
func historyOf(ctx context.Context, l *ledger.Ledger, text string) (*ledger.History, error) {
	all, err := l.History(ctx, ledger.Filter{IDs: []string{idOf(l, text)}})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, ledger.ErrNotFound // text is not repeated: it may be a secret
	}
	return &all[0], nil
}

func newLedgerShow(f *ledgerFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "show ID|FINGERPRINT",
		Short:   "Show all that is known of a secret, as JSON",
		Example: "  leakguard ledger show lgk1-5f0c…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, l, err := f.open(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			h, err := historyOf(cmd.Context(), l, args[0])
			if err != nil {
				return err
			}
			return writeIndented(cmd.OutOrStdout(), h)
		},
	}
}

// decision is a command by which a person says something of a secret.
type decision struct {
	use, short, example string
	flags               func(*pflag.FlagSet)
	do                  func(ctx context.Context, l *ledger.Ledger, id, actor, reason string) error
}

func (f *ledgerFlags) decide(d decision) *cobra.Command {
	var by, reason string
	cmd := &cobra.Command{
		Use: d.use + " ID|FINGERPRINT", Short: d.short, Example: d.example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if by == "" {
				by = os.Getenv("USER")
			}
			if by == "" {
				return errors.New("--by: say who you are")
			}
			_, l, err := f.open(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			return d.do(cmd.Context(), l, idOf(l, args[0]), by, reason)
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "who decides it (default: the variable USER)")
	cmd.Flags().StringVar(&reason, "reason", "", "why")
	if d.flags != nil {
		d.flags(cmd.Flags())
	}
	return cmd
}

func newLedgerAccept(f *ledgerFlags) *cobra.Command {
	var until string
	return f.decide(decision{
		use: "accept", short: "Take the risk of a secret, until a day", example: "  leakguard ledger accept lgk1-5f0c… --until 2027-03-31 --reason 'test account without data'",
		flags: func(fs *pflag.FlagSet) {
			fs.StringVar(&until, "until", "", "the day until which it holds, as 2027-03-31")
		},
		do: func(ctx context.Context, l *ledger.Ledger, id, actor, reason string) error {
			day, err := time.Parse(time.DateOnly, until)
			if err != nil {
				return fmt.Errorf("--until %q: want a day such as 2027-03-31", until)
			}
			return l.Accept(ctx, id, actor, reason, day)
		},
	})
}

func newLedgerFalsePositive(f *ledgerFlags) *cobra.Command {
	return f.decide(decision{
		use: "false-positive", short: "Say that a secret is none", example: "  leakguard ledger false-positive lgk1-5f0c… --reason 'a checksum'",
		do: func(ctx context.Context, l *ledger.Ledger, id, actor, reason string) error {
			return l.FalsePositive(ctx, id, actor, reason)
		},
	})
}

func newLedgerAcknowledge(f *ledgerFlags) *cobra.Command {
	return f.decide(decision{
		use: "acknowledge", short: "Say that you deal with a secret", example: "  leakguard ledger acknowledge lgk1-5f0c…",
		do: func(ctx context.Context, l *ledger.Ledger, id, actor, reason string) error {
			return l.Acknowledge(ctx, id, actor, reason)
		},
	})
}

func newLedgerReopen(f *ledgerFlags) *cobra.Command {
	return f.decide(decision{
		use: "reopen", short: "Open a closed secret again", example: "  leakguard ledger reopen lgk1-5f0c… --reason 'the key is back'",
		do: func(ctx context.Context, l *ledger.Ledger, id, actor, reason string) error {
			return l.Reopen(ctx, id, actor, reason)
		},
	})
}

func newLedgerExport(f *ledgerFlags) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write all that the ledger knows, as JSON",
		Example: "  leakguard ledger export --output ledger.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, l, err := f.open(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			all, err := l.History(cmd.Context(), ledger.Filter{})
			if err != nil {
				return err
			}
			scans, err := l.Scans(cmd.Context(), time.Time{})
			if err != nil {
				return err
			}
			var text bytes.Buffer
			err = writeIndented(&text, map[string]any{"schemaVersion": "1", "secrets": all, "scans": scans})
			if err != nil {
				return err
			}
			if output == "" {
				_, err = text.WriteTo(cmd.OutOrStdout())
				return err
			}
			return writeWhole(output, 0o600, func(w io.Writer) error {
				_, err := text.WriteTo(w)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&output, "output", "", "the file to write (default: standard output)")
	return cmd
}
