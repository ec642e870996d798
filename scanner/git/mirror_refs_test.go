package git_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// TestRefsAreThoseOfMirror compares what repositories say with what their mirrors hold.
func TestRefsAreThoseOfMirror(t *testing.T) {
	tests := []struct {
		name   string
		change func(o *gitrepo.Repo)
	}{
		{"one branch", func(*gitrepo.Repo) {}},
		{"branches, tags, notes, pull requests", func(o *gitrepo.Repo) {
			pull(o, chain(t, o, "feature", "main", 2))
			o.Git("notes", "add", "-m", "a note", "main")
			o.Git("tag", "-a", "-m", "release", "v1", "main")
		}},
		{"some packed", func(o *gitrepo.Repo) {
			chain(t, o, "old", "main", 1)
			o.Git("pack-refs", "--all")
			chain(t, o, "new", "main", 1)
			o.Git("branch", "-f", "old", "main")
		}},
		{"detached head", func(o *gitrepo.Repo) {
			o.Git("checkout", "-q", "--detach", "main")
			o.Write("alone.txt", "alone").Commit("on no branch")
		}},
		{"no branch of that name", func(o *gitrepo.Repo) {
			o.Git("branch", "-m", "main", "trunk")
			o.Git("symbolic-ref", "HEAD", "refs/heads/none")
		}},
		{"empty", func(o *gitrepo.Repo) {
			o.Git("checkout", "-q", "--detach")
			o.Git("branch", "-D", "main")
			o.Git("symbolic-ref", "HEAD", "refs/heads/none")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOrigin(t)
			tip := o.Rev("HEAD")
			tt.change(o)
			server := newGitServer(t, o, func(*http.Request) bool { return true })
			for _, clone := range []string{o.URL(), server + "/repo"} {
				s, _ := openMirrors(t, 1<<30)
				want := update(t, s, clone).Refs
				got, err := s.Refs(t.Context(), clone, git.Auth{})
				if err != nil || got != want {
					t.Errorf("%s: %s, %v; want %s", clone, got, err, want)
				}
				o.Git("update-ref", "refs/pull/9/head", tip)
				if got, err := s.Refs(t.Context(), clone, git.Auth{}); err != nil || got == want {
					t.Errorf("%s: a new ref does not change %s, %v", clone, got, err)
				}
				o.Git("update-ref", "-d", "refs/pull/9/head")
			}
		})
	}
}

// TestRefsOnlyGitTells has repositories that are not asked for their refs within the
// process.
func TestRefsOnlyGitTells(t *testing.T) {
	gitrepo.Needs(t, 2, 36)
	s, _ := openMirrors(t, 1<<30)
	sha256 := newOrigin(t, "--object-format=sha256")
	server := newGitServer(t, sha256, func(*http.Request) bool { return true })
	for _, clone := range []string{sha256.URL(), server + "/repo", "ssh://git@git.example/acme/shop", sha256.URL() + "/nothing"} {
		if refs, err := s.Refs(t.Context(), clone, git.Auth{}); err == nil || !strings.Contains(err.Error(), clone) {
			t.Errorf("%s: %s, %v; want an error that names it", clone, refs, err)
		}
	}
	update(t, s, server+"/repo")
}

// TestRefsAuth has servers that want a token, lead elsewhere, or are not there.
func TestRefsAuth(t *testing.T) {
	o := newOrigin(t)
	token := strings.Repeat("t6", 12)
	good := newGitServer(t, o, func(r *http.Request) bool {
		_, password, _ := r.BasicAuth()
		return password == token
	})
	var stolen atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Store(true) }))
	defer other.Close()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/elsewhere/"):
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/old/"):
			http.Redirect(w, r, strings.Replace(r.URL.String(), "/old/", "/repo/", 1), http.StatusMovedPermanently)
		case strings.HasPrefix(r.URL.Path, "/repo/"):
			proxy(w, r, good)
		default:
			http.NotFound(w, r)
		}
	}))
	defer front.Close()
	s, _ := openMirrors(t, 1<<30)
	for _, tt := range []struct {
		name, path, token string
		want              error // nil: it works
	}{
		{"good", "/repo", token, nil},
		{"moved", "/old", token, nil},
		{"no token", "/repo", "", git.ErrDenied},
		{"other token", "/repo", token + "x", git.ErrDenied},
		{"not found", "/gone", token, git.ErrNotFound},
		{"moved to another server", "/elsewhere", token, git.ErrDenied},
	} {
		_, err := s.Refs(t.Context(), front.URL+tt.path, git.Auth{Token: tt.token, Server: front.URL})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if err != nil && tt.token != "" && strings.Contains(err.Error(), tt.token) {
			t.Errorf("%s: the error holds the token", tt.name)
		}
	}
	if stolen.Load() {
		t.Error("the other server was asked")
	}
}

// TestRefsOfSilentServer asks a server no more that could not be reached: git may know
// another way, and waiting for it each time would take long.
func TestRefsOfSilentServer(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "later", http.StatusServiceUnavailable)
	}))
	defer server.Close()
	s, _ := openMirrors(t, 1<<30)
	for range 3 {
		if _, err := s.Refs(t.Context(), server.URL+"/repo", git.Auth{}); !errors.Is(err, git.ErrUnreachable) {
			t.Errorf("%v, want %v", err, git.ErrUnreachable)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("it was asked %d times, want once", n)
	}
}
