package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/testdata/fakegithub"
	"github.com/leakguard/leakguard/testdata/githttp"
	"github.com/leakguard/leakguard/testdata/gitrepo"
	"github.com/leakguard/leakguard/testdata/postgresql"
)

// gitHubHost is a GitHub at one address: its API, with the repositories of acme and
// alice and their issues, and git, which demands the token.
type gitHubHost struct {
	*httptest.Server
	t      *testing.T
	orgs   *fakegithub.Orgs
	issues *fakegithub.Issues
	api    http.Handler // what is neither issues nor git
	git    *http.ServeMux
	knows  func(token string) bool // whether git takes it
	refuse map[string]bool         // the paths of repositories that git refuses

	pipelines http.Handler // what is asked of runs and variables; nil: there are none

	hold chan struct{} // git answers nothing until it is closed
}

func newGitHubHost(t *testing.T) *gitHubHost {
	h := &gitHubHost{t: t, orgs: fakegithub.NewOrgs(t), issues: fakegithub.NewIssues(t, nil), git: http.NewServeMux(), refuse: map[string]bool{}, hold: make(chan struct{})}
	close(h.hold)
	h.orgs.Accounts["acme"], h.orgs.Accounts["alice"] = &fakegithub.Account{}, &fakegithub.Account{}
	to, err := url.Parse(h.orgs.URL)
	if err != nil {
		t.Fatal(err)
	}
	h.api = httputil.NewSingleHostReverseProxy(to)
	h.knows = func(token string) bool { return token == fakegithub.Token }
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

func (h *gitHubHost) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.Contains(r.URL.Path, ".git/"):
		h.serveGit(w, r)
	case h.pipelines != nil && ofPipelines(r.URL.Path):
		h.pipelines.ServeHTTP(w, r)
	case strings.HasPrefix(r.URL.Path, "/repos/"), strings.HasPrefix(r.URL.Path, "/repositories/"):
		h.issues.ServeHTTP(w, r)
	default:
		h.api.ServeHTTP(w, r)
	}
}

// serveGit answers git. Its process is still there then, for all to see how it was called.
func (h *gitHubHost) serveGit(w http.ResponseWriter, r *http.Request) {
	select {
	case <-h.hold:
	case <-r.Context().Done():
		return
	}
	_, token, _ := r.BasicAuth()
	name, _, _ := strings.Cut(r.URL.Path, ".git/")
	switch {
	case !h.knows(token):
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "Bad credentials", http.StatusUnauthorized)
	case h.refuse[name]:
		http.Error(w, "Repository access blocked", http.StatusForbidden)
	default:
		wantNotCalledWith(h.t, token)
		h.git.ServeHTTP(w, r)
	}
}

// wantNotCalledWith wants no process to have the token in its command line, where there
// is a /proc.
func wantNotCalledWith(t *testing.T, token string) {
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Error(err)
	}
	for _, line := range lines {
		data, err := os.ReadFile(line) // of a process that may be gone by now
		if err == nil && holdsToken(data, token) {
			t.Error("a command line holds the token")
		}
	}
}

// holdsToken looks for the token as it is, and as git sends it.
func holdsToken(data []byte, token string) bool {
	return strings.Contains(string(data), token) ||
		strings.Contains(string(data), base64.StdEncoding.EncodeToString([]byte("x-access-token:"+token)))
}

// add adds a repository to those that are listed, with some fields of the list, and
// files that were committed, each for itself.
func (h *gitHubHost) add(name string, fields map[string]any, files ...string) {
	h.t.Helper()
	listed := map[string]any{"clone_url": h.URL + "/" + name + ".git", "html_url": h.URL + "/" + name}
	maps.Copy(listed, fields)
	owner, _, _ := strings.Cut(name, "/")
	account := h.orgs.Accounts[owner]
	account.Repositories = append(account.Repositories, fakegithub.Listed(name, listed))
	h.put(name, files...)
}

// put makes a repository that is not listed, such as a wiki.
func (h *gitHubHost) put(name string, files ...string) {
	h.t.Helper()
	r := gitrepo.New(h.t)
	for i, text := range files {
		r.Write(fmt.Sprintf("%d.env", i), text).Commit("write")
	}
	path := "/" + name + ".git"
	h.git.Handle(path+"/", githttp.Handler(h.t, path, r.CommonDir()))
}

// sweep is the command that sweeps it, in dir.
func (h *gitHubHost) sweep(dir string, args ...string) command {
	h.orgs.Ready()
	return command{
		dir: dir, env: []string{"GITHUB_TOKEN=" + fakegithub.Token},
		args: append([]string{"sweep", "--url", h.URL, "--db", "state.db", "--mirrors", "mirrors"}, args...),
	}
}

// forgeStatus is what these tests read of sweep status.
type forgeStatus struct {
	swept
	ID      int64
	Sources []struct {
		Coverage struct {
			Excluded []struct {
				Why   string
				Count int
			}
		}
	}
	Repositories []struct {
		Name, State string
		Gaps        []gap
		Secrets     []struct{ ID string }
	}
}

// askStatus asks for the last sweep in a database, or for one by its number. complaint is
// what it says if there is none.
func askStatus(t *testing.T, db string, number ...string) (s forgeStatus, complaint string) {
	t.Helper()
	c := command{dir: t.TempDir(), args: append([]string{"sweep", "status", "--db", db, "--format", "json"}, number...)}
	if strings.HasPrefix(db, "postgres:") {
		c.env = []string{sharedKey}
	}
	out, errs, code := c.run(t)
	if code != exitClean {
		return s, errs
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	return s, ""
}

// sharedKey is the key of a ledger in PostgreSQL, for the environment.
var sharedKey = ledger.KeyVariable + "=" + strings.Repeat("5f", 32)

func statusOf(t *testing.T, db string, number ...string) forgeStatus {
	t.Helper()
	s, complaint := askStatus(t, db, number...)
	if complaint != "" {
		t.Fatal(complaint)
	}
	return s
}

// String is a line for each repository, in the order of their names.
func (s forgeStatus) String() string {
	var lines []string
	for _, r := range s.Repositories {
		line := fmt.Sprintf("%s %s, %d secrets", r.Name, r.State, len(r.Secrets))
		for _, g := range r.Gaps {
			line += ", not read: " + g.Fix
		}
		lines = append(lines, line)
	}
	for _, src := range s.Sources {
		for _, g := range src.Coverage.Excluded {
			lines = append(lines, fmt.Sprintf("left out: %d, %s", g.Count, g.Why))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// acme is an organisation of all kinds of repositories. Each secret is told by its
// number: 1 is in two of them, 3 in an archived one, 4 in a fork, 5 in a wiki.
func (h *gitHubHost) acme(secret func(n uint64) string) {
	h.add("acme/shop", map[string]any{"private": true, "has_wiki": true}, withSecret(secret(1)), "nothing\n")
	h.put("acme/shop.wiki", withSecret(secret(5)))
	h.add("acme/web", map[string]any{"has_wiki": true}, withSecret(secret(1)), withSecret(secret(2)))
	h.add("acme/old", map[string]any{"archived": true}, withSecret(secret(3)))
	h.add("acme/fork", map[string]any{"fork": true}, withSecret(secret(4)))
	h.add("acme/empty", nil)
	h.add("acme/closed", map[string]any{"private": true}, "nobody reads it\n")
	h.refuse["/acme/closed"] = true
}

// TestSweepGitHub sweeps an organisation from its list to its issues.
func TestSweepGitHub(t *testing.T) {
	secret := func(n uint64) string { return token(t, n) }
	h := newGitHubHost(t)
	h.acme(secret)
	h.issues.SetRepo("acme/shop", fakegithub.Repo{})
	dir := folder(t, map[string]string{"config.toml": "[issues]\nrepository = \"acme/shop\"\n[owners]\norder = [\"config\"]\n"})
	concealed := func(text string) {
		t.Helper()
		wantConcealed(t, "the output", text, secret(1), secret(2), secret(3), secret(4), secret(5), fakegithub.Token)
	}
	const all = `acme/closed done, 0 secrets, not read: give a token that may read it
acme/empty done, 0 secrets
acme/shop done, 1 secrets
acme/shop.wiki done, 1 secrets
acme/web done, 2 secrets
acme/web.wiki done, 0 secrets
left out: 1, it is a fork
left out: 1, it is archived`
	for _, step := range []struct {
		name    string
		args    []string
		code    int
		want    string
		secrets int // in the ledger
		issues  int
	}{
		{"nothing found", []string{"--org", "acme", "--exclude", "acme/shop", "--exclude", "acme/web"}, exitIncomplete,
			"acme/closed done, 0 secrets, not read: give a token that may read it\nacme/empty done, 0 secrets\nleft out: 1, --exclude acme/shop\nleft out: 1, --exclude acme/web\nleft out: 1, it is a fork\nleft out: 1, it is archived", 0, 0},
		{"with issues", []string{"--org", "acme", "--wikis", "--issues", "--config", "config.toml"}, exitFound, all, 3, 3},
		{"forks by choice", []string{"--org", "acme", "--forks", "--exclude", "acme/closed"}, exitFound,
			"acme/empty done, 0 secrets\nacme/fork done, 1 secrets\nacme/shop done, 1 secrets\nacme/web done, 2 secrets\nleft out: 1, --exclude acme/closed\nleft out: 1, it is archived", 4, 3},
	} {
		t.Run(step.name, func(t *testing.T) {
			out, errs, code := h.sweep(dir, step.args...).run(t)
			concealed(out + errs)
			if got := statusOf(t, filepath.Join(dir, "state.db")).String(); code != step.code || got != step.want {
				t.Errorf("exit code %d, want %d; the sweep:\n%s\nwant\n%s\nit says %s%s", code, step.code, got, step.want, out, masked(errs, fakegithub.Token))
			}
			list, _, _ := run(t, dir, "ledger", "list", "--ledger", "state.db")
			concealed(list)
			if !strings.Contains(list, fmt.Sprintf("%d secrets", step.secrets)) {
				t.Errorf("want %d secrets in the ledger:\n%s", step.secrets, list)
			}
			if n := len(h.issues.List("acme/shop")); n != step.issues {
				t.Errorf("%d issues, want %d: %s", n, step.issues, errs)
			}
		})
	}
	wantTokenNowhere(t, dir, fakegithub.Token)
}

// wantTokenNowhere looks for the token in all files of a folder.
func wantTokenNowhere(t *testing.T, dir, token string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if files++; holdsToken(data, token) {
			t.Errorf("%s holds the token", filepath.Base(path))
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

// await waits until a sweep is so far.
func await(t *testing.T, db, what string, is func(forgeStatus) bool) {
	t.Helper()
	for until := time.Now().Add(hang); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if s, complaint := askStatus(t, db); complaint == "" && is(s) { // it may not have begun
			return
		}
	}
	t.Fatalf("no sweep that %s", what)
}

// endedBy wants a process to end by a signal, with that exit code.
func endedBy(t *testing.T, p *process, want int) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := p.wait(t); code != want {
		t.Errorf("exit code %d, want %d: %s%s", code, want, out, masked(errs, fakegithub.Token))
	}
}

// TestSweepWorker has one process list the repositories and another scan all of them.
func TestSweepWorker(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals can be sent here")
	}
	h := newGitHubHost(t)
	h.acme(func(n uint64) string { return token(t, n) })
	h.hold = make(chan struct{})
	dsn, dir := postgresql.Start(t), t.TempDir()
	begin := func(args ...string) *process {
		c := h.sweep(dir, append(args, "--db", dsn)...)
		c.env = append(c.env, sharedKey)
		if len(args) == 0 {
			c.args = slices.Insert(c.args, 1, "worker")
		}
		return c.start(t)
	}
	lists := begin("--org", "acme")
	await(t, dsn, "has listed", func(s forgeStatus) bool { return s.Totals.Repositories == 4 })
	endedBy(t, lists, exitInterrupted)
	if s := statusOf(t, dsn); s.Totals.Done > 0 || s.State != "running" {
		t.Errorf("after the signal it is %s:\n%s", s.State, s)
	}
	works := begin()
	close(h.hold)
	await(t, dsn, "was worked", func(s forgeStatus) bool { return s.Totals.Done == 4 })
	endedBy(t, works, exitClean)
	out, errs, code := begin("--org", "acme").wait(t)
	if s := statusOf(t, dsn); code != exitFound || s.ID != 1 || s.State != "done" || s.Totals.Secrets != 2 {
		t.Errorf("exit code %d: %s%s", code, out, masked(errs, fakegithub.Token))
	}
}

// TestSweepEvery sweeps again and again, until it is stopped.
func TestSweepEvery(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals can be sent here")
	}
	h := newGitHubHost(t)
	h.add("acme/web", nil, "nothing\n")
	dir := t.TempDir()
	db := filepath.Join(dir, "state.db")
	p := h.sweep(dir, "--org", "acme", "--every", "1s").start(t)
	await(t, db, "is the third", func(s forgeStatus) bool { return s.ID >= 3 })
	endedBy(t, p, exitInterrupted)
	if s := statusOf(t, db, "2"); !s.Complete || s.Totals.Repositories != 1 || s.Totals.Unchanged != 1 {
		t.Errorf("the second sweep is %s:\n%s", s.State, s)
	}
}

// appSignIn is the part of GitHub that gives tokens to a GitHub App. They are good for
// four minutes, which is too short to be used again, and for six requests of git, which
// are enough for one clone.
type appSignIn struct {
	app *fakegithub.App
	mu  sync.Mutex
	ran map[string]int // requests of git, by token
}

// knows reports whether git takes a token once more.
func (a *appSignIn) knows(token string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ran[token]++
	return a.ran[token] <= 6 && a.lives(token)
}

// lives asks whether a token is good for the API.
func (a *appSignIn) lives(token string) bool {
	r := httptest.NewRequest(http.MethodGet, "/installation/repositories", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	a.app.ServeHTTP(w, r)
	return w.Code == http.StatusOK
}

// before answers what the App asks for itself, and passes on to next what its tokens are good
// for.
func (a *appSignIn) before(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/installation/repositories" && (strings.Contains(r.URL.Path, "/installation") || strings.Contains(r.URL.Path, "/access_tokens")) {
			answer := httptest.NewRecorder()
			a.app.ServeHTTP(answer, r)
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			w.Write(shortLived(answer.Body.Bytes()))
			return
		}
		if !a.lives(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")) {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		r.Header.Set("Authorization", "Bearer "+fakegithub.Token)
		next.ServeHTTP(w, r)
	}
}

// shortLived is an answer in which a token expires in four minutes.
func shortLived(answer []byte) []byte {
	var fields map[string]any
	if json.Unmarshal(answer, &fields) != nil || fields["expires_at"] == nil {
		return answer
	}
	fields["expires_at"] = time.Now().Add(4 * time.Minute).UTC().Format(time.RFC3339)
	answer, _ = json.Marshal(fields) // it came from there
	return answer
}

// TestSweepGitHubApp signs in as a GitHub App: each clone has a token that is good, and
// none is left at the end.
func TestSweepGitHubApp(t *testing.T) {
	h := newGitHubHost(t)
	in := &appSignIn{app: fakegithub.NewApp(t, fakegithub.NewClock(time.Now())), ran: map[string]int{}}
	h.api, h.knows = in.before(h.api), in.knows
	private := map[string]any{"private": true}
	h.add("acme/shop", private, withSecret(token(t, 1)))
	h.add("acme/web", private, withSecret(token(t, 2)))
	h.add("acme/app", nil, withSecret(token(t, 3)))
	h.add("alice/site", private, withSecret(token(t, 4)))
	h.add("alice/page", nil, withSecret(token(t, 5)))
	h.orgs.Selected = h.orgs.Accounts["alice"].Repositories[:1]
	dir := folder(t, map[string]string{"app.pem": in.app.PKCS1()})
	for _, tc := range []struct {
		name string
		env  []string
		args []string
	}{
		{"flags", []string{"GITHUB_TOKEN=" + fakegithub.Token}, []string{"--github-app", fakegithub.AppID, "--github-app-key", "app.pem"}},
		{"the environment", []string{"GITHUB_APP_ID=" + fakegithub.AppID, "GITHUB_APP_PRIVATE_KEY=" + in.app.PKCS8()}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			state := t.TempDir()
			asked, revoked := len(in.app.Asked()), len(in.app.Revoked())
			c := h.sweep(dir, append(tc.args, "--org", "acme", "--user", "alice", "--db", filepath.Join(state, "state.db"), "--mirrors", filepath.Join(state, "mirrors"))...)
			c.env = tc.env
			out, errs, code := c.run(t)
			if s := statusOf(t, filepath.Join(state, "state.db")); code != exitFound || !s.Complete || s.Totals.Secrets != 5 || errs == "" {
				t.Errorf("exit code %d: %s\n%s%s", code, s, out, errs)
			}
			asked, revoked = len(in.app.Asked())-asked, len(in.app.Revoked())-revoked
			if asked < 5 || revoked != asked {
				t.Errorf("%d tokens were asked for, and %d revoked; want one for each clone at least, and all", asked, revoked)
			}
			for _, name := range in.app.Revoked() {
				wantTokenNowhere(t, state, name)
			}
		})
	}
}

// TestSweepEnterprise sweeps the organisations that GraphQL names.
func TestSweepEnterprise(t *testing.T) {
	h := newGitHubHost(t)
	h.add("acme/web", nil, withSecret(token(t, 1)))
	next := h.api
	h.api = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/graphql" {
			next.ServeHTTP(w, r)
			return
		}
		fmt.Fprint(w, `{"data": {"enterprise": {"organizations": {"nodes": [{"login": "acme"}], "pageInfo": {"hasNextPage": false, "endCursor": ""}}}}}`)
	})
	dir := t.TempDir()
	out, errs, code := h.sweep(dir, "--enterprise", "big").run(t)
	if s := statusOf(t, filepath.Join(dir, "state.db")); code != exitFound || !s.Complete || s.String() != "acme/web done, 1 secrets" {
		t.Errorf("exit code %d: %s\n%s%s", code, s, out, masked(errs, fakegithub.Token))
	}
}

// TestSweepTokens wants the token of a forge to go to that forge and to nobody else.
func TestSweepTokens(t *testing.T) {
	dir := folder(t, map[string]string{"token": "of-file\n"})
	both := map[string]string{"GITHUB_TOKEN": "of-github", "GITLAB_TOKEN": "of-gitlab"}
	own := sweepLists{url: "https://git.example/", tokenFile: filepath.Join(dir, "token")}
	ofGroup, ofOrg := own, own
	ofGroup.groups, ofOrg.orgs = []string{"acme"}, []string{"acme"}
	for _, tc := range []struct {
		name  string
		lists sweepLists
		env   map[string]string
		clone string
		want  string
	}{
		{"github.com", sweepLists{}, both, "https://github.com/acme/web.git", "of-github"},
		{"gitlab.com", sweepLists{}, both, "https://gitlab.com/acme/web.git", "of-gitlab"},
		{"another", sweepLists{}, both, "https://git.example/acme/web.git", ""},
		{"another port", sweepLists{}, both, "https://github.com:8443/acme/web.git", ""},
		{"ssh", sweepLists{}, both, "ssh://git@github.com/acme/web.git", ""},
		{"a file", sweepLists{}, both, "file:///srv/web.git", ""},
		{"a GitLab of one's own", ofGroup, both, "https://git.example/acme/web.git", "of-file"},
		{"github.com beside it", ofGroup, both, "https://github.com/acme/web.git", "of-github"},
		{"a GitHub of one's own", ofOrg, both, "https://git.example/acme/web.git", "of-file"},
		{"gitlab.com beside it", ofOrg, both, "https://gitlab.com/acme/web.git", "of-gitlab"},
		{"github.com is not it", ofOrg, both, "https://github.com/acme/web.git", ""},
		{"a worker's GitLab", sweepLists{url: "https://git.example"}, map[string]string{"GITLAB_TOKEN": "of-gitlab"}, "https://git.example/acme/web.git", "of-gitlab"},
		{"a worker's GitHub", sweepLists{url: "https://git.example/api/v3/"}, both, "https://git.example/acme/web.git", "of-github"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, name := range []string{"GH_TOKEN", "GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_APP_ID", "GITLAB_TOKEN", "GITLAB_TOKEN_FILE", "GITLAB_URL"} {
				t.Setenv(name, tc.env[name])
			}
			auth, err := tc.lists.cloning(t.Context(), tc.clone)
			if err != nil || auth.Token != tc.want {
				t.Errorf("token %q, %v; want %q", auth.Token, err, tc.want)
			}
		})
	}
}

func TestSweepSignInRefuses(t *testing.T) {
	app := []string{"--github-app", "1", "--github-app-key"}
	dir := folder(t, map[string]string{"key.pem": "no key\n", "token": "t\n"})
	for _, tc := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"no key", nil, []string{"--org", "acme", "--github-app", "1"}, "no private key"},
		{"no such key", nil, append(app, "none.pem", "--org", "acme"), "none.pem"},
		{"what is no key", nil, append(app, "key.pem", "--org", "acme"), "key.pem holds no RSA private key"},
		{"a key and no App", nil, []string{"--org", "acme", "--github-app-key", "key.pem"}, "no GitHub App is named"},
		{"an App and a token", nil, append(app, "key.pem", "--org", "acme", "--token-file", "token"), "one of them signs in"},
		{"an enterprise by an App", nil, append(app, "key.pem", "--enterprise", "big"), "--enterprise needs a member's token"},
		{"an enterprise by the environment's", []string{"GITHUB_APP_ID=1"}, []string{"--enterprise", "big"}, "--enterprise needs a member's token"},
		{"one address for two forges", nil, []string{"--org", "acme", "--gitlab-group", "acme", "--url", "https://github.example/api/v3/"}, "of one forge"},
		{"one token for two forges", nil, []string{"--org", "acme", "--gitlab-group", "acme", "--token-file", "token"}, "of one forge"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := append([]string{"sweep", "--db", filepath.Join(t.TempDir(), "state.db")}, tc.args...)
			out, errs, code := command{dir: dir, env: tc.env, args: args}.run(t)
			if code != exitUsage || !strings.Contains(errs, tc.want) {
				t.Errorf("exit code %d, want %q: %s%s", code, tc.want, out, errs)
			}
		})
	}
}
