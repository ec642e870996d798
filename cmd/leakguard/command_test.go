package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// command is a run of leakguard with more to it than arguments.
type command struct {
	dir   string
	env   []string // beside userEnv
	stdin io.Reader
	args  []string
	limit time.Duration // when it is taken for stuck; 0: after hang
}

// prepare makes a process of the command, to be started.
func (c command) prepare(t *testing.T) *process {
	t.Helper()
	limit := cmp.Or(c.limit, hang)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	p := &process{ctx: ctx, limit: limit, cmd: exec.CommandContext(ctx, os.Args[0], c.args...)}
	p.cmd.Dir, p.cmd.Stdin = c.dir, c.stdin
	p.cmd.Env = append(append(userEnv(t), actAsLeakguard), c.env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	return p
}

// start starts the command.
func (c command) start(t *testing.T) *process {
	t.Helper()
	p := c.prepare(t)
	p.start(t)
	return p
}

// run runs the command to its end.
func (c command) run(t *testing.T) (stdout, stderr string, code int) {
	t.Helper()
	return c.start(t).wait(t)
}

// process is a command under way. It is killed when the test takes it for stuck.
type process struct {
	ctx            context.Context
	limit          time.Duration
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer // to be read after its end
}

func (p *process) start(t *testing.T) {
	t.Helper()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// wait waits for the end of the process; a code of -1 is that of a signal.
func (p *process) wait(t *testing.T) (stdout, stderr string, code int) {
	t.Helper()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if p.ctx.Err() != nil {
		t.Fatalf("leakguard %s: still running after %v", strings.Join(p.cmd.Args[1:], " "), p.limit)
	}
	return p.stdout.String(), p.stderr.String(), p.cmd.ProcessState.ExitCode()
}

// judged is a JSON report with what came of suppressions.
type judged struct {
	Complete    bool      `json:"complete"`
	Interrupted bool      `json:"interrupted"`
	Secrets     []finding `json:"secrets"`
	Suppressed  []finding `json:"suppressed"`
	Unused      []string  `json:"unusedSuppressions"`
	Coverage    []struct {
		Gaps     []gap `json:"gaps"`
		Excluded []gap `json:"excluded"`
	} `json:"coverage"`
}

type finding struct {
	Fingerprint string       `json:"fingerprint"`
	Rule        string       `json:"rule"`
	Severity    string       `json:"severity"`
	Suppressed  *suppression `json:"suppressed"`
	Occurrences []struct {
		Path       string       `json:"path"`
		StartLine  int          `json:"startLine"`
		Suppressed *suppression `json:"suppressed"`
	} `json:"occurrences"`
}

type suppression struct {
	Kind   string `json:"kind"`
	Where  string `json:"where"`
	Reason string `json:"reason"`
	Until  string `json:"until"`
	Owner  string `json:"owner"`
}

// judge runs a scan in dir with a JSON report. The exit code is held to what
// the report says of secrets that count.
func judge(t *testing.T, dir string, args ...string) judged {
	t.Helper()
	stdout, stderr, code := run(t, dir, append(append([]string{"scan"}, args...), "--report", "json")...)
	r := parseReport(t, stdout, stderr)
	want := exitClean
	if len(r.Secrets) > 0 {
		want = exitFound
	}
	if code != want {
		t.Errorf("exit code %d with %d secrets that count, want %d\nstderr: %s", code, len(r.Secrets), want, stderr)
	}
	return r
}

func parseReport(t *testing.T, stdout, stderr string) (r judged) {
	t.Helper()
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("no JSON report of %d bytes: %v\nstderr: %s", len(stdout), err, stderr)
	}
	return r
}

// rulesOf are the rules of the secrets, in the report's order.
func rulesOf(secrets []finding) []string {
	ids := []string{}
	for _, s := range secrets {
		ids = append(ids, s.Rule)
	}
	return ids
}

// pathsOf are the paths of all occurrences, sorted, each once.
func pathsOf(secrets []finding) []string {
	paths := []string{}
	for _, s := range secrets {
		for _, o := range s.Occurrences {
			paths = append(paths, o.Path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// expand turns a template of package rules into text, another one for each
// test, and for each n within a test.
func expand(t *testing.T, template string, n uint64) string {
	t.Helper()
	text, err := rules.Expand(template, rand.New(rand.NewPCG(seedOf(t.Name()), n)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func seedOf(name string) (seed uint64) {
	for _, c := range []byte(name) {
		seed = seed*31 + uint64(c)
	}
	return seed
}

// folder lays out files in a new folder that is in no repository.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		overwrite(t, path, []byte(text))
	}
	return dir
}

// masked is text for a test's failure, without the secrets.
func masked(text string, secrets ...string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, "(secret)")
	}
	return text
}

// repository is one with a commit in which nothing is to be found.
func repository(t *testing.T) *gitrepo.Repo {
	t.Helper()
	r := gitrepo.New(t)
	r.Write("README", "nothing here\n").Commit("begin")
	return r
}
