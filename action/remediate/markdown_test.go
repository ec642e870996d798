package remediate

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func newMarkdownAt(dir string) *Markdown {
	m := NewMarkdown(dir)
	m.now = func() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) }
	return m
}

// docs/trackers.md shows a file as it is written.
func TestMarkdownDocumented(t *testing.T) {
	t.Parallel()
	m := newMarkdownAt(t.TempDir())
	made, err := m.Create(t.Context(), "all", Draft{
		ID: firstID, Title: "AWS access key in acme/shop", Body: "An **AWS access key** (`AKIA***`) was found in `config/prod.env`.",
		Labels: []string{"leakguard", "severity: critical"}, Assignees: []string{"ada"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Comment(t.Context(), made, "This secret is to be dealt with until 2026-11-25 10:00 UTC."); err != nil {
		t.Fatal(err)
	}
	got := readFile(t, m.path(firstID))
	shown := regexp.MustCompile("(?ms)^```markdown\n(.*?)^```$").FindStringSubmatch(readFile(t, "../../docs/trackers.md"))
	if shown == nil || shown[1] != got {
		t.Errorf("docs/trackers.md shows another file than this:\n%s", got)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// A file that somebody edited keeps keys, their order, comments, and who may read it.
func TestMarkdownEdited(t *testing.T) {
	t.Parallel()
	m := newMarkdownAt(t.TempDir())
	text := "\ufeff---\r\n# ours\r\npriority: 1 # high\r\nstate: closed # by ada\r\ntitle: old\r\nlabels: [team-a]\r\n---\r\nA note.\r\n"
	if err := os.WriteFile(m.path(firstID), []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	list, err := m.List(t.Context(), "acme/shop")
	if err != nil || len(list) != 1 || list[0].Open || list[0].Project != "acme/shop" {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := m.Update(t.Context(), list[0], Draft{ID: firstID, Title: "new", Body: "b", Labels: []string{"leakguard"}}); err != nil {
		t.Fatal(err)
	}
	if err := m.SetOpen(t.Context(), list[0], true); err != nil {
		t.Fatal(err)
	}
	want := "---\n# ours\npriority: 1 # high\nstate: open # by ada\ntitle: new\nlabels:\n  - team-a\n  - leakguard\nproject: acme/shop\nassignees: []\n---\n\nA note.\n\n" +
		Marked(firstID, "b") + "\n"
	if got := readFile(t, m.path(firstID)); got != want {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
	if info, err := os.Stat(m.path(firstID)); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// A file that is not as it should be is told by name and stays.
func TestMarkdownBroken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, err string }{
		"no front matter":       {"text\n", "want front matter at its head"},
		"front matter open":     {"---\nstate: open\n", "want front matter at its head"},
		"empty front matter":    {"---\n# nothing\n\n---\n", "want keys and values"},
		"a list":                {"---\n- a\n---\n", "want keys and values"},
		"no YAML":               {"---\na: [\n---\n", "front matter: yaml: "},
		"a label":               {"---\nstate: open\nlabels: leakguard\n---\n", "line 2: cannot unmarshal"},
		"another state":         {"---\nstate: done\n---\n", `state "done": want open or closed`},
		"no state":              {"---\ntitle: x\n---\n", `state "": want open or closed`},
		"larger than it may be": {strings.Repeat("x", maxMarkdown+1), "is larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMarkdownAt(t.TempDir())
			if err := os.WriteFile(m.path(firstID), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, listed := m.List(t.Context(), "acme/shop")
			_, created := m.Create(t.Context(), "acme/shop", Draft{ID: firstID, Title: "t"})
			for _, err := range []error{listed, created, m.SetOpen(t.Context(), Ticket{ID: firstID}, false)} {
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), m.path(firstID)) {
					t.Errorf("the error is %v", err)
				}
			}
			if readFile(t, m.path(firstID)) != c.text {
				t.Error("the file was changed")
			}
		})
	}
}

// Neither an id nor a link leads out of the folder.
func TestMarkdownStaysInside(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	m := newMarkdownAt(filepath.Join(top, "issues"))
	for _, id := range []string{"", "lgk1-", "../evil", "lgk1-../../evil", "lgk1-00/../../evil", `lgk1-..\evil`, "lgk1-00\x00", "lgk1-00\n", "LGK1-00", "lgk1-" + strings.Repeat("0", 300)} {
		_, err := m.Create(t.Context(), "acme/shop", Draft{ID: id, Title: "t"})
		_, updated := m.Update(t.Context(), Ticket{ID: id}, Draft{ID: id, Title: "t"})
		for _, err := range []error{err, updated, m.Comment(t.Context(), Ticket{ID: id}, "c"), m.SetOpen(t.Context(), Ticket{ID: id}, true)} {
			if err == nil || !strings.Contains(err.Error(), "no id of a secret") {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	outside := filepath.Join(top, "outside")
	text := "---\nstate: open\n---\n"
	if err := os.WriteFile(outside, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(m.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, m.path(firstID)); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if _, err := m.Create(t.Context(), "acme/shop", Draft{ID: firstID, Title: "t"}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a link: %v", err)
	}
	if readFile(t, outside) != text {
		t.Error("the file outside was changed")
	}
	entries, err := os.ReadDir(top)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
}

// Files of others in the folder are no issues; one of another project is not this
// one's, and moves if the secret does.
func TestMarkdownProjects(t *testing.T) {
	t.Parallel()
	m := newMarkdownAt(t.TempDir())
	for _, name := range []string{"README.md", "lgk1-xyz.md", "lgk1-00.txt", ".lgk1-00-ABC.tmp"} {
		if err := os.WriteFile(filepath.Join(m.dir, name), []byte(Marked(firstID, "x")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := Draft{ID: firstID, Title: "t", Body: "b"}
	for _, project := range []string{"acme/shop", "acme/api"} {
		if _, err := m.Create(t.Context(), project, d); err != nil {
			t.Fatal(err)
		}
	}
	for project, want := range map[string]int{"acme/shop": 0, "acme/api": 1} {
		if list, err := m.List(t.Context(), project); err != nil || len(list) != want {
			t.Errorf("%s: %+v, %v", project, list, err)
		}
	}
	for what, err := range map[string]error{
		"comment": m.Comment(t.Context(), Ticket{ID: secondID}, "c"), "close": m.SetOpen(t.Context(), Ticket{ID: secondID}, false),
	} {
		if !os.IsNotExist(err) {
			t.Errorf("%s without a file: %v", what, err)
		}
	}
}

// Whoever reads while it is written sees a whole file, and nothing is left over.
func TestMarkdownWhole(t *testing.T) {
	t.Parallel()
	m := newMarkdownAt(t.TempDir())
	body := func(i int) string { return strings.Repeat(fmt.Sprintf("line %d\n", i), 2000) }
	if _, err := m.Create(t.Context(), "acme/shop", Draft{ID: firstID, Title: "t", Body: body(0)}); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	done := make(chan struct{})
	readers.Go(func() {
		for {
			list, err := m.List(t.Context(), "acme/shop")
			if err != nil || len(list) != 1 || !strings.HasSuffix(list[0].Body, endMark) {
				t.Errorf("a reader sees %d issues, %v", len(list), err)
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for i := range 30 {
		if _, err := m.Update(t.Context(), Ticket{ID: firstID}, Draft{ID: firstID, Title: "t", Body: body(i)}); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
	if entries, err := os.ReadDir(m.dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}
