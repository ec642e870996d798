package pullrequest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/testdata/fakegithub"
)

const headCommit = "1111111111111111111111111111111111111111"

// appPatch shows lines 4 to 8 and 20 to 21 of the new version.
const appPatch = "@@ -4,4 +4,5 @@ def main():\n a\n b\n+c\n d\n-x\n+@@ -1 +90,5 @@\n@@ -18,2 +20,2 @@\n-y\n+e\n f\n\\ No newline at end of file"

func suggestions(lines ...int) []ReviewComment {
	var all []ReviewComment
	for _, line := range lines {
		all = append(all, ReviewComment{Path: "app.py", Line: line, Fingerprint: fmt.Sprintf("lg1s-%040x", line), Body: "```suggestion\nx\n```"})
	}
	return all
}

func TestReview(t *testing.T) {
	with := func(c ReviewComment, how func(*ReviewComment)) []ReviewComment { how(&c); return []ReviewComment{c} }
	one := suggestions(6)[0]
	many := make([]int, 12)
	for i := range many {
		many[i] = i + 1
	}
	for _, tc := range []struct {
		name     string
		files    map[string]string
		comments []ReviewComment
		left     []int // the lines
		skipped  []string
	}{
		{"none", nil, nil, nil, nil},
		{"one", nil, suggestions(6), []int{6}, nil},
		{"both ends of the hunks", nil, suggestions(4, 8, 20, 21), []int{4, 8, 20, 21}, nil},
		{"beside the hunks", nil, suggestions(3, 9, 19, 22, 90), nil, []string{"line 3", "line 9", "line 19", "line 22", "line 90"}},
		{"one beside them does not spoil the rest", nil, suggestions(3, 6), []int{6}, []string{`"app.py", line 3: the pull request does not change it`}},
		{"another file", nil, with(one, func(c *ReviewComment) { c.Path = "other.py" }), nil, []string{`"other.py", line 6`}},
		{"a file without its patch", nil, with(one, func(c *ReviewComment) { c.Path = "large.bin" }), nil, []string{`"large.bin", line 6`}},
		{"several lines", nil, with(one, func(c *ReviewComment) { c.StartLine = 4 }), []int{6}, nil},
		{"several lines that are one", nil, with(one, func(c *ReviewComment) { c.StartLine = 6 }), []int{6}, nil},
		{"lines of two hunks", nil, with(one, func(c *ReviewComment) { c.StartLine, c.Line = 8, 20 }), nil, []string{"line 20"}},
		{"lines upside down", nil, with(one, func(c *ReviewComment) { c.StartLine, c.Line = 6, 4 }), nil, []string{"line 4"}},
		{"too many", map[string]string{"app.py": "@@ -0,0 +1,12 @@\n" + strings.Repeat("+x\n", 12)}, suggestions(many...), many[:10],
			[]string{"line 11: there are 10 comments on lines already", "line 12: there are 10"}},
		{"a deleted file", map[string]string{"app.py": "@@ -1,6 +0,0 @@\n" + strings.Repeat("-x\n", 6)}, suggestions(6), nil, []string{"line 6"}},
		{"a file of one line", map[string]string{"app.py": "@@ -0,0 +1 @@\n+x"}, suggestions(1, 2), []int{1}, []string{"line 2"}},
		{"no hunk's header", map[string]string{"app.py": "@@ -1,6 6 @@\n+x\n@@ -1 +x,y @@\n+y"}, suggestions(6), nil, []string{"line 6"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, g, _ := pulls(t)
			files := map[string]string{"app.py": appPatch, "large.bin": ""}
			if tc.files != nil {
				files = tc.files
			}
			s.Set(fakegithub.PullSettings{Files: files})
			skipped, err := g.Review(t.Context(), fakegithub.PullNumber, headCommit, tc.comments)
			if err != nil {
				t.Fatal(err)
			}
			if len(skipped) != len(tc.skipped) {
				t.Errorf("skipped %q, want %q", skipped, tc.skipped)
			}
			for i := range min(len(skipped), len(tc.skipped)) {
				if !strings.Contains(skipped[i], tc.skipped[i]) {
					t.Errorf("skipped %q, want %q", skipped[i], tc.skipped[i])
				}
			}
			var left []int
			reviews := s.Reviews()
			for _, r := range reviews {
				if r.Event != "COMMENT" || r.Commit != headCommit || r.Body == "" {
					t.Errorf("a review of %s, %s: %q", r.Commit, r.Event, r.Body)
				}
				for _, c := range r.Comments {
					left = append(left, c.Line)
					if !strings.HasSuffix(c.Body, "\n"+one.Body) {
						t.Errorf("line %d says %q", c.Line, c.Body)
					}
				}
			}
			if !slices.Equal(left, tc.left) || len(reviews) > 1 {
				t.Errorf("%d reviews of the lines %v, want one of %v", len(reviews), left, tc.left)
			}
		})
	}
}

// TestReviewAgain wants nothing to be said twice.
func TestReviewAgain(t *testing.T) {
	s, g, _ := pulls(t)
	s.Set(fakegithub.PullSettings{Files: map[string]string{"app.py": appPatch}})
	for _, step := range []struct {
		name     string
		comments []ReviewComment
		reviews  int // so far
		last     []int
	}{
		{"at first", suggestions(4, 6), 1, []int{4, 6}},
		{"the same", suggestions(4, 6), 1, []int{4, 6}},
		{"one more", suggestions(4, 6, 20), 2, []int{20}},
		{"another secret on the line", []ReviewComment{{Path: "app.py", Line: 4, Fingerprint: "lg1s-other", Body: "x"}}, 3, []int{4}},
	} {
		if _, err := g.Review(t.Context(), fakegithub.PullNumber, headCommit, step.comments); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		reviews := s.Reviews()
		var last []int
		for _, c := range reviews[len(reviews)-1].Comments {
			last = append(last, c.Line)
		}
		if len(reviews) != step.reviews || !slices.Equal(last, step.last) {
			t.Errorf("%s: %d reviews, the last of lines %v; want %d, %v", step.name, len(reviews), last, step.reviews, step.last)
		}
	}
	s.Outdate()
	if _, err := g.Review(t.Context(), fakegithub.PullNumber, headCommit, suggestions(20)); err != nil || len(s.Reviews()) != 4 {
		t.Errorf("a line that was changed and has the secret again: %v, %d reviews", err, len(s.Reviews()))
	}
}

// A person who leaves our mark on a line keeps nothing from being said.
func TestReviewOfOthers(t *testing.T) {
	s, g, clock := pulls(t)
	files := map[string]string{"app.py": appPatch}
	s.Set(fakegithub.PullSettings{Me: "mallory", Files: files})
	if _, err := g.Review(t.Context(), fakegithub.PullNumber, headCommit, suggestions(6)); err != nil {
		t.Fatal(err)
	}
	s.Set(fakegithub.PullSettings{Files: files})
	other, err := NewGitHub(g.client, fakegithub.PullRepository, GitHubOptions{Now: clock.Now, Sleep: g.sleep})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Review(t.Context(), fakegithub.PullNumber, headCommit, suggestions(6)); err != nil || len(s.Reviews()) != 2 {
		t.Errorf("%v, %d reviews", err, len(s.Reviews()))
	}
}

func TestReviewFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		as      fakegithub.PullSettings
		fault   fakegithub.Fault
		need    string // of the Refusal; "": no error
		reviews int
	}{
		"a fork's token":               {fakegithub.PullSettings{ReadOnly: true}, fakegithub.Fault{}, "pull-requests: write", 0},
		"the pull request is another":  {fakegithub.PullSettings{}, fakegithub.Fault{Status: 422, Body: `{"message": "Unprocessable Entity", "errors": ["line must be part of the diff"]}`}, "new commits", 0},
		"an error, and it is done":     {fakegithub.PullSettings{}, fakegithub.Fault{Status: http.StatusBadGateway, Done: true}, "", 1},
		"an error, and it is not done": {fakegithub.PullSettings{}, fakegithub.Fault{Status: http.StatusBadGateway}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, g, _ := pulls(t)
			tc.as.Files = map[string]string{"app.py": appPatch}
			s.Set(tc.as)
			if tc.fault.Status != 0 {
				s.Fail(http.MethodPost, tc.fault)
			}
			_, err := g.Review(t.Context(), fakegithub.PullNumber, headCommit, suggestions(4, 6))
			if n := len(s.Reviews()); n != tc.reviews || (err == nil) != (tc.need == "") {
				t.Errorf("%v, %d reviews; want %d", err, n, tc.reviews)
			}
			if tc.need != "" {
				wantRefusal(t, err, tc.need)
			}
		})
	}
}
