package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner/git"
)

// The lines of ours in a pre-commit hook; what stands between them is replaced
// by install and removed by uninstall, the rest of the hook is left alone.
const (
	hookBegin = "# leakguard begin"
	hookEnd   = "# leakguard end"
)

func newHook() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Install or remove a pre-commit hook",
		Long: `Hook installs leakguard as a git pre-commit hook, for people who do not use the
pre-commit framework. It honours core.hooksPath, and keeps what a hook does that
is there already.`,
		Example: "  leakguard hook install",
	}
	install := &cobra.Command{
		Use: "install [PATH]", Short: "Install the hook", Example: "  leakguard hook install", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeHook(cmd, argOr(args, "."), installHook)
		},
	}
	uninstall := &cobra.Command{
		Use: "uninstall [PATH]", Short: "Remove the hook", Example: "  leakguard hook uninstall", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeHook(cmd, argOr(args, "."), uninstallHook)
		},
	}
	return group(cmd, install, uninstall)
}

// changeHook rewrites the pre-commit hook of the repository at path.
func changeHook(cmd *cobra.Command, path string, change func(old string) (string, error)) error {
	repo, err := git.Open(path)
	if err != nil {
		return err
	}
	dir, err := repo.HooksDir(cmd.Context())
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "pre-commit")
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := change(string(old))
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
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(file, 0o755); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", file)
	return nil
}

// installHook puts our lines behind the first line of the hook that is there,
// which must be a shell's, so that they run before any "exec" of it.
func installHook(old string) (string, error) {
	old, err := uninstallHook(old)
	if err != nil {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if old == "" {
		old = "#!/bin/sh\n"
	}
	first, rest, _ := strings.Cut(old, "\n")
	if !slices.Contains(shells, interpreter(first)) {
		return "", errors.New("the hook that is there is no shell script; call \"leakguard scan staged\" from it yourself")
	}
	ours := fmt.Sprintf("%s\ncase \",${SKIP:-},\" in *,leakguard,*) ;; *)\n  %s scan staged || exit $?\n;; esac\n%s\n", hookBegin, shellQuote(self), hookEnd)
	return first + "\n" + ours + rest, nil
}

// shells are those that read what we write.
var shells = []string{"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"}

// interpreter is the name of the program that a script's first line names, also
// by way of env; "" if it names none.
func interpreter(first string) string {
	line, ok := strings.CutPrefix(first, "#!")
	words := strings.Fields(line)
	if !ok || len(words) == 0 {
		return ""
	}
	name := path.Base(words[0])
	if name != "env" {
		return name
	}
	for _, w := range words[1:] {
		if !strings.HasPrefix(w, "-") && !strings.Contains(w, "=") {
			return path.Base(w)
		}
	}
	return ""
}

// uninstallHook takes our lines out; "" means that nothing else is left.
func uninstallHook(old string) (string, error) {
	begin := strings.Index(old, hookBegin)
	if begin < 0 {
		return old, nil
	}
	end := strings.Index(old, hookEnd)
	if end < begin {
		return "", fmt.Errorf("it has a line %q without %q; correct it by hand", hookBegin, hookEnd)
	}
	text := old[:begin] + strings.TrimPrefix(old[end+len(hookEnd):], "\n")
	if strings.TrimSpace(text) == "#!/bin/sh" {
		return "", nil
	}
	return text, nil
}

func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
