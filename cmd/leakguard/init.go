package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner/config"
)

func newInit() *cobra.Command {
	return &cobra.Command{
		Use:     "init [FOLDER]",
		Short:   "Write a commented .leakguard.toml",
		Long:    `Init writes a .leakguard.toml with every key, its default and what it is for. It never overwrites one.`,
		Example: "  leakguard init",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := filepath.Join(argOr(args, "."), config.FileName)
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s is there already", path)
			}
			if err != nil {
				return err
			}
			if _, err := f.WriteString(config.Template); err != nil {
				f.Close()
				return err
			}
			if err := f.Close(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", path)
			return nil
		},
	}
}
