package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/action/sweep"
)

func newSweepStatus(f *sweepFlags) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "status [SWEEP]",
		Short:   "How far the last sweep is, or one by its number: each repository, what was not read and why",
		Example: "  leakguard sweep status\n  leakguard sweep status --format json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format %q: want text or json", format)
			}
			return f.look(cmd.Context(), args, func(e *sweep.Engine, id int64) error {
				s, err := e.Status(cmd.Context(), id)
				if err != nil {
					return err
				}
				if format == "json" {
					return writeSweepJSON(cmd.OutOrStdout(), s)
				}
				return writeSweep(cmd.OutOrStdout(), s, true)
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func newSweepCancel(f *sweepFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "cancel SWEEP",
		Short:   "End a sweep: what is done stays, and nothing more is begun",
		Example: "  leakguard sweep cancel 12",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.look(cmd.Context(), args, func(e *sweep.Engine, id int64) error { return e.Cancel(cmd.Context(), id) })
		},
	}
}

func newSweepWorker(f *sweepFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Help with the sweeps of a database, until stopped",
		Long: `Worker scans repositories of the sweeps that other machines began with leakguard sweep
in the same PostgreSQL database. Give it the same config and flags as those. It ends when
it is interrupted: what it was doing is left to others.`,
		Example: "  leakguard sweep worker --db postgres://ledger.acme.com/leakguard --jobs 8",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := f.open(cmd)
			if err != nil {
				return err
			}
			<-cmd.Context().Done()
			return w.close()
		},
	}
	f.registerWork(cmd.Flags())
	return cmd
}

// look opens the database without working anything. args may hold the number of a sweep.
func (f *sweepFlags) look(ctx context.Context, args []string, do func(e *sweep.Engine, id int64) error) (err error) {
	id := int64(0)
	if len(args) > 0 {
		if id, err = strconv.ParseInt(args[0], 10, 64); err != nil || id < 1 {
			return fmt.Errorf("%q: want the number of a sweep, as leakguard sweep status shows it", args[0])
		}
	}
	f.jobs = 1
	_, dsn, err := f.settings()
	if err != nil {
		return err
	}
	e, err := sweep.Open(ctx, sweep.Options{DSN: dsn})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return do(e, id)
}

// toEnd works a sweep until it is finished, tells how far it is, and reports its end.
func (w *sweeping) toEnd(cmd *cobra.Command, run *sweep.Run) error {
	ctx := cmd.Context()
	if err := w.engine.Lead(run); err != nil {
		return err
	}
	p := newSweepProgress(cmd.ErrOrStderr(), w.flags.scan.noProgress)
	for {
		s, err := w.engine.Status(ctx, run.ID)
		if err != nil {
			p.end()
			return interruptedOr(ctx, err)
		}
		if s.State != sweep.Running {
			p.end()
			err := w.engine.Unlead(ctx, run)
			return errors.Join(writeSweep(cmd.OutOrStdout(), s, false), err, w.flags.verdictOf(s))
		}
		p.show(s)
		select {
		case <-ctx.Done():
			p.end()
			fmt.Fprintf(cmd.ErrOrStderr(), "leakguard: sweep %d is interrupted; the same command goes on with it\n", run.ID)
			return exit(exitInterrupted)
		case <-time.After(p.every):
		}
	}
}

// verdictOf is the exit code of a sweep.
func (f *sweepFlags) verdictOf(s *sweep.Status) error {
	switch {
	case s.Totals().Fails > 0:
		return exit(exitFound)
	case !s.Complete() && !f.scan.allowIncomplete:
		return exit(exitIncomplete)
	}
	return nil
}

func writeSweepJSON(w io.Writer, s *sweep.Status) error {
	return writeIndented(w, struct {
		SchemaVersion string       `json:"schemaVersion"`
		Totals        sweep.Totals `json:"totals"`
		Complete      bool         `json:"complete"`
		*sweep.Status
	}{"1", s.Totals(), s.Complete(), s})
}

// writeSweep writes the totals and each thing that was not read; with each, a line for
// each repository as well.
func writeSweep(w io.Writer, s *sweep.Status, each bool) error {
	t := s.Totals()
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if each && len(s.Repositories) > 0 {
		fmt.Fprintln(tab, "REPOSITORY\tSTATE\tREAD\tSECRETS\tFINISHED")
		for i := range s.Repositories {
			r := &s.Repositories[i]
			finished := "-"
			if !r.Finished.IsZero() {
				finished = r.Finished.Format(time.RFC3339)
			}
			fmt.Fprintf(tab, "%s\t%s\t%s\t%d\t%s\n", titleOf(r), r.State, readOf(r), len(r.Secrets), finished)
		}
		fmt.Fprintln(tab)
	}
	fmt.Fprintf(tab, "sweep %d is %s: %d of %d repositories done, %d of them unchanged; %d secret(s), %d live\n",
		s.ID, s.State, t.Done, t.Repositories, t.Unchanged, t.Secrets, t.Live)
	writePipelines(tab, t)
	writeAPI(tab, s, t)
	for _, src := range s.Sources {
		writeSource(tab, src)
	}
	for i := range s.Repositories {
		writeNotRead(tab, &s.Repositories[i])
	}
	if s.Error != "" {
		fmt.Fprintln(tab, "at the end:", concealed(s.Error))
	}
	return tab.Flush()
}

// readOf says how much of a repository was read.
func readOf(r *sweep.RepositoryStatus) string {
	switch {
	case r.State != sweep.Done:
		return "-"
	case r.Unchanged:
		return "unchanged"
	case r.Complete:
		return "complete"
	}
	return fmt.Sprintf("%d gap(s)", len(r.Gaps))
}

func writeSource(w io.Writer, src sweep.SourceStatus) {
	if src.Error != "" {
		fmt.Fprintf(w, "not listed: %s: %s (%s)\n", concealed(src.Source), concealed(src.Error), src.State)
	}
	if src.Coverage == nil {
		return
	}
	for _, g := range src.Coverage.Gaps {
		fmt.Fprintf(w, "not listed: %s: %s; %s\n", concealed(g.What), concealed(g.Why), concealed(g.Fix))
	}
	for _, g := range src.Coverage.Excluded {
		fmt.Fprintf(w, "left out: %d of %s: %s (%s)\n", g.Count, concealed(src.Source), concealed(g.Why), concealed(g.Fix))
	}
}

func writeNotRead(w io.Writer, r *sweep.RepositoryStatus) {
	for _, g := range r.Gaps {
		what := titleOf(r)
		if g.What != r.Name {
			what += ": " + concealed(g.What)
		}
		fmt.Fprintf(w, "not read: %s: %s; %s\n", what, reason(r, g.Why), concealed(g.Fix))
	}
	switch {
	case r.State == sweep.Failed:
		fmt.Fprintf(w, "given up: %s: %s\n", titleOf(r), reason(r, r.Error))
	case r.State == sweep.Waiting && r.Error != "":
		fmt.Fprintf(w, "is tried again: %s: %s\n", titleOf(r), reason(r, r.Error))
	}
}

// reason is an error without the address of the repository, which stands before it.
func reason(r *sweep.RepositoryStatus, why string) string {
	return concealed(strings.TrimPrefix(why, r.Clone+": "))
}

// sweepProgress tells how far a sweep is: on a terminal in one line that is redrawn, else
// a line now and then.
type sweepProgress struct {
	w        io.Writer
	off      bool
	terminal bool
	every    time.Duration
	began    time.Time
	first    int   // repositories that were done before
	objects  int64 // and what was read of them
	last     string
}

func newSweepProgress(w io.Writer, off bool) *sweepProgress {
	p := &sweepProgress{w: w, off: off, terminal: isTerminal(w), every: time.Second, began: time.Now(), first: -1}
	return p
}

func (p *sweepProgress) show(s *sweep.Status) {
	if p.off {
		return
	}
	t := s.Totals()
	if p.first < 0 {
		p.first, p.objects = t.Done, t.Objects
	}
	line := fmt.Sprintf("sweeping: %d of %d repositories%s, %d secret(s), %d live", t.Done, t.Repositories, pipelinesDone(t), t.Secrets, t.Live)
	if !p.terminal {
		if line != p.last {
			fmt.Fprintln(p.w, "leakguard:", line)
		}
		p.last = line
		return
	}
	elapsed := time.Since(p.began)
	line += fmt.Sprintf(", %.0f objects/s", float64(t.Objects-p.objects)/elapsed.Seconds())
	if done := t.Done - p.first; done > 0 && t.Repositories > t.Done {
		left := elapsed / time.Duration(done) * time.Duration(t.Repositories-t.Done)
		line += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	if left := apiLeft(s); left != "" {
		line += ", API" + strings.TrimPrefix(left, ",")
	}
	fmt.Fprint(p.w, "\r\x1b[K"+line)
}

func (p *sweepProgress) end() {
	if p.terminal && !p.off {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
