package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// jobCase is a job of one of the workflows of docs/workflows.
type jobCase struct {
	name     string
	workflow string
	is       fakegithub.PullSettings
	change   func(h *hosted, secret string) // what goes onto the branch change
	on       func(t *testing.T, h *hosted) trigger
	whole    bool // the checkout has the whole history; else it has one commit

	code    int
	line    string // the annotation of the secret: "app.env:2"; "" for none
	comment bool   // there is one
}

// addAndRemove has a secret in the second commit, which the third removes.
func addAndRemove(h *hosted, secret string) {
	h.Write("README", "a change\n").Commit("first")
	h.Write("app.env", withSecret(secret)).Commit("second")
	h.Remove("app.env").Commit("third")
}

func addSecret(h *hosted, secret string) { h.Write("app.env", withSecret(secret)).Commit("add") }

func addNothing(h *hosted, _ string) { h.Write("README", "a change\n").Commit("clean") }

// onBaseAlone has a secret on main that the change does not touch.
func onBaseAlone(h *hosted, secret string) {
	addNothing(h, "")
	h.Switch("main").Write("old.env", withSecret(secret)).Commit("long ago")
	h.Switch("change").Git("merge", "-q", "main")
}

func inPullRequest(t *testing.T, h *hosted) trigger { return h.pullRequest(t, false) }

func inForkedPullRequest(t *testing.T, h *hosted) trigger { return h.pullRequest(t, true) }

func inQueue(t *testing.T, h *hosted) trigger { return h.mergeGroup(t) }

func toNewBranch(t *testing.T, h *hosted) trigger { return h.push(t, "", false) }

// forced is a push that took the commit before away. The server keeps it, as GitHub
// does, but no ref leads to it.
func forced(t *testing.T, h *hosted) trigger {
	tree := h.Git("rev-parse", "main^{tree}")
	return h.push(t, h.Git("commit-tree", "-p", "main", "-m", "taken away", tree), true)
}

// forcedFromNothing is one where the commit before is not to be had any more.
func forcedFromNothing(t *testing.T, h *hosted) trigger {
	return h.push(t, "1234567890123456789012345678901234567890", true)
}

var jobCases = []jobCase{
	{
		name: "secret added and removed", workflow: "pull-request", change: addAndRemove, on: inPullRequest,
		code: exitFound, line: "app.env:2", comment: true,
	},
	{
		name: "secret, whole history", workflow: "pull-request", change: addAndRemove, on: inPullRequest, whole: true,
		code: exitFound, line: "app.env:2", comment: true,
	},
	{name: "clean", workflow: "pull-request", change: addNothing, on: inPullRequest},
	{name: "secret of the base", workflow: "pull-request", change: onBaseAlone, on: inPullRequest},
	{name: "base is head", workflow: "pull-request", change: func(*hosted, string) {}, on: inPullRequest},
	{
		name: "fork", workflow: "pull-request", is: fakegithub.PullSettings{ReadOnly: true}, change: addAndRemove, on: inForkedPullRequest,
		code: exitFound, line: "app.env:2",
	},
	{name: "clean fork", workflow: "pull-request", is: fakegithub.PullSettings{ReadOnly: true}, change: addNothing, on: inForkedPullRequest},
	{name: "merge queue", workflow: "merge-queue", change: addAndRemove, on: inQueue, code: exitFound, line: "app.env:2"},
	{name: "clean merge queue", workflow: "merge-queue", change: addNothing, on: inQueue},
	{name: "new branch", workflow: "push", change: addAndRemove, on: toNewBranch, code: exitFound, line: "app.env:2"},
	{name: "clean new branch", workflow: "push", change: onBaseAlone, on: toNewBranch},
	{name: "forced push", workflow: "push", change: addSecret, on: forced, code: exitFound, line: "app.env:2"},
	{name: "forced push, nothing before", workflow: "push", change: addSecret, on: forcedFromNothing, code: exitFound, line: "app.env:2"},
}

func TestActionEvents(t *testing.T) {
	t.Parallel()
	needProgram(t, "act")
	for _, test := range jobCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h, secret := newHosted(t), token(t, 1)
			h.pulls.Set(test.is)
			test.change(h, secret)
			workflow := docAt(t, "docs/workflows/"+test.workflow+".yml").text
			if test.whole {
				workflow = strings.Replace(workflow, "persist-credentials: false\n", "persist-credentials: false\n          fetch-depth: 0\n", 1)
			}
			r := workflowRun{workflow: workflow, on: test.on(t, h), at: h}.run(t)
			r.wantKept(t, h, secret)
			r.want(t, test, secret)
			if got := len(h.pulls.Comments()) > 0; got != test.comment {
				t.Errorf("commented: %t, want %t", got, test.comment)
			}
		})
	}
}

// want holds a job to its case.
func (r *ranWorkflow) want(t *testing.T, test jobCase, secret string) {
	t.Helper()
	said := masked(r.output, secret)
	if r.code != test.code || r.failed != (test.code != exitClean) {
		t.Fatalf("exit code %d, the job failed: %t; want %d. The job said:\n%s", r.code, r.failed, test.code, said)
	}
	found := "0"
	if test.code == exitFound {
		found = "1"
	}
	if r.outputs["found"] != found || r.outputs["complete"] != "true" || len(r.outputs) != 8 {
		t.Errorf("outputs %v, want %s found, complete", r.outputs, found)
	}
	if lines := r.lines("error"); test.line == "" && len(lines) > 0 || test.line != "" && !slices.Equal(lines, []string{test.line}) {
		t.Errorf("annotated %q, want %q", lines, test.line)
	}
	if path, _, _ := strings.Cut(test.line, ":"); !strings.Contains(r.summary, path) || r.summary == "" {
		t.Errorf("the summary does not name %s:\n%s", path, masked(r.summary, secret))
	}
}

// lines are the places of annotations of a type.
func (r *ranWorkflow) lines(kind string) []string {
	var list []string
	for _, c := range r.commands {
		if c.Command == kind {
			list = append(list, c.Props["file"]+":"+c.Props["line"])
		}
	}
	return list
}

// wantKept wants the secret to be nowhere but in the command that masks it, which
// comes before anything that could hold it.
func (r *ranWorkflow) wantKept(t *testing.T, h *hosted, secret string) {
	t.Helper()
	mask := "::add-mask::" + secret + "\n"
	told := map[string]string{
		"the log": r.output, "standard output": strings.ReplaceAll(r.stdout, mask, ""), "standard error": r.stderr, "the summary": r.summary,
	}
	for _, c := range h.pulls.Comments() {
		told["a comment"] += c.Body
	}
	for _, w := range h.pulls.Writes() {
		told["a request"] += w.Body
	}
	for where, text := range told {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds the secret in clear", where)
		}
	}
	if r.code == exitFound && !strings.HasPrefix(r.stdout, "::add-mask::") {
		t.Error("something is printed before the mask")
	}
}

// TestActionFixed finds a secret in a pull request, and then none: its branch was
// pushed again without. The one comment says so.
func TestActionFixed(t *testing.T) {
	t.Parallel()
	needProgram(t, "act")
	h, secret := newHosted(t), token(t, 1)
	workflow := docAt(t, "docs/workflows/pull-request.yml").text
	addSecret(h, secret)
	before := workflowRun{workflow: workflow, on: h.pullRequest(t, false), at: h}.run(t)
	red := h.pulls.Comments()
	h.Drop()
	addNothing(h, secret)
	after := workflowRun{workflow: workflow, on: h.pullRequest(t, false), at: h}.run(t)
	green := h.pulls.Comments()
	after.wantKept(t, h, secret)
	if before.code != exitFound || after.code != exitClean {
		t.Fatalf("exit codes %d and %d, want 1 and 0. The second job said:\n%s", before.code, after.code, masked(after.output, secret))
	}
	if len(red) != 1 || len(green) != 1 || red[0].ID != green[0].ID {
		t.Fatalf("%d comments, and then %d; want the same one", len(red), len(green))
	}
	if !strings.Contains(red[0].Body, "🔴") || !strings.Contains(green[0].Body, "🟢") || strings.Contains(green[0].Body, "🔴") {
		t.Errorf("the comment is not red, and then green:\n%s\n%s", red[0].Body, green[0].Body)
	}
}

// TestActionNightly reads the whole history each night, and uploads the result. It
// asks no issuer here.
func TestActionNightly(t *testing.T) {
	t.Parallel()
	needProgram(t, "act")
	h, secret := newHosted(t), token(t, 1)
	h.Switch("main")
	addAndRemove(h, secret)
	workflow := strings.Replace(docAt(t, "docs/workflows/nightly.yml").text, "verify: true", "verify: false", 1)
	r := workflowRun{workflow: workflow, on: h.onMain(t, "schedule", 0), at: h}.run(t)
	r.wantKept(t, h, secret)
	r.want(t, jobCase{code: exitFound, line: "app.env:2"}, secret)
	if up := h.pulls.SARIFs(); len(up) != 1 || up[0].Ref != "refs/heads/main" || up[0].Commit != h.Rev("main") {
		t.Errorf("%d uploads to code scanning, want one for main", len(up))
	}
}

// TestActionLogs reads the logs of a run that has finished.
func TestActionLogs(t *testing.T) {
	t.Parallel()
	needProgram(t, "act")
	h, secret := newHosted(t), token(t, 1)
	logs := fakegithub.New(t)
	for id, line := range map[int64]string{1: "nothing", 2: "x=" + secret} {
		logs.Repos[fakegithub.PullRepository] = append(logs.Repos[fakegithub.PullRepository], fakegithub.Run{
			ID: id, Workflow: "build.yml", Branch: "main", Created: time.Now().Add(-time.Hour),
			Attempts: []fakegithub.Attempt{{
				Zip:  fakegithub.Zip(t, map[string]string{"build/1_Make.txt": fakegithub.Log(line)}),
				Jobs: []fakegithub.Job{{ID: 100 + id, Name: "build", Steps: []string{"Make"}}},
			}},
		})
	}
	logs.Ready()
	h.api = logs.URL
	for run, want := range map[int64]int{1: exitClean, 2: exitFound} {
		r := workflowRun{workflow: docAt(t, "docs/workflows/workflow-run.yml").text, on: h.onMain(t, "workflow_run", run), at: h}.run(t)
		r.wantKept(t, h, secret)
		if r.code != want || r.outputs["complete"] != "true" {
			t.Errorf("run %d: exit code %d, want %d; outputs %v. The job said:\n%s", run, r.code, want, r.outputs, masked(r.output, secret))
		}
	}
}
