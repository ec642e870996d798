package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git"
)

func newScanGit(f *scanFlags) *cobra.Command {
	var span, since string
	var refs []string
	unreachable := true
	cmd := &cobra.Command{
		Use:   "git [PATH]",
		Short: "Find secrets in git history",
		Long: `Git reads every object of the repository once: files, commit and tag messages,
authors, notes, stashes, and what no ref leads to any more. With --range or
--since it reads what these commits add, also if a later one takes it away.`,
		Example: `  leakguard scan git
  leakguard scan git --range origin/main..HEAD
  leakguard scan git --since v1.2.0 --refs 'release/*'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			repo, err := git.Open(argOr(args, "."))
			if err != nil {
				return err
			}
			if f.gitleaks.on() {
				if since != "" && span == "" {
					span = since + "..HEAD"
				}
				return f.scanPatches(cmd, argOr(args, "."), repo.Root, func(o git.Options) scanner.Source { return git.NewPatches(repo, span, o) })
			}
			s, err := f.settings(repo.Root)
			if err != nil {
				return err
			}
			o := s.gitOptions(f.workers)
			o.Refs = refs
			if cmd.Flags().Changed("unreachable") || len(refs) > 0 {
				o.Unreachable = unreachable && len(refs) == 0
			}
			var src scanner.Source = git.NewHistory(repo, o)
			switch {
			case span != "" && since != "":
				return errors.New("--range and --since exclude each other")
			case since != "":
				span = since + "..HEAD"
				fallthrough
			case span != "":
				if src, err = git.NewRange(cmd.Context(), repo, span, o); err != nil {
					return err
				}
			}
			return f.run(cmd, s, repo.Root, src)
		},
	}
	cmd.Flags().StringVar(&span, "range", "", "only the commits A..B")
	cmd.Flags().StringVar(&since, "since", "", "only the commits since revision REV: REV..HEAD")
	cmd.Flags().Var((*list)(&refs), "refs", "only what refs matching this glob lead to, repeatable")
	cmd.Flags().BoolVar(&unreachable, "unreachable", true, "also what no ref leads to any more")
	return cmd
}
