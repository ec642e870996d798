package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// The words in which text, JUnit and SARIF say the same things. What they
// return is not yet fit for a terminal: see visible.

// The first advice: a secret that was committed is known, one that is only
// staged need not be, and one that is dead opens nothing any more.
const (
	rotateFirst  = "Rotate it first: removing the line or rewriting history does not make a leaked key safe."
	notCommitted = "It is not committed yet: move it out of the file and stage the file again; rotate it if it was ever shared."
	deadAlready  = "Nothing is left to rotate: take it out, and see that nothing still relies on it."
)

func remedy(s *scanner.Secret) string {
	switch {
	case onlyStaged(s):
		return notCommitted
	case s.Verdict.State == verify.Dead:
		return deadAlready
	}
	return rotateFirst
}

// place is where an occurrence is: "config/prod.env:12:14", "message of commit
// 3f2a91c04b, line 3". A line of zero, of what has no lines, is left out.
func place(o *scanner.Occurrence) string {
	switch {
	case o.StartLine == 0:
		return fileOf(o)
	case o.Path == "" && o.Commit != "":
		return fmt.Sprintf("%s of commit %s, line %d", fileOf(o), short(o.Commit), o.StartLine)
	}
	return fmt.Sprintf("%s:%d:%d", fileOf(o), o.StartLine, o.StartColumn)
}

// within says where in a build, or as which variable, an occurrence is: "run
// 12, job build, step test", "variable jobs.deploy.env.X (job deploy)".
func within(o *scanner.Occurrence) string {
	var parts []string
	for _, p := range []struct{ what, name string }{{"run ", o.Run}, {"job ", o.Job}, {"step ", o.Step}} {
		if p.name != "" {
			parts = append(parts, p.what+p.name)
		}
	}
	switch {
	case o.Variable == "", o.Path == "" && o.Kind == scanner.InVariable: // place names it
	case o.Scope == "":
		parts = append(parts, "variable "+o.Variable)
	default:
		parts = append(parts, fmt.Sprintf("variable %s (%s)", o.Variable, o.Scope))
	}
	return strings.Join(parts, ", ")
}

// presence says whether the secret is still there.
func presence(o *scanner.Occurrence) string {
	switch {
	case o.Kind == scanner.InStaged:
		return "  staged"
	case o.Kind != scanner.InGit:
		return ""
	case o.InHead:
		return "  still in HEAD"
	case o.Unreachable:
		return "  unreachable: no branch or tag leads to it"
	}
	return "  only in history"
}

// short abbreviates a commit's id.
func short(commit string) string { return commit[:min(10, len(commit))] }

// onlyStaged reports whether the secret is in nothing but the index.
func onlyStaged(s *scanner.Secret) bool {
	return !slices.ContainsFunc(s.Occurrences, func(o scanner.Occurrence) bool { return o.Kind != scanner.InStaged })
}

// repositories counts those that the secrets are in.
func repositories(r *scanner.Result) int {
	seen := map[string]bool{}
	for i := range r.Secrets {
		for _, o := range r.Secrets[i].Occurrences {
			seen[o.Repository] = true
		}
	}
	return len(seen)
}

// gapOf is what was not read, with the count if it stands for several.
func gapOf(g scanner.Gap) string {
	if g.Count > 1 {
		return fmt.Sprintf("%s (%s)", g.What, digits(int64(g.Count)))
	}
	return g.What
}

// suppressedBy counts by kind: "2 by ignore-file, 1 by inline".
func suppressedBy(secrets []scanner.Secret) string {
	count := map[string]int{}
	for i := range secrets {
		count[secrets[i].Suppression.Kind]++
	}
	var parts []string
	for _, kind := range sorted(count) {
		parts = append(parts, fmt.Sprintf("%d by %s", count[kind], kind))
	}
	return strings.Join(parts, ", ")
}

// amounts is what was read: "1,204 commits, 8,931 blobs, 48.2 MB".
func amounts(read map[string]int64) string {
	var parts []string
	for _, unit := range sorted(read) {
		if unit != "bytes" && read[unit] > 0 {
			parts = append(parts, number(read[unit], strings.TrimSuffix(unit, "s"), unit))
		}
	}
	if n := read["bytes"]; n > 0 {
		parts = append(parts, size(n))
	}
	if parts == nil {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// size is n bytes in decimal units: "48.2 MB".
func size(n int64) string {
	if n < 1000 {
		return number(n, "byte", "bytes")
	}
	f, unit := float64(n)/1000, 0
	for f >= 999.95 && unit < 3 {
		f, unit = f/1000, unit+1
	}
	return fmt.Sprintf("%.1f %s", f, [...]string{"kB", "MB", "GB", "TB"}[unit])
}

// number is n with its noun.
func number(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return digits(n) + " " + many
}

// digits is n with a comma at each thousand.
func digits(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// standing says where a part stands that does not stand near its secret.
func standing(p scanner.RedactedPart) string {
	if p.At == "" {
		return ""
	}
	return ", which stands apart: " + p.At
}

// unclear says why a part is missing though there are values for it.
func unclear(u scanner.UnclearPart) string {
	if u.Candidates == 1 {
		return "one stands apart that may be it, and may be another secret's"
	}
	return number(int64(u.Candidates), "value", "values") + " stand apart, none of which is clearly its own"
}
