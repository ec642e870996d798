package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner/files"
)

func newScanFiles(f *scanFlags) *cobra.Command {
	var gitIgnore bool
	cmd := &cobra.Command{
		Use:     "files PATH...",
		Short:   "Find secrets in files and folders",
		Long:    `Files reads the files and folders given, archives in them too, whether or not git knows them.`,
		Example: "  leakguard scan files dist/ .env --report json",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, path := range args {
				if _, err := os.Stat(path); err != nil {
					return err
				}
			}
			if f.gitleaks.on() {
				return f.scanFragments(cmd, args)
			}
			dir := "."
			if info, err := os.Stat(args[0]); len(args) == 1 && err == nil && info.IsDir() {
				dir = args[0]
			}
			s, err := f.settings(dir)
			if err != nil {
				return err
			}
			o := s.fileOptions(f.workers)
			o.GitIgnore = gitIgnore
			return f.run(cmd, s, dir, files.New(args, o))
		},
	}
	cmd.Flags().BoolVar(&gitIgnore, "gitignore", false, "leave out what git ignores")
	return cmd
}
