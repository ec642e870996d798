package remediate

import (
	"fmt"
	"strings"

	"github.com/leakguard/leakguard/action/ledger"
)

// Plan writes the runbook of a secret with what is known of it now: its state, its
// owners, its issue. fingerprint is the secret's, or "" if it is not known.
func (r *Runbooks) Plan(h *ledger.History, fingerprint string) (string, error) {
	runbook, err := r.render(h, fingerprint)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s %s\n\n", textOf(h.RuleName), codeSpan(h.Redacted))
	fmt.Fprintf(&b, "- **State:** %s, since %s\n", textOf(string(h.State)), dayOf(h.OpenedAt))
	for _, step := range []struct {
		what string
		day  Text
	}{
		{"Acknowledged", dayOf(h.Acknowledged)}, {"Rotated", dayOf(h.Rotated)}, {"Closed", dayOf(h.ClosedAt)},
		{"Accepted until", dayOf(h.AcceptedUntil)}, {"Last asked about", dayOf(h.VerdictAt)}, {"Last found", dayOf(h.SeenAt)}, {"Deadline", dayOf(h.Deadline)},
	} {
		if step.day != "" {
			fmt.Fprintf(&b, "- **%s:** %s\n", step.what, step.day)
		}
	}
	if h.Recurrences > 0 {
		fmt.Fprintf(&b, "- **Opened again:** %s\n", count(h.Recurrences, "time"))
	}
	for _, o := range h.Owners {
		fmt.Fprintf(&b, "- **Owner:** %s%s, says %s\n", kindOf(o), textOf(o.Name), textOf(o.Evidence))
	}
	if len(h.Owners) == 0 {
		b.WriteString("- **Owner:** not known\n")
	}
	for i := range h.Kept[:min(len(h.Kept), maxPlaces)] {
		k := &h.Kept[i]
		fmt.Fprintf(&b, "- **Kept:** %s of %s, as it was read on %s\n", codeSpan(cut(k.Entry, clip)), textOf(k.Manager), dayOf(k.Synced))
	}
	if h.Issue != nil {
		fmt.Fprintf(&b, "- **Issue:** %s, %s\n", linkTo(h.Issue.URL), openness(h.Issue.Open))
	}
	return b.String() + "\n" + runbook, nil
}

// kindOf is what an owner is, where its name does not say it.
func kindOf(o ledger.Owner) string {
	if strings.HasPrefix(o.Name, "@") || o.Kind == o.Name {
		return ""
	}
	return PlainText(o.Kind) + " "
}

func openness(open bool) string {
	if open {
		return "open"
	}
	return "closed"
}
