package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/scanner/forge"
)

// issuesCommand is the command issues sync.
type issuesCommand struct {
	ledgerFlags
	output       string
	url          string
	host         string
	tokenFile    string
	confirmAfter time.Duration
	most         int
	dryRun       bool
	recreate     bool

	from         *settings     // instead of those of the config file; nil: these
	repositories *forge.Client // reads files of repositories on GitHub; nil: none
}

// webhookVariable is the environment variable with the secret that signs what is sent
// to a webhook.
const webhookVariable = "LEAKGUARD_WEBHOOK_SECRET"

// markdownFolder is where the tracker markdown keeps its files unless it is told.
const markdownFolder = "leakguard-issues"

func newIssues() *cobra.Command {
	f := new(issuesCommand)
	cmd := &cobra.Command{
		Use:     "issues",
		Short:   "Have somebody deal with each secret of the ledger",
		Example: "  leakguard issues sync --dry-run",
	}
	f.register(cmd.PersistentFlags())
	return group(cmd, newIssuesSync(f))
}

func newIssuesSync(f *issuesCommand) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Make the tracker agree with the ledger: one issue a secret",
		Long: `Sync makes an issue for each secret of the ledger that somebody has to deal with,
keeps it up to date, reminds before the deadline, closes it when the issuer has
refused the secret twice, and opens it again when the secret comes back. A run that
was stopped is taken up by the next.

The exit code is 0 if tracker and ledger agree, and 3 if something could not be done.`,
		Example: `  leakguard issues sync --dry-run
  leakguard issues sync --ledger postgres://ledger.acme.com/leakguard
  leakguard issues sync --output markdown=issues`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.sync(cmd) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&f.dryRun, "dry-run", false, "show what would be written, and write nothing")
	fs.StringVar(&f.output, "output", "", "write the issues elsewhere than the config file says: github, gitlab, webhook, markdown or markdown=FOLDER")
	fs.DurationVar(&f.confirmAfter, "confirm-after", 0, "least time between the two refusals that close an issue, such as 1h (default: issues.confirm-after)")
	fs.IntVar(&f.most, "most", 0, "the most issues that this run makes (default: issues.most)")
	fs.BoolVar(&f.recreate, "recreate", false, "make a new issue where the one that the ledger knows was deleted")
	fs.StringVar(&f.url, "url", "", "address of a server of your own; for github, of its API")
	fs.StringVar(&f.host, "host", "", "host of the repositories that may get issues (default: that of the server)")
	fs.StringVar(&f.tokenFile, "token-file", "", "file that holds the token (default: an environment variable, such as GITHUB_TOKEN)")
	return cmd
}

func (f *issuesCommand) ledger(ctx context.Context) (*settings, *ledger.Ledger, error) {
	if f.from == nil {
		return f.open(ctx)
	}
	l, err := openLedger(ctx, f.from)
	return f.from, l, err
}

func (f *issuesCommand) sync(cmd *cobra.Command) error {
	s, l, err := f.ledger(cmd.Context())
	if err != nil {
		return err
	}
	defer l.Close()
	o, err := f.options(cmd, s)
	if err != nil {
		return err
	}
	tracker, err := f.newTracker(cmd, s, &o)
	if err != nil {
		return err
	}
	runbooks, err := loadRunbooks(s)
	if err != nil {
		return err
	}
	runbooks.ConfirmAfter = o.ConfirmAfter
	o.Runbook = runbooks.Render
	o.Owners = f.finder(s, o.Host).Owners
	r, err := remediate.Sync(cmd.Context(), l, tracker, o)
	writeTroubles(cmd.ErrOrStderr(), r.Troubles)
	would := ""
	if f.dryRun {
		would = "a dry run, nothing was written: "
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s%s\n", would, &r)
	switch {
	case cmd.Context().Err() != nil:
		return exit(exitInterrupted)
	case err != nil:
		return err
	case !r.Agreed():
		return exit(exitIncomplete)
	}
	return nil
}

// options are what config file and flags say.
func (f *issuesCommand) options(cmd *cobra.Command, s *settings) (remediate.SyncOptions, error) {
	c := s.cfg.Issues
	o := remediate.SyncOptions{
		DryRun: f.dryRun, Recreate: f.recreate, ConfirmAfter: time.Duration(c.ConfirmAfter), RemindBefore: time.Duration(c.RemindBefore),
		Escalate: c.Escalate, Most: int(c.Most), Repository: c.Repository, Label: c.Label, Host: f.host, Out: cmd.OutOrStdout(),
	}
	if cmd.Flags().Changed("confirm-after") {
		o.ConfirmAfter = f.confirmAfter
	}
	if cmd.Flags().Changed("most") {
		o.Most = f.most
	}
	switch {
	case o.ConfirmAfter <= 0:
		return o, errors.New("--confirm-after: two refusals at one time are one: want a time such as 1h")
	case o.Most < 1:
		return o, errors.New("--most: want at least 1")
	case c.Advisories && c.Tracker != "github":
		return o, fmt.Errorf("issues.advisories: tracker %q has no security advisories: want issues.tracker = \"github\"", c.Tracker)
	case o.Label == "":
		return o, errors.New("issues.label: issues are found again by their label: it cannot be empty")
	}
	for _, e := range o.Escalate {
		if !strings.HasPrefix(e, "@") || strings.ContainsAny(e, " \t\n") {
			return o, fmt.Errorf("issues.escalate: %q: want @user or @org/team", e)
		}
	}
	return o, nil
}

// newTracker is the tracker that config file and flags name. It completes the options
// with what comes with the tracker.
func (f *issuesCommand) newTracker(cmd *cobra.Command, s *settings, o *remediate.SyncOptions) (remediate.Tracker, error) {
	name, folder := s.cfg.Issues.Tracker, markdownFolder
	if f.output != "" {
		var given bool
		if name, folder, given = strings.Cut(f.output, "="); !given {
			folder = markdownFolder
		}
		if given && (name != "markdown" || folder == "") {
			return nil, fmt.Errorf("--output %s: want github, gitlab, webhook, markdown or markdown=FOLDER", f.output)
		}
	}
	if name == "markdown" {
		if o.Repository == "" {
			o.Repository = "all" // the folder takes those of all repositories
		}
		return remediate.NewMarkdown(folder), nil
	}
	if os.Getenv(offlineVariable) != "" {
		return nil, fmt.Errorf("--offline: %s is not asked (%s is set)", name, offlineVariable)
	}
	if err := s.trusted(); err != nil {
		return nil, err
	}
	warn := func(project, text string) {
		fmt.Fprintln(cmd.ErrOrStderr(), "leakguard: warning:", concealed(project+": "+text))
	}
	switch name {
	case "github":
		c, err := forge.NewGitHub(forge.GitHubOptions{URL: f.url, TokenFile: f.tokenFile})
		if err != nil {
			return nil, err
		}
		if o.Host == "" {
			o.Host = strings.TrimPrefix(c.Host(), "api.")
		}
		f.repositories = c
		g := remediate.NewGitHub(c, remediate.GitHubOptions{Label: o.Label, Warn: warn})
		if s.cfg.Issues.Advisories {
			o.Advisories = g.Advisories()
		}
		return g, nil
	case "gitlab":
		c, err := newGitLab(f.url, f.tokenFile, nil)
		if err != nil {
			return nil, err
		}
		if o.Host == "" {
			o.Host = c.Host()
		}
		return remediate.NewGitLab(c, remediate.GitLabOptions{Label: o.Label, Warn: warn}), nil
	case "webhook":
		o.Unlisted = true
		if o.Repository == "" {
			o.Repository = "all"
		}
		return remediate.NewWebhook(s.cfg.Issues.Webhook, []byte(os.Getenv(webhookVariable)), nil)
	}
	return nil, fmt.Errorf("no tracker %q: want github, gitlab, webhook or markdown", name)
}

// finder finds owners: from a clone in the current folder, and from GitHub if that is
// where the issues are.
func (f *issuesCommand) finder(s *settings, host string) *remediate.Finder {
	o := remediate.OwnerOptions{Order: s.cfg.Owners.Order, Rules: s.cfg.Owners.Rules}
	local := remediate.GitFiles(".")
	if f.repositories == nil {
		o.Fetch = local
		return remediate.NewFinder(o)
	}
	remote := remediate.RepositoriesOn(f.repositories, host)
	o.Properties = remote.Properties
	o.Fetch = func(ctx context.Context, repository, path string) ([]byte, error) {
		data, err := local(ctx, repository, path)
		if errors.Is(err, remediate.ErrNoCopy) {
			data, err = remote.File(ctx, repository, path)
		}
		return data, err
	}
	return remediate.NewFinder(o)
}

// writeTroubles writes each reason once, with the secrets that it is of.
func writeTroubles(w io.Writer, all []remediate.Trouble) {
	var reasons []string
	secrets := map[string][]string{}
	for _, t := range all {
		if !slices.Contains(reasons, t.Why) {
			reasons = append(reasons, t.Why)
		}
		if t.Secret != "" {
			secrets[t.Why] = append(secrets[t.Why], t.Secret)
		}
	}
	for _, why := range reasons {
		fmt.Fprintln(w, "leakguard:", concealed(why))
		for _, id := range secrets[why] {
			fmt.Fprintln(w, "  secret", id)
		}
	}
}
