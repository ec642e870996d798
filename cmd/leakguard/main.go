// Leakguard finds leaked secrets in repositories, files and whatever is piped
// into it. This file starts it; each command has a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes; every command keeps to them.
const (
	exitClean       = 0
	exitFound       = 1
	exitUsage       = 2
	exitIncomplete  = 3
	exitInterrupted = 130
)

// exit is the error of a command that did its work and ends with that code.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	forbidCoreDump()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends even what is stuck
	os.Exit(execute(ctx))
}

func execute(ctx context.Context) int {
	root := newRoot()
	err := root.ExecuteContext(ctx)
	var code exit
	switch {
	case err == nil:
		return exitClean
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(os.Stderr, "leakguard:", concealed(err.Error()))
	return exitUsage
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "leakguard",
		Short: "Find leaked secrets, and say what was not looked at",
		Long: `Leakguard reads git history, working trees, staged changes and standard input,
and finds the credentials in them.

Exit codes: 0 clean and complete; 1 secrets found; 2 usage or configuration
error; 3 nothing found, but something could not be read; 130 interrupted.`,
		Example:       "  leakguard scan .\n  leakguard scan staged",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	profiled(root)
	root.AddCommand(newScan(), newRules(), newExplain(), newLabel(), newVerify(), newLedger(), newReport(), newServe(), newIssues(), newRotate(), newRunbooks(), newRevoke(), newPR(), newOffboard(), newInventory(), newSweep(), newInit(), newHook(), newBaseline(), newMigrate(), newVersion())
	return root
}

// group makes cmd the parent of others: alone it prints their list, and a name
// that none of them has is an error.
func group(cmd *cobra.Command, children ...*cobra.Command) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(children...)
	return cmd
}
