package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	reports "github.com/leakguard/leakguard/action/report"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/config"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/pipeline"
)

// scanFlags are the flags that every kind of scan has.
type scanFlags struct {
	config          string
	reports         []string
	baselines       []string
	rules           []string
	exclude         []string
	confidence      string
	failOn          string
	maxSize         string
	timeout         time.Duration
	workers         int
	reveal          bool
	noInline        bool
	allowIncomplete bool
	noColor         bool
	noProgress      bool
	includeIgnored  bool // of scan and scan variables alone
	rejected        bool // whether near misses are told, and the reasons of scores
	gitleaks        gitleaksFlags

	verify verifyFlags
	ledger string
	keep   func(fingerprint string) bool // which secrets are of interest; nil: all
	leaked func(iter.Seq[[]byte])        // is given all values, in clear; may be nil

	began    time.Time                        // when the scan did
	source   func(path string) ([]byte, bool) // reads what the reports are about; nil: the working tree
	category string                           // of SARIF; "": the usual one

	baselineMayMiss bool // that of the config file: it is being written
}

func (f *scanFlags) register(fs *pflag.FlagSet) {
	f.registerReading(fs)
	f.registerReports(fs, "any")
	f.verify.registerOption(fs)
	fs.StringVar(&f.ledger, "ledger", "", "record the result in this ledger: a SQLite file, a postgres:// URL, or default")
}

// registerReports registers the flags of what comes out. failOn is the default of
// what makes the exit code 1.
func (f *scanFlags) registerReports(fs *pflag.FlagSet, failOn string) {
	fs.VarP((*list)(&f.reports), "report", "r", "report as FORMAT or FORMAT=FILE, repeatable: "+strings.Join(formatNames(), ", ")+" (default text)")
	fs.VarP((*list)(&f.baselines), "baseline", "b", "JSON report or baseline whose secrets are known already, repeatable")
	fs.StringVar(&f.failOn, "fail-on", failOn, "what makes the exit code 1: any, verified-or-unknown, verified")
	fs.BoolVar(&f.reveal, "reveal", false, "show secrets in clear")
	fs.BoolVar(&f.noColor, "no-color", false, "no colours (also: NO_COLOR)")
}

// registerReading registers the flags that say what is read and how; commands
// that scan and write no report have these alone.
func (f *scanFlags) registerReading(fs *pflag.FlagSet) {
	fs.StringVarP(&f.config, "config", "c", "", "config file (default: .leakguard.toml at the root of what is scanned)")
	fs.Var((*list)(&f.rules), "rule", "run only this rule, repeatable")
	fs.Var((*list)(&f.exclude), "exclude", "glob of paths to leave out, repeatable")
	fs.StringVar(&f.confidence, "confidence", "", "least confidence to report: low, medium, high")
	fs.StringVar(&f.maxSize, "max-size", "", "size above which a file or object is not read, such as 100MiB")
	fs.DurationVar(&f.timeout, "timeout", 0, "stop after this time and report what was found, such as 10m")
	fs.IntVar(&f.workers, "workers", 0, "how many texts are read at once (default: one a core)")
	fs.BoolVar(&f.noInline, "no-inline-allow", false, "do not honour leakguard:allow and its like in the scanned text")
	fs.BoolVar(&f.allowIncomplete, "allow-incomplete", false, "exit 0 instead of 3 when something could not be read")
	fs.BoolVar(&f.noProgress, "no-progress", false, "no progress on the terminal")
}

func formatNames() []string {
	var names []string
	for _, f := range reports.Formats() {
		names = append(names, f.Name)
	}
	return names
}

func newScan() *cobra.Command {
	f := new(scanFlags)
	cmd := &cobra.Command{
		Use:   "scan [PATH]",
		Short: "Find secrets in a repository: history, working tree and staged changes",
		Long: `Scan reads all that is local in the git repository that holds PATH (default: the
current folder): every object of its history, also what no branch leads to any
more, the staged changes, and the files of the working tree that git does not
ignore. Outside a repository it reads the files.`,
		Example: `  leakguard scan
  leakguard scan ~/src/app --report sarif=app.sarif --report text`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.scanAll(cmd, argOr(args, "."))
		},
	}
	f.register(cmd.PersistentFlags())
	cmd.PersistentFlags().BoolVar(&f.rejected, "show-rejected", false, "also list near misses: values that are probably no secrets")
	f.gitleaks.register(cmd.PersistentFlags())
	cmd.Flags().BoolVar(&f.includeIgnored, "include-ignored", false, "also read files of the working tree that git ignores")
	cmd.AddCommand(newScanGit(f), newScanFiles(f), newScanStaged(f), newScanStdin(f), newScanVariables(f), newScanLogs(f))
	return cmd
}

func argOr(args []string, value string) string {
	if len(args) > 0 {
		return args[0]
	}
	return value
}

// scanAll scans everything in a repository, or the files where there is none.
func (f *scanFlags) scanAll(cmd *cobra.Command, path string) error {
	s, root, sources, err := f.everything(cmd.Context(), path)
	if err != nil {
		return err
	}
	return f.run(cmd, s, root, sources...)
}

// withResult scans everything at path and hands over the result instead of
// writing reports.
func (f *scanFlags) withResult(cmd *cobra.Command, path string, do func(*scanner.Result) error) error {
	s, _, sources, err := f.everything(cmd.Context(), path)
	if err != nil {
		return err
	}
	res, err := f.scan(cmd, s, sources)
	if err != nil {
		return err
	}
	if cmd.Context().Err() != nil {
		return exit(exitInterrupted)
	}
	return do(res)
}

// everything lists the sources at path: a repository's, or the files where there
// is none. root is where paths of working-tree files begin.
func (f *scanFlags) everything(ctx context.Context, path string) (s *settings, root string, sources []scanner.Source, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", nil, err
	}
	if !info.IsDir() {
		if s, err = f.settings(filepath.Dir(path)); err != nil {
			return nil, "", nil, err
		}
		return s, ".", []scanner.Source{files.New([]string{path}, s.fileOptions(f.workers))}, nil
	}
	repo, err := git.Open(path)
	if errors.Is(err, git.ErrNotRepository) {
		if s, err = f.settings(path); err != nil {
			return nil, "", nil, err
		}
		return s, path, []scanner.Source{files.New([]string{path}, s.fileOptions(f.workers))}, nil
	}
	if err != nil {
		return nil, "", nil, err
	}
	if s, err = f.settings(repo.Root); err != nil {
		return nil, "", nil, err
	}
	return s, repo.Root, f.inRepository(ctx, s, repo), nil
}

// inRepository lists the sources of a repository: its history and, if it is not bare,
// what is staged, and the files and variables of the working tree.
func (f *scanFlags) inRepository(ctx context.Context, s *settings, repo *git.Repository) []scanner.Source {
	sources := []scanner.Source{git.NewHistory(repo, s.gitOptions(f.workers))}
	if repo.Bare {
		return sources
	}
	o := s.fileOptions(f.workers)
	o.GitIgnore = !s.cfg.Scan.IncludeIgnored && !f.includeIgnored
	o.Repository = repo.WebOrRoot()
	staged := git.NewStaged(ctx, repo)
	staged.Options = s.gitOptions(f.workers)
	return append(sources, staged, files.New([]string{repo.Root}, o), pipeline.NewLocal(repo.Root, s.pipelineOptions(o)))
}

// settings reads the config file and lets flags override it.
func (f *scanFlags) settings(dir string) (*settings, error) {
	if err := f.gitleaks.refused(); err != nil {
		return nil, err
	}
	s, err := load(f.config, dir)
	if err != nil {
		return nil, err
	}
	if f.workers <= 0 {
		f.workers = runtime.GOMAXPROCS(0)
	}
	s.only, s.baselineMayMiss, s.reasons = f.rules, f.baselineMayMiss, f.rejected
	if f.confidence != "" {
		if err := s.cfg.Scan.MinConfidence.UnmarshalText([]byte(f.confidence)); err != nil {
			return nil, fmt.Errorf("--confidence: %w", err)
		}
	}
	if f.maxSize != "" {
		if err := s.cfg.Scan.MaxSize.UnmarshalTOML(f.maxSize); err != nil {
			return nil, fmt.Errorf("--max-size: %w", err)
		}
	}
	for _, g := range f.exclude {
		glob, err := config.NewGlob(g)
		if err != nil {
			return nil, fmt.Errorf("--exclude %s: %w", g, err)
		}
		s.cfg.Scan.Exclude = append(s.cfg.Scan.Exclude, glob)
	}
	switch f.failOn {
	case "", "any", "verified-or-unknown", "verified":
	default:
		return nil, fmt.Errorf("--fail-on %q: want any, verified-or-unknown or verified", f.failOn)
	}
	if f.ledger != "" && f.reveal {
		return nil, errors.New("--reveal and --ledger exclude each other: a ledger holds no secret")
	}
	if f.failOn == "verified" && !f.verify.ask && len(f.verify.only) == 0 {
		return nil, errors.New("--fail-on verified needs --verify: without it no secret is ever found live")
	}
	if f.ledger != "" {
		if err := f.recall(s); err != nil {
			return nil, err
		}
	}
	return s, s.start()
}

// recall has the scan recognise what secrets managers hold, says the ledger.
func (f *scanFlags) recall(s *settings) error {
	if f.ledger != "default" {
		s.cfg.Ledger.Database = f.ledger
	}
	ctx := context.Background()
	l, err := openLedger(ctx, s)
	if err != nil {
		return err
	}
	defer l.Close()
	s.known, err = l.Known(ctx)
	return err
}

// run scans the sources, writes the reports and returns the exit code. root is
// where paths of working-tree files begin.
func (f *scanFlags) run(cmd *cobra.Command, s *settings, root string, sources ...scanner.Source) error {
	out, err := f.outputs()
	if err != nil {
		return err
	}
	res, err := f.scan(cmd, s, sources)
	if err != nil {
		return err
	}
	if err := errors.Join(f.write(cmd.OutOrStdout(), out, res, root), f.record(cmd, s, res)); err != nil {
		return err
	}
	return f.verdict(cmd.Context(), res)
}

// scan scans the sources under the flags.
func (f *scanFlags) scan(cmd *cobra.Command, s *settings, sources []scanner.Source) (*scanner.Result, error) {
	list, err := s.suppressions(f.baselines, !f.noInline)
	if err != nil {
		return nil, err
	}
	verifier, done, err := f.verify.verifier(s)
	if err != nil {
		return nil, err
	}
	for _, w := range s.warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "leakguard: warning:", concealed(w))
	}
	f.began = time.Now()
	ctx := cmd.Context()
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	progress := new(scanner.Progress)
	stop := f.showProgress(cmd.ErrOrStderr(), progress)
	defer stop()
	o := scanner.Options{
		Engine: s.engine, Suppress: list.Apply, Severity: s.severity, Reveal: f.reveal, Progress: progress,
		Keep: f.keep, Verify: verifier, Leaked: f.leaked, Rejected: f.rejected,
	}
	if s.known != nil {
		o.Kept = s.known.Find
	}
	res := scanner.Run(ctx, sources, o)
	return res, done()
}

// record brings the ledger up to date, if one is named. An interrupted scan is
// recorded too: what it found is there.
func (f *scanFlags) record(cmd *cobra.Command, s *settings, res *scanner.Result) error {
	if f.ledger == "" {
		return nil
	}
	ctx := context.WithoutCancel(cmd.Context())
	l, err := openLedger(ctx, s)
	if err != nil {
		return err
	}
	defer l.Close()
	sum, err := l.Record(ctx, res, time.Now())
	if err == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "leakguard: ledger:", recordedText(sum))
	}
	return err
}

// verdict is the exit code of a result.
func (f *scanFlags) verdict(ctx context.Context, res *scanner.Result) error {
	switch {
	case ctx.Err() != nil:
		return exit(exitInterrupted)
	case f.counts(res.Secrets) > 0:
		return exit(exitFound)
	case !res.Complete() && !f.allowIncomplete:
		return exit(exitIncomplete)
	}
	return nil
}

// counts is how many secrets make the exit code 1.
func (f *scanFlags) counts(secrets []scanner.Secret) int {
	n := 0
	for i := range secrets {
		if f.fails(&secrets[i]) {
			n++
		}
	}
	return n
}

// fails reports whether a secret makes the exit code 1.
func (f *scanFlags) fails(s *scanner.Secret) bool {
	switch state := s.Verdict.State; {
	case s.Severity == rules.Info: // public by design: told, not blocked
		return false
	case f.failOn == "verified":
		return state == "live"
	case f.failOn == "verified-or-unknown":
		return state != "dead"
	}
	return true
}

// output is one report to write.
type output struct {
	format reports.Format
	path   string // "": standard output
}

func (f *scanFlags) outputs() ([]output, error) {
	specs := f.reports
	if len(specs) == 0 {
		specs = []string{"text"}
	}
	var all []output
	onStdout := ""
	for _, spec := range specs {
		name, path, toFile := strings.Cut(spec, "=")
		format, ok := reports.Lookup(name)
		if !ok {
			return nil, fmt.Errorf("--report %s: no such format; want one of %s", spec, strings.Join(formatNames(), ", "))
		}
		if toFile && path == "" {
			return nil, fmt.Errorf("--report %s: the file's name is missing", spec)
		}
		if path == "-" {
			path = ""
		}
		if slices.ContainsFunc(all, func(o output) bool { return path != "" && o.path == path }) {
			return nil, fmt.Errorf("--report %s: %s is the file of another report already", spec, path)
		}
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return nil, fmt.Errorf("--report %s: %w", spec, err)
		}
		if path == "" {
			if onStdout != "" {
				return nil, fmt.Errorf("--report %s and --report %s both go to standard output: give one a file, as in %s=FILE", onStdout, name, name)
			}
			onStdout = name
		}
		all = append(all, output{format, path})
	}
	return all, nil
}

// write writes all reports; a file is complete or not there.
func (f *scanFlags) write(stdout io.Writer, out []output, res *scanner.Result, root string) error {
	o := reports.Options{Version: versionString(), Reveal: f.reveal, Start: f.began, End: time.Now(), Source: f.source, Category: f.category, NoInline: f.noInline}
	if o.Source == nil {
		o.Source = sourceIn(root)
	}
	for _, r := range out {
		if r.path == "" {
			o.Color = !f.noColor && os.Getenv("NO_COLOR") == "" && isTerminal(stdout)
			if err := r.format.Write(stdout, res, o); err != nil {
				return err
			}
			continue
		}
		o.Color = false
		mode := os.FileMode(0o644)
		if f.reveal {
			mode = 0o600
		}
		if err := writeWhole(r.path, mode, func(w io.Writer) error { return r.format.Write(w, res, o) }); err != nil {
			return err
		}
	}
	return nil
}

// writeWhole writes a file of that mode beside its place and moves it there.
// What is no file, such as /dev/stdout or a FIFO, is written to as it stands.
func writeWhole(path string, mode os.FileMode, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeTo(path, write)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".leakguard-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	err = write(tmp)
	if err := errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// writeTo writes to what is there already and is no file.
func writeTo(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// sourceIn reads files of the working tree for reports, never one outside it.
func sourceIn(root string) func(path string) ([]byte, bool) {
	return func(path string) ([]byte, bool) {
		dir, err := os.OpenRoot(root)
		if err != nil {
			return nil, false
		}
		defer dir.Close()
		info, err := dir.Lstat(filepath.FromSlash(path))
		if err != nil || !info.Mode().IsRegular() || info.Size() > 16<<20 {
			return nil, false
		}
		data, err := dir.ReadFile(filepath.FromSlash(path))
		return data, err == nil
	}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
