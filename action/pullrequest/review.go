package pullrequest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/scanner/forge"
)

// maxReview is how many comments Review leaves on lines of one pull request.
const maxReview = 10

// reviewBody is what a review says as a whole.
const reviewBody = "leakguard found secrets in lines that this pull request changes, and suggests what to write there instead. " +
	"Rotate each secret first: whoever can read this pull request has it, and taking the line out does not change that."

// ReviewComment is a comment on lines of a file, such as with a suggestion of what to
// write there instead.
type ReviewComment struct {
	Path        string // in the head's version
	StartLine   int    // the first line; 0 if it is Line
	Line        int    // the last line, from 1
	Fingerprint string // of the secret that it is about
	Body        string // Markdown
}

// mark begins a comment on lines, to find it again. It does not show.
func (c *ReviewComment) mark() string {
	return "<!-- leakguard:suggestion " + c.Fingerprint + " -->"
}

// Review leaves comments on lines of a pull request, all in one review of the commit, so
// that people are notified once. A comment that is there already is not left again. Those
// that cannot be left, because the pull request does not change the line or has enough of
// them, are skipped: each with a sentence that says why. The token needs the permission
// Pull requests: write.
// https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request
func (g *GitHub) Review(ctx context.Context, pullRequest int, commit string, comments []ReviewComment) (skipped []string, err error) {
	r := review{g, fmt.Sprintf("%spulls/%d/", g.base, pullRequest), pullRequest}
	there, err := r.there(ctx)
	if err != nil {
		return nil, r.refused("read the comments on lines", err)
	}
	comments = slices.DeleteFunc(slices.Clone(comments), func(c ReviewComment) bool { return there[placeOf(&c)] })
	if len(comments) == 0 {
		return nil, nil
	}
	changed, err := r.changed(ctx)
	if err != nil {
		return nil, r.refused("read the changes", err)
	}
	var left []ReviewComment
	for _, c := range comments {
		switch {
		case !slices.ContainsFunc(changed[c.Path], func(h hunk) bool { return h.has(&c) }):
			skipped = append(skipped, fmt.Sprintf("%q, line %d: the pull request does not change it", c.Path, c.Line))
		case len(there)+len(left) >= maxReview:
			skipped = append(skipped, fmt.Sprintf("%q, line %d: there are %d comments on lines already", c.Path, c.Line, maxReview))
		default:
			left = append(left, c)
		}
	}
	if len(left) == 0 {
		return skipped, nil
	}
	return skipped, r.refused("review the lines", r.post(ctx, commit, left))
}

// review is the review of a pull request.
type review struct {
	*GitHub
	path   string // of the pull request in the API, with a slash at its end
	number int
}

// reviewPlace is what tells a comment on lines from another.
type reviewPlace struct {
	path, mark string
	line       int
}

func placeOf(c *ReviewComment) reviewPlace { return reviewPlace{c.Path, c.mark(), c.Line} }

// there are the places of our comments so far. GitHub moves a line with the changes that
// follow, until the line itself is changed.
func (r *review) there(ctx context.Context) (map[reviewPlace]bool, error) {
	there := map[reviewPlace]bool{}
	return there, r.client.Pages(ctx, r.path+"comments?per_page=100", func(page json.RawMessage) (bool, error) {
		var comments []struct {
			Path     string      `json:"path"`
			Line     *int        `json:"line"`
			Original int         `json:"original_line"`
			Body     string      `json:"body"`
			User     *githubUser `json:"user"`
		}
		if err := json.Unmarshal(page, &comments); err != nil {
			return false, err
		}
		for _, c := range comments {
			mark, _, _ := strings.Cut(c.Body, "\n")
			mark = strings.TrimSpace(mark)
			if !strings.HasPrefix(mark, "<!-- leakguard:suggestion ") {
				continue
			}
			ours, err := r.wrote(ctx, c.User)
			if err != nil {
				return false, err
			}
			line := c.Original
			if c.Line != nil {
				line = *c.Line
			}
			if ours {
				there[reviewPlace{c.Path, mark, line}] = true
			}
		}
		return true, nil
	})
}

// hunk is a range of lines of a file's new version that can be commented on, both ends
// within.
type hunk struct{ from, to int }

func (h hunk) has(c *ReviewComment) bool {
	from := c.Line
	if c.StartLine != 0 {
		from = c.StartLine
	}
	return h.from <= from && from <= c.Line && c.Line <= h.to
}

// changed are the hunks of the pull request, by path. GitHub lists 3,000 files at most,
// and of large ones no hunks. https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
func (r *review) changed(ctx context.Context) (map[string][]hunk, error) {
	changed := map[string][]hunk{}
	return changed, r.client.Pages(ctx, r.path+"files?per_page=100", func(page json.RawMessage) (bool, error) {
		var files []struct{ Filename, Patch string }
		if err := json.Unmarshal(page, &files); err != nil {
			return false, err
		}
		for _, f := range files {
			changed[f.Filename] = hunks(f.Patch)
		}
		return true, nil
	})
}

// hunks reads the headers of a unified diff: "@@ -1,5 +1,6 @@". Lines of the files
// themselves begin with another character.
func hunks(patch string) []hunk {
	var all []hunk
	for line := range strings.Lines(patch) {
		fields := strings.Fields(line)
		if !strings.HasPrefix(line, "@@ ") || len(fields) < 3 || !strings.HasPrefix(fields[2], "+") {
			continue
		}
		first, count, counted := strings.Cut(fields[2][1:], ",")
		from, err := strconv.Atoi(first)
		n := 1
		if counted && err == nil {
			n, err = strconv.Atoi(count)
		}
		if err == nil && n > 0 {
			all = append(all, hunk{from, from + n - 1})
		}
	}
	return all
}

// post leaves comments in one review.
func (r *review) post(ctx context.Context, commit string, comments []ReviewComment) error {
	type lineComment struct {
		Path      string `json:"path"`
		Body      string `json:"body"`
		Line      int    `json:"line"`
		Side      string `json:"side"`
		StartLine int    `json:"start_line,omitempty"`
		StartSide string `json:"start_side,omitempty"`
	}
	in := struct {
		Commit   string        `json:"commit_id"`
		Body     string        `json:"body"`
		Event    string        `json:"event"`
		Comments []lineComment `json:"comments"`
	}{Commit: commit, Body: reviewBody, Event: "COMMENT"}
	for _, c := range comments {
		l := lineComment{Path: c.Path, Body: c.mark() + "\n" + c.Body, Line: c.Line, Side: "RIGHT"}
		if c.StartLine != 0 && c.StartLine != c.Line { // it has to be before the line
			l.StartLine, l.StartSide = c.StartLine, "RIGHT"
		}
		in.Comments = append(in.Comments, l)
	}
	return r.writer.Post(ctx, r.path+"reviews", in, nil, func(ctx context.Context) (bool, error) {
		there, err := r.there(ctx)
		return there[placeOf(&comments[0])], err
	})
}

// refused says more of an error. The lines were seen to be in the changes, so that GitHub
// does not take them only if the pull request is another by now.
func (r *review) refused(action string, err error) error {
	action = fmt.Sprintf("%s of pull request %d", action, r.number)
	if errors.As(err, new(*forge.InvalidError)) {
		return &remediate.Refusal{Project: r.repository, Action: action, Err: err,
			Need: "GitHub does not take the lines; the pull request may have new commits, whose own run will suggest again"}
	}
	need := "the token lacks the permission Pull requests: write (in a workflow, pull-requests: write), or the pull request comes from a fork"
	if forge.StatusOf(err) == http.StatusNotFound {
		need = "there is no such pull request, or the token may not see it"
	}
	return refused(r.repository, action, need, err)
}
