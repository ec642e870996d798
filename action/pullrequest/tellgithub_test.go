package pullrequest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// pulls starts a GitHub with a pull request, and returns it and its repository as a job
// sees it, whose time passes only while it waits.
func pulls(t testing.TB) (*fakegithub.Pulls, *GitHub, *fakegithub.Clock) {
	t.Helper()
	clock := fakegithub.NewClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	s := fakegithub.NewPulls(t, clock)
	token := func(name string) string { return map[string]string{"GITHUB_TOKEN": fakegithub.Token}[name] }
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: s.URL, Getenv: token, Rate: rate.Inf, Sleep: clock.Sleep, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewGitHub(c, fakegithub.PullRepository, GitHubOptions{Now: clock.Now, Sleep: clock.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	return s, g, clock
}

// wantRefusal wants an error by which a job can go on, and which says what it takes.
func wantRefusal(t *testing.T, err error, need string) {
	t.Helper()
	var refusal *remediate.Refusal
	if !errors.As(err, &refusal) || !strings.Contains(refusal.Need, need) {
		t.Errorf("%v; want a Refusal that says %q", err, need)
	}
	if err != nil && strings.Contains(err.Error(), fakegithub.Token) {
		t.Error("the error holds the token")
	}
}

func TestNewGitHub(t *testing.T) {
	c, err := forge.New(forge.Options{BaseURL: "http://127.0.0.1:1/"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "acme", "acme/", "/shop", "acme/../user", "acme/..", "acme/shop/x"} {
		if _, err := NewGitHub(c, name, GitHubOptions{}); err == nil || !strings.Contains(err.Error(), "OWNER/NAME") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
