package remediate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

const shop = "acme/shop"

// github is a tracker at a fake GitHub, whose clock both go by.
type github struct {
	*remediate.GitHub
	srv   *fakegithub.Issues
	clock *fakegithub.Clock
	said  []string // by Warn
}

func newGitHub(t *testing.T, repo fakegithub.Repo) *github {
	t.Helper()
	clock := fakegithub.NewClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	g := &github{srv: fakegithub.NewIssues(t, clock), clock: clock}
	g.srv.SetRepo(shop, repo)
	g.restart(t, 0)
	return g
}

// restart is as if another process went on.
func (g *github) restart(t *testing.T, patience time.Duration) {
	t.Helper()
	getenv := func(name string) string { return map[string]string{"GH_TOKEN": fakegithub.Token}[name] }
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: g.srv.URL, Getenv: getenv, Rate: rate.Inf, Sleep: g.clock.Sleep, Now: g.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	g.GitHub = remediate.NewGitHub(c, remediate.GitHubOptions{
		Patience: patience, Now: g.clock.Now, Warn: func(project, text string) { g.said = append(g.said, project+": "+text) },
	})
}

// writes are the requests so far that were to change something, without the path of
// the repository.
func (g *github) writes() []string {
	var all []string
	for _, w := range g.srv.Writes() {
		all = append(all, w.Method+" "+strings.TrimPrefix(w.Path, "/repos/"+shop+"/"))
	}
	return all
}

func expect(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func draft(n int) remediate.Draft {
	return remediate.Draft{
		ID: fmt.Sprintf("lgk1-%04d", n), Title: "A key leaked", Body: "Rotate it.",
		Labels: []string{"leakguard", "high"}, Assignees: []string{"ada"},
	}
}

func TestGitHubCreate(t *testing.T) {
	crowd := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}
	for _, tc := range []struct {
		name      string
		repo      fakegithub.Repo
		assignees []string
		want      []string // the assignees that there are then
		labels    []string
		said      []string
		writes    []string
	}{
		{
			"all that was asked for", fakegithub.Repo{Assignable: []string{"ada"}}, []string{"ada"},
			[]string{"ada"}, []string{"leakguard", "high"}, nil,
			[]string{"POST labels", "POST labels", "POST issues"},
		},
		{
			"nobody to assign", fakegithub.Repo{}, nil,
			nil, []string{"leakguard", "high"}, nil,
			[]string{"POST labels", "POST labels", "POST issues"},
		},
		{
			"one who cannot be assigned", fakegithub.Repo{Assignable: []string{"ada"}}, []string{"ada", "bob"},
			[]string{"ada"}, []string{"leakguard", "high"}, []string{"acme/shop: issue 1: not assigned to @bob: they have no access to the repository, or the token may not assign"},
			[]string{"POST labels", "POST labels", "POST issues", "POST issues"},
		},
		{
			"more than GitHub takes", fakegithub.Repo{Assignable: crowd}, crowd,
			crowd[:10], []string{"leakguard", "high"}, []string{"acme/shop: an issue has 10 assignees at most: @k, @l left out"},
			[]string{"POST labels", "POST labels", "POST issues"},
		},
		{
			"a token that may only read", fakegithub.Repo{ReadOnly: true, Assignable: []string{"ada"}}, []string{"ada"},
			nil, nil, []string{
				"acme/shop: issue 1: GitHub dropped the labels leakguard, high: the token may not set them; it needs Issues: write, and its owner the role Triage",
				"acme/shop: issue 1: not assigned to @ada: they have no access to the repository, or the token may not assign",
			},
			[]string{"POST issues"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGitHub(t, tc.repo)
			d := draft(1)
			d.Assignees = tc.assignees
			ticket, err := g.Create(context.Background(), shop, d)
			if err != nil {
				t.Fatal(err)
			}
			if ticket.ID != d.ID || ticket.Project != shop || ticket.Number != 1 || !ticket.Open || ticket.Title != d.Title || ticket.URL != "https://github.example/acme/shop/issues/1" {
				t.Errorf("ticket %+v", ticket)
			}
			expect(t, "labels", ticket.Labels, tc.labels)
			expect(t, "assignees", ticket.Assignees, tc.want)
			expect(t, "said", g.said, tc.said)
			expect(t, "writes", g.writes(), tc.writes)
			there := g.srv.List(shop)
			if len(there) != 1 || there[0].Body != remediate.Marked(d.ID, d.Body) {
				t.Errorf("issues %+v", there)
			}
		})
	}
}

func TestGitHubMakesEachLabelOnce(t *testing.T) {
	ctx := context.Background()
	g := newGitHub(t, fakegithub.Repo{Assignable: []string{"ada"}})
	g.srv.Put(shop, fakegithub.Issue{Title: "other"})
	if _, err := g.Project(ctx, shop); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Create(ctx, shop, draft(1)); err != nil {
		t.Fatal(err)
	}
	g.restart(t, 0)
	if _, err := g.Project(ctx, shop); err != nil {
		t.Fatal(err)
	}
	g.srv.Fail("GET", fakegithub.Fault{Status: 404}) // somebody makes the label right after
	for n := 2; n <= 3; n++ {
		if _, err := g.Create(ctx, shop, draft(n)); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "labels", g.srv.Labels(shop), []string{"leakguard", "high"})
	expect(t, "writes", g.writes(), []string{"POST labels", "POST labels", "POST issues", "POST labels", "POST issues", "POST issues"})
}

func TestGitHubLabelsThatCannotBeMade(t *testing.T) {
	for _, status := range []int{403, 404} {
		g := newGitHub(t, fakegithub.Repo{})
		g.srv.Fail("POST", fakegithub.Fault{Status: status, Message: "Not here"})
		if _, err := g.Create(context.Background(), shop, remediate.Draft{ID: "lgk1-1", Title: "x", Body: "x"}); err != nil {
			t.Errorf("after %d: %v", status, err)
		}
		expect(t, "writes", g.writes(), []string{"POST labels", "POST issues"})
	}
}

// Nothing but reading: writes would take their time.
func TestGitHubByDefault(t *testing.T) {
	srv := fakegithub.NewIssues(t, nil)
	srv.SetRepo(shop, fakegithub.Repo{})
	srv.Put(shop, fakegithub.Issue{Title: "x", Body: remediate.Marked("lgk1-1", "x"), Labels: []string{"leakguard"}})
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: srv.URL, Getenv: func(string) string { return fakegithub.Token }})
	if err != nil {
		t.Fatal(err)
	}
	g := remediate.NewGitHub(c, remediate.GitHubOptions{})
	if all, err := g.List(context.Background(), shop); err != nil || len(all) != 1 || g.Name() != "github" {
		t.Errorf("List of %s: %+v, %v; want one issue", g.Name(), all, err)
	}
}

func TestGitHubKeepsTextsVerbatim(t *testing.T) {
	ctx := context.Background()
	for _, body := range []string{
		"<script>alert(1)</script> & \"quotes\" 'too'", "@everyone #1 GH-1", "tab\tand\r\nline", "\u202egnp.exe\u2028\u0000end",
		"{{ secrets.X }} ${{ github.token }}", strings.Repeat("ü", 60000),
	} {
		g := newGitHub(t, fakegithub.Repo{})
		d := remediate.Draft{ID: "lgk1-1", Title: body[:min(len(body), 60)], Body: body}
		ticket, err := g.Create(ctx, shop, d)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Comment(ctx, ticket, body); err != nil {
			t.Fatal(err)
		}
		got := g.srv.List(shop)[0]
		if got.Title != d.Title || got.Body != remediate.Marked(d.ID, body) || got.Comments[0] != body || ticket.Body != got.Body {
			t.Errorf("%.40q is not kept", body)
		}
	}
}

func TestGitHubList(t *testing.T) {
	ours := func(n int) fakegithub.Issue {
		d := draft(n)
		return fakegithub.Issue{Title: d.Title, Body: "from a person\n" + remediate.Marked(d.ID, d.Body), Labels: []string{"bug", "LeakGuard"}, Assignees: []string{"ada"}}
	}
	for _, tc := range []struct {
		name string
		repo fakegithub.Repo
		put  func(put func(fakegithub.Issue))
		want []int64
	}{
		{"none", fakegithub.Repo{}, func(func(fakegithub.Issue)) {}, nil},
		{"open and closed", fakegithub.Repo{}, func(put func(fakegithub.Issue)) {
			put(ours(1))
			closed := ours(2)
			closed.Closed = true
			put(closed)
		}, []int64{1, 2}},
		{"not those of others", fakegithub.Repo{}, func(put func(fakegithub.Issue)) {
			pull, bare, other, odd := ours(1), ours(2), ours(3), ours(4)
			pull.Pull, bare.Labels, other.Body, odd.Body = true, nil, "no marker", "<!-- leakguard:mine -->"
			for _, i := range []fakegithub.Issue{pull, bare, other, odd, ours(5)} {
				put(i)
			}
		}, []int64{5}},
		{"without label, if that cannot be set", fakegithub.Repo{ReadOnly: true}, func(put func(fakegithub.Issue)) {
			bare := ours(1)
			bare.Labels = nil
			put(bare)
		}, []int64{1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGitHub(t, tc.repo)
			tc.put(func(i fakegithub.Issue) { g.srv.Put(shop, i) })
			all, err := g.GitHub.List(context.Background(), shop)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			there := g.srv.List(shop)
			for _, ticket := range all {
				got = append(got, ticket.Number)
				i := there[ticket.Number-1]
				if ticket.ID != draft(int(ticket.Number)).ID || ticket.Open == i.Closed || ticket.Body != i.Body || ticket.Project != shop {
					t.Errorf("ticket %+v of issue %+v", ticket, i)
				}
				expect(t, "labels", ticket.Labels, i.Labels)
				expect(t, "assignees", ticket.Assignees, i.Assignees)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("issues %v, want %v", got, tc.want)
			}
		})
	}
}

func TestGitHubListsAllPages(t *testing.T) {
	g := newGitHub(t, fakegithub.Repo{})
	for n := range 250 {
		g.srv.Put(shop, fakegithub.Issue{Title: "x", Body: remediate.Marked(draft(n).ID, "x"), Labels: []string{"leakguard"}})
	}
	all, err := g.GitHub.List(context.Background(), shop)
	if err != nil || len(all) != 250 || all[0].Number != 1 || all[249].Number != 250 {
		t.Errorf("List: %d issues, %v; want 250", len(all), err)
	}
	if n := g.srv.Reads("/repos/" + shop + "/issues"); n != 3 {
		t.Errorf("%d pages, want 3", n)
	}
}

func TestGitHubUpdate(t *testing.T) {
	people := func(body string) string { return "Mine.\r\n\r\n" + body + "\r\nMine, too." }
	for _, tc := range []struct {
		name   string
		is     func(*fakegithub.Issue) // what people made of it since it was listed
		want   func(*remediate.Draft)  // what it is to be now
		check  func(*fakegithub.Issue) bool
		writes []string
		said   []string
	}{
		{name: "nothing differs"},
		{name: "the title", want: func(d *remediate.Draft) { d.Title = "New" }, check: func(i *fakegithub.Issue) bool { return i.Title == "New" }, writes: []string{"PATCH issues/1"}},
		{
			name: "our part of the body", is: func(i *fakegithub.Issue) { i.Body = people(i.Body) }, want: func(d *remediate.Draft) { d.Body = "New." },
			check: func(i *fakegithub.Issue) bool { return i.Body == people(remediate.Marked("lgk1-0001", "New.")) }, writes: []string{"PATCH issues/1"},
		},
		{
			name: "our part was deleted", is: func(i *fakegithub.Issue) { i.Body = "Mine." },
			check: func(i *fakegithub.Issue) bool {
				return i.Body == "Mine.\n\n"+remediate.Marked("lgk1-0001", "Rotate it.")
			},
			writes: []string{"PATCH issues/1"},
		},
		{
			name: "a label that is missing", is: func(i *fakegithub.Issue) { i.Labels = []string{"LEAKGUARD", "bug"} },
			check:  func(i *fakegithub.Issue) bool { return slices.Equal(i.Labels, []string{"LEAKGUARD", "bug", "high"}) },
			writes: []string{"POST issues/1/labels"},
		},
		{
			name: "an assignee who is missing", is: func(i *fakegithub.Issue) { i.Assignees = []string{"bob"} },
			check: func(i *fakegithub.Issue) bool { return slices.Equal(i.Assignees, []string{"bob", "ada"}) }, writes: []string{"POST issues/1/assignees"},
		},
		{
			name: "an assignee whom GitHub does not take", want: func(d *remediate.Draft) { d.Assignees = []string{"ADA", "eve"} },
			check: func(i *fakegithub.Issue) bool { return slices.Equal(i.Assignees, []string{"ada"}) }, writes: []string{"POST issues/1/assignees"},
			said: []string{"acme/shop: issue 1: not assigned to @eve: they have no access to the repository, or the token may not assign"},
		},
		{
			name: "no room for an assignee", is: func(i *fakegithub.Issue) { i.Assignees = strings.Split("bcdefghijk", "") },
			said: []string{"acme/shop: an issue has 10 assignees at most: @ada left out"},
		},
		{
			name: "everything", is: func(i *fakegithub.Issue) { *i = fakegithub.Issue{Number: 1, Title: "Theirs"} },
			check: func(i *fakegithub.Issue) bool {
				return i.Title == "A key leaked" && len(i.Labels) == 2 && len(i.Assignees) == 1
			},
			writes: []string{"PATCH issues/1", "POST issues/1/labels", "POST issues/1/assignees"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := context.Background()
			g := newGitHub(t, fakegithub.Repo{Assignable: []string{"ada", "bob"}})
			d := draft(1)
			ticket, err := g.Create(ctx, shop, d)
			if err != nil {
				t.Fatal(err)
			}
			before := len(g.writes())
			if tc.is != nil {
				g.srv.Edit(shop, 1, tc.is)
			}
			if tc.want != nil {
				tc.want(&d)
			}
			ticket, err = g.Update(ctx, ticket, d)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, "writes", g.writes()[before:], tc.writes)
			expect(t, "said", g.said, tc.said)
			is := g.srv.List(shop)[0]
			if tc.check != nil && !tc.check(&is) {
				t.Errorf("issue %+v", is)
			}
			if ticket.ID != d.ID || ticket.Title != is.Title || ticket.Body != is.Body {
				t.Errorf("ticket %+v of issue %+v", ticket, is)
			}
			expect(t, "labels of the ticket", ticket.Labels, is.Labels)
			expect(t, "assignees of the ticket", ticket.Assignees, is.Assignees)
			if _, err := g.Update(ctx, ticket, d); err != nil || tc.said == nil && len(g.writes()) != before+len(tc.writes) {
				t.Errorf("once more: %v, writes %q", err, g.writes()[before:])
			}
		})
	}
}

func TestGitHubClosesAndReopens(t *testing.T) {
	ctx := context.Background()
	g := newGitHub(t, fakegithub.Repo{Assignable: []string{"ada"}})
	ticket, err := g.Create(ctx, shop, draft(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		open   bool
		reason string
	}{{false, "completed"}, {true, "reopened"}} {
		if err := g.SetOpen(ctx, ticket, tc.open); err != nil {
			t.Fatal(err)
		}
		if i := g.srv.List(shop)[0]; i.Closed == tc.open || i.Reason != tc.reason {
			t.Errorf("SetOpen(%t): closed %t, reason %q; want %q", tc.open, i.Closed, i.Reason, tc.reason)
		}
	}
}

func TestGitHubProject(t *testing.T) {
	for _, tc := range []struct {
		name string
		repo fakegithub.Repo
		want remediate.Project
	}{
		{"private", fakegithub.Repo{}, remediate.Project{Name: shop}},
		{"internal is not public", fakegithub.Repo{Visibility: "internal"}, remediate.Project{Name: shop}},
		{"public", fakegithub.Repo{Visibility: "public"}, remediate.Project{Name: shop, Public: true}},
		{"archived", fakegithub.Repo{Archived: true}, remediate.Project{Name: shop, Archived: true}},
		{"without issues", fakegithub.Repo{NoIssues: true}, remediate.Project{Name: shop, Disabled: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGitHub(t, tc.repo)
			for range 2 {
				if got, err := g.Project(context.Background(), shop); err != nil || got != tc.want {
					t.Errorf("Project: %+v, %v; want %+v", got, err, tc.want)
				}
			}
			if n := g.srv.Reads("/repos/" + shop); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestGitHubProjectWithoutVisibility(t *testing.T) {
	for _, private := range []bool{true, false} {
		g := newGitHub(t, fakegithub.Repo{})
		g.srv.Fail("GET", fakegithub.Fault{Status: 200, Body: fmt.Sprintf(`{"full_name": "acme/shop", "private": %t, "has_issues": true}`, private)})
		if got, err := g.Project(context.Background(), shop); err != nil || got.Public == private {
			t.Errorf("private %t: %+v, %v", private, got, err)
		}
	}
}

func TestGitHubAssignable(t *testing.T) {
	g := newGitHub(t, fakegithub.Repo{Assignable: []string{"ada", "Bob"}})
	for range 2 {
		got, err := g.Assignable(context.Background(), shop, []string{"ada", "eve", "bob", "", "acme/payments", "../labels"})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "assignable", got, []string{"ada", "bob"})
	}
	for login, want := range map[string]int{"ada": 1, "eve": 1, "bob": 1, "": 0} {
		if n := g.srv.Reads("/repos/" + shop + "/assignees/" + login); n != want {
			t.Errorf("asked %d times for %q, want %d", n, login, want)
		}
	}
}

func TestGitHubFollowsRenames(t *testing.T) {
	ctx := context.Background()
	g := newGitHub(t, fakegithub.Repo{Assignable: []string{"ada"}})
	g.srv.Rename(shop, "acme/store")
	ticket, err := g.Create(ctx, shop, draft(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.SetOpen(ctx, ticket, false); err != nil {
		t.Fatal(err)
	}
	if ticket.Project != shop || ticket.URL != "https://github.example/acme/store/issues/1" || !g.srv.List("acme/store")[0].Closed {
		t.Errorf("ticket %+v", ticket)
	}
}

func TestGitHubProjectNames(t *testing.T) {
	g := newGitHub(t, fakegithub.Repo{})
	for _, name := range []string{"", "shop", "acme/", "/shop", "acme/shop/x", "../shop", "acme/..", "acme/shop?x", "acme/shop#", "acme/a b", "https://github.example/acme/shop"} {
		if _, err := g.Project(context.Background(), name); err == nil || !strings.Contains(err.Error(), "OWNER/NAME") {
			t.Errorf("Project(%q): %v; want that it is no repository", name, err)
		}
	}
}

// deeds are all that a tracker does.
func deeds(g *github) map[string]func() error {
	ctx, ticket := context.Background(), remediate.Ticket{Project: shop, Number: 1}
	return map[string]func() error{
		"project":    func() error { _, err := g.Project(ctx, shop); return err },
		"list":       func() error { _, err := g.GitHub.List(ctx, shop); return err },
		"create":     func() error { _, err := g.Create(ctx, shop, draft(1)); return err },
		"update":     func() error { _, err := g.Update(ctx, ticket, draft(1)); return err },
		"comment":    func() error { return g.Comment(ctx, ticket, "Done.") },
		"close":      func() error { return g.SetOpen(ctx, ticket, false) },
		"reopen":     func() error { return g.SetOpen(ctx, ticket, true) },
		"assignable": func() error { _, err := g.Assignable(ctx, shop, []string{"ada"}); return err },
	}
}

func TestGitHubRefusals(t *testing.T) {
	broken := slices.Repeat([]fakegithub.Fault{{Status: 500, Message: "Server Error"}}, 6)
	for _, tc := range []struct {
		name   string
		repo   fakegithub.Repo
		method string
		faults []fakegithub.Fault
		deeds  string
		status int
		want   string
		kind   bool // whether it is a Refusal
	}{
		{"a token that is over", fakegithub.Repo{}, "GET", []fakegithub.Fault{{Status: 401, Message: "Bad credentials"}}, "project list create update comment close reopen assignable", 401, "expired or was revoked", true},
		{"a repository that is not seen", fakegithub.Repo{}, "GET", []fakegithub.Fault{{Status: 404, Message: "Not Found"}}, "project list create update comment close reopen assignable", 404, "Metadata: read and Issues: write", true},
		{"a token that may not write", fakegithub.Repo{}, "POST", []fakegithub.Fault{{Status: 201, Message: "a label"}, {Status: 201, Message: "a label"}, {Status: 403, Message: "Resource not accessible by integration"}}, "create", 403, "acme/shop: cannot open an issue: the repository or the issue is read-only, or the token lacks the permission Issues: write", true},
		{"a comment that may not be", fakegithub.Repo{}, "POST", []fakegithub.Fault{{Status: 403, Message: "Unable to create comment because issue is locked."}}, "comment", 403, "issue is locked", true},
		{"an archived repository", fakegithub.Repo{Archived: true}, "", nil, "create update comment close reopen", 403, "read-only", true},
		{"disabled issues", fakegithub.Repo{NoIssues: true}, "", nil, "list create update comment close reopen", 410, "issues are disabled", true},
		{"a limit on reading", fakegithub.Repo{}, "GET", slices.Repeat([]fakegithub.Fault{{Status: 403, Message: "You have exceeded a secondary rate limit."}}, 6), "list", 403, "secondary rate limit", false},
		{"a server that stays broken", fakegithub.Repo{}, "PATCH", broken, "close reopen", 500, "Server Error", false},
		{"a server that stays broken while it makes", fakegithub.Repo{}, "POST", broken, "comment", 500, "Server Error", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, deed := range strings.Fields(tc.deeds) {
				g := newGitHub(t, tc.repo)
				g.srv.Put(shop, fakegithub.Issue{Title: "x"})
				g.srv.Fail(tc.method, tc.faults...)
				err := deeds(g)[deed]()
				var refusal *remediate.Refusal
				if forge.StatusOf(err) != tc.status || errors.As(err, &refusal) != tc.kind || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), shop) {
					t.Errorf("%s: %v; want status %d and %q", deed, err, tc.status, tc.want)
				}
				if err != nil && strings.Contains(err.Error(), fakegithub.Token) {
					t.Errorf("%s: the error holds the token", deed)
				}
			}
		})
	}
}

func TestGitHubTooLong(t *testing.T) {
	g := newGitHub(t, fakegithub.Repo{})
	_, err := g.Create(context.Background(), shop, remediate.Draft{ID: "lgk1-1", Title: "x", Body: strings.Repeat("x", 65536)})
	if forge.StatusOf(err) != 422 || !strings.Contains(err.Error(), "body is too long") {
		t.Errorf("Create: %v; want that the body is too long", err)
	}
}

func TestGitHubFaults(t *testing.T) {
	limited := fakegithub.Fault{Status: 403, Header: map[string]string{"Retry-After": "30"}, Message: "You have exceeded a secondary rate limit."}
	burst := slices.Repeat([]fakegithub.Fault{{Status: 502, Message: "Server Error"}}, 3)
	for _, tc := range []struct {
		name   string
		faults []fakegithub.Fault
		waited time.Duration // at least
	}{
		{"a secondary limit", []fakegithub.Fault{limited}, 30 * time.Second},
		{"a secondary limit without a time", []fakegithub.Fault{{Status: 403, Message: limited.Message}}, time.Minute},
		{"a limit by 429", []fakegithub.Fault{{Status: 429, Message: limited.Message}}, time.Minute},
		{"a burst of errors", burst, 7 * time.Second},
		{"done, and yet an error", []fakegithub.Fault{{Status: 502, Done: true}}, time.Second},
		{"done, and no answer", []fakegithub.Fault{{Done: true, Cut: true}}, time.Second},
		{"no answer", []fakegithub.Fault{{Cut: true}}, time.Second},
		{"an error, then done without an answer", []fakegithub.Fault{{Status: 500}, {Status: 500, Done: true}}, time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := context.Background()
			g := newGitHub(t, fakegithub.Repo{})
			d := draft(1)
			d.Assignees = nil
			g.srv.Put(shop, fakegithub.Issue{Title: "other", Body: remediate.Marked("lgk1-other", "x"), Labels: d.Labels})
			for _, name := range d.Labels { // so that none is made
				g.srv.MakeLabel(shop, name)
			}
			began := g.clock.Now()
			g.srv.Fail("POST", tc.faults...)
			ticket, err := g.Create(ctx, shop, d)
			if err != nil {
				t.Fatal(err)
			}
			if waited := g.clock.Now().Sub(began); waited < tc.waited {
				t.Errorf("waited %s, want %s", waited, tc.waited)
			}
			g.srv.Fail("POST", tc.faults...)
			if err := g.Comment(ctx, ticket, "Done."); err != nil {
				t.Fatal(err)
			}
			g.srv.Fail("PATCH", tc.faults...)
			if err := g.SetOpen(ctx, ticket, false); err != nil {
				t.Fatal(err)
			}
			all := g.srv.List(shop)
			if len(all) != 2 || ticket.Number != 2 || len(all[1].Comments) != 1 || !all[1].Closed {
				t.Errorf("issues %+v, ticket %+v", all, ticket)
			}
		})
	}
}

func TestGitHubLimitIsNoRefusal(t *testing.T) {
	g := newGitHub(t, fakegithub.Repo{})
	g.srv.Put(shop, fakegithub.Issue{Title: "x"})
	g.srv.Fail("POST", fakegithub.Fault{Status: 403, Header: map[string]string{"Retry-After": "3600"}, Message: "You have exceeded a secondary rate limit."})
	err := g.Comment(context.Background(), remediate.Ticket{Project: shop, Number: 1}, "x")
	var limit *forge.LimitError
	var refusal *remediate.Refusal
	if !errors.As(err, &limit) || errors.As(err, &refusal) || limit.Until.Sub(g.clock.Now()) != time.Hour {
		t.Errorf("Comment: %v; want a limit of an hour", err)
	}
}

// The fake fails the test on a breach of the limits.
func TestGitHubCreatesThousandWithinLimits(t *testing.T) {
	ctx := context.Background()
	g := newGitHub(t, fakegithub.Repo{})
	g.restart(t, time.Hour)
	began := g.clock.Now()
	for n := range 1000 {
		if _, err := g.Create(ctx, shop, remediate.Draft{ID: draft(n).ID, Title: "x", Body: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if took := g.clock.Now().Sub(began); took < time.Hour || took > 2*time.Hour+time.Minute {
		t.Errorf("it took %s", took)
	}
	if n := len(g.srv.List(shop)); n != 1000 {
		t.Errorf("%d issues", n)
	}
}

func TestGitHubResumesLater(t *testing.T) {
	ctx := context.Background()
	g := newGitHub(t, fakegithub.Repo{})
	made, ends := 0, 0
	for made < 1000 {
		known, err := g.GitHub.List(ctx, shop)
		if err != nil || len(known) != made {
			t.Fatalf("List: %d issues, %v; want %d", len(known), err, made)
		}
		for made < 1000 {
			_, err := g.Create(ctx, shop, remediate.Draft{ID: draft(made).ID, Title: "x", Body: "x"})
			var limit *forge.LimitError
			if errors.As(err, &limit) {
				if wait := limit.Until.Sub(g.clock.Now()); wait <= 10*time.Minute || wait > time.Hour {
					t.Fatalf("Create: %v, in %s", err, wait)
				}
				ends++
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			made++
		}
		if err := g.clock.Sleep(ctx, 25*time.Minute); err != nil {
			t.Fatal(err)
		}
		g.restart(t, 0)
	}
	if ends < 2 {
		t.Errorf("the limit ended %d runs, want 2 at least", ends)
	}
}
