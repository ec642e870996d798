package verify_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

func init() { farms = append(farms, gitFarm) }

// refsList is how a Git server begins its list of refs.
const refsList = "001e# service=git-upload-pack\n0000"

func gitFarm(t *testing.T) []farmed {
	return []farmed{{
		cred: gitURL(t, "https://ci-bot:", "@github.com/acme/app.git"), hosts: []string{"github.com"}, steps: 2, name: "ci-bot",
		accept: asksForPassword(`Basic realm="GitHub"`, func(w http.ResponseWriter, r *http.Request) {
			reply(200, "application/x-git-upload-pack-advertisement", refsList)(w, r)
		}),
		refuse: asksForPassword(`Basic realm="GitHub"`, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
			reply(401, "text/plain", "Unauthorized")(w, r)
		}),
	}}
}

// gitURL is the password of a URL, as a scan finds it.
func gitURL(t *testing.T, before, behind string) *verify.Credential {
	t.Helper()
	password, err := rules.Expand("${lower:5}${digit:4}${upper:5}", rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return scanned(t, "origin = "+before+password+behind+"\n", "generic-url-password")
}

// asksForPassword answers by h whoever comes with one.
func asksForPassword(challenge string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", challenge)
			reply(401, "text/plain", "who are you?")(w, r)
			return
		}
		h(w, r)
	}
}

// TestGitServer asks a real Git server: git http-backend, behind a check of the
// password such as a web server in front of it makes.
func TestGitServer(t *testing.T) {
	backend := gitBackend(t)
	cred := gitURL(t, "https://ada:", "@git.acme.dev/team/app.git")
	tests := []struct {
		name     string
		password string // that the server takes; "": it asks for none
		page     string // with which it refuses
		stopped  bool
		want     verify.State
		reason   string
	}{
		{name: "live", password: cred.Value, want: verify.Live},
		{name: "rotated", password: "another", page: "401 Authorization Required", want: verify.Dead},
		{name: "rotated, behind a web server's page", password: "another", page: "<html><h1>401 Authorization Required</h1></html>", want: verify.Dead},
		{name: "a password where tokens are wanted", password: "another", page: "HTTP Basic: Access denied. If a token was provided, it was improperly scoped.", want: verify.Unknown},
		{name: "public", want: verify.Unknown, reason: "is public"},
		{name: "stopped", password: cred.Value, stopped: true, want: verify.Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(passwordOf("ada", test.password, test.page, backend))
			defer server.Close()
			if test.stopped {
				server.Close()
			}
			v := askNamed(t, cred, "git.acme.dev", server.URL)
			if v.State != test.want || v.Reason == "" || !strings.Contains(v.Reason, test.reason) {
				t.Fatalf("%s (%s), want %s, with the reason %q", v.State, v.Reason, test.want, test.reason)
			}
			if v.State == verify.Live && v.Identity.Name != "ada" {
				t.Errorf("the user is %q, want ada", v.Identity.Name)
			}
		})
	}
}

// passwordOf lets a user in by basic authentication; without a password, all.
func passwordOf(user, password, page string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, got, _ := r.BasicAuth()
		if password != "" && (name != user || got != password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="repositories of Acme"`)
			reply(401, "", page)(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// askNamed asks about a credential whose host stands in the text and in the
// configuration.
func askNamed(t *testing.T, cred *verify.Credential, host, at string) verify.Verdict {
	t.Helper()
	f := farmed{cred: cred}
	return f.ask(t, http.NotFoundHandler(), func(o *verify.Options) {
		o.Hosts = []string{host}
		o.Endpoints[host] = []*url.URL{endpoint(t, at)}
	})
}

// gitBackend serves a folder with the repository team/app.git.
func gitBackend(t *testing.T) http.Handler {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		if os.Getenv("LEAKGUARD_REQUIRE_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	root := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + root, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull}
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(git, args...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	work := filepath.Join(root, "work")
	run("init", "-q", work)
	run("-C", work, "-c", "user.name=ada", "-c", "user.email=ada@acme.dev", "commit", "-q", "--allow-empty", "-m", "first")
	run("clone", "-q", "--bare", work, filepath.Join(root, "team", "app.git"))
	return &cgi.Handler{
		Path: git, Args: []string{"http-backend"}, Dir: root,
		Env: append(env, "GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1"),
	}
}

// TestGitURLs says what is not asked, and that nothing is sent then.
func TestGitURLs(t *testing.T) {
	tests := []struct {
		name, before, behind string
	}{
		{"in clear", "http://ada:", "@git.acme.dev/team/app.git"},
		{"no repository", "https://ada:", "@git.acme.dev/"},
		{"a host that is not configured", "https://ada:", "@git.attacker.dev/team/app.git"},
		{"a host that ends like one of Git's", "https://ada:", "@evilgithub.com/acme/app.git"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
			defer server.Close()
			v := askNamed(t, gitURL(t, test.before, test.behind), "git.acme.dev", server.URL)
			if v.State != verify.Unverifiable || v.Reason == "" || asked.Load() > 0 {
				t.Errorf("%s (%s) after %d requests, want unverifiable after none", v.State, v.Reason, asked.Load())
			}
		})
	}
}

// TestGitOtherAnswers: what is not a Git server's list of refs is no evidence.
func TestGitOtherAnswers(t *testing.T) {
	cred := gitURL(t, "https://ada:", "@git.acme.dev/team/app.git")
	for name, serve := range map[string]http.HandlerFunc{
		"another media type": reply(200, "text/plain", refsList),
		"another body":       reply(200, "application/x-git-upload-pack-advertisement", "welcome"),
		"another status":     reply(203, "application/x-git-upload-pack-advertisement", refsList),
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(asksForPassword(`Basic realm="git"`, serve))
			defer server.Close()
			if v := askNamed(t, cred, "git.acme.dev", server.URL); v.State != verify.Unknown {
				t.Errorf("%s (%s%s), want unknown", v.State, v.Reason, v.Evidence)
			}
		})
	}
}

// TestGitTokenAsUser: a token that stands in the place of the user is in no verdict.
func TestGitTokenAsUser(t *testing.T) {
	token, err := rules.Expand("${alnum:40}", rand.New(rand.NewPCG(3, 4)))
	if err != nil {
		t.Fatal(err)
	}
	cred := gitURL(t, "https://"+token+":", "@git.acme.dev/team/app.git")
	server := httptest.NewServer(asksForPassword(`Basic realm="git"`, reply(200, "application/x-git-upload-pack-advertisement", refsList)))
	defer server.Close()
	if v := askNamed(t, cred, "git.acme.dev", server.URL); v.State != verify.Live || v.Identity.Name != "" {
		t.Errorf("%s (%s), with a name of %d bytes; want live without one", v.State, v.Reason, len(v.Identity.Name))
	}
}
