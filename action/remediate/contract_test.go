package remediate

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/testdata/fakegithub"
)

// trial is a tracker without issues, and what a test can see and do behind its back.
// Its project acme/shop is private; ada and grace can be assigned to issues.
type trial struct {
	Tracker
	writes   func() int                        // how often it wrote so far
	comments func(Ticket) string               // all of an issue
	edit     func(t Ticket, how func(*Ticket)) // as a person does: title, body, labels, assignees
}

func TestTrackers(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) trial{"github": githubTrial, "gitlab": gitlabTrial, "markdown": markdownTrial} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testTracker(t, open)
		})
	}
}

const (
	firstID  = "lgk1-00112233445566778899aabbccddeeff00112233"
	secondID = "lgk1-ffeeddccbbaa99887766554433221100ffeeddcc"
)

// testTracker holds a tracker to what Tracker promises.
func testTracker(t *testing.T, open func(*testing.T) trial) {
	first := Draft{ID: firstID, Title: "A secret in acme/shop", Body: "Found in `a.env`.\n\n- one\n- two", Labels: []string{"leakguard", "severity: high"}, Assignees: []string{"ada"}}
	t.Run("an issue is made once and found again", func(t *testing.T) {
		k := open(t)
		k.wantList(t)
		made := k.create(t, first)
		want := first.onto(Ticket{Project: "acme/shop", Number: made.Number, URL: made.URL, Open: true})
		wantTicket(t, made, want)
		if made.URL == "" {
			t.Error("it has no address")
		}
		k.wantList(t, want)
		second := k.create(t, Draft{ID: secondID, Title: "Another", Body: "b", Labels: []string{"leakguard"}})
		k.wantList(t, want, second)
	})
	t.Run("what people write stays", func(t *testing.T) {
		k := open(t)
		made := k.create(t, first)
		k.edit(made, func(t *Ticket) {
			t.Title = "People's title"
			t.Body = "Before.\n\n" + t.Body + "\n\nBehind."
			t.Labels = append(t.Labels, "team-a")
			t.Assignees = []string{"grace"}
		})
		d := first
		d.Title, d.Body, d.Labels = "A secret in acme/shop and acme/api", "Found in `b.env`, too.", []string{"leakguard", "live"}
		now, err := k.Update(t.Context(), made, d)
		if err != nil {
			t.Fatal(err)
		}
		want := Ticket{
			ID: firstID, Project: "acme/shop", Number: made.Number, URL: made.URL, Title: d.Title, Open: true,
			Body:   "Before.\n\n" + Marked(firstID, d.Body) + "\n\nBehind.",
			Labels: []string{"leakguard", "live", "severity: high", "team-a"}, Assignees: []string{"ada", "grace"},
		}
		wantTicket(t, now, want)
		k.wantList(t, want)
	})
	t.Run("what agrees is not written", func(t *testing.T) {
		k := open(t)
		made := k.create(t, first)
		before := k.writes()
		for _, ticket := range []Ticket{made, {ID: firstID, Project: "acme/shop", Number: made.Number}} {
			now, err := k.Update(t.Context(), ticket, first)
			if err != nil {
				t.Fatal(err)
			}
			wantTicket(t, now, made)
		}
		if n := k.writes() - before; n != 0 {
			t.Errorf("%d writes", n)
		}
	})
	t.Run("our part comes back", func(t *testing.T) {
		k := open(t)
		made := k.create(t, first)
		k.edit(made, func(t *Ticket) { t.Body = "Only people's." })
		now, err := k.Update(t.Context(), made, first)
		if err != nil {
			t.Fatal(err)
		}
		if want := "Only people's.\n\n" + Marked(firstID, first.Body); now.Body != want {
			t.Errorf("the body is %q, want %q", now.Body, want)
		}
	})
	t.Run("comments, closes and reopens", func(t *testing.T) {
		k := open(t)
		made := k.create(t, first)
		for _, c := range []string{"It is *due* tomorrow.", "It was due yesterday."} {
			if err := k.Comment(t.Context(), made, c); err != nil {
				t.Fatal(err)
			}
			if all := k.comments(made); !strings.Contains(all, c) {
				t.Errorf("the comments are %q, without %q", all, c)
			}
		}
		for _, isOpen := range []bool{false, false, true, true} {
			if err := k.SetOpen(t.Context(), made, isOpen); err != nil {
				t.Fatal(err)
			}
			list, err := k.List(t.Context(), "acme/shop")
			if err != nil || len(list) != 1 || list[0].Open != isOpen {
				t.Errorf("after SetOpen(%v): %+v, %v", isOpen, list, err)
			}
		}
	})
	t.Run("knows the project and its people", func(t *testing.T) {
		k := open(t)
		p, err := k.Project(t.Context(), "acme/shop")
		if want := (Project{Name: "acme/shop"}); p != want || err != nil {
			t.Errorf("Project: %+v, %v, want %+v", p, err, want)
		}
		able, err := k.Assignable(t.Context(), "acme/shop", []string{"ada", "grace"})
		if want := []string{"ada", "grace"}; !slices.Equal(able, want) || err != nil {
			t.Errorf("Assignable: %q, %v, want %q", able, err, want)
		}
	})
}

// TestTrackersHostile has texts of others where they could do harm.
func TestTrackersHostile(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]Draft{
		"lines in the title":       {Title: "one\nstate: closed\r\n---\nassignees: [eve]"},
		"YAML in the title":        {Title: `"]} : & *a !!x # - {a: b}`},
		"a title that says yes":    {Title: "yes"},
		"controls in the title":    {Title: "a\x1b[31m\x00b\u202ec"},
		"commands in the body":     {Title: "t", Body: "/close\n/assign @eve\n  text\n/label ~x"},
		"front matter in the body": {Title: "t", Body: "---\nstate: closed\n---\ntext"},
		"HTML in the body":         {Title: "t", Body: "</textarea><script>alert(1)</script>\n\n## History\n"},
		"commas in a label":        {Title: "t", Labels: []string{"leakguard", "- [a] #b: 'c'"}},
	} {
		d.ID = firstID
		if d.Labels == nil {
			d.Labels = []string{"leakguard"}
		}
		for tracker, open := range map[string]func(*testing.T) trial{"gitlab": gitlabTrial, "markdown": markdownTrial} {
			t.Run(name+"/"+tracker, func(t *testing.T) {
				t.Parallel()
				k := open(t)
				made := k.create(t, d)
				k.wantList(t, made)
				if strings.ContainsAny(made.Title, "\n\r\x00\x1b") || !made.Open || made.Assignees != nil {
					t.Errorf("it became %+v", made)
				}
				if err := k.Comment(t.Context(), made, d.Body+"\n/close"); err != nil {
					t.Fatal(err)
				}
				before := k.writes()
				now, err := k.Update(t.Context(), made, d)
				if err != nil || !now.Open || k.writes() != before {
					t.Errorf("it does not keep what was written: %+v, %v", now, err)
				}
			})
		}
	}
}

func (k trial) create(t *testing.T, d Draft) Ticket {
	t.Helper()
	made, err := k.Create(t.Context(), "acme/shop", d)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (k trial) wantList(t *testing.T, want ...Ticket) {
	t.Helper()
	got, err := k.List(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d issues are listed, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		wantTicket(t, got[i], want[i])
	}
}

// wantTicket compares tickets, whatever the order of labels and assignees.
func wantTicket(t *testing.T, got, want Ticket) {
	t.Helper()
	for _, list := range []*[]string{&got.Labels, &got.Assignees, &want.Labels, &want.Assignees} {
		*list = slices.Sorted(slices.Values(*list))
	}
	if !got.agrees(want) || got.ID != want.ID || got.Number != want.Number || got.URL != want.URL {
		t.Errorf("the issue is\n%+v\nwant\n%+v", got, want)
	}
}

func githubTrial(t *testing.T) trial {
	clock := fakegithub.NewClock(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	server := fakegithub.NewIssues(t, clock)
	server.SetRepo("acme/shop", fakegithub.Repo{Assignable: []string{"ada", "grace"}})
	c, err := forge.NewGitHub(forge.GitHubOptions{
		URL: server.URL, Rate: 1e6, Sleep: clock.Sleep,
		Getenv: func(name string) string { return map[string]string{"GH_TOKEN": fakegithub.Token}[name] },
	})
	if err != nil {
		t.Fatal(err)
	}
	return trial{
		Tracker:  NewGitHub(c, GitHubOptions{Now: clock.Now}),
		writes:   func() int { return len(server.Writes()) },
		comments: func(of Ticket) string { return strings.Join(server.List("acme/shop")[of.Number-1].Comments, "\n") },
		edit: func(of Ticket, how func(*Ticket)) {
			server.Edit("acme/shop", of.Number, func(i *fakegithub.Issue) {
				now := Ticket{Title: i.Title, Body: i.Body, Labels: i.Labels, Assignees: i.Assignees}
				how(&now)
				i.Title, i.Body, i.Labels, i.Assignees = now.Title, now.Body, now.Labels, now.Assignees
			})
		},
	}
}

func gitlabTrial(t *testing.T) trial {
	server := newFakeGitLab(t)
	members := []gitlabMember{{1, "ada", "active"}, {2, "grace", "active"}}
	server.projects["acme/shop"] = &fakeProject{role: 30, members: members}
	return trial{
		Tracker: server.tracker(GitLabOptions{}),
		writes:  func() int { return len(server.wrote()) },
		comments: func(of Ticket) (all string) {
			server.issue("acme/shop", of.Number, func(i *fakeIssue) {
				for _, n := range i.notes {
					all += n.Body + "\n"
				}
			})
			return all
		},
		edit: func(of Ticket, how func(*Ticket)) {
			server.issue("acme/shop", of.Number, func(i *fakeIssue) {
				now, _ := i.ticket("acme/shop")
				how(&now)
				i.Title, i.Description, i.Labels, i.Assignees = now.Title, now.Body, now.Labels, nil
				for _, m := range members {
					if slices.Contains(now.Assignees, m.Username) {
						i.Assignees = append(i.Assignees, m)
					}
				}
			})
		},
	}
}

func markdownTrial(t *testing.T) trial {
	m := NewMarkdown(filepath.Join(t.TempDir(), "issues"))
	m.now = func() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) }
	// Each write replaces the file by another.
	files := map[string]os.FileInfo{}
	writes := 0
	return trial{
		Tracker: m,
		writes: func() int {
			for _, id := range []string{firstID, secondID} {
				if info, err := os.Stat(m.path(id)); err == nil && !os.SameFile(info, files[id]) {
					files[id] = info
					writes++
				}
			}
			return writes
		},
		comments: func(of Ticket) string {
			text, err := os.ReadFile(m.path(of.ID))
			if err != nil {
				t.Error(err)
			}
			_, history, _ := strings.Cut(string(text), history)
			return history
		},
		edit: func(of Ticket, how func(*Ticket)) {
			now, meta, err := m.read(of.ID)
			if err != nil {
				t.Fatal(err)
			}
			how(&now)
			if err := m.write(now, meta); err != nil {
				t.Fatal(err)
			}
		},
	}
}
