package git_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/detectors"
	"github.com/leakguard/leakguard/detectors/checksum"
	"github.com/leakguard/leakguard/detectors/providers"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/fakegithub"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// apiShop is an origin with a branch, feature, that begins at main and is checked out.
func apiShop(t *testing.T) *gitrepo.Repo {
	t.Helper()
	o := newOrigin(t)
	named(o)
	return o.Switch("feature")
}

// named gives a repository the web address that occurrences have.
func named(r *gitrepo.Repo) { r.Git("remote", "add", "origin", "https://github.com/acme/shop") }

// bare is a repository without an object, in which nothing is to be had from git.
func bare(t *testing.T) *gitrepo.Repo {
	t.Helper()
	r := gitrepo.New(t)
	named(r)
	return r
}

// key is a credential that is found wherever it stands.
func key(n uint64) string {
	return checksum.Make("crc32-base62", rand.New(rand.NewPCG(n, 11)), "ghp_")
}

func apiOf(t *testing.T, s *fakegithub.Commits) git.API {
	t.Helper()
	c, err := forge.NewGitHub(forge.GitHubOptions{
		URL: s.URL, Getenv: func(string) string { return "" }, Rate: rate.Inf,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return git.API{Client: c, Name: fakegithub.CommitsRepository}
}

var engine = sync.OnceValues(func() (*detectors.Engine, error) {
	return detectors.New(providers.Load(), detectors.DefaultOptions())
})

func options() git.Options {
	return git.Options{MaxSize: 1 << 20, Archives: files.DefaultLimits(), Exclude: func(path string) bool { return path == "left-out.txt" }}
}

func scan(t *testing.T, ctx context.Context, source scanner.Source, err error) *scanner.Result {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	return scanner.Run(ctx, []scanner.Source{source}, scanner.Options{Engine: e})
}

// scanAPI scans main..feature of an origin through the API, in a repository that has
// what it has.
func scanAPI(t *testing.T, ctx context.Context, here, o *gitrepo.Repo, api git.API, opts git.Options) *scanner.Result {
	t.Helper()
	source, err := git.NewAPIRange(ctx, openRepository(t, here.Dir), api, o.Rev("main"), o.Rev("feature"), opts)
	return scan(t, ctx, source, err)
}

// told is all that a result says of what was found.
func told(res *scanner.Result) []string {
	var all []string
	for _, s := range res.Secrets {
		for _, occ := range s.Occurrences {
			if occ.Field == "author" || occ.Field == "committer" {
				occ.Snippet = "" // the line of git's commit begins with the field's name
			}
			all = append(all, fmt.Sprintf("%s %s %+v", s.Fingerprint, s.Rule.ID, occ))
		}
	}
	slices.Sort(all)
	return all
}

// Through the API the same is found as by git, in a repository that has nothing and in
// one that has the last commit.
func TestAPIRangeFindsWhatRangeFinds(t *testing.T) {
	a, b, c, d := key(1), key(2), key(3), key(4)
	tests := []struct {
		name  string
		make  func(t *testing.T, o *gitrepo.Repo)
		found int // occurrences
	}{
		{"linear", func(_ *testing.T, o *gitrepo.Repo) {
			o.Write("a/b/app.env", "one\ntoken = "+a+"\n").Commit("add")
			o.Write("a/b/app.env", "above\none\ntoken = "+a+"\nnew = "+b+"\n").Commit("move it, and one more")
			o.Write("a.env", "token = "+c+"\n").Write("left-out.txt", d).Commit("elsewhere")
		}, 3},
		{"added and removed", func(_ *testing.T, o *gitrepo.Repo) {
			o.Write("app.env", "token = "+a+"\n").Commit("add")
			o.Remove("app.env").Commit("remove")
		}, 1},
		{"a merge with content of its own", func(_ *testing.T, o *gitrepo.Repo) {
			base := o.Rev("main")
			o.Write("mine.env", "token = "+a+"\n").Commit("mine")
			o.Git("checkout", "-q", "-b", "other", base)
			o.Write("other.env", "token = "+b+"\n").Commit("other")
			o.Switch("feature").Merge("other").Write("evil.env", "token = "+c+"\n").Write("mine.env", "token = "+a+"\nmore = "+d+"\n").Commit("merge")
		}, 4},
		{"a merge of the branch that it goes to", func(_ *testing.T, o *gitrepo.Repo) {
			o.Write("mine.env", "token = "+a+"\n").Commit("mine")
			o.Switch("main").Write("theirs.env", "token = "+b+"\n").Commit("theirs, first")
			o.Write("more.txt", "x").Commit("theirs, second")
			o.Switch("feature").Merge("main~1").Write("theirs.env", "token = "+b+"\nevil = "+c+"\n").Commit("merge")
		}, 2},
		{"renamed", func(_ *testing.T, o *gitrepo.Repo) {
			o.Write("old.env", "token = "+a+"\n").Commit("of main")
			o.Git("branch", "-f", "main", "HEAD")
			o.Remove("old.env").Write("folder/new.env", "token = "+a+"\nmore = "+b+"\n").Commit("rename")
		}, 1},
		{"all files are deleted, and come back", func(_ *testing.T, o *gitrepo.Repo) {
			o.Write("app.env", "token = "+a+"\n").Commit("add")
			o.Git("rm", "-q", "-r", ".")
			o.Commit("delete all")
			o.Write("app.env", "token = "+a+"\n").Commit("add it again")
		}, 2},
		{"a file becomes a folder", func(_ *testing.T, o *gitrepo.Repo) {
			o.Write("x", "token = "+a+"\n").Commit("file")
			o.Remove("x").Write("x/y", "token = "+b+"\n").Commit("folder")
			o.Remove("x").Write("x", "token = "+c+"\n").Commit("file")
		}, 3},
		{"300 commits", func(t *testing.T, o *gitrepo.Repo) {
			chain(t, o, "feature", "", 299)
			o.Git("reset", "-q", "--hard")
			o.Write("app.env", "token = "+a+"\n").Commit("the last")
		}, 1},
		{"binary, an archive and UTF-16", func(t *testing.T, o *gitrepo.Repo) {
			wide := "\xff\xfe"
			for _, r := range "token = " + c + "\n" {
				wide += string(r) + "\x00"
			}
			o.Write("core.bin", "\x00\x01\xff"+a+"\x00").Write("a.zip", string(fakegithub.Zip(t, map[string]string{"in/app.env": "token = " + b + "\n"}))).Write("wide.txt", wide).Commit("add")
		}, 3},
		{"a submodule, a symbolic link and an executable", func(_ *testing.T, o *gitrepo.Repo) {
			o.Symlink("link", "https://x:"+a+"@example.com/").Write("run.sh", "token="+b+"\n")
			o.Git("add", "-A")
			o.Git("update-index", "--chmod=+x", "run.sh")
			o.Git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",module")
			o.Git("commit", "-q", "-m", "add")
			o.Git("rm", "-q", "--cached", "module")
			o.Git("commit", "-q", "-m", "remove")
		}, 2},
		{"in messages and names", func(_ *testing.T, o *gitrepo.Repo) {
			o.Commit("nothing changed\n\nbut " + a)
			o.Git("-c", "user.name=x", "commit", "-q", "--allow-empty", "-m", "by", "--author", b+" <ada@example.com>")
		}, 2},
		{"nothing", func(*testing.T, *gitrepo.Repo) {}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := apiShop(t)
			tt.make(t, o)
			local, err := git.NewRange(t.Context(), openRepository(t, o.Dir), o.Rev("main")+".."+o.Rev("feature"), options())
			byGit := scan(t, t.Context(), local, err)
			want := told(byGit)
			if len(want) != tt.found || !byGit.Complete() {
				t.Fatalf("git: %d occurrences, want %d; complete: %t", len(want), tt.found, byGit.Complete())
			}
			tip := checkout(t, o, "feature", "--depth=1")
			tip.Git("remote", "set-url", "origin", "https://github.com/acme/shop")
			for _, here := range []*gitrepo.Repo{bare(t), tip} {
				s := fakegithub.NewCommits(t, o)
				res := scanAPI(t, t.Context(), here, o, apiOf(t, s), options())
				if got := told(res); !slices.Equal(got, want) {
					t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				if !res.Complete() {
					t.Errorf("gaps: %+v", res.Coverage[0].Gaps)
				}
				for _, unit := range []string{"commits", "files"} {
					if got, want := res.Coverage[0].Read[unit], byGit.Coverage[0].Read[unit]; got != want {
						t.Errorf("%d %s were read, want %d", got, unit, want)
					}
				}
				onceEach(t, s.Asked())
			}
		})
	}
}

// onceEach says what was asked for more than once.
func onceEach(t *testing.T, asked []string) {
	t.Helper()
	slices.Sort(asked)
	for i := 1; i < len(asked); i++ {
		if asked[i] == asked[i-1] && !strings.HasPrefix(asked[i], "compare/") { // its pages
			t.Errorf("%s was asked for more than once", asked[i])
		}
	}
}

// What the repository has is not asked for.
func TestAPIRangeAsksForWhatIsMissing(t *testing.T) {
	o := apiShop(t)
	o.Write("app.env", "token = "+key(1)+"\n").Commit("add")
	o.Write("other.txt", "x").Commit("the last")
	s := fakegithub.NewCommits(t, o)
	tip := checkout(t, o, "feature", "--depth=1")
	scanAPI(t, t.Context(), tip, o, apiOf(t, s), options())
	asked := slices.DeleteFunc(s.Asked(), func(path string) bool { return strings.HasPrefix(path, "compare/") })
	want := []string{"git/trees/" + o.Rev("main^{tree}"), "git/trees/" + o.Rev("feature~1^{tree}")}
	slices.Sort(asked)
	slices.Sort(want)
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}

func refusal(w http.ResponseWriter, status int, message string) bool {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message, "documentation_url": "https://docs.github.com/rest", "status": fmt.Sprint(status)})
	return true
}

// What cannot be had is a gap that says why, and what else there is is found.
func TestAPIRangeGaps(t *testing.T) {
	tests := []struct {
		name     string
		change   func(o *gitrepo.Repo, s *fakegithub.Commits, api *git.API)
		gap      scanner.Gap
		found    int // of the two
		gaps     int
		requests int // at most; 0: any number
	}{
		{name: "all can be had", change: func(*gitrepo.Repo, *fakegithub.Commits, *git.API) {}, found: 2},
		{name: "a blob is not there", change: refuse("git/blobs/", "feature~1:a/one.env", http.StatusNotFound, "Not Found"),
			gap: scanner.Gap{What: `(path "a/one.env")`, Why: "404 Not Found", Fix: "fetch-depth: 0"}, found: 1, gaps: 1},
		{name: "a blob is refused", change: refuse("git/blobs/", "feature~1:a/one.env", http.StatusForbidden, "This API returns blobs up to 100 MB in size."),
			gap: scanner.Gap{What: `(path "a/one.env")`, Why: "up to 100 MB", Fix: "contents: read"}, found: 1, gaps: 1},
		{name: "a tree is not there", change: refuse("git/trees/", "feature~1^{tree}", http.StatusNotFound, "Not Found"),
			gap: scanner.Gap{What: "tree ", Why: "404 Not Found", Fix: "fetch-depth: 0"}, found: 2, gaps: 1},
		{name: "the token ceases to be good", change: refuse("git/blobs/", "feature~1:a/one.env", http.StatusUnauthorized, "Bad credentials"),
			gap: scanner.Gap{What: "1 of the range's 2 commits, from ", Why: "401 Unauthorized: Bad credentials", Fix: "fetch-depth: 0"}, gaps: 2, requests: 4},
		{name: "the limit is reached", change: refuse("git/blobs/", "feature~1:a/one.env", http.StatusForbidden, "API rate limit exceeded for installation ID 1."),
			gap: scanner.Gap{What: "1 of the range's 2 commits, from ", Why: "rate limit exceeded", Fix: "fetch-depth: 0"}, gaps: 2, requests: 4},
		{name: "more requests than are allowed", change: func(_ *gitrepo.Repo, _ *fakegithub.Commits, api *git.API) { api.Requests = 3 },
			gap: scanner.Gap{What: "1 of the range's 2 commits, from ", Why: "more than 3 requests", Fix: "fetch-depth: 0"}, gaps: 2, requests: 3},
		{name: "a tree is cut with its folders, not alone", change: func(_ *gitrepo.Repo, s *fakegithub.Commits, _ *git.API) { s.Cut = 8 }, found: 2},
		{name: "a tree is cut", change: func(_ *gitrepo.Repo, s *fakegithub.Commits, _ *git.API) { s.Cut = 5 },
			gap: scanner.Gap{What: "tree ", Why: "cuts the list", Fix: "fetch-depth: 0"}, gaps: 3},
		{name: "a blob is another", change: replace("git/blobs/", "feature~1:a/one.env", `{"sha": "x", "node_id": "B", "url": "https://api.github.example/", "size": 2, "encoding": "base64", "content": "aGk="}`),
			gap: scanner.Gap{What: `(path "a/one.env")`, Why: "not what git has under this name", Fix: "fetch-depth: 0"}, found: 1, gaps: 1},
		{name: "a blob is not in base64", change: replace("git/blobs/", "feature~1:a/one.env", `{"sha": "x", "node_id": "B", "url": "https://api.github.example/", "size": 2, "encoding": "none", "content": "*"}`),
			gap: scanner.Gap{What: `(path "a/one.env")`, Why: "cannot be read: illegal base64", Fix: "fetch-depth: 0"}, found: 1, gaps: 1},
		{name: "a tree lacks files, and nothing says so", change: replace("git/trees/", "feature~1^{tree}", `{"sha": "x", "truncated": false, "tree": []}`),
			gap: scanner.Gap{What: "tree ", Why: "not what git has under this name", Fix: "fetch-depth: 0"}, found: 2, gaps: 1},
		{name: "a tree names no objects", change: replace("git/trees/", "feature~1^{tree}", `{"sha": "x", "truncated": false, "tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": "y"}]}`),
			gap: scanner.Gap{What: "tree ", Why: `names an object "y"`, Fix: "fetch-depth: 0"}, found: 2, gaps: 1},
	}
	o, here := apiShop(t), bare(t)
	o.Write("a/one.env", "token = "+key(1)+"\n").Commit("one")
	o.Write("b/two.env", "token = "+key(2)+"\n").Commit("two")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := fakegithub.NewCommits(t, o)
			api := apiOf(t, s)
			tt.change(o, s, &api)
			res := scanAPI(t, t.Context(), here, o, api, options())
			gaps := slices.Compact(res.Coverage[0].Gaps) // a tree is looked at more than once
			if len(res.Secrets) != tt.found || len(gaps) != tt.gaps {
				t.Errorf("%d secrets and %d gaps, want %d and %d: %+v", len(res.Secrets), len(gaps), tt.found, tt.gaps, gaps)
			}
			if tt.gaps > 0 && !slices.ContainsFunc(gaps, func(g scanner.Gap) bool {
				return strings.Contains(g.What, tt.gap.What) && strings.Contains(g.Why, tt.gap.Why) && strings.Contains(g.Fix, tt.gap.Fix)
			}) {
				t.Errorf("gaps %+v; want %+v", gaps, tt.gap)
			}
			if n := len(s.Asked()); tt.requests > 0 && n > tt.requests {
				t.Errorf("%d requests, want at most %d: %q", n, tt.requests, s.Asked())
			}
		})
	}
}

// only is for one path below the repository's.
func only(path string, answer func(http.ResponseWriter) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/"+path) && answer(w)
	}
}

// refuse refuses one object.
func refuse(kind, rev string, status int, message string) func(*gitrepo.Repo, *fakegithub.Commits, *git.API) {
	return func(o *gitrepo.Repo, s *fakegithub.Commits, _ *git.API) {
		s.Intercept = only(kind+o.Rev(rev), func(w http.ResponseWriter) bool { return refusal(w, status, message) })
	}
}

// replace answers for one object with something else.
func replace(kind, rev, answer string) func(*gitrepo.Repo, *fakegithub.Commits, *git.API) {
	return func(o *gitrepo.Repo, s *fakegithub.Commits, _ *git.API) {
		s.Intercept = only(kind+o.Rev(rev), func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, answer)
			return true
		})
	}
}

// A blob over the limit is a gap, not half a file.
func TestAPIRangeTooLarge(t *testing.T) {
	o := apiShop(t)
	o.Write("large.txt", "token = "+key(1)+strings.Repeat("\nx", 1000)).Write("small.txt", "token = "+key(2)).Commit("add")
	o.Write("huge.txt", strings.Repeat("x\n", 200_000)).Commit("more than is read at all")
	opts := options()
	opts.MaxSize = 1000
	res := scanAPI(t, t.Context(), bare(t), o, apiOf(t, fakegithub.NewCommits(t, o)), opts)
	gaps := res.Coverage[0].Gaps
	if len(res.Secrets) != 1 || len(gaps) != 2 {
		t.Fatalf("%d secrets, want 1; gaps %+v, want 2", len(res.Secrets), gaps)
	}
	for _, g := range gaps {
		if !strings.Contains(g.Why, "larger than the limit") || !strings.Contains(g.Fix, "--max-size") {
			t.Errorf("gap %+v", g)
		}
	}
}

// Commits that GitHub counts and does not name are a gap.
func TestAPIRangeCountsCommits(t *testing.T) {
	o := apiShop(t)
	chain(t, o, "feature", "", 101)
	s := fakegithub.NewCommits(t, o)
	compare := fmt.Sprintf("/repos/acme/shop/compare/%s...%s", o.Rev("main"), o.Rev("feature"))
	beyond := httptest.NewRecorder()
	s.ServeHTTP(beyond, httptest.NewRequest(http.MethodGet, compare+"?per_page=100&page=3", nil))
	s.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("page") != "2" {
			return false
		}
		_, _ = w.Write(beyond.Body.Bytes())
		return true
	}
	gaps := scanAPI(t, t.Context(), bare(t), o, apiOf(t, s), options()).Coverage[0].Gaps
	if len(gaps) != 1 || !strings.HasPrefix(gaps[0].What, "1 commit") {
		t.Errorf("gaps %+v, want one of one commit", gaps)
	}
}

// A scan that is stopped says so.
func TestAPIRangeInterrupted(t *testing.T) {
	o := apiShop(t)
	o.Write("a.txt", "a").Commit("add")
	o.Write("b.txt", "b").Commit("add")
	s := fakegithub.NewCommits(t, o)
	ctx, stop := context.WithCancel(t.Context())
	s.Intercept = only("git/blobs/"+o.Rev("feature~1:a.txt"), func(http.ResponseWriter) bool { stop(); return false })
	if res := scanAPI(t, ctx, bare(t), o, apiOf(t, s), options()); !res.Interrupted || res.Complete() {
		t.Errorf("interrupted: %t, complete: %t", res.Interrupted, res.Complete())
	}
}

// Where GitHub does not tell of the range there is no source, and the error says why.
func TestNewAPIRangeErrors(t *testing.T) {
	o := apiShop(t)
	base, head, none := o.Rev("main"), o.Rev("feature"), strings.Repeat("1", 40)
	api := apiOf(t, fakegithub.NewCommits(t, o))
	other := api
	other.Name = "acme/other"
	tests := []struct {
		name       string
		api        git.API
		here       *gitrepo.Repo
		base, head string
		want       string
	}{
		{"base is a name", api, bare(t), "main", head, `base "main"`},
		{"head is a name", api, bare(t), base, "feature", `head "feature"`},
		{"head is not known", api, bare(t), base, none, "404 Not Found"},
		{"no such repository", other, bare(t), base, head, "404 Not Found"},
		{"SHA-256", api, gitrepo.New(t, "--object-format=sha256"), base, head, "SHA-256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := git.NewAPIRange(t.Context(), openRepository(t, tt.here.Dir), tt.api, tt.base, tt.head, options())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}
