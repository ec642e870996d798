package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestRunbooksCheck(t *testing.T) {
	approval := "[issues]\napproval = true\nrunbooks = \"books\"\n"
	tests := []struct {
		name  string
		files map[string]string
		args  []string
		code  int
		want  string
	}{
		{"no folder", nil, nil, exitClean, "there is no folder runbooks: each runbook is the built-in one\n"},
		{"no such folder", nil, []string{"gone"}, exitUsage, "gone"},
		{"a file", map[string]string{"a.md": "x"}, []string{"a.md"}, exitUsage, "a.md"},
		{"right", map[string]string{"runbooks/github.md": `{{define "deploy"}}Push.{{end}}`}, nil, exitClean, "runbooks: nothing is wrong\n"},
		{"wrong", map[string]string{"runbooks/github.md": "a\n{{.Nam}}"}, nil, exitFound, filepath.Join("runbooks", "github.md") + ":2: no field is called Nam"},
		{"approval", map[string]string{".leakguard.toml": approval, "books/github.md": "x"}, nil, exitFound, "github.md: issues.approval is set"},
		{"another folder", map[string]string{"x/githb.md": "x"}, []string{"x"}, exitFound, "no provider and no rule is called githb"},
		{"too many", nil, []string{"a", "b"}, exitUsage, "accepts at most 1 arg"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := run(t, folder(t, tt.files), append([]string{"runbooks", "check"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.want) {
				t.Errorf("exit code %d, want %d, and %q in\n%s%s", code, tt.code, tt.want, stdout, stderr)
			}
		})
	}
}

func TestRunbooksShow(t *testing.T) {
	dir := folder(t, map[string]string{
		".leakguard.toml": "[issues]\napproval = true\n", "runbooks/github.md": `{{define "deploy"}}### 3. Push the button{{end}}`,
	})
	for _, tt := range []struct {
		name, rule string
		code       int
		want       string
	}{
		{"built-in", "slack-webhook", exitClean, "### 3. Deploy it\n"},
		{"own", "github-pat", exitClean, "### 3. Push the button\n"},
		{"approval", "github-pat", exitClean, "### Approval\n"},
		{"no such rule", "none", exitUsage, `no rule "none": see leakguard rules list`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := run(t, dir, "runbooks", "show", tt.rule)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.want) {
				t.Errorf("exit code %d, want %d, and %q in\n%s%s", code, tt.code, tt.want, stdout, stderr)
			}
		})
	}
}

// TestRunbookCommands wants the commands that runbooks name to exist.
func TestRunbookCommands(t *testing.T) {
	shown := 0
	for _, rule := range []string{"github-pat", "generic-secret", "aws-secret-access-key"} {
		stdout, stderr, code := run(t, t.TempDir(), "runbooks", "show", rule)
		if code != exitClean {
			t.Fatal(stderr)
		}
		p := docPage{"the runbook of " + rule, stdout}
		calls := docCommands(p.blocks("console"))
		for _, s := range codeSpans(p.prose()) {
			if strings.HasPrefix(s, "leakguard ") {
				calls = append(calls, s)
			}
		}
		shown += len(calls)
		for _, c := range calls {
			if err := checkCall(c); err != nil {
				t.Errorf("%s: %s: %v", rule, c, err)
			}
		}
	}
	if shown < 8 {
		t.Errorf("%d commands found", shown)
	}
}

// TestDocsRunbookExamples checks the templates that docs/runbooks.md shows.
func TestDocsRunbookExamples(t *testing.T) {
	dir := t.TempDir()
	examples := 0
	for _, b := range docAt(t, "docs/runbooks.md").blocks("jinja") {
		first, _, _ := strings.Cut(b, "\n")
		_, name, ok := strings.Cut(strings.TrimSuffix(first, " */ -}}"), "{{- /* ")
		if !ok {
			t.Fatalf("an example does not begin with its file's name: %q", first)
		}
		examples++
		overwrite(t, filepath.Join(dir, filepath.Base(name)), []byte(b))
	}
	if stdout, stderr, code := run(t, dir, "runbooks", "check", dir); code != exitClean || examples < 2 {
		t.Errorf("%d examples, exit code %d\n%s%s", examples, code, stdout, stderr)
	}
}
