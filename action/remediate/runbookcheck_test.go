package remediate

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/providers"
)

func TestCheckRunbooks(t *testing.T) {
	tests := []struct {
		name     string
		files    map[string]string
		approval bool
		want     []string // each in one problem, which begins with FILE:LINE: or FILE:
	}{
		{"nothing", nil, true, nil},
		{"a section", map[string]string{"default.md": `{{define "audit"}}### {{.Issuer.Name}}{{end}}`, "github.md": `{{define "deploy"}}Push.{{end}}`}, true, nil},
		{"own sections", map[string]string{"default.md": `{{define "own"}}x{{end}}`, "github-pat.md": `{{template "own" .}} {{template "find" .}}`}, false, nil},
		{"not parsed", map[string]string{"default.md": "a\nb {{if .ID}}"}, false, []string{"default.md:2: unexpected EOF"}},
		{"function", map[string]string{"aws.md": "\n\n{{exec \"ls\"}}"}, false, []string{`aws.md:3: function "exec" not defined`}},
		{"field", map[string]string{"aws.md": "a {{.Idd}}"}, false, []string{"aws.md:1: no field is called Idd", "aws.md:1: executing"}},
		{"field in a branch that is not taken", map[string]string{"aws.md": "{{if eq .Verdict \"x\"}}\n{{with $x := .Issuer}}{{$x.Nam}}{{end}}{{end}}"}, false, []string{"aws.md:2: no field is called Nam"}},
		{"field of a section", map[string]string{"aws.md": "{{define \"audit\"}}\n{{range .Parts}}{{else}}{{(index .Parts 0).Nme}}{{end}}{{end}}"}, false,
			[]string{"aws.md:2: executing", "aws.md:2: no field is called Nme"}},
		{"section", map[string]string{"aws.md": "{{if false}}{{template \"adit\" .}}{{end}}"}, false, []string{`aws.md:1: no section is called "adit"`}},
		{"section of another provider", map[string]string{"aws.md": `{{define "own"}}x{{end}}`, "github.md": `{{if false}}{{template "own"}}{{end}}`}, false,
			[]string{`github.md:1: no section is called "own"`}},
		{"name", map[string]string{"githb.md": "x", "README.md": "y"}, false, []string{"README.md: no provider and no rule", "githb.md: no provider and no rule"}},
		{"fails for some", map[string]string{"github.md": "{{index .Repositories 1}}"}, false, []string{"github.md:1: executing"}},
		{"our mark", map[string]string{"github-pat.md": "<!-- leakguard:x -->"}, false, []string{"github-pat.md: the runbook of rule github-pat holds a mark"}},
		{"approval", map[string]string{"github-pat.md": "Do it."}, true, []string{"github-pat.md: issues.approval is set"}},
		{"approval now and then", map[string]string{"github-pat.md": `{{if eq .Verdict "live"}}{{.Approval}}{{end}}`}, true, []string{"github-pat.md: issues.approval is set"}},
		{"approval there", map[string]string{"github-pat.md": "{{.Approval}} Do it."}, true, nil},
		{"error in another file's section", map[string]string{"default.md": `{{define "own"}}{{index .Scopes 9}}{{end}}`, "github-pat.md": `{{template "own" .}}`}, false,
			[]string{"default.md:1: executing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := runbookFolder(t, tt.files)
			problems, err := CheckRunbooks(dir, providers.Load(), tt.approval)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, strings.TrimPrefix(p.String(), dir+string(filepath.Separator)))
			}
			for _, want := range tt.want {
				if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
					t.Errorf("no problem begins with %q", want)
				}
			}
			for _, g := range got {
				if !slices.ContainsFunc(tt.want, func(want string) bool { return strings.HasPrefix(g, want) }) {
					t.Errorf("unexpected: %s", g)
				}
			}
		})
	}
	if _, err := CheckRunbooks(filepath.Join(t.TempDir(), "none"), providers.Load(), false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is missing: %v", err)
	}
}

// TestDocsOfTemplates compares what docs/runbooks.md lists with what there is.
func TestDocsOfTemplates(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "runbooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	before, fields, _ := strings.Cut(string(page), "### Fields\n")
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.([A-Z][A-Za-z]+)`).FindAllStringSubmatch(fields, -1) {
		listed[m[1]] = true
	}
	if want := fieldNames(); !maps.Equal(listed, want) {
		t.Errorf("fields: listed %v, want %v", slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(want)))
	}
	var sections []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\| ").FindAllStringSubmatch(before, -1) {
		sections = append(sections, m[1])
	}
	r, err := LoadRunbooks("", providers.Load())
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(slices.Sorted(maps.Keys(r.templates[0].tree)), func(name string) bool { return name == defaultRunbook })
	if slices.Sort(sections); !slices.Equal(sections, want) {
		t.Errorf("sections: listed %v, want %v", sections, want)
	}
}
