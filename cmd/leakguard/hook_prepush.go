package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner/git"
)

func newHookPrePush(f *scanFlags) *cobra.Command {
	return &cobra.Command{
		Use:   hookPrePush + " [REMOTE [URL]]",
		Short: "Find secrets in what git push would send now",
		Long: `Pre-push reads from standard input which refs are pushed, as git gives them to
the hook, or learns it from the pre-commit framework. It scans each commit that the
remote does not have, and the messages of annotated tags: all that leads to what is
pushed, and neither to what the remote had under that name nor to a branch in
refs/remotes/REMOTE.`,
		Example: "  leakguard hook run pre-push origin <refs",
		Args:    cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if skipped() {
				return nil
			}
			repo, err := git.Open(".")
			if err != nil {
				return err
			}
			p, err := pushFrom(cmd.InOrStdin(), argOr(args, ""))
			if err != nil || len(p.tips) == 0 {
				return err
			}
			return f.runPush(cmd, repo, p)
		},
	}
}

func (f *scanFlags) runPush(cmd *cobra.Command, repo *git.Repository, p push) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel() // git, if the settings turn out wrong
	pushed, err := git.NewPushed(ctx, repo, p.tips, p.known)
	if err != nil {
		return err
	}
	s, err := f.settings(repo.Root)
	if err != nil {
		return err
	}
	pushed.Options = s.gitOptions(f.workers)
	return f.runHook(cmd, s, repo.Root, pushed, stopped{
		found: []string{
			"The push was stopped; nothing was sent.",
			"Take the secret out of the commits named above (git commit --amend,",
			"git rebase --interactive; a tag: git tag --force), then push again.",
		},
		incomplete: []string{
			"The push was stopped: not everything could be read, as said above.",
			"To push all the same: git push --no-verify",
		},
	})
}

// push is what a push sends and what the other side has: see git.NewPushed.
type push struct {
	tips  []git.Tip
	known []string
}

// pushFrom learns of a push what git tells its pre-push hook, or the pre-commit
// framework, which reads git's lines itself and tells of the first ref alone.
func pushFrom(stdin io.Reader, remote string) (p push, err error) {
	if file, ok := stdin.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("PRE_COMMIT") == "" {
			return p, errors.New("standard input: want the lines that git gives to its pre-push hook (in lefthook: use_stdin: true)")
		}
	}
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if len(fields) < 4 { // the first may hold blanks: "HEAD@{1 day ago}"
			return p, fmt.Errorf("standard input: %q: want a local ref, its object, a remote ref, its object", lines.Text())
		}
		fields = fields[len(fields)-3:]
		if isZero(fields[0]) {
			continue // deleted
		}
		p.tips = append(p.tips, git.Tip{Ref: fields[1], Object: fields[0]})
		if !isZero(fields[2]) {
			p.known = append(p.known, fields[2])
		}
	}
	if err := lines.Err(); err != nil {
		return p, fmt.Errorf("standard input: %w", err)
	}
	if name := os.Getenv("PRE_COMMIT_REMOTE_NAME"); len(p.tips) == 0 && name != "" {
		remote = name
	}
	if tip := cmp.Or(os.Getenv("PRE_COMMIT_TO_REF"), os.Getenv("PRE_COMMIT_LOCAL_BRANCH")); len(p.tips) == 0 && tip != "" {
		p.tips = []git.Tip{{Ref: os.Getenv("PRE_COMMIT_REMOTE_BRANCH"), Object: tip}}
		if from := os.Getenv("PRE_COMMIT_FROM_REF"); from != "" {
			p.known = append(p.known, from)
		}
	}
	if isRemoteName(remote) {
		p.known = append(p.known, "refs/remotes/"+remote+"/*")
	}
	return p, nil
}

// isZero reports whether an object name stands for none.
func isZero(object string) bool { return strings.Trim(object, "0") == "" }

// isRemoteName reports whether the remote can have refs of its own: it has none
// if it is an address, and an address must not be taken for a pattern of refs.
func isRemoteName(remote string) bool { return remote != "" && !strings.ContainsAny(remote, `:*?[\ `) }
