package forge_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// appOptions are those of the fake's App, with the key in the environment.
func appOptions(f *fakegithub.App, clock *fakegithub.Clock) forge.GitHubAppOptions {
	return forge.GitHubAppOptions{
		ID: fakegithub.AppID, Org: "acme",
		API: forge.GitHubOptions{URL: f.URL, Rate: rate.Inf, Sleep: clock.Sleep, Now: clock.Now, Getenv: env("GITHUB_APP_PRIVATE_KEY", f.PKCS1(), "GH_TOKEN", "not-this-one")},
	}
}

func newApp(t *testing.T, o forge.GitHubAppOptions) *forge.GitHubApp {
	t.Helper()
	a, err := forge.NewGitHubApp(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestGitHubAppKeys(t *testing.T) {
	clock := fakegithub.NewClock(noon)
	f := fakegithub.NewApp(t, clock)
	for _, tc := range []struct {
		name string
		env  []string
		file string
		id   string
		want string // of the error; "": none
	}{
		{name: "PKCS #1 in the environment", id: fakegithub.AppID, env: []string{"GITHUB_APP_PRIVATE_KEY", f.PKCS1()}},
		{name: "on one line", id: fakegithub.AppID, env: []string{"GITHUB_APP_PRIVATE_KEY", strings.ReplaceAll(f.PKCS1(), "\n", `\n`)}},
		{name: "PKCS #8 in a file, before the environment", id: fakegithub.AppID, file: f.PKCS8(), env: []string{"GITHUB_APP_PRIVATE_KEY", "x"}},
		{name: "the id in the environment", env: []string{"GITHUB_APP_ID", fakegithub.AppID, "GITHUB_APP_PRIVATE_KEY", f.PKCS1()}},
		{name: "no id", env: []string{"GITHUB_APP_PRIVATE_KEY", f.PKCS1()}, want: "GITHUB_APP_ID"},
		{name: "no key", id: fakegithub.AppID, want: "put it into GITHUB_APP_PRIVATE_KEY"},
		{name: "half a key", id: fakegithub.AppID, env: []string{"GITHUB_APP_PRIVATE_KEY", f.PKCS1()[:300]}, want: "GITHUB_APP_PRIVATE_KEY holds no RSA private key"},
		{name: "an empty file", id: fakegithub.AppID, file: "\n", want: "holds no RSA private key"},
		{name: "another App's id", id: "4712", env: []string{"GITHUB_APP_PRIVATE_KEY", f.PKCS1()}, want: "is it this App's, and is the clock right?"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := appOptions(f, clock)
			o.ID, o.API.Getenv = tc.id, env(tc.env...)
			if tc.file != "" {
				o.KeyFile = file(t, tc.file)
			}
			a, err := forge.NewGitHubApp(o)
			if err == nil {
				_, err = a.Token(t.Context())
			}
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), f.PKCS1()[40:60]) {
				t.Error("the error quotes the key")
			}
		})
	}
}

func TestGitHubAppInstallations(t *testing.T) {
	for _, tc := range []struct {
		name   string
		where  forge.GitHubAppOptions
		change func(*fakegithub.App)
		want   string // of the error; "": none
	}{
		{name: "of an organisation", where: forge.GitHubAppOptions{Org: "acme"}},
		{name: "of a user", where: forge.GitHubAppOptions{User: "alice"}},
		{name: "by its id", where: forge.GitHubAppOptions{Installation: fakegithub.Installation}},
		{name: "none", want: "want one place"},
		{name: "two", where: forge.GitHubAppOptions{Org: "acme", User: "alice"}, want: "want one place"},
		{name: "not there", where: forge.GitHubAppOptions{Org: "other"}, want: "installation of other: it is not installed there"},
		{name: "suspended", where: forge.GitHubAppOptions{Org: "acme"}, change: func(f *fakegithub.App) { f.Suspended = true }, want: "suspended since 2026"},
		{name: "may not read", where: forge.GitHubAppOptions{Org: "acme"}, change: func(f *fakegithub.App) { delete(f.Permissions, "contents") }, want: "Contents: read"},
		{name: "too many repositories", where: forge.GitHubAppOptions{Org: "acme", Repositories: make([]string, 501)}, want: "500 named repositories"},
		{name: "refused", where: forge.GitHubAppOptions{Org: "acme"}, change: func(f *fakegithub.App) {
			f.Refuse["POST /app/installations/99/access_tokens"] = fakegithub.Fault{Status: 403, Message: "not you"}
		}, want: "not you"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clock := fakegithub.NewClock(noon)
			f := fakegithub.NewApp(t, clock)
			if tc.change != nil {
				tc.change(f)
			}
			o := appOptions(f, clock)
			o.Org, o.User, o.Installation, o.Repositories = tc.where.Org, tc.where.User, tc.where.Installation, tc.where.Repositories
			a, err := forge.NewGitHubApp(o)
			if err == nil {
				_, err = a.Token(t.Context())
			}
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

// TestGitHubAppAsksForLittle: what is not needed is not asked for, nor what the
// installation does not have.
func TestGitHubAppAsksForLittle(t *testing.T) {
	granted := map[string]string{"contents": "write", "metadata": "read", "actions_variables": "read", "issues": "write", "administration": "write"}
	for _, tc := range []struct {
		name  string
		repos []string
		write []string
		want  map[string]string
	}{
		{name: "to read", want: map[string]string{"contents": "read", "metadata": "read", "actions_variables": "read"}},
		{name: "one repository", repos: []string{"web"}, want: map[string]string{"contents": "read", "metadata": "read", "actions_variables": "read"}},
		{name: "to write issues", write: []string{"issues", "security_events"}, want: map[string]string{"contents": "read", "metadata": "read", "actions_variables": "read", "issues": "write"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clock := fakegithub.NewClock(noon)
			f := fakegithub.NewApp(t, clock)
			f.Permissions = granted
			o := appOptions(f, clock)
			o.Repositories, o.Write = tc.repos, tc.write
			if _, err := newApp(t, o).Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			asked := f.Asked()
			if len(asked) != 1 || !maps.Equal(asked[0].Permissions, tc.want) || !slices.Equal(asked[0].Repositories, tc.repos) {
				t.Errorf("asked for %v, want one token for %v of %v", asked, tc.want, tc.repos)
			}
		})
	}
}

// TestGitHubAppRenews: requests go on for hours, and each carries a token that lives.
func TestGitHubAppRenews(t *testing.T) {
	for _, tc := range []struct {
		name   string
		after  time.Duration
		tokens int
	}{
		{"at once", 0, 1},
		{"five minutes are left", 55 * time.Minute, 1},
		{"less than five minutes are left", 55*time.Minute + time.Second, 2},
		{"it has expired", 3 * time.Hour, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clock := fakegithub.NewClock(noon)
			f := fakegithub.NewApp(t, clock)
			a := newApp(t, appOptions(f, clock))
			for _, wait := range []time.Duration{tc.after, 0} {
				if _, err := a.Client().GitHubRepositories(t.Context(), "installation/repositories?per_page=100", nil); err != nil {
					t.Fatal(err)
				}
				if err := clock.Sleep(t.Context(), wait); err != nil {
					t.Fatal(err)
				}
			}
			if got := len(f.Asked()); got != tc.tokens {
				t.Errorf("asked for %d tokens, want %d", got, tc.tokens)
			}
			if n := f.Calls("GET /orgs/acme/installation"); n != 1 {
				t.Errorf("asked %d times for the installation, want once", n)
			}
		})
	}
}

// TestGitHubAppRenewsOnce: who comes while a token is asked for waits for it.
func TestGitHubAppRenewsOnce(t *testing.T) {
	clock := fakegithub.NewClock(noon)
	f := fakegithub.NewApp(t, clock)
	asked, proceed := make(chan struct{}), make(chan struct{})
	f.OnIssue = func() { close(asked); <-proceed }
	a := newApp(t, appOptions(f, clock))
	tokens := make([]string, 20)
	var all sync.WaitGroup
	for i := range tokens {
		all.Go(func() {
			token, err := a.Token(t.Context())
			if err != nil {
				t.Error(err)
			}
			tokens[i] = token
		})
	}
	<-asked
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Token(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("Token of a cancelled context: %v", err)
	}
	close(proceed)
	all.Wait()
	if len(f.Asked()) != 1 || tokens[0] == "" || slices.ContainsFunc(tokens, func(token string) bool { return token != tokens[0] }) {
		t.Errorf("asked for %d tokens, want all to have the same one", len(f.Asked()))
	}
}

func TestGitHubAppRevokes(t *testing.T) {
	clock := fakegithub.NewClock(noon)
	f := fakegithub.NewApp(t, clock)
	a := newApp(t, appOptions(f, clock))
	if err := a.Revoke(t.Context()); err != nil || len(f.Revoked()) != 0 {
		t.Errorf("Revoke before there is a token: %v, %d revoked", err, len(f.Revoked()))
	}
	for range 2 { // the first lives still when the second is given out
		if _, err := a.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := clock.Sleep(t.Context(), 57*time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Token(t.Context()); err != nil { // the first has expired, the second has not
		t.Fatal(err)
	}
	if err := a.Revoke(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := f.Revoked(), []string{"installation-token-2", "installation-token-3"}; !slices.Equal(got, want) {
		t.Errorf("revoked %v, want %v", got, want)
	}
	if token, err := a.Token(t.Context()); err != nil || token != "installation-token-4" {
		t.Errorf("Token after Revoke: %v; want a new one", err)
	}
	f.Refuse["DELETE /installation/token"] = fakegithub.Fault{Status: 403, Message: "not today"}
	if err := a.Revoke(t.Context()); err == nil || !strings.Contains(err.Error(), "not today") || strings.Contains(err.Error(), "token-4") {
		t.Errorf("Revoke that is refused: %v; want an error without the token", err)
	}
}

// TestGitHubAppNeverAsksUnsigned: without a token there is no request at all, for the
// answer would be of what is public.
func TestGitHubAppNeverAsksUnsigned(t *testing.T) {
	clock := fakegithub.NewClock(noon)
	f := fakegithub.NewApp(t, clock)
	f.Suspended = true
	a := newApp(t, appOptions(f, clock))
	_, err := a.Client().GitHubRepositories(t.Context(), "installation/repositories?per_page=100", nil)
	if err == nil || !strings.Contains(err.Error(), "suspended") {
		t.Errorf("error %v, want that the installation is suspended", err)
	}
	if n := f.Calls("GET /installation/repositories"); n != 0 {
		t.Errorf("%d requests came without a token", n)
	}
}

// TestGitHubAppTokenStaysAtItsHost: a store of logs is not sent it.
func TestGitHubAppTokenStaysAtItsHost(t *testing.T) {
	clock := fakegithub.NewClock(noon)
	f := fakegithub.NewApp(t, clock)
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the store was sent a token")
		}
		io.WriteString(w, "a log")
	}))
	defer store.Close()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "logs") {
			f.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Authorization") != "Bearer installation-token-1" {
			t.Error("the API was not sent the token")
		}
		http.Redirect(w, r, store.URL+"/blob?sig=signed", http.StatusFound)
	}))
	defer api.Close()
	o := appOptions(f, clock)
	o.API.URL = api.URL
	got := ""
	err := newApp(t, o).Client().Download(t.Context(), "repos/acme/web/actions/runs/1/logs", func(r io.Reader) error {
		data, err := io.ReadAll(r)
		got = string(data)
		return err
	})
	if err != nil || got != "a log" {
		t.Errorf("Download: %q, %v", got, err)
	}
}

// TestGitHubAppAddresses: the API of GitHub Enterprise Server is below a path, and
// nothing that can be read on the way is sent.
func TestGitHubAppAddresses(t *testing.T) {
	clock := fakegithub.NewClock(noon)
	f := fakegithub.NewApp(t, clock)
	srv := httptest.NewServer(http.StripPrefix("/api/v3", f))
	defer srv.Close()
	for _, tc := range []struct{ name, url, want string }{
		{"GitHub Enterprise Server", srv.URL + "/api/v3/", ""},
		{"over http", "http://github.example/api/v3/", "not sent over http"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := appOptions(f, clock)
			o.API.URL = tc.url
			a, err := forge.NewGitHubApp(o)
			if err == nil {
				_, err = a.Client().GitHubRepositories(t.Context(), "installation/repositories?per_page=100", nil)
			}
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}
