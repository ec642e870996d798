package offboard_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/offboard"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

var acmeKey = &rules.Rule{
	ID: "acme-key", Name: "Acme key", Severity: rules.High,
	Provider: &rules.Provider{ID: "acme", Name: "Acme", Rotate: rules.Runbook{URL: "https://acme.example/keys"}},
}

func ruleOf(id string) *rules.Rule {
	if id == acmeKey.ID {
		return acmeKey
	}
	return nil
}

// leak is a secret as a scan found it.
type leak struct {
	name   string
	state  verify.State
	places []scanner.Occurrence
}

func inGit(repository string) scanner.Occurrence {
	return scanner.Occurrence{Kind: scanner.InGit, Repository: repository, Path: "a.env", Commit: "c0ffee"}
}

const webAddress = "https://github.com/acme/web"

// leaks are secrets in acme/web, and in what is another repository.
func leaks() []leak {
	return []leak{
		{"dead", verify.Dead, []scanner.Occurrence{inGit(webAddress)}},
		{"unasked", verify.Unverified, []scanner.Occurrence{{Kind: scanner.InVariable, Repository: "acme/web", Variable: "KEY", Scope: "repository acme/web"}}},
		{"live", verify.Live, []scanner.Occurrence{
			inGit("https://github.com/Acme/web.git"), {Kind: scanner.InLog, Repository: webAddress, Run: "1"}, inGit("https://github.com/acme/api"),
		}},
		{"no secret", verify.Unknown, []scanner.Occurrence{inGit(webAddress)}},
		{"elsewhere", verify.Live, []scanner.Occurrence{inGit("https://github.com/acme/website")}},
		{"on another host", verify.Live, []scanner.Occurrence{inGit("https://gitlab.com/acme/web")}},
		{"in a folder", verify.Live, []scanner.Occurrence{inGit("/home/ada/acme/web")}},
	}
}

// sources has a ledger with those leaks and that GitHub.
func sources(t *testing.T, g *github, leaks []leak) offboard.Sources {
	t.Helper()
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{Key: bytes.Repeat([]byte{7}, 32), Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	for i, leak := range leaks {
		s := scanner.Secret{
			Fingerprint: "lg1s-" + leak.name, Rule: acmeKey, Severity: rules.High, Redacted: fmt.Sprintf("ac%02d***", i),
			Verdict: verify.Verdict{State: leak.state}, Occurrences: leak.places,
		}
		if _, err := l.Record(t.Context(), &scanner.Result{Secrets: []scanner.Secret{s}}, at.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if leak.name == "no secret" {
			if err := l.FalsePositive(t.Context(), l.ID(s.Fingerprint), "ada", "an example"); err != nil {
				t.Fatal(err)
			}
		}
	}
	return offboard.Sources{Ledger: l, GitHub: g.client(t), Rule: ruleOf}
}

func report(t *testing.T, s offboard.Sources, name string) *offboard.Report {
	t.Helper()
	r, err := offboard.Repository(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const wantText = `acme/web (archived: its settings can be changed only while it is not)

Secrets that were seen in it
  live         leaked secret Acme key ac02***, 1 in history, 1 in logs
    its issuer accepted it on 2026-11-01
    revoke it at https://acme.example/keys; runbook: leakguard rotate plan LIVE
    also in https://github.com/acme/api: whatever uses it there breaks
  unverified   leaked secret Acme key ac01***, 1 in variables
    nobody asked its issuer
    revoke it at https://acme.example/keys; runbook: leakguard rotate plan UNASKED; then ask again: leakguard scan --verify --ledger default
  dead         leaked secret Acme key ac00***, 1 in history
    its issuer refused it on 2026-11-01

Credentials in its settings
  unverifiable Actions secret NPM_TOKEN, repository acme/web
    GitHub gives its value to workflows alone; it was set on 2026-03-04
    revoke what it holds at its issuer, then delete it: gh api --method DELETE 'repos/acme/web/actions/secrets/NPM_TOKEN'
  unverifiable Dependabot secret PROXY, repository acme/web
    GitHub gives its value to workflows alone; it was set on 2026-03-04
    revoke what it holds at its issuer, then delete it: gh api --method DELETE 'repos/acme/web/dependabot/secrets/PROXY'
  unverifiable Actions secret DB_PASSWORD, environment prod/eu
    GitHub gives its value to workflows alone; it was set on 2026-03-04
    revoke what it holds at its issuer, then delete it: gh api --method DELETE 'repos/acme/web/environments/prod%2Feu/secrets/DB_PASSWORD'
  live         deploy key deploy�[2J (7), repository acme/web
    GitHub accepts it, to write; added by @ada; last used on 2026-03-04
    gh api --method DELETE 'repos/acme/web/keys/7'
  unknown      deploy key mirror (8), repository acme/web
    GitHub has disabled it; it may be enabled again; added by @ada; last used on 2026-03-04
    gh api --method DELETE 'repos/acme/web/keys/8'
  live         webhook to hooks.example (9), repository acme/web
    GitHub sends to it
    revoke at the receiver what it was given, then delete it: gh api --method DELETE 'repos/acme/web/hooks/9'
  unknown      webhook to ci.example (10), repository acme/web
    it is switched off; it may be switched on again
    revoke at the receiver what it was given, then delete it: gh api --method DELETE 'repos/acme/web/hooks/10'

Variables: leakguard scan variables --from github --repo acme/web --verify reads what they hold
  LOG_LEVEL, repository acme/web
  REGION, environment prod/eu

Apps
  bot reaches all repositories of acme
    nothing, unless it served this repository alone: https://github.com/organizations/acme/settings/installations/1
  deployer reaches selected repositories, perhaps this one
    look, and take this repository out: https://github.com/organizations/acme/settings/installations/1

1 of 10 dead
`

func TestRepository(t *testing.T) {
	s := sources(t, &github{answers: answers(true)}, leaks())
	r := report(t, s, "acme/web")
	var got bytes.Buffer
	if err := r.WriteText(&got); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("LIVE", s.Ledger.ID("lg1s-live"), "UNASKED", s.Ledger.ID("lg1s-unasked")).Replace(wantText)
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
	asJSON, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.String()+string(asJSON), hookToken) {
		t.Error("the token in the address of a webhook is told")
	}
}

// TestProgress follows a repository until nothing of it is left.
func TestProgress(t *testing.T) {
	g := &github{answers: answers(false)}
	s := sources(t, g, leaks()[:1])
	if dead, all := report(t, s, "acme/web").Progress(); dead != 1 || all != 8 {
		t.Errorf("%d of %d dead, want 1 of 8", dead, all)
	}
	for path, answer := range g.answers {
		if o, ok := answer.(object); ok && o["secrets"] != nil {
			g.answers[path] = named("secrets")
		}
	}
	g.answers["repos/acme/web/keys"], g.answers["repos/acme/web/hooks"] = []any{}, []any{}
	r := report(t, s, "acme/web")
	if dead, all := r.Progress(); dead != 1 || all != 1 || len(r.Gaps) != 0 {
		t.Errorf("%d of %d dead, gaps %v; want 1 of 1 and none", dead, all, r.Gaps)
	}
}

// TestNotAsked: each list that GitHub refuses is a gap with its reason, and hides
// nothing else.
func TestNotAsked(t *testing.T) {
	for path := range answers(false) {
		t.Run(path, func(t *testing.T) {
			g := &github{answers: answers(false)}
			g.answers[path] = http.StatusForbidden
			r := report(t, sources(t, g, leaks()), "acme/web")
			if len(r.Gaps) != 1 || !strings.Contains(r.Gaps[0].Why, "403") || !strings.Contains(r.Gaps[0].Fix, "give a token") {
				t.Fatalf("gaps %+v, want one", r.Gaps)
			}
			secrets := 3
			if path == "repos/acme/web" {
				secrets = 4 // it is not known on which host the repository is
				if n := len(g.asked); n != 1 {
					t.Errorf("GitHub was asked %d times, want once", n)
				}
			} else if !slices.Contains(g.asked, "orgs/acme/installations") {
				t.Error("what comes behind was not asked")
			}
			if len(r.Secrets) != secrets {
				t.Errorf("%d secrets of the ledger, want %d", len(r.Secrets), secrets)
			}
		})
	}
}

// TestNotThere: GitHub says 404 of what a token may not see. Only what a server may
// not have is empty then.
func TestNotThere(t *testing.T) {
	for path := range answers(false) {
		t.Run(path, func(t *testing.T) {
			g := &github{answers: answers(false)}
			delete(g.answers, path)
			want := 1
			if strings.Contains(path, "/agents/") || strings.Contains(path, "/codespaces/") {
				want = 0
			}
			if r := report(t, sources(t, g, nil), "acme/web"); len(r.Gaps) != want {
				t.Errorf("gaps %+v, want %d", r.Gaps, want)
			}
		})
	}
}

func TestOfflineIsAGap(t *testing.T) {
	s := sources(t, &github{}, leaks())
	s.GitHub = nil
	r := report(t, s, "acme/web")
	// It is not known on which host the repository is.
	if len(r.Gaps) != 1 || len(r.Secrets) != 4 || len(r.Settings) != 0 {
		t.Errorf("%d secrets, %d settings, gaps %v", len(r.Secrets), len(r.Settings), r.Gaps)
	}
}

// TestRenamed: a repository that was renamed has the secrets of both names.
func TestRenamed(t *testing.T) {
	g := &github{answers: answers(false)}
	g.answers["repos/acme/shop"] = "repositories/1"
	g.answers["repositories/1"] = repo("acme/web", false)
	before := leak{"before", verify.Live, []scanner.Occurrence{inGit("https://github.com/acme/shop")}}
	r := report(t, sources(t, g, append(leaks(), before)), "acme/shop")
	if r.Repository != "acme/web" || len(r.Secrets) != 4 || len(r.Settings) != 7 {
		t.Errorf("%s: %d secrets, %d settings; want acme/web, 4, 7; gaps %v", r.Repository, len(r.Secrets), len(r.Settings), r.Gaps)
	}
}

// TestDeleted: the secrets of a repository that is gone are not dead for that.
func TestDeleted(t *testing.T) {
	r := report(t, sources(t, &github{}, leaks()), "acme/web")
	if dead, all := r.Progress(); dead != 1 || all != 4 || len(r.Gaps) != 1 {
		t.Errorf("%d of %d dead, gaps %v", dead, all, r.Gaps)
	}
}

func TestNoRepository(t *testing.T) {
	for _, name := range []string{"", "web", "acme/", "/web", "acme/web/x", "acme/..", "acme/web?x", "a%2Fb/web"} {
		if _, err := offboard.Repository(t.Context(), offboard.Sources{}, name); err == nil || !strings.Contains(err.Error(), "OWNER/NAME") {
			t.Errorf("%q: %v, want that it is no repository", name, err)
		}
	}
}

func TestArchived(t *testing.T) {
	none := leak{"of none", verify.Live, []scanner.Occurrence{inGit("https://github.com/acme/kept")}}
	api := leak{"maybe", verify.Unknown, []scanner.Occurrence{inGit("https://github.com/acme/api")}}
	old := leak{"old", verify.Dead, []scanner.Occurrence{inGit("https://github.com/acme/old")}}
	g := &github{answers: map[string]any{"orgs/acme/repos": []any{
		repo("acme/api", true), repo("acme/kept", false), repo("acme/old", true), repo("acme/web", true),
	}}}
	s := sources(t, g, append(leaks(), none, api, old))
	a, err := offboard.Archived(t.Context(), s, "acme")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range a.Repositories {
		got = append(got, fmt.Sprintf("%s %d of %d", r.Name, r.Live, len(r.Secrets)))
	}
	if want := []string{"acme/api 1 of 2", "acme/web 1 of 2"}; !slices.Equal(got, want) || a.Archived != 3 {
		t.Errorf("%d archived: %q, want 3: %q", a.Archived, got, want)
	}
	var out bytes.Buffer
	if err := a.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	const last = "NHI1:2025 Improper Offboarding: 2 of 3 archived repositories of acme hold 1 live secrets and 2 not known to be dead\n"
	if !strings.HasSuffix(out.String(), last) || !strings.Contains(out.String(), "acme/web: 1 live, 1 not known to be dead\n") {
		t.Errorf("got:\n%s", out.String())
	}
	g.answers["orgs/acme/repos"] = http.StatusForbidden
	if _, err := offboard.Archived(t.Context(), s, "acme"); err == nil {
		t.Error("a list that is refused is no error")
	}
}
