package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git"
)

func newHookRun() *cobra.Command {
	f := new(scanFlags)
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Be a hook: what an installed hook calls",
		Long: `Run does what the git hook of that name is for, with the arguments and the
standard input that git gives to it. It contacts nobody, and prints nothing if all
was read and nothing found. SKIP=leakguard in the environment skips the hooks of
those who commit and push, not pre-receive.`,
		Example: "  leakguard hook run pre-commit",
	}
	f.registerReading(cmd.PersistentFlags())
	f.registerReports(cmd.PersistentFlags(), "any")
	return group(cmd, newHookPreCommit(f), newHookCommitMsg(f), newHookPrePush(f), newHookPreReceive(f))
}

func newHookPreCommit(f *scanFlags) *cobra.Command {
	return &cobra.Command{
		Use:     hookPreCommit,
		Short:   "Find secrets in what git commit would commit now",
		Example: "  leakguard hook run pre-commit",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if skipped() {
				return nil
			}
			repo, err := git.Open(".")
			if err != nil {
				return err
			}
			staged := git.NewStaged(cmd.Context(), repo)
			s, err := f.settings(repo.Root)
			if err != nil {
				return err
			}
			staged.Options = s.gitOptions(f.workers)
			return f.runHook(cmd, s, repo.Root, staged, stopped{
				found:      []string{"The commit was stopped."},
				incomplete: []string{"The commit was stopped: not everything could be read, as said above.", "To commit all the same: git commit --no-verify"},
			})
		},
	}
}

// skipped reports whether the user skips leakguard, in the manner of the
// pre-commit framework.
func skipped() bool { return slices.Contains(strings.Split(os.Getenv("SKIP"), ","), "leakguard") }

// stopped is what a hook says, line by line, below a report that stops git.
type stopped struct{ found, incomplete []string }

// runHook scans what a hook is about. It is quiet where there is nothing to say.
func (f *scanFlags) runHook(cmd *cobra.Command, s *settings, root string, src scanner.Source, say stopped) error {
	out, err := f.outputs()
	if err != nil {
		return err
	}
	res, err := f.scan(cmd, s, []scanner.Source{src})
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	if len(f.reports) == 0 {
		w = cmd.ErrOrStderr() // standard output may be git's own, as in git push --porcelain
	}
	res.Unused = nil // so small a part of the repository does not tell which suppressions serve
	if len(f.reports) > 0 || len(res.Secrets) > 0 || !res.Complete() {
		if err := f.write(w, out, res, root); err != nil {
			return err
		}
	}
	err = f.verdict(cmd.Context(), res)
	var code exit
	if errors.As(err, &code) {
		for _, line := range map[exit][]string{exitFound: say.found, exitIncomplete: say.incomplete}[code] {
			fmt.Fprintln(cmd.ErrOrStderr(), "leakguard:", line)
		}
	}
	return err
}
