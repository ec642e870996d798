package gitleaks

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/leakguard/leakguard/detectors/rules"
)

// allowlist is a compiled rules.GitleaksAllow.
type allowlist struct {
	*rules.GitleaksAllow
	paths, regexes func() *regexp.Regexp // nil: none given
}

func allowlists(all []rules.GitleaksAllow) []*allowlist {
	var compiled []*allowlist
	for i := range all {
		compiled = append(compiled, &allowlist{&all[i], joined(all[i].Paths), joined(all[i].Regexes)})
	}
	return compiled
}

func joined(patterns []string) func() *regexp.Regexp {
	if len(patterns) == 0 {
		return nil
	}
	return lazily(rules.Pattern(patterns))
}

// hasCommit and hasPath report whether where a text is from is on the list.
func (a *allowlist) hasCommit(t Text) bool {
	return t.Commit != "" && slices.Contains(a.Commits, t.Commit)
}

func (a *allowlist) hasPath(t Text) bool {
	return t.Path != "" && a.paths != nil && a.paths().MatchString(t.Path)
}

// passesOver reports whether one of the allowlists lets all in a text pass, whatever
// it is.
func passesOver(all []*allowlist, t Text) bool {
	return slices.ContainsFunc(all, func(a *allowlist) bool {
		if !a.All {
			return a.hasCommit(t) || a.hasPath(t)
		}
		return a.regexes == nil && len(a.Stopwords) == 0 &&
			(len(a.Commits) == 0 || a.hasCommit(t)) && (a.paths == nil || a.hasPath(t))
	})
}

// candidate is a match as allowlists see it.
type candidate struct {
	Text
	secret, match, line []byte
}

// admits reports whether one of the allowlists lets the match pass.
func admits(all []*allowlist, c *candidate) bool {
	return slices.ContainsFunc(all, func(a *allowlist) bool {
		regex := a.regexes != nil && a.regexes().Match(a.target(c))
		word := len(a.Stopwords) > 0 && containsAny(bytes.ToLower(c.secret), a.Stopwords)
		if !a.All {
			return regex || word
		}
		return (a.regexes == nil || regex) && (len(a.Stopwords) == 0 || word) &&
			(len(a.Commits) == 0 || a.hasCommit(c.Text)) && (a.paths == nil || a.hasPath(c.Text))
	})
}

func (a *allowlist) target(c *candidate) []byte {
	switch a.Target {
	case rules.TargetMatch:
		return c.match
	case rules.TargetLine:
		return c.line
	}
	return c.secret
}

func containsAny(text []byte, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(text, []byte(w)) })
}
