package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/pullrequest"
	"github.com/leakguard/leakguard/action/remediate"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/forge"
)

// tell writes what was found to where people look. That a token may not write there,
// as in a pull request from a fork, costs nothing but a warning.
func (j *job) tell(ctx context.Context, res *scanner.Result) error {
	o := &pullrequest.Outcome{Event: j.event, Result: res, Counts: j.fails, Pending: j.pending, Version: versionString()}
	var err error
	if j.onGitHub() {
		err = errors.Join(
			o.Annotate(j.cmd.OutOrStdout()),
			appendTo(os.Getenv("GITHUB_STEP_SUMMARY"), func(w io.Writer) error {
				_, err := io.WriteString(w, o.Summary())
				return err
			}),
			j.output(res, o),
		)
	}
	if ctx.Err() != nil {
		return err
	}
	if os.Getenv(offlineVariable) != "" || j.verify.offline {
		return err
	}
	return errors.Join(err, j.tellForge(ctx, o))
}

// telling is how long all that is told by an API may take: a limit may have it wait for
// an hour, and a job is not to.
const telling = 5 * time.Minute

// tellForge tells GitHub, or GitLab, by its API.
func (j *job) tellForge(ctx context.Context, o *pullrequest.Outcome) error {
	ctx, stop := context.WithTimeout(ctx, telling)
	defer stop()
	for _, t := range []struct {
		asked bool
		what  string
		tell  func(context.Context, *pullrequest.Outcome) error
	}{
		{j.comment && j.event.Number != 0, "the comment", j.putComment},
		{j.suggest && j.event.Number != 0 && j.onGitHub(), "the suggestions", j.putSuggestions},
		{j.uploadSARIF && j.onGitHub(), "code scanning", j.upload},
	} {
		if !t.asked {
			continue
		}
		var refusal *remediate.Refusal
		switch err := t.tell(ctx, o); {
		case err == nil:
		case errors.As(err, &refusal), errors.Is(err, pullrequest.ErrProcessing), j.event.Fork:
			j.warn("%s: %v", t.what, err)
		default:
			// What was found is told elsewhere too, and the exit code says it.
			j.warn("%s is not up to date: %v", t.what, err)
		}
	}
	if !j.issues || j.event.Fork || !j.onDefault() {
		return nil
	}
	return (&issuesCommand{from: j.settings}).sync(j.cmd)
}

// onDefault reports whether what was scanned is on the default branch, or no change.
func (j *job) onDefault() bool {
	e := &j.event
	return e.Kind != pullrequest.KindChanges || e.Target == "" && e.Ref == "refs/heads/"+e.Fallback
}

func (j *job) putComment(ctx context.Context, o *pullrequest.Outcome) error {
	sticky, err := j.sticky()
	if err != nil {
		return err
	}
	_, err = sticky.Put(ctx, o.Comment(), len(o.Failing()) > 0)
	return err
}

// sticky is our comment on the pull request or merge request.
func (j *job) sticky() (*pullrequest.Sticky, error) {
	switch j.event.CI {
	case "github":
		g, err := j.github()
		if err != nil {
			return nil, err
		}
		return g.Sticky(j.event.Number), nil
	case "gitlab":
		auth, err := buildlog.RemoteAuth("gitlab", os.Getenv)
		if err != nil {
			return nil, err
		}
		if os.Getenv("GITLAB_URL") == "" {
			if auth.BaseURL, err = buildlog.RemoteAddress("gitlab", os.Getenv("CI_SERVER_URL")); err != nil {
				return nil, err
			}
		}
		c, err := forge.New(auth)
		if err != nil {
			return nil, err
		}
		return pullrequest.GitLabSticky(c, pullrequest.GitLabOptions{Project: j.event.Repository, Web: j.event.Web, Number: j.event.Number})
	}
	return nil, fmt.Errorf("it is kept on GitHub and GitLab alone")
}

func (j *job) github() (*pullrequest.GitHub, error) {
	c, err := forge.NewGitHub(forge.GitHubOptions{})
	if err != nil {
		return nil, err
	}
	return pullrequest.NewGitHub(c, j.event.Repository, pullrequest.GitHubOptions{})
}

// putSuggestions leaves a suggestion on each line that can be replaced.
func (j *job) putSuggestions(ctx context.Context, o *pullrequest.Outcome) error {
	var list []pullrequest.ReviewComment
	for _, s := range o.Failing() {
		for i := range s.Occurrences {
			at := &s.Occurrences[i]
			if !at.InHead || at.StartLine == 0 || at.EndLine != at.StartLine {
				continue
			}
			line, ok := j.line(ctx, at)
			if !ok {
				continue
			}
			if instead, ok := pullrequest.Suggestion(s, at, line); ok {
				list = append(list, pullrequest.ReviewComment{
					Path: at.Path, Line: at.StartLine, Fingerprint: s.Fingerprint,
					Body: "Once it is rotated, read it from the environment instead:\n```suggestion\n" + instead + "\n```",
				})
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	g, err := j.github()
	if err != nil {
		return err
	}
	skipped, err := g.Review(ctx, j.event.Number, j.head, list)
	for _, why := range skipped {
		j.warn("no suggestion: %s", why)
	}
	return err
}

// line is the line of an occurrence as the head has it.
func (j *job) line(ctx context.Context, at *scanner.Occurrence) (string, bool) {
	data, err := j.repo.FileAt(ctx, j.head, at.Path)
	if err != nil {
		return "", false
	}
	n := 0
	for line := range bytes.Lines(data) {
		if n++; n == at.StartLine {
			return strings.TrimRight(string(line), "\r\n"), true
		}
	}
	return "", false
}

// upload uploads the SARIF report. Of a push only the changes were read: uploaded to the
// branch, they would close what the push before them brought.
func (j *job) upload(ctx context.Context, _ *pullrequest.Outcome) error {
	commit, ref := os.Getenv("GITHUB_SHA"), os.Getenv("GITHUB_REF")
	switch {
	case j.file("sarif") == "":
		return errors.New("there is no report to upload: give --out DIR")
	case j.event.Kind == pullrequest.KindChanges && j.event.Number == 0:
		j.warn("code scanning: what a push brings is not uploaded, since it would replace all that is known of the branch; upload the result of a scheduled scan")
		return nil
	case j.event.Number != 0 && !strings.HasPrefix(ref, "refs/pull/"):
		commit, ref = j.head, fmt.Sprintf("refs/pull/%d/head", j.event.Number)
	}
	data, err := os.ReadFile(j.file("sarif"))
	if err != nil {
		return err
	}
	g, err := j.github()
	if err != nil {
		return err
	}
	category := j.category
	if category == "" {
		category = pullrequest.CategoryWhole
	}
	return g.UploadSARIF(ctx, data, category, commit, ref)
}

// output writes the outputs of a job of GitHub Actions. None of their values is chosen
// by what was scanned. o is nil if nothing was.
func (j *job) output(res *scanner.Result, o *pullrequest.Outcome) error {
	count := map[verify.State]int{}
	for i := range res.Secrets {
		count[res.Secrets[i].Verdict.State]++
	}
	found, report, sarif := 0, "", ""
	if o != nil {
		found, report, sarif = len(o.Failing()), j.file("json"), j.file("sarif")
	}
	return appendTo(os.Getenv("GITHUB_OUTPUT"), func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "found=%d\nlive=%d\ndead=%d\nunknown=%d\nunverified=%d\ncomplete=%t\nreport=%s\nsarif=%s\n",
			found, count[verify.Live], count[verify.Dead], count[verify.Unknown], count[verify.Unverified]+count[verify.Unverifiable], res.Complete(), report, sarif)
		return err
	})
}
