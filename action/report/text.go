package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

const (
	maxPlaces   = 5 // occurrences of one secret
	maxRunbooks = 3 // providers whose steps are printed
	maxReasons  = 5 // why secrets could not be verified
)

// writeText writes for a developer who was just blocked: each secret with its
// places, what to do, and what was and was not read.
func writeText(w io.Writer, r *scanner.Result, o Options) error {
	t := &text{bufio.NewWriter(w), o, repositories(r) > 1}
	for i := range r.Secrets {
		t.secret(&r.Secrets[i])
	}
	if len(r.Secrets) > 0 {
		t.advice(r.Secrets)
	}
	t.summary(r)
	t.unverified(r.Secrets)
	t.rejected(r)
	t.coverage(r.Coverage)
	t.suppressions(r)
	return t.out.Flush()
}

// text prints; an error of the writer stays in out until Flush.
type text struct {
	out *bufio.Writer
	Options
	many bool // whether the secrets are in several repositories
}

// styled is text with ANSI codes that is already safe to print.
type styled string

// ANSI codes (ECMA-48 SGR).
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	yellow = "33"
	green  = "32"
)

var severityStyle = map[rules.Severity]string{
	rules.Critical: red, rules.High: red, rules.Medium: yellow, rules.Low: yellow, rules.Info: dim,
}

func (t *text) style(code, s string) styled {
	if !t.Color {
		return styled(visible(s))
	}
	return styled("\x1b[" + code + "m" + visible(s) + "\x1b[0m")
}

// printf prints a line. Each string among args is made visible, so that nothing
// that a repository holds acts on the terminal.
func (t *text) printf(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = visible(s)
		}
	}
	fmt.Fprintf(t.out, format+"\n", args...)
}

func (t *text) heading(s string) { t.printf("\n%s", t.style(bold, s)) }

func (t *text) secret(s *scanner.Secret) {
	v := verdictOf(s)
	t.head(s, &v)
	for _, line := range details(&v, s.Risks) {
		t.printf("  %s", line)
	}
	for _, p := range s.Parts {
		t.printf("  with %s %s%s", p.Name, p.Redacted, standing(p))
	}
	for _, u := range s.Unclear {
		t.printf("  without %s: %s", u.Name, unclear(u))
	}
	for _, k := range s.Kept {
		t.printf("  kept in %s, %s%s", k.Manager, k.Entry, ownedBy(k))
	}
	at := counting(s)
	for i, o := range at {
		if i == maxPlaces {
			t.printf("  and %s (all in --report json)", number(int64(len(at)-i), "more place", "more places"))
			break
		}
		t.occurrence(o)
	}
	if n := len(s.Occurrences) - len(at); n > 0 {
		t.printf("  %s suppressed", number(int64(n), "place is", "places are"))
	}
	t.printf("  %s %s # %s: why it is harmless\n", t.style(dim, "to ignore:"), s.Fingerprint, s.Rule.ID)
}

func ownedBy(k scanner.Keeper) string {
	if k.Owner == "" {
		return ""
	}
	return ", which belongs to " + k.Owner
}

// head names the secret. A verdict comes first, its reason last.
func (t *text) head(s *scanner.Secret, v *verify.Verdict) {
	var first styled
	style, last := severityStyle[s.Severity], v.Reason
	switch v.State {
	case verify.Live:
		first = t.style(red, "LIVE") + "  "
	case verify.Dead:
		first = t.style(dim, "dead") + "  "
		style = dim
	case verify.Unverified:
		last = verdict(v)
	default:
		first = t.style(yellow, string(v.State)) + "  "
	}
	head := fmt.Sprintf("%s%s  %s: %s", first, t.style(style, strings.ToUpper(s.Severity.String())),
		t.style(bold, s.Rule.Name), t.style(bold, shown(s, t.Options)))
	head += string(named(s))
	if last != "" {
		head += " (" + visible(last) + ")"
	}
	t.printf("%s", styled(head))
}

func (t *text) occurrence(o *scanner.Occurrence) {
	t.printf("  %s%s", t.style(bold, place(o)), t.style(dim, presence(o)))
	if t.many {
		t.printf("    in %s", o.Repository)
	}
	if o.Commit != "" {
		by := "    commit " + short(o.Commit)
		if o.Author != "" {
			by += " by " + o.Author
		}
		if !o.Date.IsZero() {
			by += " on " + o.Date.UTC().Format("2006-01-02")
		}
		t.printf("%s", by)
	}
	if o.Link != "" {
		t.printf("    %s", o.Link)
	}
	if len(o.Decoded) > 0 {
		t.printf("    decoded from %s", strings.Join(o.Decoded, " in "))
	}
	if at := within(o); at != "" {
		t.printf("    %s", at)
	}
	if o.Hint != "" {
		t.printf("    to move it: %s", o.Hint)
	}
	if line := strings.TrimSpace(o.Snippet); line != "" {
		t.printf("    %s %s", t.style(dim, "|"), line)
	}
}

// advice says what to do, once for all secrets: first to rotate, by provider.
func (t *text) advice(secrets []scanner.Secret) {
	t.out.WriteString(string(t.style(bold, "What to do next")) + "\n")
	if providers := toRotate(secrets); len(providers) > 0 {
		t.printf("  %s", rotateFirst)
		for i, p := range providers {
			t.runbook(p, i < maxRunbooks)
		}
	}
	if slices.ContainsFunc(secrets, func(s scanner.Secret) bool { return onlyStaged(&s) }) {
		t.printf("  Staged only? %s", notCommitted)
	}
	if slices.ContainsFunc(secrets, func(s scanner.Secret) bool { return remedy(&s) == deadAlready }) {
		t.printf("  Dead already? %s", deadAlready)
	}
	if t.NoInline {
		t.printf("  No secret after all? Paste what follows its \"to ignore:\" into .leakguardignore and say why it")
		t.printf("  is harmless. For a pull request it counts once it is in the target branch.\n")
		return
	}
	t.printf("  No secret after all? Write leakguard:allow in a comment on its line, or paste what follows")
	t.printf("  its \"to ignore:\" into .leakguardignore and say why it is harmless.\n")
}

// toRotate are the providers of the secrets that need it, those of live ones first.
func toRotate(secrets []scanner.Secret) []*rules.Provider {
	var providers []*rules.Provider
	seen := map[string]bool{}
	for _, live := range []bool{true, false} {
		for i := range secrets {
			s := &secrets[i]
			p := s.Rule.Provider
			if remedy(s) == rotateFirst && live == (s.Verdict.State == verify.Live) && !seen[p.ID] {
				seen[p.ID] = true
				providers = append(providers, p)
			}
		}
	}
	return providers
}

func (t *text) runbook(p *rules.Provider, steps bool) {
	t.printf("  %s", styled(strings.TrimSpace(string(t.style(bold, p.Name))+"  "+visible(p.Rotate.URL))))
	if !steps {
		return
	}
	for i, s := range p.Rotate.Steps {
		t.printf("    %d. %s", i+1, s)
	}
}

func (t *text) summary(r *scanner.Result) {
	var found styled
	if len(r.Secrets) == 0 {
		found = t.style(green, "No secrets found")
	} else {
		found = t.style(red, foundOf(r.Secrets))
	}
	state := styled("; everything was read.")
	switch {
	case r.Interrupted:
		state = "; " + t.style(red, "INTERRUPTED") + ": the scan was stopped before its end."
	case !r.Complete():
		state = "; " + t.style(red, "INCOMPLETE") + ": not everything could be read."
	}
	t.printf("%s%s", found, state)
}

// foundOf counts: "3 secrets in 45 places: 1 critical, 2 high", and before that by
// verdict where anything was verified: "1 live, 2 unknown (1 critical, 2 high)".
func foundOf(secrets []scanner.Secret) string {
	places := 0
	count := map[rules.Severity]int{}
	for i := range secrets {
		places += len(counting(&secrets[i]))
		count[secrets[i].Severity]++
	}
	var parts []string
	for s := rules.Critical; s >= rules.Info; s-- {
		if count[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[s], s))
		}
	}
	counts := strings.Join(parts, ", ")
	if verdicts := byVerdict(secrets); verdicts != "" {
		counts = verdicts + " (" + counts + ")"
	}
	return fmt.Sprintf("%s in %s: %s", number(int64(len(secrets)), "secret", "secrets"),
		number(int64(places), "place", "places"), counts)
}

// unverified says why secrets are neither known to be live nor dead, once for all
// of a reason, if anything was verified.
func (t *text) unverified(secrets []scanner.Secret) {
	reasons := unsettledBy(secrets)
	if len(reasons) == 0 || byVerdict(secrets) == "" {
		return
	}
	rest := 0
	for _, r := range reasons {
		rest += r.secrets
	}
	t.heading(fmt.Sprintf("What could not be verified: %s of %s secrets", digits(int64(rest)), digits(int64(len(secrets)))))
	for _, r := range reasons[:min(len(reasons), maxReasons)] {
		t.printf("  %s: %s", number(int64(r.secrets), "secret", "secrets"), r.reason)
		rest -= r.secrets
	}
	if rest > 0 {
		t.printf("  %s for other reasons (all in --report json)", number(int64(rest), "secret", "secrets"))
	}
}

func (t *text) coverage(all []*scanner.Coverage) {
	t.heading("What was read")
	for _, c := range all {
		t.printf("  %s: %s", c.Source, amounts(c.Read))
	}
	t.gaps("What was NOT read", "to fix: ", all, func(c *scanner.Coverage) []scanner.Gap { return c.Gaps })
	t.gaps("What was left out by choice", "to read: ", all, func(c *scanner.Coverage) []scanner.Gap { return c.Excluded })
}

func (t *text) gaps(title, remedy string, all []*scanner.Coverage, of func(*scanner.Coverage) []scanner.Gap) {
	for _, c := range all {
		gaps := of(c)
		if len(gaps) == 0 {
			continue
		}
		if title != "" {
			t.heading(title)
			title = ""
		}
		t.printf("  %s:", c.Source)
		for _, g := range gaps {
			t.printf("    %s: %s", gapOf(g), g.Why)
			if g.Fix != "" {
				t.printf("      %s%s", remedy, g.Fix)
			}
		}
	}
}

func (t *text) suppressions(r *scanner.Result) {
	if len(r.Suppressed) > 0 {
		t.heading("What is suppressed")
		t.printf("  %s: %s", number(int64(len(r.Suppressed)), "secret", "secrets"), suppressedBy(r.Suppressed))
	}
	if len(r.Unused) > 0 {
		t.heading("Suppressions to look at")
		for _, u := range r.Unused {
			t.printf("  %s", u)
		}
	}
}
