package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/pullrequest"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/pipeline"
)

// variablesVariable is the environment variable that holds the variables of a CI job,
// as JSON, for leakguard pr --variables.
const variablesVariable = "LEAKGUARD_VARIABLES"

// prFlags are the flags of leakguard pr.
type prFlags struct {
	*scanFlags
	comment     bool
	suggest     bool
	uploadSARIF bool
	issues      bool
	logs        bool
	variables   bool
	out         string
}

func newPR() *cobra.Command {
	f := &prFlags{scanFlags: new(scanFlags)}
	cmd := &cobra.Command{
		Use:   "pr [PATH]",
		Short: "Find secrets in what a CI job is about, and tell where people look",
		Long: `Pr reads from the environment why a CI job runs: a pull request, a push, a merge
queue, a schedule, a finished workflow run. It scans exactly the commits that this
brings in, or, where it brings in none, everything. What a shallow checkout lacks is
fetched, or read through GitHub's API.

Config, ignore file and baselines are those of the branch that the changes are going
to: a pull request cannot switch its guard off. In GitHub Actions it writes
annotations, the job's summary and outputs; with --comment, one comment.

GitHub Actions, GitLab CI, Jenkins, CircleCI, Azure Pipelines, Bitbucket Pipelines
and Buildkite are recognised. Elsewhere it scans what HEAD has and the default branch
of origin has not.`,
		Example: "  leakguard pr\n  leakguard pr --comment --verify --report junit=leakguard.xml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if os.Getenv("GITHUB_ACTIONS") != "true" {
				return f.run(cmd, argOr(args, "."))
			}
			return f.runOnGitHub(cmd, argOr(args, "."))
		},
	}
	fs := cmd.Flags()
	f.register(fs)
	fs.BoolVar(&f.comment, "comment", false, "keep one comment on the pull request, or merge request, up to date")
	fs.BoolVar(&f.suggest, "suggest", false, "suggest on the line itself what to write there instead (GitHub)")
	fs.BoolVar(&f.uploadSARIF, "upload-sarif", false, "upload the result to code scanning (GitHub)")
	fs.BoolVar(&f.issues, "issues", false, "when the default branch was pushed to, or everything was scanned: bring issues up to date, as leakguard issues sync does; needs --ledger")
	fs.BoolVar(&f.logs, "logs", true, "read the logs of the workflow run that has finished (GitHub, workflow_run)")
	fs.BoolVar(&f.variables, "variables", false, "read the variables that "+variablesVariable+" holds, as JSON, too")
	fs.StringVar(&f.out, "out", "", "folder for report.json and report.sarif (default: RUNNER_TEMP, else none is written)")
	return cmd
}

// job is one run of leakguard pr.
type job struct {
	*prFlags
	cmd   *cobra.Command
	event pullrequest.Event

	repo       *git.Repository // nil: there is none, and none is needed
	base, head string          // the ends of what changed, by id
	missing    error           // why the commits are not all here

	at       *base // where the settings are from
	settings *settings
	pending  []string
}

// runOnGitHub has the runner take no text of others for a command, on standard error
// either.
func (f *prFlags) runOnGitHub(cmd *cobra.Command, path string) error {
	quiet := pullrequest.Quiet(cmd.ErrOrStderr())
	cmd.SetErr(quiet)
	err := f.run(cmd, path)
	if code := exit(0); err != nil && !errors.As(err, &code) {
		pullrequest.Fail(cmd.OutOrStdout(), concealed(err.Error()))
		err = exit(exitUsage)
	}
	return errors.Join(err, quiet.Close())
}

func (f *prFlags) run(cmd *cobra.Command, path string) error {
	if f.reveal {
		return errors.New("--reveal: a CI job's log is read by many, and pr reveals nothing")
	}
	e, err := pullrequest.Detect(os.Getenv)
	if err != nil {
		return err
	}
	if e.Kind == pullrequest.KindLogs && !f.logs {
		e.Kind = pullrequest.KindAll
	}
	j := &job{prFlags: f, cmd: cmd, event: e}
	if e.Kind == pullrequest.KindNothing {
		fmt.Fprintln(cmd.OutOrStdout(), "leakguard: there is nothing to scan: the branch or tag was deleted")
		return j.output(&scanner.Result{}, nil)
	}
	if f.issues && f.ledger == "" {
		return fmt.Errorf("--issues: give the ledger that remembers them from job to job, as in --ledger postgres://…, or a file that the jobs keep; and its key in %s", ledger.KeyVariable)
	}
	if err := j.open(cmd.Context(), path); err != nil {
		return err
	}
	remove, err := j.load(cmd.Context())
	if err != nil {
		return err
	}
	defer remove()
	return j.scan()
}

// open opens the repository and settles what of it is scanned.
func (j *job) open(ctx context.Context, path string) (err error) {
	e := &j.event
	j.repo, err = git.Open(path)
	if errors.Is(err, git.ErrNotRepository) && e.Kind == pullrequest.KindLogs {
		j.repo = nil
		return nil
	}
	if err != nil || e.Kind != pullrequest.KindChanges {
		return err
	}
	if e.Base == "" && e.Fallback == "" {
		e.Fallback = j.repo.DefaultBranch(ctx)
	}
	w := git.Wanted{Base: e.Base, Head: e.Head, Ref: e.Ref, Fallback: e.Fallback, Commits: e.Commits}
	if e.CI == "github" {
		w.Token, w.Server = os.Getenv("GITHUB_TOKEN"), os.Getenv("GITHUB_SERVER_URL")
	}
	if j.base, j.head, j.missing = j.repo.Complete(ctx, w); j.missing != nil {
		j.base, j.head = e.Base, e.Head
	}
	return ctx.Err()
}

// load reads the settings from the commit that may decide.
func (j *job) load(ctx context.Context) (remove func(), err error) {
	if j.repo == nil {
		j.settings, err = j.scanFlags.settings(".")
		return func() {}, err
	}
	if j.at, remove, err = newBase(ctx, j.repo, j.trusted(ctx), j.scanFlags.config); err != nil {
		return nil, err
	}
	if err := j.loadBase(ctx); err != nil {
		remove()
		return nil, errors.New(j.at.says(err.Error()))
	}
	for i, w := range j.settings.warnings {
		j.settings.warnings[i] = j.at.says(w)
	}
	return remove, nil
}

func (j *job) loadBase(ctx context.Context) (err error) {
	j.scanFlags.config = j.at.config(j.scanFlags.config)
	if j.settings, err = j.scanFlags.settings(j.at.dir); err != nil {
		return err
	}
	pull := j.settings.cfg.Pull
	if j.event.Target != "" && !pull.Inline {
		j.noInline = true
	}
	if j.event.Fork && !pull.VerifyForks {
		j.verify.ask, j.verify.only = false, nil
		if j.failOn == "verified" { // nothing can be, and that must not let all pass
			j.failOn = "verified-or-unknown"
		}
	}
	if j.head != "" && j.missing == nil {
		j.pending, err = j.at.pending(ctx, j.head)
	}
	return err
}

// trusted is the commit whose settings count; "" if there is none.
func (j *job) trusted(ctx context.Context) string {
	e := &j.event
	toDefault := e.Target == "" && e.Kind == pullrequest.KindChanges && e.Ref == "refs/heads/"+e.Fallback
	switch {
	case e.Target != "" && e.Base == "": // the CI system names the branch alone
		if rev := j.known(ctx, "refs/remotes/origin/"+e.Target); rev != "" {
			return rev
		}
	case e.Target != "":
		return j.known(ctx, j.base)
	case toDefault:
		return j.known(ctx, j.head) // it has been merged
	case e.Fallback != "":
		if rev := j.known(ctx, "refs/remotes/origin/"+e.Fallback); rev != "" {
			return rev
		}
	case e.Kind != pullrequest.KindChanges:
		// What is checked out may be anybody's, as in a workflow for comments.
		if rev := j.known(ctx, "refs/remotes/origin/"+j.repo.DefaultBranch(ctx)); rev != "" {
			return rev
		}
		return j.known(ctx, "HEAD")
	}
	return j.known(ctx, j.base)
}

// known is a revision that is in the repository, else "".
func (j *job) known(ctx context.Context, rev string) string {
	if rev == "" || !j.repo.HasCommit(ctx, rev) {
		return ""
	}
	return rev
}

// sources are what is scanned.
func (j *job) sources(ctx context.Context) ([]scanner.Source, error) {
	var list []scanner.Source
	s := j.settings
	switch j.event.Kind {
	case pullrequest.KindChanges:
		changes, err := j.changes(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, changes...)
	case pullrequest.KindLogs:
		c, err := forge.NewGitHub(forge.GitHubOptions{})
		if err != nil {
			return nil, err
		}
		list = append(list, buildlog.NewGitHub(c, buildlog.GitHubOptions{
			Repo: j.event.Repository, Run: j.event.Run, Logs: s.logOptions(j.workers), Files: s.fileOptions(j.workers),
		}))
	default:
		list = append(list, j.inRepository(ctx, s, j.repo)...)
	}
	if j.variables {
		o := s.pipelineOptions(s.fileOptions(j.workers))
		o.Repository = j.event.Web
		list = append(list, pipeline.NewJSON(strings.NewReader(os.Getenv(variablesVariable)), variablesVariable, o))
	}
	return list, nil
}

// changes are the commits of the range, and what of it is not here.
func (j *job) changes(ctx context.Context) ([]scanner.Source, error) {
	span := j.head
	if j.base != "" {
		span = j.base + ".." + j.head
	}
	commits, err := git.NewRange(ctx, j.repo, span, j.settings.gitOptions(j.workers))
	if j.missing == nil {
		return []scanner.Source{commits}, err
	}
	hosted, apiErr := j.throughAPI(ctx)
	why := j.missing
	switch {
	case hosted != nil:
		return []scanner.Source{hosted}, nil
	case apiErr != nil:
		why = fmt.Errorf("%w; nor can they be read through GitHub's API: %w", why, apiErr)
	}
	if err == nil { // it is short of some
		return []scanner.Source{commits, unread{why}}, nil
	}
	return []scanner.Source{unread{why}}, nil
}

// throughAPI are the commits of the range as GitHub's API has them; nil where it is
// not to be asked, or the event does not say for what.
func (j *job) throughAPI(ctx context.Context) (scanner.Source, error) {
	asked := j.onGitHub() && j.event.Repository != "" && j.base != "" && j.head != ""
	if offline := os.Getenv(offlineVariable) != "" || j.verify.offline; !asked || offline {
		return nil, nil
	}
	c, err := forge.NewGitHub(forge.GitHubOptions{})
	if err != nil {
		return nil, err
	}
	hosted, err := git.NewAPIRange(ctx, j.repo, git.API{Client: c, Name: j.event.Repository}, j.base, j.head, j.settings.gitOptions(j.workers))
	if err != nil {
		return nil, err
	}
	return hosted, nil
}

// unread is a source of which nothing can be read.
type unread struct{ why error }

func (u unread) Name() string       { return "the commits of the change" }
func (u unread) Kind() scanner.Kind { return scanner.InGit }

func (u unread) Read(context.Context, func(scanner.Chunk) int, *scanner.Coverage) error { return u.why }

func (u unread) Locate(context.Context, []scanner.Hit, *scanner.Coverage) ([]scanner.Located, error) {
	return nil, nil
}

// scan scans and tells.
func (j *job) scan() error {
	ctx, stdout := j.cmd.Context(), j.cmd.OutOrStdout()
	out, err := j.outputs()
	if err != nil {
		return err
	}
	j.noProgress = j.noProgress || j.event.CI != ""
	if j.onGitHub() {
		j.leaked = func(values iter.Seq[[]byte]) {
			err = pullrequest.Mask(stdout, values)
		}
	}
	sources, err := j.sources(ctx)
	if err != nil {
		return err
	}
	res, scanErr := j.scanFlags.scan(j.cmd, j.settings, sources)
	if err := errors.Join(scanErr, err); err != nil {
		return err
	}
	if j.event.Kind == pullrequest.KindChanges {
		res.Unused = nil // a part of the repository does not tell which suppressions serve
	}
	err = errors.Join(j.report(out, res), j.record(j.cmd, j.settings, res))
	return errors.Join(err, j.tell(ctx, res), j.verdict(ctx, res))
}

// report writes the reports, and those that later steps of the job may want.
func (j *job) report(out []output, res *scanner.Result) error {
	if j.event.Kind == pullrequest.KindChanges {
		j.category = pullrequest.CategoryChanges
		j.source = func(path string) ([]byte, bool) {
			data, err := j.repo.FileAt(context.WithoutCancel(j.cmd.Context()), j.head, path)
			return data, err == nil
		}
	}
	root := "."
	if j.repo != nil {
		root = j.repo.Root
	}
	stdout := j.cmd.OutOrStdout()
	if !j.onGitHub() {
		return j.write(stdout, out, res, root)
	}
	guarded := pullrequest.Guarded(stdout)
	return errors.Join(j.write(guarded, out, res, root), guarded.Close())
}

// outputs adds the two reports that the job's outputs name.
func (j *job) outputs() ([]output, error) {
	if j.out == "" {
		j.out = os.Getenv("RUNNER_TEMP")
	}
	if j.out != "" {
		if err := os.MkdirAll(j.out, 0o755); err != nil {
			return nil, fmt.Errorf("--out: %w", err)
		}
		if len(j.reports) == 0 {
			j.reports = []string{"text"}
		}
		j.reports = append(j.reports, "json="+j.file("json"), "sarif="+j.file("sarif"))
	}
	return j.scanFlags.outputs()
}

// file is the name of a report in the folder for them, "" if there is none.
func (j *job) file(extension string) string {
	if j.out == "" {
		return ""
	}
	return filepath.Join(j.out, "report."+extension)
}

func (j *job) onGitHub() bool { return j.event.CI == "github" }

// warn tells of something that did not work out and that the job can do without.
func (j *job) warn(format string, args ...any) {
	text := concealed(fmt.Sprintf(format, args...))
	if j.onGitHub() {
		pullrequest.Warn(j.cmd.OutOrStdout(), text)
		return
	}
	fmt.Fprintln(j.cmd.ErrOrStderr(), "leakguard: warning:", text)
}

// appendTo writes text to a file that the CI system reads, if it names one.
func appendTo(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
