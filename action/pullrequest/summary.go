package pullrequest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

const (
	// summaryLimit is in bytes. GitHub drops the whole summary of a step beyond 1 MiB.
	summaryLimit = 900 << 10

	maxPlaces    = 5  // occurrences of a secret
	maxGaps      = 50 // things that were not read
	maxSentences = 20 // of settings and suppressions
)

// Summary is the page that GitHub shows of a job (GITHUB_STEP_SUMMARY), in Markdown:
// each secret that makes it fail with the way out, and what was not read. It is less
// than 900 KiB; what has no room is counted.
func (o *Outcome) Summary() string {
	failing := o.Failing()
	head := joined("\n", "## "+o.headline()+"\n", o.counts(failing))
	tail := joined("\n", o.falseAlarm(failing), o.gaps(), o.others(), o.pending(), o.suppressed(), o.read())
	const slack = 200 // for the line on what is left out
	rows, left := fit(len(failing), len(failing), summaryLimit-len(head)-len(tail)-slack, func(i int) string {
		return "\n" + o.section(i+1, failing[i])
	})
	if left > 0 {
		rows += fmt.Sprintf("\n%s left out here: the JSON and SARIF reports of this job hold them all.\n", count(left, "more secret")+" "+isAre(left))
	}
	return head + rows + "\n" + tail
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// counts is what stands below the headline, first of all that something is missing.
func (o *Outcome) counts(failing []*scanner.Secret) string {
	var said []string
	if unread := o.unread(); unread != "" {
		said = append(said, unread+" What and why stands below.")
	}
	if len(failing) > 0 {
		live := 0
		for _, s := range failing {
			if s.Verdict.State == verify.Live {
				live++
			}
		}
		if live > 0 {
			said = append(said, fmt.Sprintf("%d %s live.", live, isAre(live)))
		}
		if slices.ContainsFunc(failing, opens) {
			said = append(said, "**"+rotateFirst+"**")
		}
	}
	if len(said) == 0 {
		return ""
	}
	return strings.Join(said, " ") + "\n"
}

// section is all about one secret.
func (o *Outcome) section(n int, s *scanner.Secret) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("### %d. %s (%s)\n", n, plain(clip(s.Rule.Name)), plain(state(s)))
	line("- What: %s", plain(nameOf(s)))
	all := counting(s)
	rows, left := fit(len(all), maxPlaces, summaryLimit, func(i int) string { return "- Where: " + o.where(all[i]) + "\n" })
	b.WriteString(rows)
	if left > 0 {
		line("- And in %s", count(left, "more place"))
	}
	line("- Verdict: %s", plain(o.verdict(s)))
	if who := whose(s); who != "" {
		line("- Whose: %s", plain(who))
	}
	line("")
	for i, step := range o.steps(s) {
		line("%d. %s", i+1, step)
	}
	line("\nTo ignore it: `%s`", ignoreLine(s))
	return b.String()
}

// where is an occurrence with the commit that brought it.
func (o *Outcome) where(at *scanner.Occurrence) string {
	text := link(place(at), o.address(at))
	if at.Commit != "" && at.Path != "" {
		text += ", since commit " + plain(short(at.Commit))
	}
	if at.Author != "" {
		text += " by " + plain(clip(at.Author))
	}
	if !at.Date.IsZero() {
		text += " on " + at.Date.UTC().Format(time.DateOnly)
	}
	if isGone(at) {
		text += ". **It is no longer in the file, but still in the history**"
	}
	return text
}

// steps are the way out for one secret, in Markdown.
func (o *Outcome) steps(s *scanner.Secret) []string {
	if s.Verdict.State == verify.Dead {
		return []string{"Nothing is left to rotate. See that nothing still relies on it.", o.settle(s)}
	}
	return []string{
		"Rotate it " + rotate(s) + ": issue a new one, and revoke this one.",
		"Use the new one wherever this one was used. Keep it out of the repository, in a secret store.",
		o.settle(s),
	}
}

// settle is the last step, after which the job no longer fails because of a secret.
func (o *Outcome) settle(s *scanner.Secret) string {
	step := "Remove it here. "
	switch at := foremost(s); {
	case at == nil:
	case at.Kind == scanner.InLog:
		step = "Delete the log. "
	case isGone(at):
		step = "It is out of the file already. "
	}
	refused := *s
	refused.Verdict.State = verify.Dead
	if s.Verdict.State == verify.Live && !o.Counts(&refused) {
		return step + "Run this job again: it does not fail because of a secret that its issuer refuses."
	}
	if o.Event.Number > 0 {
		return step + "Then squash or rebase the branch, so that none of its commits has it, or mark it as dealt with, see below."
	}
	return step + "Since history keeps it, mark it as dealt with, see below."
}

// falseAlarm says how to mark what is no secret, or a secret that was dealt with.
func (o *Outcome) falseAlarm(failing []*scanner.Secret) string {
	if len(failing) == 0 {
		return ""
	}
	return "### A false alarm, or dealt with?\n\nAdd the line that stands behind its “To ignore it” " + o.toIgnore() + "\n"
}

// toIgnore ends a sentence on the lines of an ignore file, in Markdown.
func (o *Outcome) toIgnore() string {
	return "to `.leakguardignore`, and say why. It counts once it is in " + o.target() + ": add it there by a change of its own."
}

// gaps are the things that were not read.
func (o *Outcome) gaps() string {
	var all []scanner.Gap
	for _, c := range o.Result.Coverage {
		all = append(all, c.Gaps...)
	}
	if len(all) == 0 {
		return ""
	}
	rows, left := fit(len(all), maxGaps, summaryLimit, func(i int) string {
		g := &all[i]
		what := clip(g.What)
		if g.Count > 1 {
			what += fmt.Sprintf(" (%d)", g.Count)
		}
		row := "- " + plain(what) + ": " + plain(g.Why)
		if g.Fix != "" {
			row += ". To read it: " + plain(g.Fix)
		}
		return row + "\n"
	})
	return "### Not read\n\n" + rows + more(left)
}

// more is the last row of a list that is cut.
func more(left int) string {
	if left == 0 {
		return ""
	}
	return fmt.Sprintf("- and %d more, see the reports of this job\n", left)
}

// others counts the secrets that do not make the job fail.
func (o *Outcome) others() string {
	by := map[string]int64{}
	for i := range o.Result.Secrets {
		s := &o.Result.Secrets[i]
		switch {
		case o.Counts(s):
		case s.Rule.Publish:
			by["made to be public"]++
		default:
			by[state(s)]++
		}
	}
	if len(by) == 0 {
		return ""
	}
	return "Secrets that do not fail this job: " + plain(tally(by)) + ".\n"
}

// pending are the settings that wait for the merge.
func (o *Outcome) pending() string {
	if len(o.Pending) == 0 {
		return ""
	}
	rows, left := fit(len(o.Pending), maxSentences, summaryLimit, func(i int) string { return "- " + sentence(o.Pending[i]) + "\n" })
	return "### Settings that count after the merge\n\n" + rows + more(left)
}

// suppressed counts what suppressions took out, and names those to look at.
func (o *Outcome) suppressed() string {
	by := map[string]int64{}
	live := 0
	for i := range o.Result.Suppressed {
		s := &o.Result.Suppressed[i]
		if s.Suppression != nil {
			by[s.Suppression.Kind]++
		}
		if s.Verdict.State == verify.Live {
			live++
		}
	}
	unused := o.Result.Unused
	if len(by) == 0 && len(unused) == 0 {
		return ""
	}
	text := "### Suppressed\n\n"
	if len(by) > 0 {
		text += fmt.Sprintf("%s (%s)", count(len(o.Result.Suppressed), "secret"), plain(tally(by)))
		if live > 0 {
			text += fmt.Sprintf(", %d of them live", live)
		}
		text += ".\n"
	}
	if len(unused) > 0 {
		rows, left := fit(len(unused), maxSentences, summaryLimit, func(i int) string { return "- " + plain(unused[i]) + "\n" })
		text += "\nTo look at:\n\n" + rows + more(left)
	}
	return text
}

// read says what was read, by source, and by whom.
func (o *Outcome) read() string {
	all := o.Result.Coverage
	sources, left := fit(len(all), maxSentences, summaryLimit, func(i int) string {
		return "; " + plain(clip(all[i].Source)+" ("+cmp.Or(tally(all[i].Read), "nothing")+")")
	})
	if left > 0 {
		sources += fmt.Sprintf("; and %d more", left)
	}
	return "Read by " + plain(strings.TrimSpace("leakguard "+clip(o.Version))) + ": " + cmp.Or(strings.TrimPrefix(sources, "; "), "nothing") + "\n"
}

// tally is "blobs 12, commits 3", in the order of the alphabet.
func tally(counts map[string]int64) string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		if counts[what] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", clip(what), counts[what]))
		}
	}
	return strings.Join(parts, ", ")
}
