package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// workflowWith is a workflow that calls our action with inputs, given as lines of
// YAML.
func workflowWith(inputs ...string) string {
	text := "on: push\njobs:\n  leakguard:\n    runs-on: ubuntu-latest\n    steps:\n      " + ours + "\n"
	if len(inputs) > 0 {
		text += "        with:\n          " + strings.Join(inputs, "\n          ") + "\n"
	}
	return text
}

// standsForLeakguard is a program that takes any flags, and tells what leakguard
// would have told.
const standsForLeakguard = `#!/bin/sh
printf 'found=2\nlive=1\ndead=0\nunknown=1\nunverified=0\ncomplete=true\nreport=r.json\nsarif=r.sarif\n' >>"$GITHUB_OUTPUT"
[ -z "$GITHUB_TOKEN" ] && exit 4
exit 1
`

func TestActionInputs(t *testing.T) {
	t.Parallel()
	needProgram(t, "act")
	h := newHosted(t)
	on := h.push(t, h.Rev("main"), false)
	stand := folder(t, map[string]string{"leakguard": standsForLeakguard})
	if err := os.Chmod(filepath.Join(stand, "leakguard"), 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		inputs []string
		args   []string // nil: leakguard is not run
		says   string
	}{
		{"none", nil, []string{"pr"}, ""},
		{"empty", []string{"fail-on: ''", "args: ''", "logs: true"}, []string{"pr"}, ""},
		{
			"all",
			[]string{
				"fail-on: verified", "config: a b.toml", "verify: true", "sarif: true", "comment: true", "suggest: true", "issues: true",
				"logs: false", "allow-incomplete: true", "variables: '{}'",
			},
			[]string{
				"pr", "--fail-on=verified", "--config=a b.toml", "--verify", "--upload-sarif", "--comment", "--suggest", "--issues",
				"--logs=false", "--allow-incomplete", "--variables",
			},
			"",
		},
		{"further flags", []string{"args: |", "  --baseline=known secrets.json", "", "  --offline"}, []string{"pr", "--baseline=known secrets.json", "--offline"}, ""},
		{"text that a shell would run", []string{"fail-on: '$(touch /x) `id`; \"*\" '"}, []string{"pr", "--fail-on=$(touch /x) `id`; \"*\" "}, ""},
		{"neither true nor false", []string{"allow-incomplete: yes please"}, nil, "The input allow-incomplete must be true or false."},
		{"logs neither true nor false", []string{"logs: auto"}, nil, "The input logs must be true or false."},
		{"no such program", []string{"binary: none/leakguard"}, nil, "The input binary names no program that can be run."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := workflowRun{workflow: workflowWith(test.inputs...), on: on, at: h}
			w.env = []string{"TEST_LEAKGUARD=" + filepath.Join(stand, "leakguard")}
			r := w.run(t)
			if !strings.Contains(r.output, test.says) {
				t.Errorf("the job does not say %q:\n%s", test.says, r.output)
			}
			if !r.failed {
				t.Error("the job did not fail")
			}
			if test.args == nil {
				if r.code != -1 {
					t.Error("leakguard was run")
				}
				return
			}
			if got := strings.Split(strings.TrimSuffix(r.args, "\n"), "\n"); !slices.Equal(got, test.args) {
				t.Errorf("leakguard was run with %q, want %q", got, test.args)
			}
			if r.code != exitFound {
				t.Errorf("exit code %d, want that of the program", r.code)
			}
			if r.outputs["found"] != "2" || len(r.outputs) != 8 {
				t.Errorf("outputs %v, want those of the program", r.outputs)
			}
		})
	}
}

// TestActionBinary gives the action a program of the job's own.
func TestActionBinary(t *testing.T) {
	t.Parallel()
	needProgram(t, "act")
	h := newHosted(t)
	bin := folder(t, map[string]string{"leakguard": standsForLeakguard})
	program := filepath.Join(bin, "leakguard")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	w := workflowRun{workflow: workflowWith("binary: " + program), on: h.push(t, h.Rev("main"), false), at: h, cache: t.TempDir()}
	if r := w.run(t); r.outputs["found"] != "2" || strings.Contains(r.output, "Main Take leakguard out of the cache") {
		t.Errorf("outputs %v; the job said:\n%s", r.outputs, r.output)
	}
}

// TestActionBuild has the action build leakguard, and take it out of the cache the
// next time.
func TestActionBuild(t *testing.T) {
	t.Parallel()
	needProgram(t, "act")
	h := newHosted(t)
	w := workflowRun{workflow: docAt(t, "docs/workflows/push.yml").text, on: h.push(t, "", false), at: h, source: ownSource(t).Dir, cache: t.TempDir()}
	w.env = append(goEnv(t, "GOCACHE", "GOMODCACHE"), "GOPROXY=off")
	for _, built := range []bool{true, false} {
		r := w.run(t)
		if got := strings.Contains(r.output, "Success - Main Build leakguard"); got != built {
			t.Errorf("built: %t, want %t", got, built)
		}
		if r.failed || r.outputs["complete"] != "true" {
			t.Errorf("outputs %v; the job said:\n%s", r.outputs, r.output)
		}
	}
	entries, err := filepath.Glob(filepath.Join(w.cache, "leakguard-*-*-*", "leakguard"))
	if err != nil || len(entries) != 1 {
		t.Errorf("in the cache: %v, %v", entries, err)
	}
}
