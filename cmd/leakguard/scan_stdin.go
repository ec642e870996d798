package main

import (
	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner/files"
)

func newScanStdin(f *scanFlags) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "stdin",
		Short:   "Find secrets in standard input",
		Example: "  kubectl logs app | leakguard scan stdin --name app.log",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.gitleaks.on() {
				if !cmd.Flags().Changed("name") {
					name = "" // no path, so that rules on paths see none
				}
				return f.scanFragmentStream(cmd, name)
			}
			s, err := f.settings(".")
			if err != nil {
				return err
			}
			return f.run(cmd, s, ".", files.NewStdin(cmd.InOrStdin(), name, s.fileOptions(f.workers)))
		},
	}
	cmd.Flags().StringVar(&name, "name", "stdin", "what to call the input in reports; its extension tells the syntax")
	return cmd
}
