package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/detectors/rules"
)

func newRulesNew() *cobra.Command {
	return &cobra.Command{
		Use:   "new ID",
		Short: "Write a commented provider file into rules.d",
		Long: `New writes rules.d/ID.toml, a provider file for an issuer of your own, with what
each key is for. Its rules hold for keys that begin with the id, until you say what
they look like. It never overwrites a file.`,
		Example: "  leakguard rules new acme",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := rules.Scaffold(args[0])
			if err != nil {
				return err
			}
			if err := os.MkdirAll("rules.d", 0o755); err != nil {
				return err
			}
			path := filepath.Join("rules.d", args[0]+".toml")
			if err := writeNew(path, text); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\ntest it: leakguard rules test %[1]s\n", path)
			return nil
		},
	}
}

// writeNew writes a file that must not be there yet.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already", path)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
