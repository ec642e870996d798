package rules

import (
	"fmt"
	"regexp/syntax"
	"strings"
)

// GitleaksAllow is an allowlist of a gitleaks config. Any of its checks suffices,
// unless All is set, when each given one must hold.
type GitleaksAllow struct {
	Description string
	All         bool
	Commits     []string // whole commit ids, lower case
	Paths       []string // RE2 on the path
	Target      Target
	Regexes     []string // RE2 on the target
	Stopwords   []string // lower case, looked for in the secret in any case
}

// Target is the text that the regexes of an allowlist are tried on.
type Target int

// The targets: the secret, all that the rule matched, and the lines of that.
const (
	TargetSecret Target = iota
	TargetMatch
	TargetLine
)

// targetAllowlist is an allowlist for some rules, written at the top of the config.
type targetAllowlist struct {
	GitleaksAllow
	rules []string
}

// Pattern joins patterns into one as gitleaks does: a flag at the beginning of one,
// such as (?i), holds for those behind it too.
func Pattern(patterns []string) string { return "(?:" + strings.Join(patterns, "|") + ")" }

// readGitleaksAllows reads allowlist and allowlists, the old and the new name.
func readGitleaksAllows(t *looseTable) (allow []GitleaksAllow, aimed []targetAllowlist) {
	tables := t.tables("allowlists")
	if old := t.tables("allowlist"); len(old) > 0 {
		if len(tables) > 0 {
			t.fail("allowlist and allowlists exclude each other")
		}
		tables = old
	}
	for _, table := range tables {
		a := readGitleaksAllow(table)
		if targets := table.list("targetRules"); len(targets) > 0 {
			aimed = append(aimed, targetAllowlist{a, targets})
		} else {
			allow = append(allow, a)
		}
		t.adopt(table)
	}
	return allow, aimed
}

func readGitleaksAllow(t *looseTable) GitleaksAllow {
	a := GitleaksAllow{Description: t.text("description"), Paths: t.list("paths"), Regexes: t.list("regexes")}
	switch c := strings.ToUpper(t.text("condition")); c {
	case "", "OR", "||":
	case "AND", "&&":
		a.All = true
	default:
		t.fail("condition %q: want AND or OR", c)
	}
	switch target := t.text("regexTarget"); target {
	case "", "secret":
	case "match":
		a.Target = TargetMatch
	case "line":
		a.Target = TargetLine
	default:
		t.fail("regexTarget %q: want secret, match or line", target)
	}
	for _, c := range t.list("commits") {
		a.Commits = append(a.Commits, strings.ToLower(strings.TrimSpace(c)))
	}
	for _, w := range t.list("stopwords") {
		a.Stopwords = append(a.Stopwords, strings.ToLower(w))
	}
	if len(a.Commits)+len(a.Paths)+len(a.Regexes)+len(a.Stopwords) == 0 {
		t.fail("%w", errNoCheck)
	}
	for _, list := range [][]string{a.Paths, a.Regexes} {
		if _, err := syntax.Parse(Pattern(list), syntax.Perl); err != nil {
			t.fail("%w; want regular expressions of RE2", err)
		}
	}
	return a
}

// aim attaches the allowlists for some rules to these.
func (f *gitleaksFile) aim() error {
	for _, a := range f.aimed {
		for _, id := range a.rules {
			rule := f.rules[id]
			if rule == nil {
				return fmt.Errorf("allowlists: targetRules: there is no rule %q", id)
			}
			rule.Gitleaks.Allow = append(rule.Gitleaks.Allow, a.GitleaksAllow)
		}
	}
	return nil
}
