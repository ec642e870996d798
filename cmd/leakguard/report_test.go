package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReportOutcomes scans into a ledger and has the figures of it in each format.
func TestReportOutcomes(t *testing.T) {
	r, live, dead := gitlabTokens(t)
	g := newFakeGitLab(t, live)
	dir := t.TempDir()
	db := filepath.Join(dir, "l.db")
	if _, stderr, code := run(t, r.Dir, "scan", "--verify", "--config", g.config, "--ledger", db, "-r", "json="+filepath.Join(dir, "r.json")); code != exitFound {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	tests := []struct {
		name string
		args string
		code int
		want string
	}{
		{"text", "", exitClean, "\nopen       1      2\n"},
		{"csv", "--format csv", exitClean, "\nopen_live,team nobody,secrets,1,"},
		{"csv, another window", "--format csv --since 12h", exitClean, "\nopen_live,provider gitlab,secrets,1,"},
		{"no secrets manager", "", exitClean, "\nSECRETS MANAGERS\nnone was read"},
		{"no age", "--stale 0d", exitUsage, "want a number of days"},
		{"html", "--format html", exitClean, "<html"},
		{"no such format", "--format pdf", exitUsage, `--format "pdf": want one of text, json, csv, html`},
		{"no window", "--since 0d", exitUsage, "want a number of days"},
		{"an argument", "x", exitUsage, "unknown command"},
		{"a folder that is not there", "--output missing/o.txt", exitUsage, "missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := run(t, dir, append([]string{"report", "outcomes", "--ledger", db}, strings.Fields(tt.args)...)...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.want) {
				t.Errorf("exit code %d, want %d, and %q in\n%s%s", code, tt.code, tt.want, stdout, stderr)
			}
			wantConcealed(t, "the output", stdout+stderr, live, dead)
		})
	}
}

// TestReportOutcomesFile has the JSON written to a file.
func TestReportOutcomesFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "o.json")
	if stdout, stderr, code := run(t, dir, "report", "outcomes", "--ledger", filepath.Join(dir, "l.db"), "--format", "json", "--output", file); code != exitClean || stdout != "" {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		SchemaVersion string
		Daily         []struct{ Open int }
		All           struct {
			TimeToDead struct{ MedianSeconds *int }
		}
	}
	if err := json.Unmarshal(data, &o); err != nil || o.SchemaVersion != "1" || len(o.Daily) < 90 || o.All.TimeToDead.MedianSeconds != nil {
		t.Errorf("got %+v: %v", o, err)
	}
}

var (
	testsInDocs = regexp.MustCompile("((?:`Test\\w+`(?: and |, )?)+) in `([\\w/.]+)`")
	testInDocs  = regexp.MustCompile("`(Test\\w+)`")
)

// TestDocsMappingTests wants each test that docs/mapping.md names to be where it says.
func TestDocsMappingTests(t *testing.T) {
	t.Parallel()
	text := docAt(t, "docs/mapping.md").text
	placed := 0
	for _, m := range testsInDocs.FindAllStringSubmatch(text, -1) {
		names := testInDocs.FindAllStringSubmatch(m[1], -1)
		placed += len(names)
		code, err := os.ReadFile(filepath.Join(docsRoot, filepath.FromSlash(m[2])))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, name := range names {
			if !strings.Contains(string(code), "\nfunc "+name[1]+"(t *testing.T) {") {
				t.Errorf("%s has no %s", m[2], name[1])
			}
		}
	}
	if named := len(testInDocs.FindAllString(text, -1)); named != placed {
		t.Errorf("%d tests are named, %d with the file that they are in", named, placed)
	}
}
