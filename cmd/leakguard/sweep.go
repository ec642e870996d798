package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner/config"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/seen"
)

// sweepFlags are the flags of the commands that sweep.
type sweepFlags struct {
	scan    scanFlags
	list    sweepLists
	disk    string
	mirrors string
	jobs    int
	metrics string
}

func newSweep() *cobra.Command {
	f := new(sweepFlags)
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Scan all repositories of an organisation, and remember what was read",
		Long: `Sweep lists repositories, keeps a mirror of each, scans what is new in it, and brings
the ledger up to date. A sweep that was stopped or killed goes on where it was when the
command is run again; a repository that has not changed is not read again.

The exit code is 1 if there are secrets, and 3 if something could not be read.`,
		Example: `  leakguard sweep --org acme --verify
  leakguard sweep --repos repositories.txt --db postgres://ledger.acme.com/leakguard --every 24h
  leakguard sweep status`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, every) },
	}
	f.registerDatabase(cmd.PersistentFlags())
	f.registerWork(cmd.Flags())
	f.list.register(cmd.Flags())
	cmd.Flags().DurationVar(&every, "every", 0, "stay, and sweep again so long after the last sweep began, such as 24h")
	cmd.AddCommand(newSweepWorker(f), newSweepStatus(f), newSweepCancel(f))
	return cmd
}

// registerDatabase registers the flags that all commands of sweep have.
func (f *sweepFlags) registerDatabase(fs *pflag.FlagSet) {
	fs.StringVarP(&f.scan.config, "config", "c", "", "config file (default: .leakguard.toml here)")
	fs.StringVar(&f.scan.ledger, "db", "default", "the database of sweeps and ledger: a SQLite file, a postgres:// URL, or default")
	fs.BoolVar(&f.scan.allowIncomplete, "allow-incomplete", false, "exit 0 instead of 3 when something could not be read")
}

// registerWork registers those of commands that work repositories.
func (f *sweepFlags) registerWork(fs *pflag.FlagSet) {
	fs.StringVar(&f.disk, "disk", "20GiB", "how much room mirrors may take; the one that was used least lately goes first")
	fs.StringVar(&f.mirrors, "mirrors", "", "the folder that takes them (default: one in your state folder)")
	fs.IntVar(&f.jobs, "jobs", runtime.GOMAXPROCS(0), "how many repositories are worked at once")
	fs.StringVar(&f.metrics, "metrics", "", "address and port on which to answer GET /metrics with figures for monitoring; without an address, this machine alone")
	fs.VarP((*list)(&f.scan.baselines), "baseline", "b", "JSON report or baseline whose secrets are known already, repeatable")
	fs.StringVar(&f.scan.failOn, "fail-on", "any", "what makes the exit code 1: any, verified-or-unknown, verified")
	fs.BoolVar(&f.scan.noInline, "no-inline-allow", false, "do not honour leakguard:allow and its like in the scanned text")
	fs.BoolVar(&f.scan.noProgress, "no-progress", false, "no progress")
	f.list.registerForge(fs)
	f.scan.verify.registerOption(fs)
}

// run sweeps once, or again and again.
func (f *sweepFlags) run(cmd *cobra.Command, every time.Duration) (err error) {
	plan, err := f.list.plan(cmd.Context())
	if err != nil {
		return err
	}
	if every < 0 {
		return fmt.Errorf("--every %s: want a time such as 24h", every)
	}
	w, err := f.open(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	ctx := cmd.Context()
	for {
		run, err := w.engine.Begin(ctx, plan, every)
		if err != nil {
			return interruptedOr(ctx, err)
		}
		if run.State == sweep.Running {
			if err := w.toEnd(cmd, run); every == 0 || ctx.Err() != nil {
				return err
			} else if failed := new(exit); err != nil && !errors.As(err, failed) {
				fmt.Fprintln(cmd.ErrOrStderr(), "leakguard:", concealed(err.Error()))
			}
		}
		select {
		case <-ctx.Done():
			return exit(exitInterrupted)
		case <-time.After(time.Until(run.Began.Add(every))):
		}
	}
}

// interruptedOr is err, unless it comes of an interruption.
func interruptedOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return exit(exitInterrupted)
	}
	return err
}

// sweeping is what a process that sweeps has open.
type sweeping struct {
	flags  *sweepFlags
	engine *sweep.Engine
	ledger *ledger.Ledger
	done   func() error // ends the verifier

	pipelines *sweepPipelines

	warnings io.Writer
	unserve  func() // ends --metrics
}

// open opens the database and begins to work the jobs in it.
func (f *sweepFlags) open(cmd *cobra.Command) (*sweeping, error) {
	s, dsn, err := f.settings()
	if err != nil {
		return nil, err
	}
	options, done, err := f.scanOptions(cmd, s)
	if err != nil {
		return nil, err
	}
	mirrors, err := f.openMirrors()
	if err == nil {
		err = f.list.signIn()
	}
	if err != nil {
		return nil, errors.Join(err, done())
	}
	fetch := func(ctx context.Context, r sweep.Repository) (*sweep.Copy, error) { return f.fetch(ctx, mirrors, r) }
	refs := func(ctx context.Context, r sweep.Repository) (string, error) { return f.refs(ctx, mirrors, r) }
	l, err := openLedger(cmd.Context(), s)
	if err != nil {
		return nil, errors.Join(err, done())
	}
	o := sweep.Options{
		DSN: dsn, Ledger: l, Jobs: f.jobs, List: f.list.lister, Refs: refs, Fetch: fetch, Scan: historyScanner(s, options), Fails: f.scan.fails,
		Ruleset: ruleset(s), API: f.list.clients.budget, Log: complaints(cmd.ErrOrStderr()),
	}
	if o.Settings, err = f.fingerprint(s); err != nil {
		return nil, errors.Join(err, done(), l.Close())
	}
	pipelines := &sweepPipelines{
		lists: &f.list, settings: s, options: options,
		rules: o.Ruleset + " " + o.Settings + " " + l.ID(""), // which differs from ledger to ledger
	}
	o.Logs, o.Variables = pipelines.logs, pipelines.variables
	o.Finish = func(ctx context.Context, p sweep.Plan) error { return f.syncIssues(ctx, cmd, s, p) }
	e, err := sweep.Open(cmd.Context(), o)
	if err == nil {
		err = e.Start(cmd.Context())
	}
	if err != nil {
		return nil, errors.Join(err, done(), l.Close())
	}
	w := &sweeping{flags: f, engine: e, ledger: l, done: done, pipelines: pipelines, warnings: cmd.ErrOrStderr(), unserve: func() {}}
	if err := w.serveMetrics(cmd.Context(), cmd.ErrOrStderr()); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// close puts the jobs under way back.
func (w *sweeping) close() error {
	w.unserve()
	err := errors.Join(w.engine.Stop(context.Background()), w.engine.Close(), w.ledger.Close(), w.done(), w.pipelines.memory.close())
	if failed := w.flags.list.signOut(); failed != nil {
		fmt.Fprintln(w.warnings, "leakguard: warning:", concealed(failed.Error()))
	}
	return err
}

// openMirrors opens the folder of mirrors.
func (f *sweepFlags) openMirrors() (*git.Mirrors, error) {
	var limit config.Size
	if err := limit.UnmarshalTOML(f.disk); err != nil {
		return nil, fmt.Errorf("--disk: %w", err)
	}
	dir := f.mirrors
	if dir == "" {
		var err error
		if dir, err = seen.DefaultPath("mirrors"); err != nil {
			return nil, err
		}
	}
	return git.OpenMirrors(dir, int64(limit))
}

// refs asks a repository for the digest of its refs.
func (f *sweepFlags) refs(ctx context.Context, mirrors *git.Mirrors, r sweep.Repository) (string, error) {
	auth, err := f.list.cloning(ctx, r.Clone)
	if err != nil {
		return "", err
	}
	digest, err := mirrors.Refs(ctx, r.Clone, auth)
	if r.Wiki && errors.Is(err, git.ErrNotFound) {
		return noWiki, nil
	}
	return digest, err
}

// noWiki is in the place of the digest of refs where there is no wiki.
const noWiki = "none"

// fetch brings the mirror of a repository up to date.
func (f *sweepFlags) fetch(ctx context.Context, mirrors *git.Mirrors, r sweep.Repository) (*sweep.Copy, error) {
	auth, err := f.list.cloning(ctx, r.Clone)
	if err != nil {
		return nil, err
	}
	m, err := mirrors.Update(ctx, r.Clone, auth)
	if r.Wiki && errors.Is(err, git.ErrNotFound) {
		return blank()
	}
	if remedy := remedyOf(err); remedy != "" {
		return nil, &sweep.Unreadable{Err: err, Remedy: remedy}
	}
	if err != nil {
		return nil, err
	}
	return &sweep.Copy{Path: m.Path, Refs: m.Refs, Gaps: m.Gaps, Release: m.Release}, nil
}

// blank is a copy of a repository that holds nothing. Forges say of wikis that they may
// be there, and make one with its first page.
func blank() (*sweep.Copy, error) {
	dir, err := os.MkdirTemp("", "leakguard-wiki-")
	if err != nil {
		return nil, err
	}
	c := &sweep.Copy{Path: dir, Refs: noWiki, Release: func() { os.RemoveAll(dir) }}
	for _, sub := range []string{"objects", "refs"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(dir, sub), 0o700))
	}
	if err = errors.Join(err, os.WriteFile(filepath.Join(dir, "HEAD"), []byte("ref: refs/heads/main\n"), 0o600)); err != nil {
		c.Release()
		return nil, err
	}
	return c, nil
}

// settings reads the config file, and names the database.
func (f *sweepFlags) settings() (*settings, string, error) {
	if f.jobs < 1 {
		return nil, "", fmt.Errorf("--jobs %d: want at least 1", f.jobs)
	}
	s, err := f.scan.settings(".")
	if err != nil {
		return nil, "", err
	}
	if s.cfg.Ledger.Database == "" {
		if err := s.trusted(); err != nil {
			return nil, "", err
		}
		if s.cfg.Ledger.Database, err = seen.DefaultPath("ledger.db"); err != nil {
			return nil, "", err
		}
	}
	return s, s.cfg.Ledger.Database, nil
}

// syncIssues makes the tracker agree with the ledger, if the plan says so.
func (f *sweepFlags) syncIssues(ctx context.Context, cmd *cobra.Command, s *settings, p sweep.Plan) error {
	if !p.Issues {
		return nil
	}
	args := []string{"sync", "--ledger", s.cfg.Ledger.Database}
	address, tokenFile := f.list.of(s.cfg.Issues.Tracker == "gitlab")
	for _, flag := range [][2]string{{"--config", f.scan.config}, {"--url", address}, {"--token-file", tokenFile}} {
		if flag[1] != "" {
			args = append(args, flag[0], flag[1])
		}
	}
	sub := newIssues()
	sub.SetArgs(args)
	sub.SilenceErrors, sub.SilenceUsage = true, true
	sub.SetOut(cmd.ErrOrStderr())
	sub.SetErr(cmd.ErrOrStderr())
	err := sub.ExecuteContext(ctx)
	var code exit
	if errors.As(err, &code) {
		return errors.New("the issues do not agree with the ledger: run leakguard issues sync")
	}
	return err
}
