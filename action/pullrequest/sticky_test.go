package pullrequest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/fakegithub"
)

const (
	saysLeaked = CommentMark + "\nRotate it first."
	saysFixed  = CommentMark + "\nNo secrets any more."
)

func TestSticky(t *testing.T) {
	const person, bot = "mallory", fakegithub.JobLogin
	many := make([]fakegithub.Comment, 250)
	for i := range many {
		many[i] = fakegithub.Comment{Author: person, Body: fmt.Sprint("comment ", i)}
	}
	by := func(author, body string) fakegithub.Comment { return fakegithub.Comment{Author: author, Body: body} }
	for _, tc := range []struct {
		name   string
		there  []fakegithub.Comment
		meets  []fakegithub.Comment // what another job adds when ours has
		me     string
		body   string
		found  bool
		wrote  []string // "POST 201"
		ours   []string // how the comments that begin with the mark end up: "author: body"
		person int      // how many others there are then
	}{
		{name: "nothing found, none there", body: saysFixed},
		{name: "the first", body: saysLeaked, found: true, wrote: []string{"POST 201"}, ours: []string{bot + ": " + saysLeaked}},
		{name: "said already", there: []fakegithub.Comment{by(bot, saysLeaked)}, body: saysLeaked, found: true, ours: []string{bot + ": " + saysLeaked}},
		{name: "said already, line ends apart", there: []fakegithub.Comment{by(bot, strings.ReplaceAll(saysLeaked, "\n", "\r\n")+"\n")}, body: saysLeaked, found: true,
			ours: []string{bot + ": " + strings.ReplaceAll(saysLeaked, "\n", "\r\n") + "\n"}},
		{name: "fixed", there: []fakegithub.Comment{by(bot, saysLeaked)}, body: saysFixed, wrote: []string{"PATCH 200"}, ours: []string{bot + ": " + saysFixed}},
		{name: "after three pages", there: append(slices.Clone(many), by(bot, saysLeaked)), body: saysFixed, wrote: []string{"PATCH 200"},
			ours: []string{bot + ": " + saysFixed}, person: 250},
		{name: "a person's who quotes the mark is not ours", there: []fakegithub.Comment{by(person, saysLeaked)}, body: saysLeaked, found: true,
			wrote: []string{"POST 201"}, ours: []string{person + ": " + saysLeaked, bot + ": " + saysLeaked}},
		{name: "nor somebody's who left", there: []fakegithub.Comment{by("", saysLeaked)}, body: saysFixed, ours: []string{": " + saysLeaked}},
		{name: "nor one with the mark further down", there: []fakegithub.Comment{by(bot, "> "+saysLeaked)}, body: saysFixed, person: 1},
		{name: "a person's token", me: "ada", there: []fakegithub.Comment{by(person, saysLeaked), by("ada", saysLeaked)}, body: saysFixed,
			wrote: []string{"PATCH 200"}, ours: []string{person + ": " + saysLeaked, "ada: " + saysFixed}},
		{name: "two jobs at once, ours first", meets: []fakegithub.Comment{by(bot, saysLeaked)}, body: saysLeaked, found: true,
			wrote: []string{"POST 201", "DELETE 204"}, ours: []string{bot + ": " + saysLeaked}},
		{name: "two jobs at once, ours second", meets: []fakegithub.Comment{{ID: 1, Author: bot, Body: saysFixed}}, body: saysLeaked, found: true,
			wrote: []string{"POST 201", "PATCH 200", "DELETE 204"}, ours: []string{bot + ": " + saysLeaked}},
		{name: "another bot's stays", there: []fakegithub.Comment{by(bot, saysLeaked), by("other[bot]", saysLeaked)}, body: saysFixed, wrote: []string{"PATCH 200"},
			ours: []string{bot + ": " + saysFixed, "other[bot]: " + saysLeaked}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, g, _ := pulls(t)
			s.Set(fakegithub.PullSettings{Me: tc.me})
			s.Put(tc.there...)
			for _, c := range tc.meets {
				s.Meet(c)
			}
			url, err := g.Sticky(fakegithub.PullNumber).Put(t.Context(), tc.body, tc.found)
			if err != nil {
				t.Fatal(err)
			}
			author := cmp.Or(tc.me, bot)
			var wrote, ours []string
			for _, w := range s.Writes() {
				wrote = append(wrote, fmt.Sprint(w.Method, " ", w.Status))
			}
			others, page := 0, "" // the page of the comment that says it
			for _, c := range s.Comments() {
				if !strings.HasPrefix(c.Body, CommentMark) {
					others++
					continue
				}
				ours = append(ours, c.Author+": "+c.Body)
				if c.Author == author && sameText(c.Body, tc.body) {
					page = fmt.Sprintf("https://github.example/%s/pull/7#issuecomment-%d", fakegithub.PullRepository, c.ID)
				}
			}
			if !slices.Equal(wrote, tc.wrote) || !slices.Equal(ours, tc.ours) || others != tc.person {
				t.Errorf("wrote %q, so that there are %q and %d others\nwant  %q, %q and %d", wrote, ours, others, tc.wrote, tc.ours, tc.person)
			}
			if url != page {
				t.Errorf("the address is %q, want %q", url, page)
			}
			again, err := g.Sticky(fakegithub.PullNumber).Put(t.Context(), tc.body, tc.found)
			if n := len(s.Writes()) - len(wrote); again != url || err != nil || n != 0 {
				t.Errorf("once more: %q, %v, %d writes", again, err, n)
			}
		})
	}
}

func TestStickyRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		as    fakegithub.PullSettings
		fault fakegithub.Fault
		need  string // of the Refusal; "": it is another error
		want  string // in the error
	}{
		{"a fork's token", fakegithub.PullSettings{ReadOnly: true}, fakegithub.Fault{}, "pull-requests: write", "Resource not accessible by integration"},
		{"a locked conversation", fakegithub.PullSettings{Locked: true}, fakegithub.Fault{}, "conversation is locked", "comment on pull request 7"},
		{"not there", fakegithub.PullSettings{}, fakegithub.Fault{Status: http.StatusNotFound, Message: "Not Found"}, "pull-requests: write", "404"},
		{"gone", fakegithub.PullSettings{}, fakegithub.Fault{Status: http.StatusGone, Message: "Gone"}, "deleted", "410"},
		{"against the rules", fakegithub.PullSettings{}, fakegithub.Fault{Status: 422, Body: `{"message": "Validation Failed", "errors": ["body is too long"]}`}, "", "body is too long"},
		{"a limit", fakegithub.PullSettings{}, fakegithub.Fault{Status: http.StatusForbidden, Message: "You have exceeded a secondary rate limit"}, "", "limit"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, g, _ := pulls(t)
			s.Set(tc.as)
			if tc.fault.Status != 0 {
				s.Fail(http.MethodPost, tc.fault)
			}
			_, err := g.Sticky(fakegithub.PullNumber).Put(t.Context(), saysLeaked, true)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), fakegithub.PullRepository) {
				t.Errorf("%v; want one that says %q", err, tc.want)
			}
			if tc.need != "" {
				wantRefusal(t, err, tc.need)
			}
		})
	}
}

// An error of the server's leaves open whether there is a comment: never are there two.
func TestStickyFaults(t *testing.T) {
	for name, fault := range map[string]fakegithub.Fault{
		"an error, and it is done":      {Status: http.StatusBadGateway, Done: true},
		"an error, and it is not done":  {Status: http.StatusBadGateway},
		"no answer, and it is done":     {Cut: true, Done: true},
		"no answer, and it is not done": {Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			s, g, _ := pulls(t)
			s.Fail(http.MethodPost, fault)
			url, err := g.Sticky(fakegithub.PullNumber).Put(t.Context(), saysLeaked, true)
			if n := len(s.Comments()); err != nil || n != 1 || url == "" {
				t.Errorf("%q, %v; %d comments", url, err, n)
			}
		})
	}
}

// Who the token is, is asked only where a person's comment begins with the mark, and once.
func TestStickyAsksWhoItIs(t *testing.T) {
	s, g, _ := pulls(t)
	sticky := g.Sticky(fakegithub.PullNumber)
	put := func() {
		t.Helper()
		if _, err := sticky.Put(t.Context(), saysLeaked, true); err != nil {
			t.Fatal(err)
		}
	}
	put()
	if n := s.Reads("/user"); n != 0 {
		t.Errorf("asked %d times without need", n)
	}
	s.Put(fakegithub.Comment{Author: "mallory", Body: saysLeaked}, fakegithub.Comment{Author: "eve", Body: saysLeaked})
	put()
	if n := s.Reads("/user"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestStickyWithoutMark(t *testing.T) {
	s, g, _ := pulls(t)
	if _, err := g.Sticky(fakegithub.PullNumber).Put(t.Context(), "hello", true); err == nil || !strings.Contains(err.Error(), CommentMark) {
		t.Errorf("Put: %v", err)
	}
	if len(s.Writes()) != 0 {
		t.Error("it is written")
	}
}
