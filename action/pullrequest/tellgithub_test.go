package pullrequest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/action/report"
	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
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

// TestNothingInClear tells a pull request of a secret in all ways, held to GitHub's
// description, and wants no request to have it, in any encoding.
func TestNothingInClear(t *testing.T) {
	fakegithub.RequireSpec(t) // the other tests are held to it, too, where it is at hand
	secret, err := rules.Expand("${token:crc32-base62:ghp_}", rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	line := `TOKEN = "` + secret + `"`
	result := &scanner.Result{
		Coverage: []*scanner.Coverage{scanner.NewCoverage("git history", scanner.InGit)},
		Secrets: []scanner.Secret{{
			Fingerprint: "lg1s-" + strings.Repeat("a", 40), Redacted: redact.Secret([]byte(secret)), Length: len(secret), Value: secret, Match: line, Name: "TOKEN",
			Rule:    &rules.Rule{ID: "github-pat", Name: "GitHub token", Provider: &rules.Provider{ID: "github", Name: "GitHub"}},
			Verdict: verify.Verdict{State: verify.Unverified},
			Occurrences: []scanner.Occurrence{{
				Kind: scanner.InGit, Path: "app.py", Commit: headCommit, InHead: true, Snippet: `TOKEN = "ghp_***"`,
				Region: scanner.Region{StartLine: 6, StartColumn: 10, EndLine: 6, EndColumn: 10 + len(secret)},
			}},
		}},
	}
	found := &result.Secrets[0]
	outcome := &Outcome{Result: result, Counts: func(*scanner.Secret) bool { return true }}
	instead, ok := Suggestion(found, &found.Occurrences[0], line)
	if !ok {
		t.Fatal("no suggestion")
	}
	format, _ := report.Lookup("sarif")
	var sarif bytes.Buffer
	if err := format.Write(&sarif, result, report.Options{Category: CategoryChanges}); err != nil {
		t.Fatal(err)
	}

	s, g, _ := pulls(t)
	s.Set(fakegithub.PullSettings{Files: map[string]string{"app.py": appPatch}})
	_, err = g.Sticky(fakegithub.PullNumber).Put(t.Context(), outcome.Comment(), true)
	skipped, failed := g.Review(t.Context(), fakegithub.PullNumber, headCommit, []ReviewComment{
		{Path: "app.py", Line: 6, Fingerprint: found.Fingerprint, Body: "```suggestion\n" + instead + "\n```"},
	})
	if err = errors.Join(err, failed, g.UploadSARIF(t.Context(), sarif.Bytes(), CategoryChanges, headCommit, mergeRef)); err != nil || skipped != nil {
		t.Fatal(err, skipped)
	}
	sent := string(s.SARIFs()[0].Report)
	for _, w := range s.Writes() {
		sent += w.Path + w.Body
	}
	if len(s.Writes()) != 3 || !strings.Contains(sent, "ghp_***") {
		t.Errorf("%d writes", len(s.Writes()))
	}
	for name, form := range map[string]string{
		"clear": secret, "base64": base64.RawStdEncoding.EncodeToString([]byte(secret)), "hex": hex.EncodeToString([]byte(secret)), "all but the end": secret[:len(secret)-8],
	} {
		if strings.Contains(sent, form) {
			t.Errorf("the secret is sent: %s", name)
		}
	}
}
