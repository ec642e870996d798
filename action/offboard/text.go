package offboard

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/leakguard/leakguard/detectors/verify"
)

// WriteText writes the report for a person.
func (r *Report) WriteText(w io.Writer) error {
	t := &text{w: w}
	state := ""
	if r.Archived {
		state = " (archived: its settings can be changed only while it is not)"
	}
	t.line("%s%s", r.Repository, state)
	t.items("Secrets that were seen in it", r.Secrets)
	t.items("Credentials in its settings", r.Settings)
	if len(r.Variables) > 0 {
		t.line("\nVariables: leakguard scan variables --from github --repo %s --verify reads what they hold", r.Repository)
		for _, v := range r.Variables {
			t.line("  %s, %s", v.Name, v.Where)
		}
	}
	if len(r.Apps) > 0 {
		t.line("\nApps")
		for _, a := range r.Apps {
			t.line("  %s reaches %s\n    %s", a.Name, a.Reaches, a.Do)
		}
	}
	if len(r.Gaps) > 0 {
		t.line("\nWhat could not be asked")
		for _, g := range r.Gaps {
			t.line("  %s: %s\n    %s", g.What, g.Why, g.Fix)
		}
	}
	dead, all := r.Progress()
	t.line("\n%d of %d dead", dead, all)
	return t.err
}

// WriteText writes the list for a person.
func (a *Archive) WriteText(w io.Writer) error {
	t := &text{w: w}
	live, secrets := map[string]bool{}, map[string]bool{} // one may lie in several
	for _, r := range a.Repositories {
		t.items(fmt.Sprintf("%s: %d live, %d not known to be dead", r.Name, r.Live, len(r.Secrets)-r.Live), r.Secrets)
		for _, i := range r.Secrets {
			secrets[i.Ledger] = true
			if i.Verdict == verify.Live {
				live[i.Ledger] = true
			}
		}
	}
	t.line("\nNHI1:2025 Improper Offboarding: %d of %d archived repositories of %s hold %d live secrets and %d not known to be dead",
		len(a.Repositories), a.Archived, a.Org, len(live), len(secrets)-len(live))
	return t.err
}

// text writes lines until the first error.
type text struct {
	w   io.Writer
	err error
}

// line writes a line. Names come from elsewhere: nothing in them reaches the
// terminal but what can be seen.
func (t *text) line(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = strings.Map(func(r rune) rune {
				if unicode.IsPrint(r) {
					return r
				}
				return '\ufffd'
			}, s)
		}
	}
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}

func (t *text) items(title string, items []Item) {
	if len(items) == 0 {
		return
	}
	t.line("\n%s", title)
	for _, i := range items {
		verdict := i.Verdict
		if i.Dead {
			verdict = verify.Dead
		}
		t.line("  %-12s %s %s, %s", string(verdict), i.Kind, i.Name, i.Where)
		t.line("    %s", i.Reason)
		if i.Do != "" {
			t.line("    %s", i.Do)
		}
		if len(i.Elsewhere) > 0 {
			t.line("    also in %s: whatever uses it there breaks", strings.Join(i.Elsewhere, ", "))
		}
	}
}
