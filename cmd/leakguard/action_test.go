package main

import (
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// actionFile is what these tests read of action.yml.
type actionFile struct {
	Inputs  map[string]described `yaml:"inputs"`
	Outputs map[string]described `yaml:"outputs"`
	Runs    struct {
		Steps []workflowStep `yaml:"steps"`
	} `yaml:"runs"`
}

type described struct {
	Description string `yaml:"description"`
	Default     string `yaml:"default"`
}

// workflowFile is what these tests read of a workflow.
type workflowFile struct {
	Permissions *map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		Steps []workflowStep `yaml:"steps"`
	} `yaml:"jobs"`
}

type workflowStep struct {
	Name  string            `yaml:"name"`
	Uses  string            `yaml:"uses"`
	Run   string            `yaml:"run"`
	Shell string            `yaml:"shell"`
	With  map[string]string `yaml:"with"`
}

// parseYAML reads a document of this repository.
func parseYAML[T any](t *testing.T, p docPage) (v T) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(p.text), &v); err != nil {
		t.Fatalf("%s: %v", p.path, err)
	}
	return v
}

// workflowPages are the workflows of this repository and those of the documents.
func workflowPages(t *testing.T) []docPage {
	t.Helper()
	var all []docPage
	for _, dir := range []string{".github/workflows", "docs/workflows"} {
		files, err := filepath.Glob(filepath.Join(docsRoot, filepath.FromSlash(dir), "*.yml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no workflows: %v", dir, err)
		}
		for _, f := range files {
			all = append(all, docAt(t, path.Join(dir, filepath.Base(f))))
		}
	}
	return all
}

// usedAction is what a workflow or an action says of an action that it uses.
type usedAction struct {
	action, comment string
}

var usesLine = regexp.MustCompile(`(?m)^\s*(?:- )?uses: (\S+)(?: # (.*))?$`)

// usesOf are the actions that a workflow or an action uses.
func usesOf(text string) []usedAction {
	var all []usedAction
	for _, m := range usesLine.FindAllStringSubmatch(text, -1) {
		all = append(all, usedAction{m[1], m[2]})
	}
	return all
}

var (
	pinnedAction   = regexp.MustCompile(`^[a-z-]+/[a-z-]+(?:/[a-z-]+)?@[0-9a-f]{40}$`)
	versionComment = regexp.MustCompile(`^v\d+\.\d+\.\d+$`)
)

// TestActionPins wants each action of others to be named by a commit, the same one
// wherever it is used, with its version beside it.
func TestActionPins(t *testing.T) {
	t.Parallel()
	versions := map[string]string{} // by action and commit
	for _, p := range append(workflowPages(t), docAt(t, "action.yml")) {
		uses := usesOf(p.text)
		if len(uses) != strings.Count(p.text, "uses:") {
			t.Errorf("%s: %d of %d lines with uses: are understood", p.path, len(uses), strings.Count(p.text, "uses:"))
		}
		for _, u := range uses {
			if u.action == "./" || u.action == "leakguard/leakguard@REVISION" {
				continue
			}
			name, commit, _ := strings.Cut(u.action, "@")
			repository := strings.Join(strings.SplitN(name, "/", 3)[:2], "/")
			switch known, ok := versions[repository]; {
			case !pinnedAction.MatchString(u.action) || !versionComment.MatchString(u.comment):
				t.Errorf("%s: %s # %s is not pinned", p.path, u.action, u.comment)
			case ok && known != commit+" "+u.comment:
				t.Errorf("%s: %s is another version than elsewhere", p.path, u.action)
			}
			versions[repository] = commit + " " + u.comment
		}
	}
}

// TestActionNoExpressions wants no script to have an expression in it: what it
// gives would be run.
func TestActionNoExpressions(t *testing.T) {
	t.Parallel()
	steps := map[string][]workflowStep{"action.yml": parseYAML[actionFile](t, docAt(t, "action.yml")).Runs.Steps}
	for _, p := range workflowPages(t) {
		for _, job := range parseYAML[workflowFile](t, p).Jobs {
			steps[p.path] = append(steps[p.path], job.Steps...)
		}
	}
	for file, list := range steps {
		if len(list) == 0 {
			t.Errorf("%s: no steps", file)
		}
		for _, s := range list {
			if strings.Contains(s.Run, "${{") || strings.Contains(s.Shell, "${{") {
				t.Errorf("%s: the step %q has an expression in its script", file, s.Name)
			}
		}
	}
}

// TestActionWorkflowRights wants each workflow to begin with no rights at all, and no
// checkout to leave the token in the repository.
func TestActionWorkflowRights(t *testing.T) {
	t.Parallel()
	for _, p := range workflowPages(t) {
		w := parseYAML[workflowFile](t, p)
		if w.Permissions == nil || len(*w.Permissions) > 0 {
			t.Errorf("%s: permissions: {} is missing", p.path)
		}
		for _, job := range w.Jobs {
			for _, s := range job.Steps {
				if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false" {
					t.Errorf("%s: a checkout keeps the token", p.path)
				}
			}
		}
	}
}

// TestActionDocs compares the tables of docs/github-action.md with action.yml, and
// the workflows that it and docs/deploy.md show with their files.
func TestActionDocs(t *testing.T) {
	t.Parallel()
	page, a := docAt(t, "docs/github-action.md"), parseYAML[actionFile](t, docAt(t, "action.yml"))
	inputs := page.table(t, "input", "default", "means")
	wantSame(t, "inputs of the action", firstCells(inputs), keysOf(a.Inputs))
	wantSame(t, "outputs of the action", firstCells(page.table(t, "output", "means")), keysOf(a.Outputs))
	for _, row := range inputs {
		of := a.Inputs[strings.Trim(row[0], "`")].Default
		if of != "" && !strings.Contains(of, "${{") && row[1] != "`"+of+"`" {
			t.Errorf("%s: the documented default is %s, that of action.yml %s", row[0], row[1], of)
		}
	}
	shown := append(page.blocks("yaml"), docAt(t, "docs/deploy.md").blocks("yaml")...)
	for _, w := range workflowPages(t) {
		if strings.HasPrefix(w.path, "docs/") && !slices.Contains(shown, w.text) {
			t.Errorf("neither %s nor docs/deploy.md shows %s as it is", page.path, w.path)
		}
	}
}

func keysOf(m map[string]described) []string {
	var all []string
	for name := range m {
		all = append(all, name)
	}
	return all
}

// TestActionLint has actionlint read all workflows, and action.yml through the one
// that uses it: https://github.com/rhysd/actionlint.
func TestActionLint(t *testing.T) {
	t.Parallel()
	args := []string{"-no-color"}
	for _, p := range workflowPages(t) {
		args = append(args, filepath.FromSlash(p.path))
	}
	lint := exec.CommandContext(t.Context(), needProgram(t, "actionlint"), args...)
	lint.Dir = docsRoot
	if out, err := lint.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
