package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner/git"
)

// The hooks of git that leakguard can be: githooks(5).
const (
	hookPreCommit  = "pre-commit"
	hookCommitMsg  = "commit-msg"
	hookPrePush    = "pre-push"
	hookPreReceive = "pre-receive"
)

// hookKinds are all of them, in the order in which a change meets them.
var hookKinds = []string{hookPreCommit, hookCommitMsg, hookPrePush, hookPreReceive}

func newHook() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Install, remove or be a git hook",
		Long: `Hook installs leakguard as a hook of git, for people who do not use the
pre-commit framework: pre-commit, commit-msg and pre-push where people work,
pre-receive where they push to. It honours core.hooksPath, and keeps what a hook
does that is there already.`,
		Example: "  leakguard hook install --kind pre-commit,pre-push",
	}
	install := newHookChange("install", "Install hooks", installHook)
	uninstall := newHookChange("uninstall", "Remove hooks", func(_, old string) (string, error) { return uninstallHook(old) })
	return group(cmd, install, uninstall, newHookRun())
}

// newHookChange makes the command that rewrites hooks with change, which is given
// the kind and the text of one.
func newHookChange(name, short string, change func(kind, old string) (string, error)) *cobra.Command {
	var kinds []string
	cmd := &cobra.Command{
		Use: name + " [PATH]", Short: short, Example: "  leakguard hook " + name, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			repo, err := git.Open(argOr(args, "."))
			if err != nil {
				return err
			}
			for _, kind := range kinds {
				if err := checkKind(kind, repo); err != nil {
					return err
				}
			}
			for _, kind := range kinds {
				if err := changeHook(cmd, repo, kind, change); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&kinds, "kind", []string{hookPreCommit}, "which hooks: "+strings.Join(hookKinds, ", "))
	return cmd
}

// checkKind refuses a hook that the repository would never run.
func checkKind(kind string, repo *git.Repository) error {
	switch {
	case !slices.Contains(hookKinds, kind):
		return fmt.Errorf("--kind %s: want one of %s", kind, strings.Join(hookKinds, ", "))
	case repo.Bare && (kind == hookPreCommit || kind == hookCommitMsg) && !repo.HasWorktrees():
		return fmt.Errorf("--kind %s: nobody commits in the bare repository %s; for what is pushed to it: --kind %s", kind, repo.Root, hookPreReceive)
	}
	return nil
}

// changeHook rewrites one hook of the repository.
func changeHook(cmd *cobra.Command, repo *git.Repository, kind string, change func(kind, old string) (string, error)) error {
	dir, err := repo.HooksDir(cmd.Context())
	if err != nil {
		return err
	}
	file := filepath.Join(dir, kind)
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := change(kind, string(old))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if text == string(old) && !strings.Contains(text, hookBegin) {
		fmt.Fprintf(cmd.OutOrStdout(), "nothing to change in %s\n", file)
		return nil
	}
	if text == "" {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "removed %s\n", file)
		return nil
	}
	if err := saveHook(dir, file, text); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", file)
	if kind == hookPreReceive && !repo.Bare {
		fmt.Fprintf(cmd.OutOrStdout(), "note: %s runs only when somebody pushes to this repository; for your own pushes: --kind %s\n", hookPreReceive, hookPrePush)
	}
	return nil
}

// saveHook writes a hook that git will run: an executable one.
func saveHook(dir, file, text string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		return err
	}
	return os.Chmod(file, 0o755)
}
