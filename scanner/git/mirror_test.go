package git_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/testdata/gitrepo"
)

func openMirrors(t *testing.T, limit int64) (*git.Mirrors, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mirrors")
	s, err := git.OpenMirrors(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func update(t *testing.T, s *git.Mirrors, clone string) *git.Mirror {
	t.Helper()
	m, err := s.Update(t.Context(), clone, git.Auth{})
	if err != nil {
		t.Fatal(err)
	}
	m.Release()
	return m
}

// sameRefs wants a mirror to have what the remote has, whole.
func sameRefs(t *testing.T, m *git.Mirror, o *gitrepo.Repo) {
	t.Helper()
	c := gitrepo.At(t, m.Path)
	const format = "--format=%(objectname) %(refname)"
	if got, want := c.Git("for-each-ref", format), o.Git("for-each-ref", format); got != want {
		t.Errorf("refs\n%s\nwant\n%s", got, want)
	}
	if got, want := c.Git("symbolic-ref", "HEAD"), o.Git("symbolic-ref", "HEAD"); got != want {
		t.Errorf("HEAD %s, want %s", got, want)
	}
	if _, err := c.Try("fsck", "--full"); err != nil {
		t.Error(err)
	}
}

func TestMirrorFollows(t *testing.T) {
	o := newOrigin(t)
	s, _ := openMirrors(t, 1<<30)
	steps := []struct {
		name    string
		change  func()
		changed bool
	}{
		{"clone", func() {
			pull(o, chain(t, o, "feature", "main", 2))
			o.Git("notes", "add", "-m", "a note", "main")
		}, true},
		{"nothing", func() {}, false},
		{"new branch and tag", func() {
			chain(t, o, "topic", "main~2", 2)
			o.Git("tag", "-a", "-m", "release", "v1", "topic")
		}, true},
		{"forced push", func() { o.Git("branch", "-f", "feature", "main~3") }, true},
		{"branches deleted, one is now a folder", func() {
			o.Git("branch", "-D", "topic", "feature")
			chain(t, o, "topic/sub", "main", 1)
		}, true},
		{"default branch renamed", func() { o.Git("branch", "-m", "main", "trunk") }, true},
		{"nothing again", func() {}, false},
	}
	digest := ""
	for _, tt := range steps {
		t.Run(tt.name, func(t *testing.T) {
			tt.change()
			m := update(t, s, o.URL())
			if m.Changed != tt.changed || (m.Refs != digest) != tt.changed || m.Empty || len(m.Gaps) > 0 {
				t.Errorf("%+v, want a change: %v", m, tt.changed)
			}
			digest = m.Refs
			sameRefs(t, m, o)
		})
	}
}

func TestMirrorDetachedHead(t *testing.T) {
	o := newOrigin(t)
	o.Git("checkout", "-q", "--detach", "main")
	alone := o.Write("alone.txt", "alone").Commit("on no branch")
	s, _ := openMirrors(t, 1<<30)
	m := update(t, s, o.URL())
	if got := gitrepo.At(t, m.Path).Rev("HEAD"); got != alone {
		t.Errorf("HEAD %s, want %s", got, alone)
	}
	if update(t, s, o.URL()).Changed {
		t.Error("the second update changed refs")
	}
}

func TestMirrorEmpty(t *testing.T) {
	o := newOrigin(t)
	empty := gitrepo.New(t)
	s, _ := openMirrors(t, 1<<30)
	if m := update(t, s, empty.URL()); !m.Empty || len(m.Gaps) > 0 {
		t.Errorf("%+v, want an empty one", m)
	}
	update(t, s, o.URL())
	o.Git("checkout", "-q", "--detach")
	o.Git("branch", "-D", "main")
	o.Git("symbolic-ref", "HEAD", "refs/heads/none")
	if m := update(t, s, o.URL()); !m.Empty || !m.Changed {
		t.Errorf("all refs deleted: %+v, want it changed and empty", m)
	}
}

func TestMirrorSHA256(t *testing.T) {
	gitrepo.Needs(t, 2, 36)
	o := newOrigin(t, "--object-format=sha256")
	s, _ := openMirrors(t, 1<<30)
	m := update(t, s, o.URL())
	sameRefs(t, m, o)
	chain(t, o, "topic", "main", 1)
	if m = update(t, s, o.URL()); !m.Changed {
		t.Error("a new branch is no change")
	}
	sameRefs(t, m, o)
}

// TestMirrorBroken has a remote that lacks an object, and one whose object is corrupt:
// what does not lead there is mirrored.
func TestMirrorBroken(t *testing.T) {
	for _, how := range []string{"missing", "corrupt"} {
		t.Run(how, func(t *testing.T) {
			o := newOrigin(t)
			for i := range 5 {
				o.Git("branch", fmt.Sprintf("good-%d", i), fmt.Sprintf("main~%d", i))
			}
			o.Switch("bad").Write("bad.txt", strings.Repeat("bad", 100)).Commit("bad")
			file := o.Loose(o.Rev("bad:bad.txt"))
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if how == "corrupt" {
				if err := os.WriteFile(file, []byte("no zlib stream"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, _ := openMirrors(t, 1<<30)
			for range 2 {
				m := update(t, s, o.URL())
				if len(m.Gaps) != 1 || m.Gaps[0].What != "ref refs/heads/bad" || !strings.Contains(m.Gaps[0].Why, "corruption") {
					t.Errorf("gaps %+v, want one of refs/heads/bad", m.Gaps)
				}
				c := gitrepo.At(t, m.Path)
				if got := c.Rev("good-0"); got != o.Rev("main") {
					t.Errorf("good-0 %s", got)
				}
				if _, err := c.Try("fsck", "--full"); err != nil && !strings.Contains(err.Error(), "HEAD") {
					t.Error(err)
				}
			}
		})
	}
}

// TestMirrorTakesNoConfig has hostile settings and hooks at the remote and in the
// mirror's folder.
func TestMirrorTakesNoConfig(t *testing.T) {
	o := newOrigin(t)
	dir := t.TempDir()
	seen := filepath.Join(dir, "seen")
	hook := "#!/bin/sh\necho ran >> '" + seen + "'\n"
	for _, name := range []string{"post-update", "reference-transaction", "post-checkout"} {
		o.Write(".git/hooks/"+name, hook)
		if err := os.Chmod(o.Path(".git/hooks/"+name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	o.Git("config", "remote.origin.promisor", "true")
	o.Git("config", "core.fsmonitor", o.Path(".git/hooks/post-update"))
	s, _ := openMirrors(t, 1<<30)
	m := update(t, s, o.URL())
	config, err := os.ReadFile(filepath.Join(m.Path, "config"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(config), "promisor") || strings.Contains(string(config), "fsmonitor") {
		t.Errorf("config of the mirror:\n%s", config)
	}
	// A partial clone in the mirror's place is not one, and its hooks do not run.
	c := gitrepo.At(t, m.Path)
	c.Git("config", "remote.origin.promisor", "true")
	if err := os.CopyFS(filepath.Join(m.Path, "hooks"), os.DirFS(o.Path(".git/hooks"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(seen); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	chain(t, o, "topic", "main", 1)
	_ = os.Remove(seen)
	m = update(t, s, o.URL())
	if _, err := os.Stat(seen); err == nil {
		t.Error("a hook ran")
	}
	if _, err := c.Try("config", "remote.origin.promisor"); err == nil {
		t.Error("the partial clone is still there")
	}
	sameRefs(t, m, o)
}

func TestMirrorRefusesAddresses(t *testing.T) {
	password := strings.Repeat("p4", 12)
	tests := []struct{ name, clone, want string }{
		{"option", "--upload-pack=x", "names no host"},
		{"helper", "ext::sh -c x", "clone address"},
		{"plain http", "http://example.com/r.git", "only"},
		{"git", "git://example.com/r.git", "only"},
		{"ssh option", "ssh://-oProxyCommand=x/r", "no host"},
		{"ssh user option", "ssh://-x@example.com/r", "only"},
		{"password", "https://u:" + password + "@example.com/r.git", "credentials"},
		{"token as user", "https://" + password + "@example.com/r.git", "credentials"},
		{"password and control character", "https://u:" + password + "@example.com/r\n.git", "cannot be read"},
		{"no host", "https:///r.git", "no host"},
	}
	s, dir := openMirrors(t, 1<<30)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Update(t.Context(), tt.clone, git.Auth{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want an error that holds %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), password) {
				t.Error("the error holds the password")
			}
		})
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d files were made", len(left))
	}
}

// TestMirrorServers has servers that refuse, and such that moved the repository; with
// git and without.
func TestMirrorServers(t *testing.T) {
	o := newOrigin(t)
	token := strings.Repeat("t5", 12)
	good := newGitServer(t, o, func(r *http.Request) bool {
		_, password, _ := r.BasicAuth()
		return password == token
	})
	var stolen atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stolen.Store(true)
	}))
	defer other.Close()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		switch _, err := fmt.Sscanf(r.URL.Path, "/%d/", &status); {
		case status == 302:
			http.Redirect(w, r, other.URL+r.URL.Path, status)
		case strings.HasPrefix(r.URL.Path, "/old/"):
			http.Redirect(w, r, strings.Replace(r.URL.String(), "/old/", "/repo/", 1), http.StatusMovedPermanently)
		case err == nil:
			http.Error(w, "disabled: "+r.Header.Get("Authorization"), status)
		default:
			proxy(w, r, good)
		}
	}))
	defer front.Close()
	tests := []struct {
		name, path string
		token      string
		want       error // nil: it works
	}{
		{"good", "/repo", token, nil},
		{"moved", "/old", token, nil},
		{"other token", "/repo", token + "x", git.ErrDenied},
		{"forbidden", "/403/r", token, git.ErrDenied},
		{"not found", "/404/r", token, git.ErrNotFound},
		{"gone", "/410/r", token, git.ErrNotFound},
		{"server error", "/503/r", token, git.ErrUnreachable},
		{"moved to another server", "/302/r", token, git.ErrDenied},
	}
	for _, path := range []string{os.Getenv("PATH"), ""} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s, git: %v", tt.name, path != ""), func(t *testing.T) {
				s, _ := openMirrors(t, 1<<30)
				t.Setenv("PATH", path)
				m, err := s.Update(t.Context(), front.URL+tt.path, git.Auth{Token: tt.token, Server: front.URL})
				if err == nil {
					defer m.Release()
				}
				if !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
				if err != nil && (strings.Contains(err.Error(), tt.token) || !strings.Contains(err.Error(), front.URL+tt.path)) {
					t.Errorf("the error holds the token, or does not name the repository")
				}
			})
		}
	}
	if stolen.Load() {
		t.Error("the other server was asked")
	}
	t.Run("down", func(t *testing.T) {
		s, _ := openMirrors(t, 1<<30)
		if _, err := s.Update(t.Context(), "http://127.0.0.1:1/r", git.Auth{}); !errors.Is(err, git.ErrUnreachable) {
			t.Errorf("%v, want %v", err, git.ErrUnreachable)
		}
	})
}

// proxy passes a request on.
func proxy(w http.ResponseWriter, r *http.Request, to string) {
	req := r.Clone(r.Context())
	req.RequestURI = ""
	req.URL.Scheme, req.URL.Host = "http", strings.TrimPrefix(to, "http://")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = bufio.NewReader(resp.Body).WriteTo(w)
}

func TestMirrorWithoutGit(t *testing.T) {
	o := newOrigin(t)
	server := newGitServer(t, o, func(*http.Request) bool { return true })
	s, _ := openMirrors(t, 1<<30)
	path := os.Getenv("PATH")
	for _, change := range []func(){
		func() {},
		func() { chain(t, o, "topic", "main~1", 3) },
		func() { o.Git("branch", "-D", "topic") },
	} {
		change()
		t.Setenv("PATH", "")
		m := update(t, s, server+"/repo")
		t.Setenv("PATH", path)
		sameRefs(t, m, o)
		if update(t, s, server+"/repo").Changed {
			t.Error("git sees another state")
		}
	}
	t.Setenv("PATH", "")
	if _, err := s.Update(t.Context(), o.URL(), git.Auth{}); err == nil || !strings.Contains(err.Error(), "install git") {
		t.Errorf("%v, want to be told to install git", err)
	}
}

// large is a repository of about 300 kB that nothing makes smaller.
func large(t *testing.T, seed uint64) *gitrepo.Repo {
	t.Helper()
	o := gitrepo.New(t)
	data := make([]byte, 300<<10)
	for i, r := 0, rand.New(rand.NewPCG(seed, 0)); i < len(data); i++ {
		data[i] = byte(r.Uint32())
	}
	o.Write("large.bin", string(data)).Commit("large")
	return o
}

func TestMirrorDiskLimit(t *testing.T) {
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	a, b, c := large(t, 1), large(t, 2), large(t, 3)
	s, _ := openMirrors(t, 700<<10)
	here := func(m *git.Mirror) bool {
		_, err := os.Stat(m.Path)
		return err == nil
	}
	ma := update(t, s, a.URL())
	mb := update(t, s, b.URL())
	update(t, s, a.URL())
	mc := update(t, s, c.URL())
	if !here(ma) || here(mb) || !here(mc) {
		t.Errorf("a %v, b %v, c %v are here; want b, which was not used for longest, gone", here(ma), here(mb), here(mc))
	}
	if m := update(t, s, b.URL()); !m.Changed || here(ma) {
		t.Error("b again: want it cloned anew, and a gone")
	}

	t.Run("held ones stay", func(t *testing.T) {
		held := map[string]*git.Mirror{}
		for _, o := range []*gitrepo.Repo{b, c} {
			m, err := s.Update(t.Context(), o.URL(), git.Auth{})
			if err != nil {
				t.Fatal(err)
			}
			held[o.Dir] = m
		}
		got := make(chan error, 1)
		go func() {
			m, err := s.Update(t.Context(), a.URL(), git.Auth{})
			if err == nil {
				m.Release()
			}
			got <- err
		}()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Update(ctx, b.URL(), git.Auth{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want to have waited for who holds it", err)
		}
		for _, m := range held {
			if !here(m) {
				t.Error("a mirror that is held is gone")
			}
			m.Release()
		}
		if err := <-got; err != nil {
			t.Error(err)
		}
	})
	t.Run("larger than the limit", func(t *testing.T) {
		s, dir := openMirrors(t, 100<<10)
		_, err := s.Update(t.Context(), a.URL(), git.Auth{})
		if !errors.Is(err, git.ErrDiskLimit) || !strings.Contains(err.Error(), "--disk") {
			t.Errorf("%v, want %v", err, git.ErrDiskLimit)
		}
		wantNothingUnfinished(t, dir)
	})
}

func wantNothingUnfinished(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), ".new-") || strings.Contains(e.Name(), ".old-") {
			t.Errorf("left: %s", e.Name())
		}
	}
}

// TestMirrorProcess is the other process of TestMirrorKilled. It says when it has the
// mirror, and keeps it for as long as it lives.
func TestMirrorProcess(t *testing.T) {
	clone := os.Getenv("LEAKGUARD_TEST_CLONE")
	if clone == "" {
		t.Skip("runs in a process of its own only")
	}
	s, err := git.OpenMirrors(os.Getenv("LEAKGUARD_TEST_MIRRORS"), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Update(t.Context(), clone, git.Auth{Token: os.Getenv("LEAKGUARD_TEST_TOKEN"), Server: strings.TrimSuffix(clone, "/repo")}); err != nil {
		t.Fatal(err)
	}
	fmt.Println("held")
	select {}
}

// startProcess runs TestMirrorProcess; its output ends when it does.
func startProcess(t *testing.T, dir, clone, token string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestMirrorProcess$")
	cmd.Env = append(os.Environ(), "LEAKGUARD_TEST_MIRRORS="+dir, "LEAKGUARD_TEST_CLONE="+clone, "LEAKGUARD_TEST_TOKEN="+token)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, bufio.NewScanner(out)
}

// TestMirrorKilled kills a process while it clones, and one that holds a mirror.
func TestMirrorKilled(t *testing.T) {
	o := newOrigin(t)
	token := strings.Repeat("k7", 12)
	var asked atomic.Int32
	cloning, goOn := make(chan bool), make(chan bool)
	server := newGitServer(t, o, func(r *http.Request) bool {
		if _, password, _ := r.BasicAuth(); password != token {
			return false
		}
		// Of the list, of the list again, and of the pack.
		if r.Method == http.MethodPost && asked.Add(1) == 3 {
			close(cloning)
			<-goOn
		}
		return true
	})
	_, dir := openMirrors(t, 1<<30)
	cmd, _ := startProcess(t, dir, server+"/repo", token)
	<-cloning
	wantTokenHidden(t, dir, token)
	unfinished, err := filepath.Glob(filepath.Join(dir, "*.new-*"))
	if err != nil || len(unfinished) != 1 {
		t.Errorf("%v, %v; want a clone under another name", unfinished, err)
	}
	// Who opens the folder leaves alone what a living process works on.
	if _, err := git.OpenMirrors(dir, 1<<30); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(unfinished[0]); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	close(goOn)
	s, err := git.OpenMirrors(dir, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	auth := git.Auth{Token: token, Server: server}
	m, err := s.Update(t.Context(), server+"/repo", auth)
	if err != nil {
		t.Fatal(err)
	}
	m.Release()
	if !m.Changed {
		t.Error("what the killed process cloned passes for whole")
	}
	sameRefs(t, m, o)
	wantTokenHidden(t, dir, token)

	cmd, out := startProcess(t, dir, server+"/repo", token)
	for out.Scan() && out.Text() != "held" {
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Update(ctx, server+"/repo", auth); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want to have waited for the other process", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if m, err = s.Update(t.Context(), server+"/repo", auth); err != nil {
		t.Fatal(err)
	}
	m.Release()
	wantNothingUnfinished(t, dir)
}

// wantTokenHidden looks for the token where others could see it: in files, and in the
// command lines of processes.
func wantTokenHidden(t *testing.T, dir, token string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), token) {
			t.Errorf("%s holds the token", filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		// A process may be gone by now.
		if data, err := os.ReadFile(line); err == nil && strings.Contains(string(data), token) {
			t.Error("a command line holds the token")
		}
	}
}

// TestMirrorPacksStayFew fetches more often than a mirror has packs.
func TestMirrorPacksStayFew(t *testing.T) {
	gitrepo.Needs(t, 2, 32)
	o := newOrigin(t)
	s, _ := openMirrors(t, 1<<30)
	var m *git.Mirror
	for range 24 {
		chain(t, o, "main", "", 1)
		m = update(t, s, o.URL())
	}
	if n := len(gitrepo.At(t, m.Path).Packs()); n > 20 {
		t.Errorf("%d packs", n)
	}
	sameRefs(t, m, o)
}
