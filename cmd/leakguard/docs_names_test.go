package main

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/checksum"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/scanner/config"
)

// The names that the documents use must be those of the program, and what they
// list must be all of it.

var codeSpan = regexp.MustCompile("`([^`\n]+)`")

// codeSpans are the code spans of a text.
func codeSpans(text string) []string {
	var all []string
	for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// table returns the rows, by cells, of the page's tables that have this head.
func (p docPage) table(t *testing.T, head ...string) [][]string {
	t.Helper()
	var rows [][]string
	within := false
	for line := range strings.Lines(p.prose()) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			within = false
		case slices.Equal(cells, head):
			within = true
		case within && !strings.HasPrefix(line, "|-"):
			rows = append(rows, cells)
		}
	}
	if rows == nil {
		t.Fatalf("%s: no table headed %s", p.path, strings.Join(head, ", "))
	}
	return rows
}

// firstCells are the first cells of rows, without backquotes.
func firstCells(rows [][]string) []string {
	var all []string
	for _, r := range rows {
		all = append(all, strings.Trim(r[0], "`"))
	}
	return all
}

// wantSame wants a document to list exactly these names.
func wantSame(t *testing.T, what string, listed, want []string) {
	t.Helper()
	for _, n := range listed {
		if !slices.Contains(want, n) {
			t.Errorf("%s: %q is documented and does not exist", what, n)
		}
	}
	for _, n := range want {
		if !slices.Contains(listed, n) {
			t.Errorf("%s: %q is not documented", what, n)
		}
	}
}

// TestDocsFlags checks the command and the flags of each call of leakguard that
// a document shows, and that each flag that it names by itself is one of ours.
func TestDocsFlags(t *testing.T) {
	t.Parallel()
	all := map[string]bool{}
	eachCommand(newRoot(), func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) { all["--"+f.Name] = true })
		c.PersistentFlags().VisitAll(func(f *pflag.Flag) { all["--"+f.Name] = true })
	})
	for _, p := range docPages(t) {
		calls := docCommands(p.blocks(""))
		for _, s := range codeSpans(p.prose()) {
			name, _, _ := strings.Cut(strings.Fields(s)[0], "=")
			switch {
			case strings.HasPrefix(s, "leakguard "):
				calls = append(calls, s)
			case strings.HasPrefix(s, "--") && !all[name]:
				t.Errorf("%s: no command has the flag %s", p.path, name)
			}
		}
		for _, c := range calls {
			if err := checkCall(c); err != nil {
				t.Errorf("%s: %s: %v", p.path, c, err)
			}
		}
	}
}

// checkCall reports a command or a flag that does not exist.
func checkCall(call string) error {
	call, _, _ = strings.Cut(call, " #") // a comment
	words := strings.Fields(call)[1:]
	cmd, rest, err := newRoot().Find(words)
	if err != nil {
		return err
	}
	for _, w := range rest {
		name, _, _ := strings.Cut(strings.TrimLeft(w, "-"), "=")
		switch {
		case strings.HasPrefix(w, "--") && cmd.Flag(name) == nil:
			return fmt.Errorf("%s has no flag --%s", cmd.CommandPath(), name)
		case !strings.HasPrefix(w, "-") && !cmd.Runnable():
			return fmt.Errorf("%s has no command %s", cmd.CommandPath(), w)
		}
	}
	return nil
}

func eachCommand(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, visit)
	}
}

// TestDocsAllFlags wants docs/configuration.md to list every flag.
func TestDocsAllFlags(t *testing.T) {
	t.Parallel()
	p := docAt(t, "docs/configuration.md")
	listed := firstCells(p.table(t, "flag", "meaning"))
	for _, row := range p.table(t, "command", "flag", "meaning") {
		listed = append(listed, strings.Trim(row[1], "`"))
	}
	flags := map[string]bool{}
	eachCommand(newRoot(), func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && f.Name != "help" {
				flags["--"+f.Name] = true
			}
		})
	})
	wantSame(t, "flags", listed, slices.Collect(maps.Keys(flags)))
}

var (
	templateTable = regexp.MustCompile(`^#?\[+([a-z.-]+)\]+$`)
	templateKey   = regexp.MustCompile(`^(#?)([a-z-]+) += +(.*?)(?: +#.*)?$`)
)

// TestDocsConfigKeys compares the keys and defaults of docs/configuration.md with
// those of the file that leakguard init writes.
func TestDocsConfigKeys(t *testing.T) {
	t.Parallel()
	defaults := map[string]string{} // "" where the template has an example only
	table := ""
	for line := range strings.Lines(config.Template) {
		line = strings.TrimRight(line, "\n")
		if m := templateTable.FindStringSubmatch(line); m != nil {
			table = m[1]
			switch {
			case !strings.Contains(table, "."):
			case strings.Contains(line, "[["):
				defaults[table] = "none"
			default:
				defaults[table] = "{}"
			}
			continue
		}
		if m := templateKey.FindStringSubmatch(line); m != nil && !strings.Contains(table, ".") {
			key := table + "." + m[2]
			if m[1] == "" {
				defaults[key] = m[3]
			} else if _, ok := defaults[key]; !ok {
				defaults[key] = ""
			}
		}
	}
	rows := docAt(t, "docs/configuration.md").table(t, "key", "default", "meaning")
	wantSame(t, "keys of .leakguard.toml", firstCells(rows), slices.Collect(maps.Keys(defaults)))
	for i, key := range firstCells(rows) {
		if want, shown := defaults[key], strings.Trim(rows[i][1], "`"); want != "" && shown != want {
			t.Errorf("%s: the documented default is %s, the template's %s", key, shown, want)
		}
	}
}

// TestDocsConfigExamples reads each config file that docs/configuration.md shows.
func TestDocsConfigExamples(t *testing.T) {
	t.Parallel()
	for _, b := range docAt(t, "docs/configuration.md").blocks("toml") {
		c, err := config.Parse(config.FileName, []byte(b))
		if err != nil {
			t.Errorf("%v in\n%s", err, b)
			continue
		}
		for _, w := range c.Check(providers.Load()) {
			t.Errorf("%s in\n%s", w, b)
		}
	}
}

// TestDocsProviderKeys compares the keys of docs/providers.md with those that the
// reader of provider files has in its structs.
func TestDocsProviderKeys(t *testing.T) {
	t.Parallel()
	tag := regexp.MustCompile("`toml:\"([a-z-]+)\"`")
	keys := map[string]bool{}
	for _, m := range tag.FindAllStringSubmatch(goSource(t, "detectors/rules"), -1) {
		keys[m[1]] = true
	}
	var listed []string
	page := docAt(t, "docs/providers.md")
	rows := slices.Concat(page.table(t, "key", "type", "default", "meaning"), page.table(t, "key", "type", "meaning"))
	for _, cell := range firstCells(rows) {
		for key := range strings.SplitSeq(cell, ", ") {
			key = strings.Trim(key, "`")
			listed = append(listed, key[strings.LastIndexByte(key, '.')+1:])
		}
	}
	listed = append(listed, "rotate", "verify", "revoke") // tables of what is listed
	wantSame(t, "keys of provider files", listed, slices.Collect(maps.Keys(keys)))
}

// goSource is the text of all Go files below a folder but the tests.
func goSource(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(docsRoot, filepath.FromSlash(folder)), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		all.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// TestDocsTemplates expands each template of docs/providers.md.
func TestDocsTemplates(t *testing.T) {
	t.Parallel()
	p := docAt(t, "docs/providers.md")
	for _, template := range firstCells(p.table(t, "template", "becomes")) {
		if text, err := rules.Expand(template, rand.New(rand.NewPCG(1, 2))); err != nil || text == template {
			t.Errorf("%s: it is no template: %v", template, err)
		}
	}
	_, alphabets, ok := strings.Cut(p.prose(), "The alphabets are ")
	if !ok {
		t.Fatal("the alphabets are not listed")
	}
	for _, name := range codeSpans(alphabets) {
		if _, err := rules.Expand("${"+name+":8}", rand.New(rand.NewPCG(1, 2))); err != nil {
			t.Errorf("alphabet %s: %v", name, err)
		}
	}
}

// TestDocsLists compares the remaining lists of names with the program's.
func TestDocsLists(t *testing.T) {
	t.Parallel()
	rulesPage, r := docAt(t, "docs/providers.md"), docAt(t, "docs/reports.md")
	wantSame(t, "report formats", firstCells(r.table(t, "format", "for", "holds")), formatNames())
	wantSame(t, "checksums", firstCells(rulesPage.table(t, "scheme", "holds if")), checksum.Names())
	for _, name := range firstCells(rulesPage.table(t, "detector", "reads")) {
		rule := &rules.Rule{ID: "documented", Detector: name}
		if _, err := detectors.New([]*rules.Provider{{Rules: []*rules.Rule{rule}}}, detectors.DefaultOptions()); err != nil {
			t.Errorf("a documented detector does not exist: %v", err)
		}
	}
	codes := []string{}
	for _, code := range []int{exitClean, exitFound, exitUsage, exitIncomplete, exitInterrupted} {
		codes = append(codes, fmt.Sprint(code))
	}
	wantSame(t, "exit codes of docs/reports.md", firstCells(r.table(t, "code", "means")), codes)
	wantSame(t, "exit codes of README.md", firstCells(docAt(t, "README.md").table(t, "exit code", "means")), codes)
}

// TestDocsGaps wants each reason that docs/coverage.md explains to be one that the
// scanner gives, word by word up to what stands for "…".
func TestDocsGaps(t *testing.T) {
	t.Parallel()
	p, code := docAt(t, "docs/coverage.md"), goSource(t, "scanner")
	gaps := p.table(t, "why, as the report says it", "means", "to close it")
	for _, reason := range firstCells(append(gaps, p.table(t, "what", "why")...)) {
		for _, part := range strings.Split(reason, "…") {
			if !strings.Contains(code, strings.TrimSpace(part)) {
				t.Errorf("no gap or exclusion says %q", reason)
			}
		}
	}
}

// TestDocsMake wants each target of make that a document names to be there.
func TestDocsMake(t *testing.T) {
	t.Parallel()
	makefile := docAt(t, "Makefile").text
	call := regexp.MustCompile("(?m)(?:^|\\$ |`)make ([a-z-]+)")
	for _, p := range docPages(t) {
		for _, m := range call.FindAllStringSubmatch(p.text, -1) {
			if !strings.Contains("\n"+makefile, "\n"+m[1]+":") {
				t.Errorf("%s: the Makefile has no target %s", p.path, m[1])
			}
		}
	}
}
