package git_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// hunksOf reads patches and shows each hunk as "path:line text", sorted.
func hunksOf(t *testing.T, p *git.Patches) []string {
	t.Helper()
	var mu sync.Mutex
	var got []string
	cov := scanner.NewCoverage(p.Name(), p.Kind())
	err := p.Read(t.Context(), func(c scanner.Chunk) int {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprintf("%s:%d %q", c.Path, c.Lines+1, c.Text))
		return 0
	}, cov)
	if err != nil {
		t.Fatal(err)
	}
	if n := cov.Read["hunks"]; n != int64(len(got)) {
		t.Errorf("%d hunks counted, %d read", n, len(got))
	}
	slices.Sort(got)
	return got
}

func TestPatches(t *testing.T) {
	huge := strings.Repeat("x", 200_000) + "\n"
	tests := []struct {
		name string
		make func(t *testing.T, r *gitrepo.Repo)
		span string
		want []string
	}{
		{name: "no commit", make: func(*testing.T, *gitrepo.Repo) {}},
		{name: "two hunks of a file", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "1\n2\n3\n").Commit("one")
			r.Write("a", "1\nnew\n2\n3\nlast\n").Commit("two")
		}, want: []string{`a:1 "1\n2\n3\n"`, `a:2 "new\n"`, `a:5 "last\n"`}},
		{name: "no newline at the end, before and after", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "1\n2").Commit("one")
			r.Write("a", "1\n3").Commit("two")
			r.Write("a", "1\n4\n").Commit("three")
		}, want: []string{`a:1 "1\n2"`, `a:2 "3"`, `a:2 "4\n"`}},
		{name: "a range", span: "HEAD~1..HEAD", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "1\n").Commit("one")
			r.Write("b", "2\n").Commit("two")
		}, want: []string{`b:1 "2\n"`}},
		{name: "a removed file adds nothing", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "1\n").Commit("one")
			r.Remove("a").Commit("two")
		}, want: []string{`a:1 "1\n"`}},
		{name: "a removed line is a hunk without text", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "1\n2\n").Commit("one")
			r.Write("a", "1\n").Commit("two")
		}, want: []string{`a:1 ""`, `a:1 "1\n2\n"`}},
		{name: "renamed", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "1\n2\n3\n4\n").Commit("one")
			r.Git("mv", "a", "b")
			r.Commit("two")
		}, want: []string{`a:1 "1\n2\n3\n4\n"`}},
		{name: "only its mode changed", make: func(t *testing.T, r *gitrepo.Repo) {
			r.Write("a", "1\n").Commit("one")
			r.Git("update-index", "--chmod=+x", "a")
			r.Git("commit", "-q", "-m", "two")
		}, want: []string{`a:1 "1\n"`}},
		{name: "binary", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "x\x00y\n").Write("b", "1\n").Commit("one")
		}, want: []string{`b:1 "1\n"`}},
		{name: "NUL far behind", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "1\n").Commit("one")
			r.Write("a", "1\n"+strings.Repeat("y\n", 8000)).Commit("two")
			r.Write("a", "1\n"+strings.Repeat("y\n", 8000)+"z\x00z\n").Commit("three")
		}, want: []string{`a:1 "1\n"`, fmt.Sprintf("a:2 %q", strings.Repeat("y\n", 8000)), `a:8002 "z\x00z\n"`}},
		{name: "a huge line", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", huge+"2\n").Commit("one")
		}, want: []string{fmt.Sprintf("a:1 %q", huge+"2\n")}},
		{name: "Windows line ends", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Git("config", "core.autocrlf", "false")
			r.Write("a", "1\r\n2\r\n").Commit("one")
		}, want: []string{`a:1 "1\r\n2\r\n"`}},
		{name: "text that looks like a patch", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "++ b/other\n@@ -1 +1 @@\n\\ No newline\n").Commit("one")
			r.Write("a", "-- a/other\n").Commit("two")
		}, want: []string{`a:1 "++ b/other\n@@ -1 +1 @@\n\\ No newline\n"`, `a:1 "-- a/other\n"`}},
		{name: "odd paths", make: func(t *testing.T, r *gitrepo.Repo) {
			r.Write("with blanks", "1\n").Write("naïve", "2\n").Write("b/b", "3\n").Commit("one")
		}, want: []string{`b/b:1 "3\n"`, `naïve:1 "2\n"`, `with blanks:1 "1\n"`}},
		{name: "a merge shows nothing of its own", make: func(_ *testing.T, r *gitrepo.Repo) {
			r.Write("a", "1\n").Commit("one")
			r.Switch("side").Write("b", "2\n").Commit("two")
			r.Switch("main").Write("c", "3\n").Commit("three")
			r.Merge("side").Write("d", "4\n").Commit("merge")
		}, want: []string{`a:1 "1\n"`, `b:1 "2\n"`, `c:1 "3\n"`}},
		{name: "the repository's settings change no form", make: func(_ *testing.T, r *gitrepo.Repo) {
			for _, s := range []string{"diff.noprefix", "diff.mnemonicPrefix", "log.showSignature"} {
				r.Git("config", s, "true")
			}
			r.Git("config", "color.ui", "always")
			r.Git("config", "core.quotePath", "false")
			r.Write("naïve", "1\n").Commit("one")
		}, want: []string{`naïve:1 "1\n"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := gitrepo.New(t)
			tt.make(t, r)
			got := hunksOf(t, git.NewPatches(openRepository(t, r.Dir), tt.span, git.Options{}))
			if !slices.Equal(got, tt.want) {
				t.Errorf("read %.300q\nwant %.300q", got, tt.want)
			}
		})
	}
}

// What the repository configures is not run to make patches.
func TestPatchesRunNothing(t *testing.T) {
	r := gitrepo.New(t)
	ran := filepath.Join(t.TempDir(), "ran")
	for _, key := range []string{"diff.external", "diff.spy.command", "diff.spy.textconv"} {
		r.Git("config", key, "touch '"+ran+"' #")
	}
	r.Write(".gitattributes", "* diff=spy\n").Write("a", "1\n").Commit("one")
	r.Write("a", "2\n").Git("add", "-A")
	repo := openRepository(t, r.Dir)
	hunksOf(t, git.NewPatches(repo, "", git.Options{}))
	hunksOf(t, git.NewStagedPatches(repo, r.Dir, git.Options{}))
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program of the repository's config ran")
	}
}

func TestStagedPatches(t *testing.T) {
	r := gitrepo.New(t)
	r.Write("a", "1\n").Write("d[1]/b", "1\n").Write("d1/c", "1\n").Commit("one")
	r.Write("a", "2\n").Write("d[1]/b", "3\n").Write("d1/c", "4\n").Git("add", "-A")
	r.Write("a", "not staged\n")
	repo := openRepository(t, r.Dir)
	for _, tt := range []struct {
		name, dir string
		want      []string
	}{
		{"all", "", []string{`a:1 "2\n"`, `d1/c:1 "4\n"`, `d[1]/b:1 "3\n"`}},
		{"a folder whose name is a pattern", "d[1]", []string{`d[1]/b:1 "3\n"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := hunksOf(t, git.NewStagedPatches(repo, r.Path(tt.dir), git.Options{}))
			if !slices.Equal(got, tt.want) {
				t.Errorf("read %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPatchesLeftOutAndUnread(t *testing.T) {
	r := gitrepo.New(t)
	r.Write("keep", "1\n").Write("leave", "2\n").Commit("one")
	repo := openRepository(t, r.Dir)
	left := git.NewPatches(repo, "", git.Options{Exclude: func(path string) bool { return path == "leave" }})
	if got, want := hunksOf(t, left), []string{`keep:1 "1\n"`}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	for _, span := range []string{"gone..HEAD", "--output=stolen"} {
		p := git.NewPatches(repo, span, git.Options{})
		err := p.Read(t.Context(), func(scanner.Chunk) int { return 0 }, scanner.NewCoverage(p.Name(), p.Kind()))
		if err == nil || !strings.HasPrefix(err.Error(), "git log: ") {
			t.Errorf("%s: error %v, want one of git log", span, err)
		}
	}
	if _, err := os.Stat(r.Path("stolen")); err == nil {
		t.Error("a range was taken for an option")
	}
}

func TestPatchesLocate(t *testing.T) {
	r := gitrepo.New(t)
	value := credential(t, "acme_", 7)
	r.Write("a", "1\n").Commit("one")
	id := r.Write("a", "1\n2\nkey "+value+"\n").Commit("two")
	p := git.NewPatches(openRepository(t, r.Dir), "", git.Options{})
	res := scanner.Run(t.Context(), []scanner.Source{p}, scanner.Options{Engine: boundEngine(t)})
	if len(res.Secrets) != 1 || len(res.Secrets[0].Occurrences) != 1 {
		t.Fatalf("%d secrets, want one in one place", len(res.Secrets))
	}
	o := res.Secrets[0].Occurrences[0]
	if o.Path != "a" || o.Commit != id || o.StartLine != 3 || o.Author != gitrepo.Name || o.Email != gitrepo.Email || o.Date.IsZero() {
		t.Errorf("found at %s:%d of %s by %s <%s>, %v", o.Path, o.StartLine, o.Commit, o.Author, o.Email, o.Date)
	}
}
