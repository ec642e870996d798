package main

import (
	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner/git"
)

func newHookCommitMsg(f *scanFlags) *cobra.Command {
	return &cobra.Command{
		Use:   hookCommitMsg + " FILE",
		Short: "Find secrets in the message of the commit that is about to be made",
		Long: `Commit-msg reads the message that git has put into FILE, without what git will
cut from it: comments, and what is below the scissors line.`,
		Example: "  leakguard hook run commit-msg .git/COMMIT_EDITMSG",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if skipped() {
				return nil
			}
			repo, err := git.Open(".")
			if err != nil {
				return err
			}
			s, err := f.settings(repo.Root)
			if err != nil {
				return err
			}
			return f.runHook(cmd, s, repo.Root, git.NewMessage(repo, args[0]), stopped{
				found:      []string{"The commit was stopped: its message holds a secret. Write the message again without it."},
				incomplete: []string{"The commit was stopped: its message could not be read, as said above."},
			})
		},
	}
}
