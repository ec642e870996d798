package remediate_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// newAdvisories is a desk whose one secret is in a public repository.
func newAdvisories(t *testing.T, repo fakegithub.Repo) (*desk, *github) {
	d, g := newDesk(t), newGitHub(t, repo)
	d.leak("lg1s-1", shop, "a.env")
	d.now = g.clock.Now()
	return d, g
}

// advise is a run that may draft advisories.
func advise(t *testing.T, d *desk, g *github) remediate.Report {
	t.Helper()
	g.clock.Sleep(t.Context(), time.Minute)
	d.now = g.clock.Now()
	g.restart(t, 0)
	d.o.Advisories = g.Advisories()
	r, err := remediate.Sync(t.Context(), d.ledger, g, d.o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAdvisoryLife follows the advisory of a secret in a public repository through all
// that can happen to it. No issue ever tells of the secret.
func TestAdvisoryLife(t *testing.T) {
	d, g := newAdvisories(t, fakegithub.Repo{Visibility: "public", NoIssues: true})
	first := "security-advisories/GHSA-2223-2222-2222"
	patch := func(n int) []string { return slices.Repeat([]string{"PATCH " + first}, n) }
	pass := func(state verify.State) func() {
		return func() {
			g.clock.Sleep(t.Context(), 2*time.Hour)
			d.now = g.clock.Now()
			d.found(state)
		}
	}
	edit := func(how func(*fakegithub.Advisory)) func() {
		return func() { g.srv.EditAdvisory(shop, "GHSA-2223-2222-2222", how) }
	}
	for _, step := range []struct {
		name  string
		do    func()
		want  []string
		state string
		words string // in the description
	}{
		{"found", pass(verify.Live), []string{"POST security-advisories"}, "draft", "verdict **live**"},
		{"again", func() {}, nil, "draft", "a.env"},
		{"maintainers write to it", edit(func(a *fakegithub.Advisory) {
			a.Description, a.Severity = "Ours.\n\n"+a.Description+"\n\nOurs, too.", "critical"
		}), nil, "draft", "Ours, too."},
		{"a new place", func() { d.leak("lg1s-1", shop, "b.env"); pass(verify.Live)() }, patch(1), "draft", "b.env"},
		{"a maintainer closes it", edit(func(a *fakegithub.Advisory) { a.State = "closed" }), patch(2), "draft", "A closed issue is no fix"},
		{"dead once", pass(verify.Dead), patch(1), "draft", "verdict **dead**"},
		{"dead twice", pass(verify.Dead), patch(3), "closed", "the issuer refused this secret twice, 2h"},
		{"all is done", func() {}, nil, "closed", "HTTP 200, field login"},
		{"live again", pass(verify.Live), patch(3), "draft", "it is live again"},
		{"accepted", func() {
			d.do(d.ledger.Accept(t.Context(), d.ledger.ID("lg1s-1"), "grace", "a test account", d.now.Add(48*time.Hour)))
		}, patch(3), "closed", "grace accepts the risk"},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.do()
			before := len(g.writes())
			if r := advise(t, d, g); !r.Agreed() || len(r.Troubles) > 0 {
				t.Errorf("report %+v", r)
			}
			expect(t, "writes", g.writes()[before:], step.want)
			all := g.srv.Advisories(shop)
			if len(all) != 1 || all[0].State != step.state || !strings.Contains(all[0].Description, step.words) {
				t.Errorf("advisories %+v, want one that is %s and says %q", all, step.state, step.words)
			}
		})
	}
	a := g.srv.Advisories(shop)[0]
	if !strings.HasPrefix(a.Description, "Ours.\n\n<!-- leakguard:") || strings.Count(a.Description, "## History") != 1 || strings.Count(a.Description, "\n### 2026-11-") != 4 {
		t.Errorf("the description is\n%s", a.Description)
	}
	if a.Severity != "high" || !slices.Equal(a.Packages, []string{"other acme/shop"}) || !strings.HasPrefix(a.Summary, "Leaked secret: Acme key") {
		t.Errorf("advisory %+v", a)
	}
	if i := d.histories()[0].Issue; i == nil || i.Tracker != "github-advisory" || i.Project != shop || i.URL != "https://github.example/acme/shop/security/advisories/"+a.ID {
		t.Errorf("the ledger has %+v", i)
	}
	if len(g.srv.List(shop)) != 0 {
		t.Error("there is an issue")
	}
}

// TestAdvisoryWhere: when it is an advisory that a secret gets.
func TestAdvisoryWhere(t *testing.T) {
	for _, tc := range []struct {
		name       string
		repo       fakegithub.Repo
		verdict    verify.State
		repository string
		want       []string // writes
		reason     string   // why nothing is written
	}{
		{"public and live", fakegithub.Repo{Visibility: "public"}, verify.Live, "", []string{"POST security-advisories"}, ""},
		{"public and not verified", fakegithub.Repo{Visibility: "public"}, verify.Unverified, "", []string{"POST security-advisories"}, ""},
		{"public and dead", fakegithub.Repo{Visibility: "public"}, verify.Dead, "", []string{"POST labels", "POST issues"}, ""},
		{"private", fakegithub.Repo{}, verify.Live, "", []string{"POST labels", "POST issues"}, ""},
		{"one repository for all that is public", fakegithub.Repo{Visibility: "public"}, verify.Live, shop, nil, "an issue would tell everybody"},
		{"archived", fakegithub.Repo{Visibility: "public", Archived: true}, verify.Live, "", nil, "archived"},
		{"none for the token", fakegithub.Repo{Visibility: "public", NoAdvisories: true}, verify.Live, "", nil, "Repository security advisories: write"},
		{"the token may only read them", fakegithub.Repo{Visibility: "public", ReadOnly: true}, verify.Live, "", []string{"POST security-advisories"}, "Repository security advisories: write"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, g := newAdvisories(t, tc.repo)
			for i := range 3 {
				d.leak("lg1s-1", shop, fmt.Sprint(i))
			}
			d.o.Repository = tc.repository
			d.found(tc.verdict)
			r := advise(t, d, g)
			expect(t, "writes", g.writes(), tc.want)
			if tc.reason == "" {
				if !r.Agreed() {
					t.Errorf("report %+v", r)
				}
				return
			}
			if r.Refused != 1 || r.Failed > 0 || len(r.Troubles) != 1 || !strings.Contains(r.Troubles[0].Why, tc.reason) || !strings.Contains(r.Troubles[0].Why, "issues.repository") {
				t.Errorf("report %+v, want one refusal that says %q", r, tc.reason)
			}
		})
	}
}

// TestAdvisoryRefusedOnce: a token that may not draft one is not tried for each secret.
func TestAdvisoryRefusedOnce(t *testing.T) {
	d, g := newAdvisories(t, fakegithub.Repo{Visibility: "public", ReadOnly: true})
	for i := range 40 {
		d.leak(fmt.Sprint("lg1s-more", i), shop, "a.env")
	}
	d.found(verify.Live)
	if r := advise(t, d, g); r.Refused != 41 || r.Left > 0 || len(g.writes()) != 1 {
		t.Errorf("%d writes, %+v", len(g.writes()), r)
	}
}

// TestAdvisoryOnce: an advisory that was made and not recorded is found again, also
// when the secret is dead since and the answer was lost.
func TestAdvisoryOnce(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault fakegithub.Fault
		then  verify.State
	}{
		{"the answer is lost", fakegithub.Fault{Status: 502, Message: "Bad Gateway", Done: true}, verify.Live},
		{"the run gives up", fakegithub.Fault{Status: 422, Message: "Odd", Done: true}, verify.Live},
		{"the run gives up, and the secret is dead then", fakegithub.Fault{Status: 422, Message: "Odd", Done: true}, verify.Dead},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, g := newAdvisories(t, fakegithub.Repo{Visibility: "public"})
			d.found(verify.Live)
			g.srv.Fail("POST", tc.fault)
			advise(t, d, g)
			g.clock.Sleep(t.Context(), time.Hour)
			d.now = g.clock.Now()
			d.found(tc.then)
			if r := advise(t, d, g); !r.Agreed() {
				t.Errorf("report %+v", r)
			}
			if n, issues := len(g.srv.Advisories(shop)), len(g.srv.List(shop)); n != 1 || issues != 0 {
				t.Errorf("%d advisories and %d issues, want one advisory", n, issues)
			}
		})
	}
}

// TestAdvisoryPublished: what a maintainer published is not written to any more.
func TestAdvisoryPublished(t *testing.T) {
	d, g := newAdvisories(t, fakegithub.Repo{Visibility: "public"})
	d.found(verify.Live)
	advise(t, d, g)
	id := g.srv.Advisories(shop)[0].ID
	g.srv.EditAdvisory(shop, id, func(a *fakegithub.Advisory) { a.State = "published" })
	d.leak("lg1s-1", shop, "b.env")
	d.found(verify.Live)
	before := len(g.writes())
	if r := advise(t, d, g); r.Refused != 1 || !strings.Contains(r.Troubles[0].Why, id+" was published") || len(g.writes()) != before {
		t.Errorf("%d writes, %+v", len(g.writes())-before, r)
	}
	ticket := remediate.Ticket{Project: shop, URL: "https://github.example/acme/shop/security/advisories/" + id}
	if err := g.Advisories().Comment(t.Context(), ticket, "Live."); err == nil || !strings.Contains(err.Error(), "it was published") {
		t.Errorf("a comment on what was published since it was listed: %v", err)
	}
	for range 2 {
		g.clock.Sleep(t.Context(), 2*time.Hour)
		d.now = g.clock.Now()
		d.found(verify.Dead)
		advise(t, d, g)
	}
	if h := d.histories()[0]; h.State != ledger.Dead || len(g.writes()) != before || g.srv.Advisories(shop)[0].State != "published" {
		t.Errorf("%s, %d writes, advisory %s", h.State, len(g.writes())-before, g.srv.Advisories(shop)[0].State)
	}
	if r := advise(t, d, g); r.Unchanged != 1 {
		t.Errorf("again: %+v", r)
	}
}

// TestAdvisoryGone: one that is no longer seen is told, and not made a second time.
func TestAdvisoryGone(t *testing.T) {
	d, g := newAdvisories(t, fakegithub.Repo{Visibility: "public"})
	d.found(verify.Live)
	advise(t, d, g)
	id := g.srv.Advisories(shop)[0].ID
	g.srv.EditAdvisory(shop, id, func(a *fakegithub.Advisory) { a.Description = "Theirs." })
	if r := advise(t, d, g); r.Failed != 1 || !strings.Contains(r.Troubles[0].Why, id) || len(g.srv.Advisories(shop)) != 1 {
		t.Errorf("report %+v", r)
	}
	d.o.Recreate = true
	if r := advise(t, d, g); r.Created != 1 || len(g.srv.Advisories(shop)) != 2 {
		t.Errorf("report %+v", r)
	}
}

// TestAdvisoryLimits: a history, and all that stands in a description, is never longer
// than GitHub takes.
func TestAdvisoryLimits(t *testing.T) {
	d, g := newAdvisories(t, fakegithub.Repo{Visibility: "public"})
	d.o.Runbook = func(*ledger.History) (string, error) { return strings.Repeat("A line of the runbook.\n", 5000), nil }
	d.found(verify.Live)
	advise(t, d, g)
	a := g.srv.Advisories(shop)[0]
	ticket := remediate.Ticket{Project: shop, URL: "https://github.example/acme/shop/security/advisories/" + a.ID}
	for n := range 30 {
		text := fmt.Sprintf("Entry %d. <!-- leakguard:lgk1-0 -->\n\n### no heading\n\n%s", n, strings.Repeat("x", n*400))
		if err := g.Advisories().Comment(t.Context(), ticket, text); err != nil {
			t.Fatal(err)
		}
	}
	now := g.srv.Advisories(shop)[0].Description
	id, _ := remediate.MarkOf(now)
	if !strings.HasPrefix(now, a.Description) || id != d.ledger.ID("lg1s-1") || !strings.Contains(now, "Entry 29.") || strings.Contains(now, "Entry 3.") || strings.Contains(now, "### no heading") {
		t.Errorf("after 30 entries the description ends with %s", now[len(now)-200:])
	}
	d.leak("lg1s-1", shop, "b.env")
	d.found(verify.Live)
	if r := advise(t, d, g); r.Updated != 1 || !r.Agreed() {
		t.Errorf("report %+v", r)
	}
}

// TestAdvisoryErrors: what a tracker says of what it cannot do.
func TestAdvisoryErrors(t *testing.T) {
	g := newGitHub(t, fakegithub.Repo{Visibility: "public", NoAdvisories: true})
	a := g.Advisories()
	good := remediate.Ticket{Project: shop, URL: "https://github.example/acme/shop/security/advisories/GHSA-2223-2222-2222"}
	for _, tc := range []struct {
		name   string
		do     func() error
		status int
		want   string
	}{
		{"list", func() error { _, err := a.List(t.Context(), shop); return err }, 404, "cannot list the security advisories"},
		{"create", func() error { _, err := a.Create(t.Context(), shop, draft(1)); return err }, 404, "cannot draft a security advisory"},
		{"update", func() error { _, err := a.Update(t.Context(), good, draft(1)); return err }, 404, "cannot edit security advisory GHSA-2223-2222-2222"},
		{"close", func() error { return a.SetOpen(t.Context(), good, false) }, 404, "cannot close"},
		{"reopen", func() error { return a.SetOpen(t.Context(), good, true) }, 404, "cannot reopen"},
		{"an address that is none", func() error {
			return a.SetOpen(t.Context(), remediate.Ticket{Project: shop, URL: "https://github.example/x/GHSA-1?y"}, true)
		}, 0, "no address of a security advisory"},
		{"no address", func() error { return a.Comment(t.Context(), remediate.Ticket{Project: shop}, "x") }, 0, "no address of a security advisory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.do()
			var refusal *remediate.Refusal
			if err == nil || forge.StatusOf(err) != tc.status || errors.As(err, &refusal) != (tc.status == 404) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v; want status %d and %q", err, tc.status, tc.want)
			}
		})
	}
}
