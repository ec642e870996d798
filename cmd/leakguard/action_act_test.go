package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// workflowRun is a run of a workflow by act on this machine, as GitHub would start
// it: https://nektosact.com. The actions of others are stand-ins, see
// testdata/action; ours is the one of this source tree.
type workflowRun struct {
	workflow string // the text of its file
	on       trigger
	at       *hosted
	source   string   // folder of our action; "" is one with a leakguard in the cache
	cache    string   // folder of the cache; "" is one of its own
	env      []string // beside what GitHub sets
}

// trigger is what GitHub says of why a workflow runs.
type trigger struct {
	event, sha, ref string
	payload         []byte
}

// ranWorkflow is what became of a workflowRun.
type ranWorkflow struct {
	code     int          // of leakguard; -1 if it did not run
	failed   bool         // the job
	commands []runCommand // that act took from the output
	output   string       // what act wrote, without the JSON around it
	stdout   string       // of leakguard
	stderr   string
	args     string // of leakguard, one a line
	summary  string
	outputs  map[string]string // of the action
	record   string            // the folder in which the job's TEST_RECORD is
}

// runCommand is a workflow command that act obeyed, or a line of output.
type runCommand struct {
	Command string            `json:"command"`
	Props   map[string]string `json:"kvPairs"`
	Arg     string            `json:"arg"`
	Message string            `json:"msg"`
	Step    string            `json:"step"`
	Result  string            `json:"jobResult"`
}

// needProgram is the path of a program. The test is skipped, or fails, where it is
// not installed.
func needProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
		t.Fatalf("%s is not installed, and LEAKGUARD_REQUIRE_ALL=1 requires it", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// recorder stands for leakguard in a job: it keeps what the real one is called
// with and what it says.
const recorder = `#!/bin/sh
printf '%s\n' "$@" >"$TEST_RECORD/args"
LEAKGUARD_TEST_MAIN=1 "$TEST_LEAKGUARD" "$@" >"$TEST_RECORD/stdout" 2>"$TEST_RECORD/stderr"
code=$?
cat "$TEST_RECORD/stdout"
cat "$TEST_RECORD/stderr" >&2
cp "$GITHUB_STEP_SUMMARY" "$TEST_RECORD/summary"
echo "$code" >"$TEST_RECORD/code"
exit "$code"
`

// ours is the step that calls our action.
const ours = "- uses: leakguard/leakguard@REVISION"

// keepOutputs is a last step that keeps the outputs of ours.
const keepOutputs = `
      - if: always()
        env:
          outputs: ${{ toJSON(steps.ours.outputs) }}
        run: printf '%s' "$outputs" >"$TEST_RECORD/outputs"
`

// run runs the workflow to its end.
func (w workflowRun) run(t *testing.T) ranWorkflow {
	t.Helper()
	act := needProgram(t, "act")
	w.workflow = strings.Replace(w.workflow, ours, "- id: ours\n        uses"+strings.TrimPrefix(ours, "- uses"), 1) + keepOutputs
	limit := hang
	if w.source != "" {
		limit = 4 * hang // it is built, maybe on a busy machine
	}
	w.prepare(t)
	record := t.TempDir()
	job := folder(t, map[string]string{
		"home/config/act/actrc": "", "event.json": string(w.on.payload), "workflow.yml": w.workflow, "workspace/.keep": "",
	})
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, act, w.args(t, job, record)...)
	home := filepath.Join(job, "home")
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "XDG_CACHE_HOME=" + home,
		"GITHUB_TOKEN=" + fakegithub.Token, "GIT_CONFIG_NOSYSTEM=1", "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"),
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("act: %v", err)
	}
	r := ranWorkflow{code: -1, failed: err != nil, record: record}
	r.readLog(t, out.Bytes(), errs.String())
	r.readRecord(t, record)
	return r
}

// prepare gives the job an action and a cache, if it has none.
func (w *workflowRun) prepare(t *testing.T) {
	t.Helper()
	if w.source == "" {
		w.source = folder(t, map[string]string{
			"action.yml": docAt(t, "action.yml").text, "go.mod": docAt(t, "go.mod").text,
		})
	}
	if w.cache == "" {
		w.cache = folder(t, map[string]string{"any/leakguard": recorder})
		if err := os.Chmod(filepath.Join(w.cache, "any", "leakguard"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// args are the arguments of act. job is the folder that has the job's files.
func (w workflowRun) args(t *testing.T, job, record string) []string {
	t.Helper()
	args := []string{
		w.on.event, "--json", "-C", filepath.Join(job, "workspace"), "-W", filepath.Join(job, "workflow.yml"),
		"-e", filepath.Join(job, "event.json"), "-P", "ubuntu-latest=-self-hosted", "--no-skip-checkout",
		"--no-cache-server", "--pull=false", "--action-cache-path", filepath.Join(job, "cache"), "--use-new-action-cache",
		"--secret", "GITHUB_TOKEN",
	}
	for _, e := range w.environment(t, record) {
		args = append(args, "--env", e)
	}
	for _, m := range w.stands(t) {
		args = append(args, "--local-repository", m)
	}
	return args
}

// environment is what GitHub tells a job, where act does not know it, and what the
// stand-ins are told.
func (w workflowRun) environment(t *testing.T, record string) []string {
	t.Helper()
	binary, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{
		"GITHUB_API_URL=" + strings.TrimSuffix(w.at.api, "/"), "GITHUB_SERVER_URL=" + w.at.server, "GITHUB_REPOSITORY=" + fakegithub.PullRepository,
		"GITHUB_REF=" + w.on.ref, "SHA_REF=" + w.on.sha,
		"TEST_LEAKGUARD=" + binary, "TEST_RECORD=" + record, "TEST_CACHE=" + w.cache,
	}, w.env...)
}

// stands says to act which folder each action that is named by a commit is in.
func (w workflowRun) stands(t *testing.T) []string {
	t.Helper()
	root, err := filepath.Abs(docsRoot)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{"leakguard/leakguard@REVISION=" + w.source}
	for _, u := range usesOf(w.workflow + docAt(t, "action.yml").text) {
		name, ref, _ := strings.Cut(u.action, "@")
		if parts := strings.Split(name, "/"); len(parts) > 1 && parts[0] == "actions" {
			list = append(list, "actions/"+parts[1]+"@"+ref+"="+filepath.Join(root, "testdata", "action", "stand-in", parts[1]))
		}
	}
	return list
}

// readLog reads what act wrote.
func (r *ranWorkflow) readLog(t *testing.T, out []byte, errs string) {
	t.Helper()
	var text strings.Builder
	for line := range bytes.Lines(out) {
		var c runCommand
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatalf("act wrote a line that is no JSON, of %d bytes: %v\n%s", len(line), err, errs)
		}
		text.WriteString(strings.TrimRight(c.Message, "\n") + "\n")
		if c.Command != "" {
			r.commands = append(r.commands, c)
		}
	}
	r.output = text.String() + errs
}

// readRecord reads what recorder and keepOutputs kept.
func (r *ranWorkflow) readRecord(t *testing.T, dir string) {
	t.Helper()
	if err := json.Unmarshal(read(t, filepath.Join(dir, "outputs")), &r.outputs); err != nil {
		t.Fatalf("outputs of the action: %v", err)
	}
	code, err := os.ReadFile(filepath.Join(dir, "code"))
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err := json.Unmarshal(code, &r.code); err != nil {
		t.Fatal(err)
	}
	text := func(name string) string { return string(read(t, filepath.Join(dir, name))) }
	r.stdout, r.stderr, r.args, r.summary = text("stdout"), text("stderr"), text("args"), text("summary")
}
