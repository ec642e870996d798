package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/action/offboard"
	"github.com/leakguard/leakguard/scanner/forge"
)

// offboardCommand is the command offboard.
type offboardCommand struct {
	ledgerFlags
	repo, org string
	archived  bool
	format    string
	url       string
	tokenFile string
	offline   bool
}

func newOffboard() *cobra.Command {
	f := new(offboardCommand)
	cmd := &cobra.Command{
		Use:   "offboard --repo OWNER/NAME | --archived --org ORG",
		Short: "Tell what is left of a retired repository until all of it is dead",
		Long: `Offboard lists, for a repository whose application is retired, every secret of the
ledger that was ever seen in its history, logs or variables, and the credentials
that its settings at GitHub hold: secrets, deploy keys, webhooks. Each comes with
its verdict and with what to do. It only reads.

With --archived it lists the archived repositories of an organisation in which
secrets were seen that are not dead.

The exit code is 1 while something is not known to be dead, 3 if all that is known
is dead but something could not be asked.`,
		Example: "  leakguard offboard --repo acme/web\n  leakguard offboard --archived --org acme",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fs := cmd.Flags()
	f.ledgerFlags.register(fs)
	fs.StringVar(&f.repo, "repo", "", "the repository, as OWNER/NAME")
	fs.BoolVar(&f.archived, "archived", false, "the archived repositories of --org instead")
	fs.StringVar(&f.org, "org", "", "with --archived: the organisation")
	fs.StringVar(&f.format, "format", "text", "text or json")
	fs.StringVar(&f.url, "url", "", "address of the API of a GitHub server of your own")
	fs.StringVar(&f.tokenFile, "token-file", "", "file that holds the token (default: GH_TOKEN or GITHUB_TOKEN)")
	fs.BoolVar(&f.offline, "offline", os.Getenv(offlineVariable) != "", "do not ask GitHub: its settings are then a gap")
	return cmd
}

func (f *offboardCommand) check() error {
	switch {
	case f.format != "text" && f.format != "json":
		return fmt.Errorf("--format %q: want text or json", f.format)
	case f.archived != (f.org != ""):
		return errors.New("--archived and --org ORG go together")
	case f.archived == (f.repo != ""):
		return errors.New("give --repo OWNER/NAME, or --archived --org ORG")
	case f.archived && f.offline:
		return errors.New("--offline: which repositories are archived, GitHub alone knows")
	}
	return nil
}

func (f *offboardCommand) run(cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	s, l, err := f.open(cmd.Context())
	if err != nil {
		return err
	}
	defer l.Close()
	from := offboard.Sources{Ledger: l, Rule: s.engine.Rule}
	if !f.offline {
		if from.GitHub, err = forge.NewGitHub(forge.GitHubOptions{URL: f.url, TokenFile: f.tokenFile}); err != nil {
			return err
		}
	}
	if f.archived {
		return f.listArchived(cmd, from)
	}
	r, err := offboard.Repository(cmd.Context(), from, f.repo)
	switch {
	case cmd.Context().Err() != nil:
		return exit(exitInterrupted)
	case err != nil:
		return err
	}
	if err := f.write(cmd.OutOrStdout(), r); err != nil {
		return err
	}
	dead, all := r.Progress()
	return leftOf(all-dead, len(r.Gaps))
}

func (f *offboardCommand) listArchived(cmd *cobra.Command, from offboard.Sources) error {
	a, err := offboard.Archived(cmd.Context(), from, f.org)
	switch {
	case cmd.Context().Err() != nil:
		return exit(exitInterrupted)
	case err != nil:
		return err
	}
	if err := f.write(cmd.OutOrStdout(), a); err != nil {
		return err
	}
	return leftOf(len(a.Repositories), 0)
}

func (f *offboardCommand) write(w io.Writer, v interface{ WriteText(io.Writer) error }) error {
	if f.format == "json" {
		return writeIndented(w, v)
	}
	return v.WriteText(w)
}

// leftOf is the exit code of what is left and of what could not be asked.
func leftOf(left, gaps int) error {
	switch {
	case left > 0:
		return exit(exitFound)
	case gaps > 0:
		return exit(exitIncomplete)
	}
	return nil
}
