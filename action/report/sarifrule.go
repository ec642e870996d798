package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
)

// sarifLevels and the two tables below say the same of a severity in SARIF's
// words. GitHub reads security-severity as a CVSS score: above 9.0 is critical,
// from 7.0 high, from 4.0 medium, below low. A live secret is at the top of its
// band.
var (
	sarifLevels = map[rules.Severity]string{
		rules.Critical: "error", rules.High: "error", rules.Medium: "warning", rules.Low: "note", rules.Info: "note",
	}
	sarifScores = map[rules.Severity]string{
		rules.Critical: "9.5", rules.High: "8.0", rules.Medium: "5.5", rules.Low: "2.0", rules.Info: "0.1",
	}
	sarifLiveScores = map[rules.Severity]string{
		rules.Critical: "10.0", rules.High: "8.9", rules.Medium: "6.9", rules.Low: "3.9", rules.Info: "0.9",
	}
	sarifPrecision = map[rules.Confidence]string{
		rules.Certain: "very-high", rules.Likely: "high", rules.Doubtful: "medium",
	}
)

// resultLevel is the level of a result: a live secret is an error whatever its
// severity, a dead one a note.
func resultLevel(s *scanner.Secret) string {
	switch s.Verdict.State {
	case verify.Live:
		return "error"
	case verify.Dead:
		return "note"
	}
	return sarifLevels[s.Severity]
}

// rank puts results in order, from 0 to 100: live ones first, dead ones last, and
// by severity among those of a kind (SARIF 2.1.0, 3.27.25).
func rank(s *scanner.Secret) float64 {
	severity := float64(s.Severity)
	switch s.Verdict.State {
	case verify.Live:
		return 90 + 2*severity
	case verify.Dead:
		return severity
	}
	return 15 * severity
}

// rule returns the SARIF rule of s and its index, and adds it if it is new. The
// score belongs to the rule, so a secret that is live, or whose severity is not
// its rule's, has a rule of its own: "github-pat/live", "github-pat/low".
func (b *sarifBuilder) rule(s *scanner.Secret) (id string, index int) {
	id = s.Rule.ID
	scores, level := sarifScores, sarifLevels[s.Severity]
	if s.Severity != s.Rule.Severity {
		id += "/" + s.Severity.String()
	}
	name := cmp.Or(s.Rule.Name, s.Rule.ID)
	if s.Verdict.State == verify.Live {
		id += "/live"
		name += ", live"
		scores, level = sarifLiveScores, resultLevel(s)
	}
	if i, ok := b.rules[id]; ok {
		return id, i
	}
	index = len(b.run.Tool.Driver.Rules)
	b.rules[id] = index
	b.run.Tool.Driver.Rules = append(b.run.Tool.Driver.Rules, sarifRule{
		ID:      id,
		Short:   sarifText{atMost(1024, name)},
		Full:    sarifText{atMost(1024, "A secret of this kind stands in clear: "+name+". Whoever reads it can use it until it is revoked.")},
		Help:    help(s.Rule),
		HelpURI: cmp.Or(s.Rule.Provider.Rotate.URL, s.Rule.Provider.Docs),
		Default: sarifConfiguration{level},
		Properties: sarifRuleProperties{
			Tags:             []string{"security", "external/cwe/cwe-798"},
			Precision:        sarifPrecision[s.Rule.Confidence],
			SecuritySeverity: scores[s.Severity],
		},
	})
	return id, index
}

// help is the provider's runbook.
func help(r *rules.Rule) sarifHelp {
	var text, md strings.Builder
	text.WriteString(rotateFirst + "\n")
	fmt.Fprintf(&md, "**%s**\n\n", rotateFirst)
	for i, s := range r.Provider.Rotate.Steps {
		fmt.Fprintf(&text, "%d. %s\n", i+1, s)
		fmt.Fprintf(&md, "%d. %s\n", i+1, s)
	}
	if u := r.Provider.Rotate.URL; u != "" {
		fmt.Fprintf(&text, "Rotate: %s\n", u)
		fmt.Fprintf(&md, "\n[Rotate at %s](%s)\n", r.Provider.Name, u)
	}
	return sarifHelp{text.String(), md.String()}
}

// atMost cuts s to n characters, where GitHub would refuse more.
func atMost(n int, s string) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
