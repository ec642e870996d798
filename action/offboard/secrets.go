package offboard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// leaked makes an item of a secret that was ever seen in the repository. A false
// positive is none.
func leaked(h *ledger.History, at address, rule func(string) *rules.Rule) (Item, bool) {
	if h.State == ledger.FalsePositive {
		return Item{}, false
	}
	kinds := map[scanner.Kind]int{}
	var elsewhere []string
	for _, o := range h.Occurrences {
		switch {
		case at.is(o.Repository):
			kinds[o.Kind]++
		case o.Repository != "":
			elsewhere = append(elsewhere, o.Repository)
		}
	}
	if len(kinds) == 0 {
		return Item{}, false
	}
	slices.Sort(elsewhere)
	item := Item{
		Kind: "leaked secret", Name: h.RuleName + " " + h.Redacted, Where: places(kinds), Ledger: h.ID,
		Verdict: h.Verdict, Reason: reason(&h.Secret), Elsewhere: slices.Compact(elsewhere),
		Dead: h.State == ledger.Dead || h.Verdict == verify.Dead,
	}
	if !item.Dead {
		item.Do = revocation(&h.Secret, rule(h.Rule))
	}
	return item, true
}

// places counts occurrences: "3 in history, 1 in logs".
func places(kinds map[scanner.Kind]int) string {
	history := 0
	for k, n := range kinds {
		if k != scanner.InLog && k != scanner.InVariable {
			history += n
		}
	}
	var parts []string
	add := func(n int, in string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d in %s", n, in))
		}
	}
	add(history, "history")
	add(kinds[scanner.InLog], "logs")
	add(kinds[scanner.InVariable], "variables")
	return strings.Join(parts, ", ")
}

// reason says what the verdict rests on.
func reason(s *ledger.Secret) string {
	day := func() string { return " on " + s.VerdictAt.Format("2006-01-02") }
	switch {
	case s.State == ledger.Dead:
		return "its issuer refused it twice, last on " + s.DeadAt.Format("2006-01-02")
	case s.Verdict == verify.Dead:
		return "its issuer refused it" + day()
	case s.Verdict == verify.Live:
		return "its issuer accepted it" + day()
	case s.Verdict == verify.Unverified:
		return "nobody asked its issuer"
	case s.Details.Verdict.Reason != "":
		return s.Details.Verdict.Reason
	}
	return "its issuer gave no clear answer"
}

// revocation says how to make a secret dead.
func revocation(s *ledger.Secret, rule *rules.Rule) string {
	do := "revoke it at its issuer"
	if rule != nil && rule.Provider.Rotate.URL != "" {
		do = "revoke it at " + rule.Provider.Rotate.URL
	}
	do += "; runbook: leakguard rotate plan " + s.ID
	if s.Verdict != verify.Live {
		do += "; then ask again: leakguard scan --verify --ledger default"
	}
	return do
}

// sortItems puts what lives first, then what may, then what is dead.
func sortItems(items []Item) {
	rank := func(i Item) int {
		switch {
		case i.Dead:
			return 2
		case i.Verdict == verify.Live:
			return 0
		}
		return 1
	}
	slices.SortStableFunc(items, func(a, b Item) int { return rank(a) - rank(b) })
}
