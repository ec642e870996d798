package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/seen"
)

// githubFlags are the flags of a scan of logs that GitHub alone has.
type githubFlags struct {
	workflow   string
	runID      int64
	artifacts  bool
	state      string
	noState    bool
	deleteLogs bool
	yes        bool
}

func (f *githubFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.workflow, "workflow", "", "with --from github: only runs of this workflow, by its file's name or its id")
	fs.Int64Var(&f.runID, "run", 0, "with --from github: only this run, by its id")
	fs.BoolVar(&f.artifacts, "artifacts", false, "with --from github: read the artifacts of runs, too")
	fs.StringVar(&f.state, "state", "", "with --from github: file that remembers what was read (default: one in your state folder)")
	fs.BoolVar(&f.noState, "no-state", false, "with --from github: read again what was read before, and remember nothing")
	fs.BoolVar(&f.deleteLogs, "delete-leaking-logs", false, "with --from github: delete the logs of runs that leak, once a report file is written")
	fs.BoolVar(&f.yes, "yes", false, "with --from github: delete without asking")
}

// used is the name of a flag of these that was given, or "".
func (f *githubFlags) used(fs *pflag.FlagSet) (name string) {
	fs.Visit(func(flag *pflag.Flag) {
		if strings.HasPrefix(flag.Usage, "with --from github") {
			name = flag.Name
		}
	})
	return name
}

// scanGitHub scans the logs of GitHub Actions.
func (f *logFlags) scanGitHub(cmd *cobra.Command, s *settings) error {
	if err := f.checkGitHub(); err != nil {
		return err
	}
	out, err := f.outputs()
	if err != nil {
		return err
	}
	if f.remote.github.deleteLogs && (f.reveal || !slices.ContainsFunc(out, func(o output) bool { return o.path != "" })) {
		return errors.New("--delete-leaking-logs: the evidence is to be kept, redacted: give --report FORMAT=FILE, and not --reveal")
	}
	src, state, err := f.githubLogs(s)
	if err != nil {
		return err
	}
	if state != nil {
		defer state.Close()
	}
	res, err := f.scan(cmd, s, []scanner.Source{src})
	if err != nil {
		return err
	}
	if err := f.write(cmd.OutOrStdout(), out, res, "."); err != nil {
		return err
	}
	if err := src.Reported(); err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "leakguard: warning: the next scan reads more than it needs to:", err)
	}
	if f.remote.github.deleteLogs && cmd.Context().Err() == nil {
		f.deleteLeaking(cmd, src, res)
	}
	return f.verdict(cmd.Context(), res)
}

// checkGitHub finds flags that do not go together.
func (f *logFlags) checkGitHub() error {
	r := &f.remote
	owner, name, _ := strings.Cut(r.repo, "/")
	switch {
	case (r.repo == "") == (r.org == ""):
		return errors.New("--from github: give --repo OWNER/NAME or --org ORG")
	case r.repo != "" && (owner == "" || name == "" || strings.Contains(name, "/")):
		return fmt.Errorf("--repo %s: want OWNER/NAME", r.repo)
	case r.github.runID != 0 && r.repo == "":
		return errors.New("--run: a run is one of a repository: give --repo OWNER/NAME")
	case r.github.yes && !r.github.deleteLogs:
		return errors.New("--yes is for --delete-leaking-logs alone")
	case r.github.noState && r.github.state != "":
		return errors.New("--state and --no-state do not go together")
	case f.ci != "" && f.ci != "github", f.run != "":
		return errors.New("--ci and --run-name are for logs that are read from paths")
	}
	return nil
}

// githubLogs is the source of the logs, and the state file that it keeps, if any.
func (f *logFlags) githubLogs(s *settings) (*buildlog.GitHubRuns, *seen.State, error) {
	r := &f.remote
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: r.url, TokenFile: r.tokenFile})
	if err != nil {
		return nil, nil, err
	}
	state, err := r.github.openState()
	if err != nil {
		return nil, nil, fmt.Errorf("%w (--state FILE puts it elsewhere, --no-state does without)", err)
	}
	o := buildlog.GitHubOptions{
		Repo: r.repo, Org: r.org, Since: time.Duration(r.since), Branch: r.branch,
		Workflow: r.github.workflow, Run: r.github.runID, Artifacts: r.github.artifacts,
		Logs: s.logOptions(f.workers), Files: s.fileOptions(f.workers),
		// What is read of an archive depends on its limits.
		State: state, Ruleset: fmt.Sprintf("%s %d %v", s.engine.Hash(), s.cfg.Scan.MaxSize, s.limits()),
	}
	return buildlog.NewGitHub(c, o), state, nil
}

func (f *githubFlags) openState() (*seen.State, error) {
	if f.noState {
		return nil, nil
	}
	path := f.state
	if path == "" {
		var err error
		if path, err = seen.DefaultPath("logs.jsonl"); err != nil {
			return nil, err
		}
	}
	return seen.Open(path)
}

// deleteLeaking deletes the logs of the runs that leak, if the user means it.
func (f *logFlags) deleteLeaking(cmd *cobra.Command, src *buildlog.GitHubRuns, res *scanner.Result) {
	leaks := src.Leaking(res)
	w := cmd.ErrOrStderr()
	if len(leaks) == 0 {
		fmt.Fprintln(w, "leakguard: no run's logs are to be deleted")
		return
	}
	for _, l := range leaks {
		fmt.Fprintf(w, "leakguard: %d secret(s) in the logs of %s\n", l.Secrets, concealed(l.Page))
	}
	if !f.remote.github.yes && !confirmed(cmd, len(leaks)) {
		fmt.Fprintln(w, "leakguard: nothing was deleted")
		return
	}
	for _, l := range leaks {
		if err := src.DeleteLogs(cmd.Context(), l); err != nil {
			fmt.Fprintf(w, "leakguard: not deleted: %s (the token needs the permission Actions: write)\n", concealed(err.Error()))
			continue
		}
		fmt.Fprintf(w, "leakguard: deleted the logs of %s\n", concealed(l.Page))
	}
}

// confirmed asks the user to type what is about to happen.
func confirmed(cmd *cobra.Command, runs int) bool {
	want := fmt.Sprintf("delete %d", runs)
	fmt.Fprintf(cmd.ErrOrStderr(), "leakguard: this cannot be undone. Type %q to delete them: ", want)
	line, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	return strings.TrimSpace(line) == want
}
