package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git"
)

func newRulesBench(config *string) *cobra.Command {
	var format string
	var top int
	cmd := &cobra.Command{
		Use:   "bench PATH...",
		Short: "Measure what each rule costs and finds on a corpus",
		Long: `Bench scans files and folders, and of a git repository the history, and adds up
for each rule how often its keywords woke it, how many bytes it read, what it
matched and how long that took. It uses one core. It does not say what was found.`,
		Example: "  leakguard rules bench ~/src/app\n  leakguard rules bench --format json ~/src/app ~/logs",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := map[string]func(io.Writer, *bench) error{
				"text": func(w io.Writer, b *bench) error { return b.text(w, top) },
				"json": func(w io.Writer, b *bench) error { return writeIndented(w, b) },
			}[format]
			if !ok {
				return fmt.Errorf("--format %q: want text or json", format)
			}
			s, err := load(*config, ".")
			if err != nil {
				return err
			}
			b, res, err := runBench(cmd, s, args)
			if err != nil {
				return err
			}
			if err := write(cmd.OutOrStdout(), b); err != nil {
				return err
			}
			switch {
			case cmd.Context().Err() != nil:
				return exit(exitInterrupted)
			case !res.Complete():
				fmt.Fprintln(cmd.ErrOrStderr(), "leakguard: something could not be read: leakguard scan says what")
				return exit(exitIncomplete)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().IntVar(&top, "top", 10, "how many rules the text shows, the dearest first; 0: all")
	return cmd
}

// bench is what rules cost on a corpus. Times are in nanoseconds.
type bench struct {
	Texts int64       `json:"texts"`
	Bytes int64       `json:"bytes"`
	Time  int64       `json:"nanoseconds"`     // of rules, keywords and decoding
	Scan  int64       `json:"scanNanoseconds"` // from begin to end, with reading
	Rules []benchRule `json:"rules"`           // that were woken, the dearest first
}

type benchRule struct {
	ID      string  `json:"id"`
	Time    int64   `json:"nanoseconds"`
	Share   float64 `json:"share"` // of the time of all texts, 0 to 1
	Windows int64   `json:"windows"`
	Bytes   int64   `json:"bytes"`
	Matches int64   `json:"matches"`
}

// runBench scans the corpus with one worker, so that rules do not wait for one another.
func runBench(cmd *cobra.Command, s *settings, paths []string) (*bench, *scanner.Result, error) {
	s.profile = new(detectors.Profile)
	if err := s.start(); err != nil {
		return nil, nil, err
	}
	sources, err := benchSources(s, paths)
	if err != nil {
		return nil, nil, err
	}
	began := time.Now()
	res := scanner.Run(cmd.Context(), sources, scanner.Options{Engine: s.engine})
	b := &bench{Scan: time.Since(began).Nanoseconds(), Rules: []benchRule{}}
	var took time.Duration
	b.Texts, b.Bytes, took = s.profile.Scanned()
	b.Time = took.Nanoseconds()
	for _, c := range s.profile.Costs() {
		b.Rules = append(b.Rules, benchRule{
			c.Rule.ID, c.Time.Nanoseconds(), float64(c.Time) / float64(max(took, 1)), c.Windows, c.Bytes, c.Matches,
		})
	}
	return b, res, nil
}

// benchSources is the history of what is a repository, and the files of the rest.
func benchSources(s *settings, paths []string) ([]scanner.Source, error) {
	var sources []scanner.Source
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			sources = append(sources, files.New([]string{path}, s.fileOptions(1)))
			continue
		}
		repo, err := git.Open(path)
		switch {
		case errors.Is(err, git.ErrNotRepository):
			sources = append(sources, files.New([]string{path}, s.fileOptions(1)))
		case err != nil:
			return nil, err
		default:
			sources = append(sources, git.NewHistory(repo, s.gitOptions(1)))
		}
	}
	return sources, nil
}

// text writes a table of the dearest rules.
func (b *bench) text(w io.Writer, top int) error {
	took := time.Duration(b.Time)
	fmt.Fprintf(w, "%.1f MB in %d texts: %v in rules, keywords and decoding, %.1f ns a byte; the scan took %v\n\n",
		float64(b.Bytes)/1e6, b.Texts, took.Round(time.Millisecond), float64(b.Time)/float64(max(b.Bytes, 1)), time.Duration(b.Scan).Round(time.Millisecond))
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "share\ttime\twindows\tkB\tmatches\t  rule")
	rest := 1.0
	for i, r := range b.Rules {
		rest -= r.Share
		if top == 0 || i < top {
			fmt.Fprintf(tw, "%.2f %%\t%v\t%d\t%.1f\t%d\t  %s\n",
				100*r.Share, time.Duration(r.Time).Round(time.Microsecond), r.Windows, float64(r.Bytes)/1e3, r.Matches, r.ID)
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d rules were woken; keywords and decoding took %.1f %%\n", len(b.Rules), 100*rest)
	return err
}
