package fakegithub

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestCommits has the fake tell of a repository what git tells of it.
func TestCommits(t *testing.T) {
	g := gitrepo.New(t)
	base := g.Write("a/b.txt", "one\n").Commit("first")
	second := g.Write("c.txt", strings.Repeat("x", 100)).Commit("second")
	head := g.Write("a/b.txt", "two\n").Commit("third")
	s := NewCommits(t, g)
	ask := func(t *testing.T, path string, answer any) (next string) {
		t.Helper()
		resp, err := http.Get(s.URL + "repos/" + CommitsRepository + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
			t.Fatal(err)
		}
		return resp.Header.Get("Link")
	}

	t.Run("pages of a comparison", func(t *testing.T) {
		var pages [2]struct {
			Total   int `json:"total_commits"`
			Commits []struct{ SHA string }
			Base    struct{ SHA string } `json:"base_commit"`
		}
		next := ask(t, "compare/"+base+"..."+head+"?per_page=1&page=1", &pages[0])
		last := ask(t, "compare/"+base+"..."+head+"?per_page=1&page=2", &pages[1])
		for i, want := range []string{second, head} {
			if p := pages[i]; p.Total != 2 || p.Base.SHA != base || len(p.Commits) != 1 || p.Commits[0].SHA != want {
				t.Errorf("page %d: %+v, want commit %s", i+1, p, want)
			}
		}
		if !strings.Contains(next, `rel="next"`) || last != "" {
			t.Errorf("Link %q and %q, want one only on the first page", next, last)
		}
	})
	t.Run("trees", func(t *testing.T) {
		for _, tt := range []struct {
			query string
			cut   int
			want  []string
		}{{"", 0, []string{"a", "c.txt"}}, {"?recursive=1", 0, []string{"a", "a/b.txt", "c.txt"}}, {"?recursive=1", 2, []string{"a", "a/b.txt"}}} {
			var tree struct {
				Tree      []struct{ Path string }
				Truncated bool
			}
			s.Cut = tt.cut
			ask(t, "git/trees/"+g.Rev(head+"^{tree}")+tt.query, &tree)
			var got []string
			for _, e := range tree.Tree {
				got = append(got, e.Path)
			}
			if !slices.Equal(got, tt.want) || tree.Truncated != (tt.cut > 0) {
				t.Errorf("tree%s: %q, truncated %t; want %q", tt.query, got, tree.Truncated, tt.want)
			}
		}
	})
	t.Run("a blob", func(t *testing.T) {
		var blob struct{ Content string }
		ask(t, "git/blobs/"+g.Rev(head+":c.txt"), &blob)
		data, err := base64.StdEncoding.DecodeString(blob.Content)
		if err != nil || string(data) != strings.Repeat("x", 100) || !strings.Contains(blob.Content, "\n") {
			t.Errorf("content %q: %v", blob.Content, err)
		}
	})
	t.Run("a commit", func(t *testing.T) {
		var commit struct{ Tree struct{ SHA string } }
		if ask(t, "git/commits/"+second, &commit); commit.Tree.SHA != g.Rev(second+"^{tree}") {
			t.Errorf("tree %q", commit.Tree.SHA)
		}
	})
	t.Run("what is not there", func(t *testing.T) {
		none := strings.Repeat("1", 40)
		for _, path := range []string{"git/blobs/" + none, "git/trees/" + none, "git/commits/" + none, "compare/" + none + "..." + head, "git/blobs/" + head} {
			var refused struct{ Status string }
			if ask(t, path, &refused); refused.Status != "404" {
				t.Errorf("%s: status %q, want 404", path, refused.Status)
			}
		}
	})
}
