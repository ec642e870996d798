package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/pipeline"
)

// variableFlags choose where variables are read.
type variableFlags struct {
	*scanFlags
	env       bool
	pid       int
	children  bool
	json      string
	from      string
	url       string
	tokenFile string
	remote    pipeline.RemoteOptions
}

func newScanVariables(scan *scanFlags) *cobra.Command {
	f := &variableFlags{scanFlags: scan}
	cmd := &cobra.Command{
		Use:   "variables [PATH]",
		Short: "Find secrets in pipeline variables",
		Long: `Variables reads the literal values that workflow files, compose files, manifests
and environment files below PATH (default: the current folder) give to
variables; or, with a flag, the environment of a process, variables in JSON, or
those that a CI system keeps. The name of a variable counts as evidence.`,
		Example: `  leakguard scan variables
  leakguard scan variables --env
  echo '${{ toJSON(vars) }}' | leakguard scan variables --json -
  leakguard scan variables --from github --repo acme/web`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.scanVariables(cmd, args) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&f.env, "env", false, "read the environment of this process")
	fs.IntVar(&f.pid, "pid", 0, "read the environment of the process of this id (Linux)")
	fs.BoolVar(&f.children, "children", false, "with --pid: of all that descend from it too")
	fs.StringVar(&f.json, "json", "", "read variables from this JSON file; - is standard input")
	fs.StringVar(&f.from, "from", "", "read the variables that a CI system keeps: "+strings.Join(pipeline.RemoteNames(), ", "))
	fs.StringVar(&f.url, "url", "", "with --from: address of a self-hosted installation")
	fs.StringVar(&f.tokenFile, "token-file", "", "with --from github: file that holds the token (default: GH_TOKEN or GITHUB_TOKEN)")
	fs.StringVar(&f.remote.Project, "repo", "", "with --from: repository, or project, as the CI system names it")
	fs.StringVar(&f.remote.Org, "org", "", "with --from: organisation, group or workspace")
	fs.BoolVar(&f.includeIgnored, "include-ignored", false, "also read files that git ignores")
	cmd.MarkFlagsMutuallyExclusive("env", "pid", "json", "from")
	return cmd
}

func (f *variableFlags) scanVariables(cmd *cobra.Command, args []string) error {
	chosen := f.env || f.pid != 0 || f.json != "" || f.from != ""
	switch {
	case chosen && len(args) > 0:
		return errors.New("PATH is for files: it does not go with --env, --pid, --json or --from")
	case f.children && f.pid == 0:
		return errors.New("--children needs --pid")
	case f.pid < 0:
		return errors.New("--pid: want the id of a process")
	case f.from == "" && (f.url != "" || f.tokenFile != "" || f.remote != (pipeline.RemoteOptions{})):
		return errors.New("--url, --token-file, --repo and --org need --from")
	}
	path := argOr(args, ".")
	if _, err := os.Stat(path); err != nil {
		return err
	}
	dir := path
	if chosen {
		dir = "."
	}
	s, err := f.settings(dir)
	if err != nil {
		return err
	}
	src, done, err := f.source(cmd, s, path)
	if err != nil {
		return err
	}
	defer done()
	return f.run(cmd, s, path, src)
}

// source is where the flags say that variables are; done is called after.
func (f *variableFlags) source(cmd *cobra.Command, s *settings, path string) (src scanner.Source, done func(), err error) {
	o := s.pipelineOptions(s.fileOptions(f.workers))
	done = func() {}
	switch {
	case f.env:
		src = pipeline.NewEnvironment(os.Environ(), o)
	case f.pid != 0:
		src = pipeline.NewProcess(f.pid, f.children, o)
	case f.json == "-":
		src = pipeline.NewJSON(cmd.InOrStdin(), "standard input", o)
	case f.json != "":
		var file io.ReadCloser
		if file, err = os.Open(f.json); err == nil {
			src, done = pipeline.NewJSON(file, f.json, o), func() { file.Close() }
		}
	case f.from != "":
		if err = f.verify.mayRead(f.from); err == nil {
			src, err = f.remoteSource()
		}
	default:
		if repo, err := git.Open(path); err == nil {
			o.Repository = repo.WebOrRoot()
		}
		o.GitIgnore = !s.cfg.Scan.IncludeIgnored && !f.includeIgnored
		src = pipeline.NewLocal(path, o)
	}
	return src, done, err
}

// remoteSource is the CI system of --from. Tokens come from the environment or
// from a file, never from a flag: command lines can be read by others.
func (f *variableFlags) remoteSource() (scanner.Source, error) {
	if f.from == "github" {
		c, err := forge.NewGitHub(forge.GitHubOptions{URL: f.url, TokenFile: f.tokenFile})
		if err != nil {
			return nil, err
		}
		return pipeline.NewRemote(f.from, c, f.remote)
	}
	o, err := buildlog.RemoteAuth(f.from, os.Getenv)
	if err != nil {
		return nil, err
	}
	if f.url != "" || o.BaseURL == "" {
		if o.BaseURL, err = buildlog.RemoteAddress(f.from, f.url); err != nil {
			return nil, err
		}
	}
	c, err := forge.New(o)
	if err != nil {
		return nil, err
	}
	return pipeline.NewRemote(f.from, c, f.remote)
}

// pipelineOptions are those of files for the variables in them.
func (s *settings) pipelineOptions(o files.Options) pipeline.Options {
	return pipeline.Options{Repository: o.Repository, GitIgnore: o.GitIgnore, Exclude: o.Exclude, Workers: o.Workers}
}
