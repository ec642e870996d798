package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// docsRoot is the top of this repository, from the folder in which tests run.
const docsRoot = "../.."

// docPage is one of the documents, by its path in this repository.
type docPage struct {
	path, text string
}

// docPages are all documents.
func docPages(t *testing.T) []docPage {
	t.Helper()
	var all []docPage
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		files, err := filepath.Glob(filepath.Join(docsRoot, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			path, err := filepath.Rel(docsRoot, f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, docAt(t, filepath.ToSlash(path)))
		}
	}
	if len(all) < 3 {
		t.Fatalf("%d documents found", len(all))
	}
	return all
}

// docAt is the document at a path of this repository.
func docAt(t *testing.T, path string) docPage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(docsRoot, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return docPage{path, strings.ReplaceAll(string(data), "\r\n", "\n")}
}

var docFence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// blocks are the texts of the page's fenced blocks in a language; "" is in any.
func (p docPage) blocks(language string) []string {
	var all []string
	for _, m := range docFence.FindAllStringSubmatch(p.text, -1) {
		if language == "" || m[1] == language {
			all = append(all, m[2])
		}
	}
	return all
}

// prose is the page without its fenced blocks.
func (p docPage) prose() string { return docFence.ReplaceAllString(p.text, "") }

// docCommands are the lines of fenced blocks that call leakguard, without prompt.
func docCommands(blocks []string) []string {
	var all []string
	for _, b := range blocks {
		for line := range strings.Lines(b) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
			if strings.HasPrefix(line, "leakguard ") {
				all = append(all, line)
			}
		}
	}
	return all
}

// workedExample is the provider file that is shown in docs/providers.md.
func workedExample(t *testing.T) string {
	t.Helper()
	for _, b := range docAt(t, "docs/providers.md").blocks("toml") {
		if strings.HasPrefix(b, "# rules.d/acme.toml\n") {
			return b
		}
	}
	t.Fatal("docs/providers.md has no block that begins with # rules.d/acme.toml")
	return ""
}

// docFixture is a repository that has what the documents' commands name.
func docFixture(t *testing.T) *gitrepo.Repo {
	r := gitrepo.New(t)
	r.Write("README", "nothing here\n").Commit("begin")
	r.Git("tag", "v1.2.0")
	r.Git("branch", "release/1.0")
	r.Git("update-ref", "refs/remotes/origin/main", "HEAD")
	r.Write("app.env", withSecret(token(t, 1))).Commit("add")
	r.Write("rules.d/acme.toml", workedExample(t))
	r.Write("token.txt", token(t, 2)+"\n")
	r.Write("app.log", "started\n").Write("dist/app.js", "run();\n").Write(".env", "A=1\n")
	return r
}

// TestDocsCommands runs each leakguard command of a block marked sh, a page's in
// their order in one repository. None may be wrong usage.
func TestDocsCommands(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell to run the commands with")
	}
	for _, p := range docPages(t) {
		list := docCommands(p.blocks("sh"))
		if len(list) == 0 {
			continue
		}
		t.Run(p.path, func(t *testing.T) {
			t.Parallel()
			r := docFixture(t)
			path := "PATH=" + onPath(t) + string(os.PathListSeparator) + os.Getenv("PATH")
			for _, c := range list {
				cmd := exec.CommandContext(t.Context(), sh, "-c", c)
				cmd.Dir = r.Dir
				cmd.Env = append(userEnv(t), path, offlineVariable+"=1")
				var errs bytes.Buffer
				cmd.Stderr = &errs
				cmd.Run() // its code tells more than its error
				switch code := cmd.ProcessState.ExitCode(); {
				case code == exitClean, code == exitFound, code == exitIncomplete:
				case code == exitUsage && strings.Contains(errs.String(), "--offline: "): // right, and not to be run here
				default:
					t.Errorf("%s: exit code %d: %s", c, code, &errs)
				}
			}
		})
	}
}

// onPath is a folder with this test binary in it under the name leakguard.
func onPath(t *testing.T) string {
	t.Helper()
	binary, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsRune(binary, '\'') {
		t.Skip("the test binary's path has a quote")
	}
	dir := t.TempDir()
	script := "#!/bin/sh\n" + actAsLeakguard + " exec '" + binary + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "leakguard"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestDocsOutput runs the scans whose output README.md and docs/reports.md show
// and compares. The repository is called /src/shop there.
func TestDocsOutput(t *testing.T) {
	t.Parallel()
	r := gitrepo.New(t)
	r.Write("README", "The shop.\n").Commit("begin")
	r.Write("config/prod.env", "SHOP_URL=https://shop.example\nGITHUB_TOKEN="+token(t, 1)+"\n").Commit("add the configuration")
	r.Remove("config/prod.env").Commit("remove the configuration")
	output := func(args ...string) string {
		out, errs, code := run(t, r.Dir, args...)
		if code != exitFound {
			t.Fatalf("%q: exit code %d: %s", args, code, errs)
		}
		return strings.ReplaceAll(out, r.Dir, "/src/shop")
	}

	wantShown(t, docAt(t, "README.md"), "leakguard scan", output("scan"))

	var got, shown map[string]any
	text := output("scan", "--report", "json")
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	example := docAt(t, "docs/reports.md").blocks("json")[0]
	if err := json.Unmarshal([]byte(example), &shown); err != nil {
		t.Fatalf("docs/reports.md: %v", err)
	}
	for _, changing := range []string{"tool", "ruleset"} { // with each version
		got[changing], shown[changing] = nil, nil
	}
	if !reflect.DeepEqual(got, shown) {
		t.Errorf("docs/reports.md shows another report than this:\n%s", text)
	}
}

// wantShown wants a console block of the page to show a command with what it
// printed. A line "…" stands for any lines.
func wantShown(t *testing.T, p docPage, command, printed string) {
	t.Helper()
	for _, b := range p.blocks("console") {
		shown, ok := strings.CutPrefix(b, "$ "+command+"\n")
		if !ok {
			continue
		}
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(shown), "…\n", `(?s:.*\n)`) + "$"
		if !regexp.MustCompile(pattern).MatchString(printed) {
			t.Errorf("%s: %s prints something else:\n%s", p.path, command, printed)
		}
		return
	}
	t.Errorf("%s does not show what %s prints", p.path, command)
}

// TestDocsProviderExample runs the worked example as a user would.
func TestDocsProviderExample(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "rules.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rules.d", "acme.toml"), []byte(workedExample(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	const command = "rules test rules.d/acme.toml"
	out, errs, code := run(t, dir, strings.Fields(command)...)
	if code != exitClean {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	wantShown(t, docAt(t, "docs/providers.md"), "leakguard "+command, out)
}

// TestDocsRulesExample tests the wrong provider file that docs/rules.md shows.
func TestDocsRulesExample(t *testing.T) {
	t.Parallel()
	p := docAt(t, "docs/rules.md")
	i := slices.IndexFunc(p.blocks("toml"), func(b string) bool { return strings.HasPrefix(b, "# slow.toml\n") })
	if i < 0 {
		t.Fatal("docs/rules.md has no block that begins with # slow.toml")
	}
	dir := folder(t, map[string]string{"slow.toml": p.blocks("toml")[i]})
	out, errs, code := run(t, dir, "rules", "test", "slow.toml")
	if code != exitFound {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	wantShown(t, p, "leakguard rules test slow.toml", out)
}

var (
	docLink     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	docHeading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N}_ \-]`)
)

// anchors are the names by which GitHub links to the page's headings.
func (p docPage) anchors() map[string]bool {
	all := map[string]bool{"": true}
	for _, m := range docHeading.FindAllStringSubmatch(p.prose(), -1) {
		all[strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return all
}

// TestDocsLinks follows each link within this repository.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	for _, p := range docPages(t) {
		for _, m := range docLink.FindAllStringSubmatch(p.prose(), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target := p
			if file != "" {
				path := filepath.Join(filepath.Dir(filepath.FromSlash(p.path)), filepath.FromSlash(file))
				info, err := os.Stat(filepath.Join(docsRoot, path))
				if err != nil {
					t.Errorf("%s: the link to %s: %v", p.path, m[1], err)
					continue
				}
				if info.IsDir() || filepath.Ext(path) != ".md" {
					continue
				}
				target = docAt(t, filepath.ToSlash(path))
			}
			if !target.anchors()[anchor] {
				t.Errorf("%s: the link to %s: %s has no such heading", p.path, m[1], target.path)
			}
		}
	}
}
