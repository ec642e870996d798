package main

import (
	"fmt"
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
			if err := writeNew(path, config.Template); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", path)
			return nil
		},
	}
}
