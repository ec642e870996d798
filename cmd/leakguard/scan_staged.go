package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git"
)

func newScanStaged(f *scanFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "staged [PATH]",
		Short: "Find secrets in what git commit would commit now",
		Long: `Staged reads the files of git's index that differ from HEAD, exactly as git will
commit them, and reports the secrets that they add. It is made to be run by a
pre-commit hook: see leakguard hook install.`,
		Example: "  leakguard scan staged",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			repo, err := git.Open(argOr(args, "."))
			if err != nil {
				return err
			}
			if f.gitleaks.on() {
				dir, err := filepath.Abs(argOr(args, "."))
				if err != nil {
					return err
				}
				return f.scanPatches(cmd, argOr(args, "."), repo.Root, func(o git.Options) scanner.Source { return git.NewStagedPatches(repo, dir, o) })
			}
			staged := git.NewStaged(cmd.Context(), repo)
			s, err := f.settings(repo.Root)
			if err != nil {
				return err
			}
			staged.Options = s.gitOptions(f.workers)
			return f.run(cmd, s, repo.Root, staged)
		},
	}
	return cmd
}
