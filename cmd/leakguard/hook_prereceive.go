package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner/git"
)

// preReceiveTimeout is how long those who push wait for the scan at most, unless
// --timeout says otherwise.
const preReceiveTimeout = time.Minute

func newHookPreReceive(f *scanFlags) *cobra.Command {
	return &cobra.Command{
		Use:   hookPreReceive,
		Short: "Find secrets in what is being pushed to this repository",
		Long: `Pre-receive runs where people push to. It reads from standard input which refs
are pushed, as git gives them to the hook, and scans each commit that leads to one
of them and to no ref that is there already, while its objects are still in
quarantine. If it finds a secret, or if not everything was read within --timeout
(default 1m), the whole push is refused; with --allow-incomplete only a secret
refuses it.

What is suppressed is settled by the config and the ignore file of the commit that
HEAD names, the default branch, or by --config: never by what is pushed. Marks in
pushed text count unless --no-inline-allow is given.`,
		Example: "  leakguard hook run pre-receive --no-inline-allow <refs",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tips, err := receivedFrom(cmd.InOrStdin())
			if err != nil || len(tips) == 0 {
				return err
			}
			repo, err := git.Open(".")
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("timeout") {
				f.timeout = preReceiveTimeout
			}
			return f.runReceive(cmd, repo, tips)
		},
	}
}

func (f *scanFlags) runReceive(cmd *cobra.Command, repo *git.Repository, tips []git.Tip) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	pushed, err := git.NewPushed(ctx, repo, tips, []string{"refs/*"})
	if err != nil {
		return err
	}
	s, remove, err := f.policy(cmd, repo)
	if err != nil {
		return err
	}
	defer remove()
	pushed.Options = s.gitOptions(f.workers)
	return f.runHook(cmd, s, repo.Root, pushed, stopped{
		found: []string{
			"The push was refused, all refs of it; nothing was stored here.",
			"Take the secret out of the commits named above (git commit --amend,",
			"git rebase --interactive; a tag: git tag --force), then push again.",
			"What is ignored is settled by the default branch, not by what is pushed.",
		},
		incomplete: []string{
			"The push was refused, all refs of it: not everything could be read within",
			fmt.Sprintf("%v, as said above. Push fewer commits at once, or ask who runs this", f.timeout),
			"server for a longer --timeout.",
		},
	})
}

// receivedFrom reads what git tells its pre-receive hook: "OLD NEW REF", line by
// line. What is deleted brings nothing.
func receivedFrom(stdin io.Reader) (tips []git.Tip, err error) {
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 0:
		case len(fields) != 3:
			return nil, fmt.Errorf("standard input: %q: want an old object, a new object and a ref", lines.Text())
		case !isZero(fields[1]):
			tips = append(tips, git.Tip{Ref: fields[2], Object: fields[1]})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	return tips, nil
}
