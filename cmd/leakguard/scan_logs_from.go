package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/forge"
)

// remoteFlags are the flags of a scan of logs through the API of a CI system.
type remoteFlags struct {
	from      string
	repo, org string
	since     window
	branch    string
	url       string
	tokenFile string
	github    githubFlags
}

func (f *remoteFlags) register(fs *pflag.FlagSet) {
	f.since = window(7 * 24 * time.Hour)
	fs.StringVar(&f.from, "from", "", "fetch the logs from a CI system: github, gitlab, jenkins, circleci, travis, azure, buildkite, bitbucket")
	fs.StringVar(&f.repo, "repo", "", "with --from: repository or project, as the CI system names it, such as OWNER/NAME")
	fs.StringVar(&f.org, "org", "", "with --from: organization, group or workspace, all of whose repositories are read")
	fs.Var(&f.since, "since", "with --from: how far back, such as 7d or 12h")
	fs.StringVar(&f.branch, "branch", "", "with --from: only builds of this branch")
	fs.StringVar(&f.url, "url", "", "with --from: address of a server of your own; for github, of its API")
	fs.StringVar(&f.tokenFile, "token-file", "", "with --from: file that holds the token (default: an environment variable, such as GITHUB_TOKEN)")
	f.github.register(fs)
}

// args checks what is given beside the flags: paths, or a CI system and none.
func (f *remoteFlags) args(cmd *cobra.Command, args []string) error {
	if f.from == "" {
		var lone string
		cmd.Flags().Visit(func(flag *pflag.Flag) {
			if strings.HasPrefix(flag.Usage, "with --from") {
				lone = flag.Name
			}
		})
		if lone != "" {
			return fmt.Errorf("--%s is for logs that are fetched: say from where with --from", lone)
		}
		return cobra.MinimumNArgs(1)(cmd, args)
	}
	if len(args) > 0 {
		return fmt.Errorf("%s: logs are read from paths or fetched with --from, not both", args[0])
	}
	return nil
}

// scanRemote fetches the logs of a CI system and scans them.
func (f *logFlags) scanRemote(cmd *cobra.Command, s *settings) error {
	if f.remote.from == "github" {
		return f.scanGitHub(cmd, s)
	}
	if name := f.remote.github.used(cmd.Flags()); name != "" {
		return fmt.Errorf("--%s is for --from github alone", name)
	}
	src, err := f.remoteLogs()
	if err != nil {
		return err
	}
	return f.scanFlags.run(cmd, s, ".", src)
}

// remoteLogs is the source of the logs of a CI system other than GitHub's.
func (f *logFlags) remoteLogs() (scanner.Source, error) {
	r := &f.remote
	o, err := buildlog.RemoteAuth(r.from, r.getenv)
	if err != nil {
		return nil, err
	}
	if r.url != "" {
		if o.BaseURL, err = buildlog.RemoteAddress(r.from, r.url); err != nil {
			return nil, err
		}
	}
	if o.BaseURL == "" {
		return nil, fmt.Errorf("--from %s: its address is missing: give --url", r.from)
	}
	c, err := forge.New(o)
	if err != nil {
		return nil, err
	}
	return buildlog.Remote(r.from, c, buildlog.RemoteOptions{
		Project: r.repo, Org: r.org, Branch: r.branch, Workers: f.workers,
		Since: time.Now().Add(-time.Duration(r.since)),
	})
}

// getenv is the environment, in which --token-file goes before any token.
func (f *remoteFlags) getenv(name string) string {
	switch {
	case f.tokenFile == "":
	case strings.HasSuffix(name, "_TOKEN"):
		return ""
	case strings.HasSuffix(name, "_TOKEN_FILE"):
		return f.tokenFile
	}
	return os.Getenv(name)
}

// window is how far back a scan looks, as a flag: a duration of package time, or
// days, such as 7d.
type window time.Duration

var _ pflag.Value = (*window)(nil)

func (w *window) String() string {
	if d := time.Duration(*w); d%(24*time.Hour) != 0 {
		return d.String()
	}
	return strconv.Itoa(int(time.Duration(*w)/(24*time.Hour))) + "d"
}

func (w *window) Type() string { return "duration" }

// maxDays keeps a window within what time.Duration holds.
const maxDays = 100 * 365

func (w *window) Set(s string) error {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n <= 0 || n > maxDays {
			return fmt.Errorf("want a number of days from 1 to %d, such as 7d", maxDays)
		}
		*w = window(n) * window(24*time.Hour)
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return errors.New("want a time such as 7d or 12h")
	}
	*w = window(d)
	return nil
}
