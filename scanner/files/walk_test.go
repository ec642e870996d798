package files

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/scanner"
)

// plant writes files under a new folder, each with the text given, and returns
// the folder. A name that ends in a slash is a folder.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(path, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFolder(t *testing.T) {
	dir := plant(t, map[string]string{
		"a.txt":                    "one " + marker,
		"deep/er/still/b":          marker + " and " + marker,
		"empty":                    "",
		"line\nend " + "\xff\\..x": marker,
		"clean":                    "nothing",
		"empty folder/":            "",
	})
	o := scanAll(t, New([]string{dir}, Options{Workers: 3}))
	o.want(t, []string{"a.txt", "deep/er/still/b", "deep/er/still/b", "line\nend \xff\\..x"})
	if got := o.cov.Read["files"]; got != 5 {
		t.Errorf("%d files read, want 5", got)
	}
	if got := o.cov.Read["bytes"]; got != int64(4+4+3*4+5+7) {
		t.Errorf("%d bytes read, want 32", got)
	}
}

func TestPathsAsGiven(t *testing.T) {
	dir := plant(t, map[string]string{"a/x": marker, "b/x": marker, "c": marker})
	t.Chdir(dir)
	must(t, os.Symlink("a", "link"))
	for name, tt := range map[string]struct{ args, want []string }{
		"one folder":    {[]string{"a"}, []string{"x"}},
		"this folder":   {[]string{"."}, []string{"a/x", "b/x", "c"}},
		"a file":        {[]string{"a/x"}, []string{"a/x"}},
		"two folders":   {[]string{"a", "./b/"}, []string{"a/x", "./b/x"}},
		"both kinds":    {[]string{"a", "c"}, []string{"a/x", "c"}},
		"a link given":  {[]string{"link"}, []string{"x"}},
		"a link on way": {[]string{"link/x"}, []string{"link/x"}},
	} {
		t.Run(name, func(t *testing.T) {
			scanAll(t, New(tt.args, Options{})).want(t, tt.want)
		})
	}
}

func TestMissingPath(t *testing.T) {
	dir := plant(t, map[string]string{"there": marker})
	there, gone := filepath.Join(dir, "there"), filepath.Join(dir, "gone")
	o := scanAll(t, New([]string{gone, there}, Options{}))
	o.want(t, []string{there}, gone+": it could not be found: no such file")
}

func TestSymbolicLinks(t *testing.T) {
	dir := plant(t, map[string]string{"folder/file": marker})
	must(t, os.Symlink("..", filepath.Join(dir, "folder", "loop")))
	must(t, os.Symlink("/no/"+marker, filepath.Join(dir, "dangling")))
	o := scanAll(t, New([]string{dir}, Options{}))
	o.want(t, []string{"dangling", "folder/file"})
	if got := o.cov.Read["symbolic links"]; got != 2 {
		t.Errorf("%d links read, want 2", got)
	}
	o.wantExcluded(t, "symbolic links, not followed", 2)
	if got := o.texts["folder/loop"]; got != ".." {
		t.Errorf("the link's text is %q, want its target", got)
	}
}

func TestFileThatVanishes(t *testing.T) {
	dir := plant(t, map[string]string{"goes": marker, "stays": marker})
	o := scanAll(t, New([]string{dir}, Options{Exclude: func(path string) bool {
		if path == "goes" {
			must(t, os.Remove(filepath.Join(dir, path)))
		}
		return false
	}}))
	o.want(t, []string{"stays"}, "goes: it could not be opened: no such file")
}

func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything; TestFileThatVanishes covers a file that cannot be opened")
	}
	dir := plant(t, map[string]string{"file": marker, "folder/file": marker, "open": marker})
	must(t, os.Chmod(filepath.Join(dir, "file"), 0))
	must(t, os.Chmod(filepath.Join(dir, "folder"), 0))
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "folder"), 0o755) })
	o := scanAll(t, New([]string{dir}, Options{}))
	o.want(t, []string{"open"}, "file: it could not be opened: permission denied", "folder: it could not be opened: permission denied")
}

func TestMaxSize(t *testing.T) {
	dir := plant(t, map[string]string{"small": marker, "large": marker + marker})
	o := scanAll(t, New([]string{dir}, Options{MaxSize: int64(len(marker))}))
	o.want(t, []string{"small"}, "large: it is larger than the limit of 4 bytes")
}

func TestExclude(t *testing.T) {
	dir := plant(t, map[string]string{"a.lock": marker, "sub/b.lock": marker, "c": marker, "folder.lock/d": marker})
	exclude := func(path string) bool { return strings.HasSuffix(path, ".lock") }
	o := scanAll(t, New([]string{dir}, Options{Exclude: exclude}))
	o.want(t, []string{"c", "folder.lock/d"})
	o.wantExcluded(t, "files excluded by configuration", 2)

	given := filepath.Join(dir, "a.lock")
	o = scanAll(t, New([]string{given}, Options{Exclude: exclude}))
	o.want(t, nil)
	o.wantExcluded(t, "files excluded by configuration", 1)
}

func TestGitFolders(t *testing.T) {
	dir := plant(t, map[string]string{
		".git/config":            marker,
		"sub/.git":               "gitdir: ../bare " + marker,
		"bare/HEAD":              "ref: refs/heads/main",
		"bare/config":            marker,
		"bare/refs/heads/main":   "",
		"bare/objects/pack/pack": marker,
		"source/objects/x":       marker,
		"source/refs/y":          marker,
	})
	o := scanAll(t, New([]string{dir}, Options{}))
	o.want(t, []string{"bare/config", "source/objects/x", "source/refs/y", "sub/.git"})
	o.wantExcluded(t, ".git folders", 1)
	o.wantExcluded(t, "objects folders of git repositories", 1)
}

// TestDeepFolders goes far deeper than a path may be long.
func TestDeepFolders(t *testing.T) {
	const levels, name = 1000, "eight888"
	dir := t.TempDir()
	at, err := os.OpenRoot(dir)
	must(t, err)
	for range levels {
		must(t, at.Mkdir(name, 0o755))
		must(t, at.Mkdir("other", 0o755))
		below, err := at.OpenRoot(name)
		must(t, err)
		at.Close()
		at = below
	}
	must(t, at.WriteFile("file", []byte(marker), 0o644))
	must(t, at.WriteFile(".gitignore", []byte("ignored"), 0o644))
	must(t, at.WriteFile("ignored", []byte(marker), 0o644))
	at.Close()
	o := scanAll(t, New([]string{dir}, Options{GitIgnore: true}))
	o.want(t, []string{strings.Repeat(name+"/", levels) + "file"})
}

// TestManyFilesInLittleMemory excludes what it lists, so that what is held is
// held by the listing.
func TestManyFilesInLittleMemory(t *testing.T) {
	const count, nameSize = 8000, 240
	dir := t.TempDir()
	for i := range count {
		must(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%0*d", nameSize, i)), nil, 0o644))
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	seen, peak := 0, int64(0)
	o := scanAll(t, New([]string{dir}, Options{Exclude: func(string) bool {
		if seen++; seen%1000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, int64(now.HeapAlloc)-int64(before.HeapAlloc))
		}
		return true
	}}))
	o.wantExcluded(t, "files excluded by configuration", count)
	if peak > count*nameSize/2 {
		t.Errorf("%d bytes held for names of %d bytes in all", peak, count*nameSize)
	}
}

func TestArchiveFiles(t *testing.T) {
	inner := marker + " inside"
	dir := plant(t, map[string]string{
		"a.zip":    string(makeZip(t, member{"x/y.txt", inner})),
		"b.tar":    string(makeTar(t, member{"x/y.txt", inner})),
		"c.tar.gz": string(gzipOf(t, makeTar(t, member{"x/y.txt", inner}))),
		"broken":   "PK\x03\x04 " + inner,
	})
	o := scanAll(t, New([]string{dir}, Options{}))
	o.want(t, []string{"a.zip!x/y.txt", "b.tar", "b.tar!x/y.txt", "broken", "c.tar.gz!x/y.txt"}, "broken: it is damaged: ")
	if got := o.cov.Read["files"]; got != 4 {
		t.Errorf("%d files read, want 4", got)
	}
}

func TestLargeFileInWindows(t *testing.T) {
	line := strings.Repeat("x", 99) + "\n"
	text := strings.Repeat(line, 60_000) + marker
	dir := plant(t, map[string]string{"large": text})
	var last scanner.Chunk
	s := New([]string{dir}, Options{})
	must(t, s.Read(t.Context(), func(c scanner.Chunk) int {
		if strings.Contains(string(c.Text), marker) {
			last = c
		}
		return 0
	}, scanner.NewCoverage("", scanner.InFile)))
	if at := last.Lines + strings.Count(string(last.Text), "\n"); at != 60_000 || last.Column != 0 {
		t.Errorf("found after %d lines, column %d, want 60000 and 0", at, last.Column)
	}
}

func TestStdin(t *testing.T) {
	for name, tt := range map[string]struct {
		in   string
		want []string
	}{
		"text":   {"some " + marker, []string{"<stdin>"}},
		"empty":  {"", nil},
		"zip":    {string(makeZip(t, member{"x", marker})), []string{"<stdin>!x"}},
		"tar.gz": {string(gzipOf(t, makeTar(t, member{"x", marker}))), []string{"<stdin>!x"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := scanAll(t, NewStdin(strings.NewReader(tt.in), "<stdin>", Options{}))
			o.want(t, tt.want)
			if got := o.cov.Read["bytes"]; got != int64(len(tt.in)) {
				t.Errorf("%d bytes read, want %d", got, len(tt.in))
			}
		})
	}
}

func TestLocate(t *testing.T) {
	dir := plant(t, map[string]string{"file": marker})
	s := New([]string{dir}, Options{Repository: "https://example.com/r"})
	o := scanAll(t, s)
	hit := o.hits[0]
	hit.Region = scanner.Region{StartLine: 3, StartColumn: 1, EndLine: 3, EndColumn: 5}
	hit.Snippet, hit.Match = "M…", detectors.Match{Decoded: []string{"base64"}}
	got, err := s.Locate(t.Context(), []scanner.Hit{hit}, o.cov)
	must(t, err)
	if len(got) != 1 || got[0].Hit != 0 {
		t.Fatalf("located %d, want the one hit", len(got))
	}
	at := got[0].Occurrence
	if at.Kind != scanner.InFile || at.Repository != "https://example.com/r" || at.Path != "file" ||
		at.Region != hit.Region || at.Snippet != "M…" || !slices.Equal(at.Decoded, []string{"base64"}) {
		t.Errorf("occurrence %+v", at)
	}
	if _, err := s.Locate(t.Context(), []scanner.Hit{{Place: "elsewhere"}}, o.cov); err == nil {
		t.Error("no error for a hit of another source")
	}

	in := NewStdin(strings.NewReader(marker), "log", Options{Kind: scanner.InFile})
	got, err = in.Locate(t.Context(), scanAll(t, in).hits, o.cov)
	must(t, err)
	if len(got) != 1 || got[0].Occurrence.Kind != scanner.InStdin || got[0].Occurrence.Path != "log" {
		t.Errorf("located %+v, want one in standard input", got)
	}
}

func TestStdinThatFails(t *testing.T) {
	s := NewStdin(&failing{"some " + marker}, "<stdin>", Options{})
	cov := scanner.NewCoverage("", scanner.InFile)
	found := 0
	err := s.Read(t.Context(), func(c scanner.Chunk) int { found += strings.Count(string(c.Text), marker); return found }, cov)
	if err == nil || found != 1 {
		t.Errorf("found %d with error %v, want one and an error", found, err)
	}
}

// failing is a reader of a text that breaks off.
type failing struct{ text string }

func (f *failing) Read(p []byte) (int, error) {
	n := copy(p, f.text)
	f.text = f.text[n:]
	if f.text == "" {
		return n, errors.New("broken pipe")
	}
	return n, nil
}

func TestGitIgnore(t *testing.T) {
	dir := plant(t, map[string]string{
		".git/info/exclude":   "excluded\n",
		".gitignore":          "# a comment\n*.log\n!keep.log\n/top\nbuild/\ndocs/*.txt\nall/**\n!all/this\n**/cache\na/**/z\n[!x]y\n\\#hash\ntrail \nfile/\r\n",
		"excluded":            marker,
		"x.log":               marker,
		"keep.log":            marker,
		"top":                 marker,
		"sub/top":             marker,
		"build/x":             marker,
		"sub/build":           marker,
		"docs/a.txt":          marker,
		"docs/sub/a.txt":      marker,
		"all/this":            marker,
		"all/that":            marker,
		"sub/cache":           marker,
		"a/b/c/z":             marker,
		"a/z":                 marker,
		"xy":                  marker,
		"!y":                  marker,
		"#hash":               marker,
		"trail":               marker,
		"file":                marker,
		"sub/.gitignore":      "!x.log\n/own\n",
		"sub/x.log":           marker,
		"sub/own":             marker,
		"own":                 marker,
		"sub/deeper/x.log":    marker,
		"sub/deeper/own":      marker,
		"sub/deeper/y.log/in": marker,
	})
	git := program(t, "git")
	run := func(args ...string) string {
		cmd := exec.Command(git, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %q: %v", args, err)
		}
		return string(out)
	}
	run("init", "-q")
	must(t, os.WriteFile(filepath.Join(dir, ".git/info/exclude"), []byte("excluded\n"), 0o644))
	var want []string
	for name := range strings.SplitSeq(run("ls-files", "-z", "--others", "--exclude-standard"), "\x00") {
		if name != "" && filepath.Base(name) != ".gitignore" {
			want = append(want, name)
		}
	}
	if len(want) < 10 {
		t.Fatalf("git lists %q only", want)
	}
	scanAll(t, New([]string{dir}, Options{GitIgnore: true})).want(t, want)

	t.Run("from a folder below", func(t *testing.T) {
		var below []string
		for _, name := range want {
			if rest, ok := strings.CutPrefix(name, "sub/"); ok {
				below = append(below, rest)
			}
		}
		scanAll(t, New([]string{filepath.Join(dir, "sub")}, Options{GitIgnore: true})).want(t, below)
	})
	t.Run("a file that is given", func(t *testing.T) {
		path := filepath.Join(dir, "x.log")
		scanAll(t, New([]string{path}, Options{GitIgnore: true})).want(t, []string{path})
	})
	t.Run("not asked for", func(t *testing.T) {
		if o := scanAll(t, New([]string{dir}, Options{})); !slices.Contains(o.paths, "x.log") {
			t.Errorf("x.log is not among %q", o.paths)
		}
	})
}

func TestGitIgnoreIsCounted(t *testing.T) {
	dir := plant(t, map[string]string{".gitignore": "*.log\nbuild/\n", "a.log": "", "b.log": "", "build/x": "", "build/y": ""})
	o := scanAll(t, New([]string{dir}, Options{GitIgnore: true}))
	o.wantExcluded(t, "files ignored by git", 3)
}

func TestGitIgnoreOfANestedRepository(t *testing.T) {
	dir := plant(t, map[string]string{
		".git/HEAD": "", ".gitignore": "*.env\n", "a.env": marker,
		"other/.git/HEAD": "", "other/.gitignore": "*.log\n", "other/a.env": marker, "other/a.log": marker,
	})
	scanAll(t, New([]string{dir}, Options{GitIgnore: true})).want(t, []string{"other/a.env"})
}
