package rules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp/syntax"
	"slices"
	"strings"
)

// GitleaksID is the id of the provider that ReadGitleaks returns.
const GitleaksID = "gitleaks"

// Gitleaks holds what a rule of a gitleaks config has beside what every rule has.
// Package detectors/gitleaks gives it its meaning.
type Gitleaks struct {
	SecretGroup int // the submatch that is the secret; 0: the first that is not empty
	Tags        []string
	Required    []GitleaksRequired
	SkipReport  bool // found only for rules that require it
	Allow       []GitleaksAllow
}

// GitleaksRequired is another rule that must match near a match.
type GitleaksRequired struct {
	Rule           string
	Lines, Columns int // at most so far off; -1: anywhere in the same text
}

// ReadGitleaks reads a config of gitleaks 8 as gitleaks 8.30 does: names of keys in
// any case, a text with commas where a list is wanted, [extend] followed. open reads
// a file that it extends. The rules of the provider, in the order of their ids, have
// Rule.Gitleaks, the provider the allowlists for all of them.
//
// What has no effect, such as an unknown key, is a warning; what gitleaks refuses,
// or would crash on, is an error of type *ConfigError. name is used in both.
func ReadGitleaks(name string, data []byte, open func(path string) ([]byte, error)) (p *Provider, warnings []string, err error) {
	r := &gitleaksReader{open: open}
	f, err := r.file(name, data, 0)
	if err != nil {
		return nil, nil, err
	}
	p = &Provider{
		ID: GitleaksID, Name: cmp.Or(f.title, "gitleaks config"), OWASP: []string{"NHI2:2025"}, Severity: High,
		GitleaksAllow: f.allow,
	}
	for _, id := range slices.Sorted(maps.Keys(f.rules)) {
		rule := f.rules[id]
		if err := checkGitleaks(rule); err != nil {
			return nil, nil, &ConfigError{File: name, Err: err}
		}
		rule.Provider, rule.Severity, rule.Confidence = p, High, Likely
		rule.Name = cmp.Or(rule.Name, id)
		p.Rules = append(p.Rules, rule)
	}
	if err := f.aim(); err != nil {
		return nil, nil, &ConfigError{File: name, Err: err}
	}
	return p, r.warnings, nil
}

// gitleaksReader reads a config and those that it extends.
type gitleaksReader struct {
	open     func(path string) ([]byte, error)
	warnings []string
}

// gitleaksFile is one config file, with what it extends merged into it.
type gitleaksFile struct {
	title string
	rules map[string]*Rule
	allow []GitleaksAllow   // for all rules
	aimed []targetAllowlist // of this file alone
}

// file reads one file; depth counts the files that led to it by [extend].
func (r *gitleaksReader) file(name string, data []byte, depth int) (*gitleaksFile, error) {
	t, err := decodeLoose(name, data)
	if err != nil {
		return nil, err
	}
	f := &gitleaksFile{title: t.text("title"), rules: map[string]*Rule{}}
	t.text("description")
	t.text("minVersion")
	for i, table := range t.tables("rules") {
		rule := readGitleaksRule(table)
		t.adopt(table)
		if strings.TrimSpace(rule.ID) == "" {
			t.fail("rule %d: id is missing", i+1)
		}
		if f.rules[rule.ID] != nil {
			r.warn(name, "rule %s is there twice: the last one counts", rule.ID)
		}
		f.rules[rule.ID] = rule
	}
	for _, rule := range f.rules {
		for _, q := range rule.Gitleaks.Required {
			if f.rules[q.Rule] == nil {
				t.fail("rule %s: required rule %q is not in this file", rule.ID, q.Rule)
			}
		}
	}
	f.allow, f.aimed = readGitleaksAllows(t)
	extend := t.table("extend")
	if err := r.extend(name, f, extend, depth); err != nil {
		return nil, err
	}
	t.adopt(extend)
	if t.err() != nil {
		return nil, &ConfigError{File: name, Err: t.err()}
	}
	for _, key := range t.unread() {
		r.warn(name, "unknown key %q has no effect", key)
	}
	return f, nil
}

func (r *gitleaksReader) warn(file, format string, args ...any) {
	r.warnings = append(r.warnings, file+": "+fmt.Sprintf(format, args...))
}

func readGitleaksRule(t *looseTable) *Rule {
	rule := &Rule{
		ID: t.text("id"), Name: t.text("description"), Pattern: t.text("regex"), Path: t.text("path"), Entropy: t.number("entropy"),
		Gitleaks: &Gitleaks{SecretGroup: int(t.number("secretGroup")), Tags: t.list("tags"), SkipReport: t.truth("skipReport")},
	}
	for _, k := range t.list("keywords") {
		rule.Keywords = append(rule.Keywords, strings.ToLower(k))
	}
	for _, q := range t.tables("required") {
		need := GitleaksRequired{Rule: q.text("id"), Lines: -1, Columns: -1}
		if need.Rule == "" {
			q.fail("id is missing")
		}
		if q.has("withinLines") {
			need.Lines = int(q.number("withinLines"))
		}
		if q.has("withinColumns") {
			need.Columns = int(q.number("withinColumns"))
		}
		rule.Gitleaks.Required = append(rule.Gitleaks.Required, need)
		t.adopt(q)
	}
	var aimed []targetAllowlist
	rule.Gitleaks.Allow, aimed = readGitleaksAllows(t)
	if len(aimed) > 0 {
		t.fail("targetRules is for allowlists of the whole config, not of a rule")
	}
	return rule
}

// checkGitleaks checks a rule as it is once it was merged with what it extends.
func checkGitleaks(r *Rule) error {
	if r.Pattern == "" && r.Path == "" {
		return fmt.Errorf("rule %s: regex and path are missing", r.ID)
	}
	tree, err := syntax.Parse(r.Pattern, syntax.Perl) // package detectors/gitleaks compiles it when it is needed
	if err != nil {
		return fmt.Errorf("rule %s: regex: %w; want a regular expression of RE2", r.ID, err)
	}
	if n := tree.MaxCap(); r.Gitleaks.SecretGroup > n || r.Gitleaks.SecretGroup < 0 {
		return fmt.Errorf("rule %s: secretGroup %d: the regex has %d groups", r.ID, r.Gitleaks.SecretGroup, n)
	}
	if _, err := syntax.Parse(r.Path, syntax.Perl); err != nil {
		return fmt.Errorf("rule %s: path: %w; want a regular expression of RE2", r.ID, err)
	}
	return nil
}

// errNoCheck is the error of an allowlist that would let nothing pass.
var errNoCheck = errors.New("an allowlist needs commits, paths, regexes or stopwords")
