package main

import (
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/gitrepo"
)

// received are pushes of several refs to a server. build makes what is pushed in a
// repository whose first commit the server has, and returns what follows "git push
// URL" and what the user reads where it is to be refused.
var received = []struct {
	name  string
	build func(t *testing.T, r *gitrepo.Repo, secret string) (refs []string, says []string)
}{
	{"clean", func(_ *testing.T, r *gitrepo.Repo, _ string) ([]string, []string) {
		r.Write("more", "x\n").Commit("more")
		return []string{"main"}, nil
	}},
	{"secret in the middle commit", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, []string) {
		c := r.Write("app.env", withSecret(secret)).Commit("add")
		r.Remove("app.env").Commit("remove")
		return []string{"main"}, []string{"app.env:2:9", "commit " + c[:10]}
	}},
	{"three refs, one bad", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, []string) {
		r.Switch("one").Write("one", "x\n").Commit("one")
		r.Switch("main").Switch("two").Write("app.env", withSecret(secret)).Commit("two")
		r.Switch("main").Write("more", "x\n").Commit("more")
		return []string{"one", "two", "main"}, []string{"app.env:2:9", "all refs of it"}
	}},
	{"secret in a tag message", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, []string) {
		r.Git("tag", "-a", "v1", "-m", "the key is "+secret)
		return []string{"v1"}, []string{"tag message of commit"}
	}},
	{"config that is pushed with it", func(_ *testing.T, r *gitrepo.Repo, secret string) ([]string, []string) {
		r.Write(".leakguard.toml", "[rules]\ndisable = [\""+tokenRule+"\", \"generic-secret\"]\n[scan]\nexclude = [\"**\"]\n")
		r.Write("app.env", withSecret(secret)).Commit("add")
		return []string{"main"}, []string{"app.env:2:9"}
	}},
	{"deleted", func(_ *testing.T, r *gitrepo.Repo, _ string) ([]string, []string) {
		return []string{":old"}, nil
	}},
	{"known to the server", func(_ *testing.T, r *gitrepo.Repo, _ string) ([]string, []string) {
		return []string{"main:again"}, nil
	}},
}

// TestPreReceive pushes by path and over HTTP, with objects that arrive one by one
// and with such that stay in a pack.
func TestPreReceive(t *testing.T) {
	t.Parallel()
	for _, c := range received {
		for _, way := range []string{"path", "http, packed"} {
			t.Run(c.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				secret := token(t, 1)
				r, server := pushing(t)
				r.Git("push", "-q", "origin", "main:old")
				url := server.Dir
				if way != "path" {
					server.Git("config", "receive.unpackLimit", "1")
					url = httpServer(t, server)
				}
				installed(t, server, hookPreReceive)
				refs, says := c.build(t, r, secret)
				refsBefore, objectsBefore := server.Git("for-each-ref"), objectsOf(t, server)
				_, err := withHooks(t, r).Try(append([]string{"push", "-q", url}, refs...)...)
				if says == nil {
					if err != nil || server.Git("for-each-ref") == refsBefore {
						t.Errorf("the push did not arrive: %v", err)
					}
					return
				}
				if err == nil {
					t.Fatal("the push was accepted")
				}
				for _, want := range append(says, "nothing was stored here") {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("the user does not read %q: %s", want, masked(err.Error(), secret))
					}
				}
				if strings.Contains(err.Error(), secret) {
					t.Error("the output holds the secret in clear")
				}
				if server.Git("for-each-ref") != refsBefore || objectsOf(t, server) != objectsBefore {
					t.Error("something of the push is in the repository")
				}
			})
		}
	}
}

// objectsOf lists all objects of a repository, whatever leads to them.
func objectsOf(t *testing.T, r *gitrepo.Repo) string {
	t.Helper()
	return r.Git("cat-file", "--batch-check", "--batch-all-objects")
}

// httpServer serves the repository by git http-backend; its hooks run this test
// binary as leakguard.
func httpServer(t *testing.T, r *gitrepo.Repo) (url string) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	r.Git("config", "http.receivepack", "true")
	server := httptest.NewServer(&cgi.Handler{
		Path: git, Args: []string{"http-backend"}, Dir: r.Dir,
		Env: append(userEnv(t), actAsLeakguard, "GIT_PROJECT_ROOT="+filepath.Dir(r.Dir), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1"),
	})
	t.Cleanup(server.Close)
	return server.URL + "/" + filepath.Base(r.Dir)
}

// TestPreReceiveFirst wants a push to an empty repository to be read whole.
func TestPreReceiveFirst(t *testing.T) {
	t.Parallel()
	server, r := gitrepo.New(t, "--bare"), repository(t)
	installed(t, server, hookPreReceive)
	r.Write("app.env", withSecret(token(t, 1))).Commit("add")
	if _, err := withHooks(t, r).Try("push", "-q", server.Dir, "main"); err == nil || !strings.Contains(err.Error(), "app.env:2:9") {
		t.Errorf("git ended with %s", masked(errorText(err), token(t, 1)))
	}
	withHooks(t, r).Git("push", "-q", server.Dir, "main~1:refs/heads/main")
}

func errorText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

// TestPreReceivePolicy wants the config of the default branch to hold, and one
// that is wrong there to stop nobody but those who push a secret.
func TestPreReceivePolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, config string
		refused      bool
		says         string // also where the push is accepted
	}{
		{"none", "", true, ""},
		{"rule disabled", "[rules]\ndisable = [\"" + tokenRule + "\", \"generic-secret\"]\n", false, ""},
		{"path excluded", "[scan]\nexclude = [\"*.env\"]\n", false, ""},
		{"unknown key", "[scan]\nnonsense = 1\n", true, "HEAD:.leakguard.toml"},
		{"file of the server", "[suppress]\nignore-file = \"/etc/passwd\"\n", true, `"/etc/passwd" is not in the repository`},
		{"file outside", "[suppress]\nignore-file = \"../secrets\"\n", true, "../secrets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, server := pushing(t)
			r.Write(".leakguard.toml", c.config).Commit("config")
			r.Git("push", "-q", "origin", "main")
			installed(t, server, hookPreReceive)
			r.Switch("side").Write("app.env", withSecret(token(t, 1))).Commit("add")
			_, err := withHooks(t, r).Try("push", "-q", "origin", "side")
			if said := errorText(err); (err != nil) != c.refused || !strings.Contains(said, c.says) {
				t.Errorf("refused: %t, want %t; git said %s", err != nil, c.refused, masked(said, token(t, 1)))
			}
			r.Switch("main").Write(".leakguard.toml", "# corrected\n").Commit("config")
			withHooks(t, r).Git("push", "-q", "origin", "main")
		})
	}
}

// TestPreReceiveFlags runs the hook as a server's own script calls it.
func TestPreReceiveFlags(t *testing.T) {
	t.Parallel()
	marked := func(secret string) string { return "token = " + secret + " # leakguard:allow test\n" }
	clean := func(string) string { return "clean\n" }
	for _, c := range []struct {
		name, flags string
		file        func(secret string) string
		refused     string // what the user reads; "": accepted
	}{
		{"mark in the text", "", marked, ""},
		{"mark that does not count", "--no-inline-allow", marked, "app.env:1:9"},
		{"no time", "--timeout 1ns", clean, "not everything could be read"},
		{"no time, and not minded", "--timeout 1ns --allow-incomplete", clean, ""},
		{"another config", "--config strange.toml", func(s string) string { return withSecret(s) }, ""},
		{"a config that is not there", "--config gone.toml", clean, "gone.toml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, server := pushing(t)
			server.Write("strange.toml", "[rules]\ndisable = [\""+tokenRule+"\", \"generic-secret\"]\n")
			hook := "#!/bin/sh\nexec '" + filepath.Join(onPath(t), "leakguard") + "' hook run pre-receive " + c.flags + "\n"
			server.Write("hooks/pre-receive", hook)
			if err := os.Chmod(server.Path("hooks/pre-receive"), 0o755); err != nil {
				t.Fatal(err)
			}
			r.Write("app.env", c.file(token(t, 1))).Commit("add")
			_, err := withHooks(t, r, "SKIP=leakguard").Try("push", "-q", "origin", "main")
			if said := errorText(err); (err != nil) != (c.refused != "") || !strings.Contains(said, c.refused) {
				t.Errorf("refused: %t; git said %s", err != nil, masked(said, token(t, 1)))
			}
		})
	}
}
