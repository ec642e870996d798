package pullrequest

import (
	"fmt"
	"strings"

	"github.com/leakguard/leakguard/scanner"
)

// CommentMark is the first line of the one comment that leakguard keeps in a pull
// request; the page does not show it.
const CommentMark = "<!-- leakguard:pr -->"

const (
	commentLimit = 60_000 // bytes; GitHub takes 65,536 characters
	maxRows      = 10     // secrets: about a screen
)

// Comment is the one comment on a pull request, in Markdown. It is red while
// something makes the job fail and green when nothing does any more; while not
// everything could be read it is neither. A pull request that is green and has no
// comment needs none.
func (o *Outcome) Comment() string {
	failing := o.Failing()
	var text string
	switch {
	case len(failing) > 0:
		text = joined("\n", o.table(failing), o.onlyInHistory(failing), o.wayOut(failing), o.ignoreLines(failing))
	case !o.Result.Complete():
		text = "No secret is in what was read. That does not say that there is none.\n"
	case len(o.Result.Secrets) > 0:
		text = "All of it was read. " + o.others()
	default:
		return CommentMark + "\n### " + o.headline() + " any more\n\n" +
			"All of it was read. What was found before is in none of its commits any more, or was marked as dealt with.\n"
	}
	if unread := o.unread(); unread != "" {
		text += "\n" + unread + " The job's summary says what, and how to have it read.\n"
	}
	return CommentMark + "\n### " + o.headline() + "\n\n" + text
}

func (o *Outcome) table(failing []*scanner.Secret) string {
	rows, left := fit(len(failing), maxRows, commentLimit/2, func(i int) string {
		s := failing[i]
		where := "no place is known"
		if at := foremost(s); at != nil {
			where = link(place(at), o.address(at))
			if n := len(counting(s)) - 1; n > 0 {
				where += " and " + count(n, "more place")
			}
		}
		return fmt.Sprintf("| %s, %s | %s | %s |\n", plain(clip(s.Rule.Name)), plain(nameOf(s)), where, plain(o.verdict(s)))
	})
	text := "| Secret | Where | Verdict |\n|---|---|---|\n" + rows
	if left > 0 {
		text += fmt.Sprintf("\nAnd %s: the job's summary lists them.\n", count(left, "more secret"))
	}
	return text
}

// onlyInHistory says why it is not enough that a line was removed.
func (o *Outcome) onlyInHistory(failing []*scanner.Secret) string {
	var gone []*scanner.Secret
	for _, s := range failing {
		if at := foremost(s); at != nil && isGone(at) {
			gone = append(gone, s)
		}
	}
	if len(gone) == 0 {
		return ""
	}
	names, left := fit(len(gone), 3, commentLimit, func(i int) string {
		name := plain(nameOf(gone[i]))
		if i > 0 {
			return ", " + name
		}
		return name
	})
	if left > 0 {
		names += fmt.Sprintf(" and %d more", left)
	}
	return fmt.Sprintf("Already removed: %s. That is not enough: each commit keeps what it held, and whoever can read the branch can read those.\n", names)
}

// wayOut is what to do, once for all secrets.
func (o *Outcome) wayOut(failing []*scanner.Secret) string {
	var at []string
	seen := map[string]bool{}
	for _, s := range failing {
		if where := rotate(s); opens(s) && !seen[where] && len(at) < 3 {
			seen[where] = true
			at = append(at, where)
		}
	}
	if at == nil {
		return "Nothing is left to rotate. Take it out of the files, and see that nothing still relies on it.\n"
	}
	return "1. **Rotate first**, " + strings.Join(at, ", and ") + ": issue a new one and revoke the old one.\n" +
		"2. Use the new one wherever the old one was used. Keep it out of the repository, in a secret store.\n" +
		"3. Remove the old one from the files. Rewriting history alone does not help: somebody may have it.\n"
}

// ignoreLines is how to mark a false alarm, folded away.
func (o *Outcome) ignoreLines(failing []*scanner.Secret) string {
	lines, left := fit(len(failing), maxRows, commentLimit/4, func(i int) string { return ignoreLine(failing[i]) + "\n" })
	text := "<details><summary>A false alarm, or dealt with?</summary>\n\nAdd its line " + o.toIgnore() + "\n\n```\n" + lines + "```\n"
	if left > 0 {
		text += fmt.Sprintf("\nThe job's summary has the fingerprints of the other %d.\n", left)
	}
	return text + "\n</details>\n"
}
