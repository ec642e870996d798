package remediate

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/scanner/forge"
)

// The issues of a public project are confidential, also after somebody changed that.
func TestGitLabConfidential(t *testing.T) {
	t.Parallel()
	f := newFakeGitLab(t)
	f.projects["acme/shop"] = &fakeProject{visibility: "public", groupRole: 20}
	g := f.tracker(GitLabOptions{})
	d := Draft{ID: firstID, Title: "t", Body: "what leaked"}
	made, err := g.Create(t.Context(), "acme/shop", d)
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"create":  func() error { return nil },
		"update":  func() error { _, err := g.Update(t.Context(), made, d); return err },
		"comment": func() error { return g.Comment(t.Context(), made, "c") },
		"reopen":  func() error { return g.SetOpen(t.Context(), made, true) },
	} {
		if name != "create" {
			f.issue("acme/shop", 1, func(i *fakeIssue) { i.Confidential = false })
		}
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.issue("acme/shop", 1, func(i *fakeIssue) {
			if !i.Confidential {
				t.Errorf("after %s it is not confidential", name)
			}
		})
	}
}

// Where GitLab does not make issues confidential, none tells anything.
func TestGitLabNotConfidential(t *testing.T) {
	t.Parallel()
	f := newFakeGitLab(t)
	f.projects["acme/shop"] = &fakeProject{visibility: "public", role: 10, deafToConfidential: true}
	g := f.tracker(GitLabOptions{})
	_, err := g.Create(t.Context(), "acme/shop", Draft{ID: firstID, Title: "t", Body: "what leaked"})
	if err == nil || !strings.Contains(err.Error(), "confidential") {
		t.Errorf("Create: %v", err)
	}
	f.issue("acme/shop", 1, func(i *fakeIssue) {
		if i.Description != Marked(firstID, "") {
			t.Errorf("the description is %q", i.Description)
		}
	})
	made := Ticket{ID: firstID, Project: "acme/shop", Number: 1}
	if err := g.Comment(t.Context(), made, "what leaked"); err == nil {
		t.Error("Comment: no error")
	}
	if _, err := g.Update(t.Context(), made, Draft{ID: firstID, Title: "t", Body: "what leaked"}); err == nil {
		t.Error("Update: no error")
	}
	f.issue("acme/shop", 1, func(i *fakeIssue) {
		if strings.Contains(i.Description, "leaked") || i.notes != nil {
			t.Errorf("it tells %q, %q", i.Description, i.notes)
		}
	})
}

func TestGitLabProject(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		is   fakeProject
		want Project
	}{
		"private":                         {fakeProject{role: 30}, Project{}},
		"internal":                        {fakeProject{visibility: "internal"}, Project{}},
		"public, no member":               {fakeProject{visibility: "public"}, Project{Public: true}},
		"public, a guest":                 {fakeProject{visibility: "public", role: 10}, Project{Public: true}},
		"public, a planner":               {fakeProject{visibility: "public", role: 15}, Project{}},
		"public, a reporter by the group": {fakeProject{visibility: "public", role: 10, groupRole: 20}, Project{}},
		"public, issues for members":      {fakeProject{visibility: "public", issuesAccess: "private"}, Project{}},
		"archived":                        {fakeProject{archived: true}, Project{Archived: true}},
		"without issues":                  {fakeProject{issuesAccess: "disabled"}, Project{Disabled: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeGitLab(t)
			f.projects["acme/team/shop"] = &c.is
			c.want.Name = "acme/team/shop"
			got, err := f.tracker(GitLabOptions{}).Project(t.Context(), "acme/team/shop")
			if got != c.want || err != nil {
				t.Errorf("%+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

// Logins are found by name whatever their case, and each is looked for once.
func TestGitLabAssignable(t *testing.T) {
	t.Parallel()
	f := newFakeGitLab(t)
	p := &fakeProject{members: []gitlabMember{{1, "Ada", "active"}, {2, "mallory", "blocked"}}}
	for i := range 150 {
		p.members = append(p.members, gitlabMember{int64(100 + i), fmt.Sprintf("bob%d", i), "active"})
	}
	p.members = append(p.members, gitlabMember{3, "bob", "active"})
	f.projects["acme/shop"] = p
	g := f.tracker(GitLabOptions{})
	for range 2 {
		able, err := g.Assignable(t.Context(), "acme/shop", []string{"ada", "mallory", "nobody", "bob", "&scope=x"})
		if want := []string{"ada", "bob"}; !slices.Equal(able, want) || err != nil {
			t.Errorf("%q, %v, want %q", able, err, want)
		}
	}
	if f.lookups != 6 { // one each, and the second page for bob
		t.Errorf("%d lookups", f.lookups)
	}
}

// A GitLab without a licence keeps one assignee: the one that people chose. That the
// other is not there is told.
func TestGitLabOneAssignee(t *testing.T) {
	t.Parallel()
	f := newFakeGitLab(t)
	f.projects["acme/shop"] = &fakeProject{role: 30, oneAssignee: true, members: []gitlabMember{{1, "ada", "active"}, {2, "grace", "active"}}}
	var warned []string
	g := f.tracker(GitLabOptions{Warn: func(project, text string) { warned = append(warned, project+": "+text) }})
	made, err := g.Create(t.Context(), "acme/shop", Draft{ID: firstID, Title: "t", Assignees: []string{"ada"}})
	if err != nil || warned != nil {
		t.Fatal(err, warned)
	}
	now, err := g.Update(t.Context(), made, Draft{ID: firstID, Title: "t", Assignees: []string{"grace"}})
	if err != nil || !slices.Equal(now.Assignees, []string{"ada"}) {
		t.Errorf("assigned to %q, %v", now.Assignees, err)
	}
	if len(warned) != 1 || !strings.HasPrefix(warned[0], "acme/shop: issue 1: ") || !strings.Contains(warned[0], "@grace") {
		t.Errorf("warned: %q", warned)
	}
}

// All pages are read; issues of others, with and without our label, are left out.
func TestGitLabList(t *testing.T) {
	t.Parallel()
	f := newFakeGitLab(t)
	p := &fakeProject{role: 20}
	f.projects["acme/shop"] = p
	for i := range 250 {
		issue := gitlabIssue{IID: int64(i + 1), State: "opened", Labels: []string{"leaks"}, Description: Marked(fmt.Sprintf("lgk1-%040x", i), "x")}
		switch i {
		case 10:
			issue.Description = "no marker"
		case 20:
			issue.Labels = nil
		case 30:
			issue.State = "closed"
		}
		p.issues = append(p.issues, &fakeIssue{gitlabIssue: issue})
	}
	list, err := f.tracker(GitLabOptions{Label: "leaks"}).List(t.Context(), "acme/shop")
	if err != nil || len(list) != 248 {
		t.Fatalf("%d issues, %v", len(list), err)
	}
	for _, ticket := range list {
		if ticket.ID != fmt.Sprintf("lgk1-%040x", ticket.Number-1) || ticket.Open == (ticket.Number == 31) {
			t.Errorf("%+v", ticket)
		}
	}
}

// It is never open whether something was done: no issue and no comment is made twice.
func TestGitLabFaults(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]fakeFault{
		"done, and then an error": {{status: 502, done: true}},
		"an error, not done":      {{status: 503}},
		"too many requests":       {{status: 429}, {status: 429}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeGitLab(t)
			f.projects["acme/shop"] = &fakeProject{role: 20}
			g := f.tracker(GitLabOptions{})
			f.faults = slices.Clone(faults)
			made, err := g.Create(t.Context(), "acme/shop", Draft{ID: firstID, Title: "t", Body: "b"})
			if err != nil || made.ID != firstID || made.Number != 1 {
				t.Fatalf("%+v, %v", made, err)
			}
			f.faults = slices.Clone(faults)
			if err := g.Comment(t.Context(), made, "c"); err != nil {
				t.Fatal(err)
			}
			if n := len(f.projects["acme/shop"].issues); n != 1 {
				t.Errorf("%d issues", n)
			}
			f.issue("acme/shop", 1, func(i *fakeIssue) {
				if len(i.notes) != 1 {
					t.Errorf("%d comments", len(i.notes))
				}
			})
		})
	}
}

// Errors name the project, what was to be done and what it takes, and no token.
func TestGitLabRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		need   string
	}{
		"token refused": {http.StatusUnauthorized, "expired or was revoked"},
		"no role":       {http.StatusForbidden, "the role Reporter"},
		"not seen":      {http.StatusNotFound, "the token may not see it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeGitLab(t)
			f.projects["acme/shop"] = &fakeProject{role: 20}
			f.faults = []fakeFault{{status: c.status}}
			_, err := f.tracker(GitLabOptions{}).Create(t.Context(), "acme/shop", Draft{ID: firstID, Title: "t"})
			var refused *Refusal
			if !errors.As(err, &refused) || forge.StatusOf(err) != c.status || refused.Project != "acme/shop" || refused.Action != "open an issue" || !strings.Contains(refused.Need, c.need) {
				t.Errorf("%v", err)
			}
			if strings.Contains(fmt.Sprint(err), gitlabToken) {
				t.Error("the error has the token in it")
			}
		})
	}
}

// A project's name leads nowhere else in the API.
func TestGitLabProjectNames(t *testing.T) {
	t.Parallel()
	f := newFakeGitLab(t)
	g := f.tracker(GitLabOptions{})
	for _, name := range []string{"", ".", "..", "../..", "/"} {
		if _, err := g.List(t.Context(), name); err == nil || !strings.Contains(err.Error(), "no project of GitLab") {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"acme/../admin", "a/b?x=1", "a/b#c", "a/b/issues/1"} {
		if _, err := g.List(t.Context(), name); forge.StatusOf(err) != http.StatusNotFound {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A title that is too long is cut, once.
func TestGitLabLongTitle(t *testing.T) {
	t.Parallel()
	f := newFakeGitLab(t)
	f.projects["acme/shop"] = &fakeProject{role: 20}
	g := f.tracker(GitLabOptions{})
	d := Draft{ID: firstID, Title: strings.Repeat("é", 300)}
	made, err := g.Create(t.Context(), "acme/shop", d)
	if want := strings.Repeat("é", 254) + "…"; err != nil || made.Title != want {
		t.Fatalf("%q, %v", made.Title, err)
	}
	before := len(f.wrote())
	if _, err := g.Update(t.Context(), made, d); err != nil || len(f.wrote()) != before {
		t.Errorf("it is written again: %v", err)
	}
}

// Posts keep to the limit, which the server watches; no real time passes.
func TestGitLabPace(t *testing.T) {
	t.Parallel()
	f := newFakeGitLab(t)
	f.projects["acme/shop"] = &fakeProject{role: 20}
	g := f.tracker(GitLabOptions{})
	for i := range 130 {
		if _, err := g.Create(t.Context(), "acme/shop", Draft{ID: fmt.Sprintf("lgk1-%040x", i), Title: "t"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(f.projects["acme/shop"].issues); n != 130 {
		t.Errorf("%d issues", n)
	}
}
