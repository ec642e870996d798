package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
)

// logFlags are the flags of a scan of build logs.
type logFlags struct {
	*scanFlags
	ci     string
	run    string
	remote remoteFlags
}

func newScanLogs(scan *scanFlags) *cobra.Command {
	f := &logFlags{scanFlags: scan}
	cmd := &cobra.Command{
		Use:   "logs PATH...|-|--from CI",
		Short: "Find secrets in build logs",
		Long: `Logs reads the logs of CI systems: files, folders, archives such as those that
GitHub offers for a run, and, as -, standard input. What the CI system and the
tools in it add to the text of the job is left out before secrets are looked for:
timestamps, markers, colours, prefixes. Places are those of the log as it is.`,
		Example: `  leakguard scan logs run.zip
  leakguard scan logs --ci jenkins builds/
  gh run view 1234 --log | leakguard scan logs -
  leakguard scan logs --from github --repo acme/app --since 7d`,
		Args: f.remote.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := f.settings(".")
			if err != nil {
				return err
			}
			if f.remote.from != "" {
				if err := f.verify.mayRead(f.remote.from); err != nil {
					return err
				}
				return f.scanRemote(cmd, s)
			}
			src, err := f.local(cmd, args, s)
			if err != nil {
				return err
			}
			return f.scanFlags.run(cmd, s, ".", src)
		},
	}
	f.remote.register(cmd.Flags())
	cmd.Flags().StringVar(&f.ci, "ci", "", "format of the logs: "+buildlog.FormatNames()+" (default: recognised)")
	cmd.Flags().StringVar(&f.run, "run-name", "", "what to call the run in reports")
	return cmd
}

// local is the source of the logs at paths.
func (f *logFlags) local(cmd *cobra.Command, paths []string, s *settings) (scanner.Source, error) {
	if _, ok := buildlog.Lookup(f.ci); f.ci != "" && !ok {
		return nil, fmt.Errorf("--ci %q: want one of %s", f.ci, buildlog.FormatNames())
	}
	o := s.logOptions(f.workers)
	o.Format, o.Run = f.ci, f.run
	if slices.Equal(paths, []string{"-"}) {
		return buildlog.NewReader(cmd.InOrStdin(), "stdin.log", o), nil
	}
	for _, path := range paths {
		if path == "-" {
			return nil, errors.New("- is standard input and stands alone")
		}
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	return buildlog.New(paths, o), nil
}

func (s *settings) logOptions(workers int) buildlog.Options {
	return buildlog.Options{MaxSize: int64(s.cfg.Scan.MaxSize), Archives: s.limits(), Workers: workers}
}
