package forge_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGitHubAsksWithTheToken(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
		file string
		want string
	}{
		{"none", nil, "", ""},
		{"GITHUB_TOKEN", []string{"GITHUB_TOKEN", "one"}, "", "Bearer one"},
		{"GH_TOKEN goes before", []string{"GITHUB_TOKEN", "one", "GH_TOKEN", "two"}, "", "Bearer two"},
		{"a file goes before both", []string{"GH_TOKEN", "two"}, "three\r\nand more\n", "Bearer three"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got http.Header
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r.Header
				io.WriteString(w, "{}")
			}))
			defer srv.Close()
			o := forge.GitHubOptions{Getenv: env(append(tc.env, "GITHUB_API_URL", srv.URL)...)}
			if tc.file != "" {
				o.TokenFile = file(t, tc.file)
			}
			c, err := forge.NewGitHub(o)
			if err != nil {
				t.Fatal(err)
			}
			var v struct{}
			if _, err := c.Get(context.Background(), "user", &v); err != nil {
				t.Fatal(err)
			}
			if got.Get("Authorization") != tc.want {
				t.Error("Authorization is not as wanted")
			}
			if got.Get("Accept") != "application/vnd.github+json" || got.Get("X-GitHub-Api-Version") != "2022-11-28" {
				t.Errorf("Accept %q, version %q", got.Get("Accept"), got.Get("X-GitHub-Api-Version"))
			}
		})
	}
}

func TestGitHubRefuses(t *testing.T) {
	token := []string{"GH_TOKEN", "one"}
	for _, tc := range []struct {
		name string
		o    forge.GitHubOptions
		want string
	}{
		{"no address", forge.GitHubOptions{URL: "github.example", Getenv: env(token...)}, "no http address"},
		{"a token over http", forge.GitHubOptions{URL: "http://github.example/", Getenv: env(token...)}, "over http"},
		{"no such file", forge.GitHubOptions{TokenFile: "nowhere", Getenv: env()}, "nowhere"},
		{"an empty file", forge.GitHubOptions{TokenFile: file(t, "\n"), Getenv: env()}, "holds no token"},
		{"a token of two lines", forge.GitHubOptions{Getenv: env("GH_TOKEN", "one\ntwo")}, "GH_TOKEN holds no token"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := forge.NewGitHub(tc.o)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("NewGitHub: %v; want an error with %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "two") {
				t.Error("the error quotes the token")
			}
		})
	}
}

func TestSlowAnswerIsGivenUp(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"a":`)
		w.(http.Flusher).Flush()
		<-r.Context().Done() // until the client hangs up
	}))
	defer srv.Close()
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: srv.URL, Getenv: env(), Patience: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var v struct{}
	if _, err := c.Get(context.Background(), "user", &v); err == nil || !strings.Contains(err.Error(), "took longer than 20ms") {
		t.Errorf("Get: %v; want that it took too long", err)
	}
}

func TestDelete(t *testing.T) {
	for _, tc := range []struct {
		name    string
		answers []int
		want    int // status of the error; 0: none
	}{
		{"done", []int{204}, 0},
		{"after a rate limit", []int{429, 204}, 0},
		{"after an error of the server", []int{502, 204}, 0},
		{"not allowed", []int{403}, 403},
		{"not there", []int{404}, 404},
		{"the server stays broken", []int{500, 500, 500, 500, 500, 500}, 500},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asked := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodDelete || r.URL.Path != "/repos/a/b/actions/runs/1/logs" || r.Header.Get("Authorization") != "Bearer one" {
					t.Errorf("%s %s", r.Method, r.URL.Path)
				}
				w.WriteHeader(tc.answers[min(asked, len(tc.answers)-1)])
				asked++
			}))
			defer srv.Close()
			slept := func(context.Context, time.Duration) error { return nil }
			c, err := forge.NewGitHub(forge.GitHubOptions{URL: srv.URL, Getenv: env("GH_TOKEN", "one"), Sleep: slept})
			if err != nil {
				t.Fatal(err)
			}
			err = c.Delete(context.Background(), "repos/a/b/actions/runs/1/logs")
			if forge.StatusOf(err) != tc.want || (err != nil) != (tc.want != 0) {
				t.Errorf("Delete: %v; want status %d", err, tc.want)
			}
			if asked != len(tc.answers) {
				t.Errorf("asked %d times, want %d", asked, len(tc.answers))
			}
		})
	}
}

func TestDeleteStaysAtItsHost(t *testing.T) {
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: "http://localhost:1/", Getenv: env()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(context.Background(), "https://elsewhere.example/x"); err == nil || !strings.Contains(err.Error(), "leads away") {
		t.Errorf("Delete: %v; want that the address leads away", err)
	}
}
