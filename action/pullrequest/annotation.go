package pullrequest

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// perStep is how many annotations of one type the runner takes from a step; the rest
// it drops (_maxCountPerIssueType in actions/runner).
const perStep = 10

// Annotate writes workflow commands that show what was found beside the lines that
// hold it: what makes the job fail as errors, worst first, other secrets as warnings
// and notices. Of too many of a type the last one says how many more there are.
func (o *Outcome) Annotate(w io.Writer) error {
	var b strings.Builder
	by := o.byLevel()
	for _, level := range []string{"error", "warning", "notice"} {
		secrets, room := by[level], perStep
		if level == "warning" && !o.Result.Complete() {
			b.WriteString(command(level, []property{{"title", "leakguard: incomplete"}}, o.unread()+" The job's summary says what, and how to have it read."))
			room--
		}
		shown := len(secrets)
		if shown > room {
			shown = room - 1
		}
		for _, s := range secrets[:shown] {
			b.WriteString(o.annotation(level, s))
		}
		if left := len(secrets) - shown; left > 0 {
			b.WriteString(command(level, []property{{"title", "leakguard: " + count(left, "more secret")}}, "The job's summary lists them."))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// byLevel sorts what was found into the runner's types of annotation, worst first. Of
// what is suppressed only what is live is worth one.
func (o *Outcome) byLevel() map[string][]*scanner.Secret {
	by := map[string][]*scanner.Secret{"error": o.Failing()}
	for i := range o.Result.Suppressed {
		if s := &o.Result.Suppressed[i]; s.Verdict.State == verify.Live {
			by["warning"] = append(by["warning"], s)
		}
	}
	for i := range o.Result.Secrets {
		s := &o.Result.Secrets[i]
		switch {
		case o.Counts(s):
		case s.Rule.Publish, s.Verdict.State == verify.Dead:
			by["notice"] = append(by["notice"], s)
		default:
			by["warning"] = append(by["warning"], s)
		}
	}
	return by
}

func (o *Outcome) annotation(level string, s *scanner.Secret) string {
	at := foremost(s)
	title := fmt.Sprintf("%s (%s)", clip(s.Rule.Name), state(s))
	said := []string{fmt.Sprintf("%s, %s.", nameOf(s), o.verdict(s))}
	line := lineOf(at)
	if at != nil && line == nil {
		said = append(said, "It is in "+place(at)+".")
	}
	if where := remains(s, at); where != "" {
		said = append(said, where)
	}
	switch {
	case s.Suppression != nil:
		said = append(said, fmt.Sprintf("It is suppressed (%s).", clip(cmp.Or(s.Suppression.Where, s.Suppression.Kind))), rotateFirst)
	case level == "error" && s.Verdict.State == verify.Dead:
		said = append(said, "Take it out; there is nothing left to rotate.")
	case level == "error":
		said = append(said, rotateFirst, "The job's summary shows the steps, and how to mark a false alarm.")
	case s.Rule.Publish:
		said = append(said, "It is made to be public. It does not fail this job.")
	default:
		said = append(said, "It does not fail this job.")
	}
	return command(level, append(line, property{"title", inert(title)}), inert(strings.Join(said, " ")))
}

// longestPath is in bytes: no checkout on Linux holds a file with a longer one.
const longestPath = 4096

// lineOf is where an annotation stands: nowhere, if the occurrence is in no file of
// the repository. GitHub takes columns only within one line.
func lineOf(at *scanner.Occurrence) []property {
	if at == nil || at.Path == "" || len(at.Path) > longestPath || at.Kind == scanner.InLog {
		return nil
	}
	list := []property{{"file", inert(at.Path)}}
	if at.StartLine == 0 {
		return list
	}
	list = append(list, property{"line", strconv.Itoa(at.StartLine)}, property{"endLine", strconv.Itoa(max(at.StartLine, at.EndLine))})
	if at.EndLine == at.StartLine && at.StartColumn > 0 {
		list = append(list, property{"col", strconv.Itoa(at.StartColumn)}, property{"endColumn", strconv.Itoa(max(at.StartColumn, at.EndColumn))})
	}
	return list
}
