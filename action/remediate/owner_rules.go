package remediate

import (
	"fmt"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner/config"
)

// ownerRule is a rule of the configuration, ready to be used.
type ownerRule struct {
	number       int // in the configuration, from 1
	repositories []config.Glob
	paths        []config.Glob
	owner        ledger.Owner
}

func compileOwnerRules(all []config.OwnerRule) ([]ownerRule, error) {
	var rules []ownerRule
	for i, r := range all {
		rule := ownerRule{number: i + 1, paths: r.Paths, owner: ownerOfRule(r.Owner)}
		if rule.owner.Name == "" {
			return nil, fmt.Errorf("[[owners.rule]] %d: owner %q: want @user, @org/team, an e-mail address or the name of an application", i+1, r.Owner)
		}
		for _, text := range r.Repositories {
			g, err := config.NewGlob(text)
			if err != nil {
				return nil, fmt.Errorf("[[owners.rule]] %d: repositories: %w", i+1, err)
			}
			rule.repositories = append(rule.repositories, g)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// ownerOfRule reads the owner of a rule: what is no account is an application.
func ownerOfRule(text string) ledger.Owner {
	if o, ok := accountOf(text); ok {
		return o
	}
	if len(text) > 0 && text[0] == '@' {
		return ledger.Owner{}
	}
	return ledger.Owner{Kind: ownerApplication, Name: plain(text)}
}

// fits reports whether the rule is about a path of a repository. The path of a log
// or a variable is "": no rule with paths is about it.
func (r *ownerRule) fits(u *use, path string) bool {
	return matchesAny(r.repositories, u.name) && (path != "" || r.paths == nil) && matchesAny(r.paths, path)
}

// matchesAny reports whether one of the globs matches, or there are none.
func matchesAny(globs []config.Glob, text string) bool {
	for _, g := range globs {
		if g.Match(text) {
			return true
		}
	}
	return len(globs) == 0
}

// fromRules asks the rules of the configuration. As in CODEOWNERS the last one that
// fits a path names its owner.
func fromRules(rules []ownerRule, u *use) answer {
	var a answer
	paths := u.paths
	if len(paths) == 0 {
		paths = []string{""}
	}
	named := map[int]bool{}
	for _, path := range paths {
		for i := len(rules) - 1; i >= 0; i-- {
			r := &rules[i]
			if !r.fits(u, path) {
				continue
			}
			if !named[i] {
				named[i] = true
				o := r.owner
				o.Evidence = fmt.Sprintf("[[owners.rule]] %d of the configuration, for %s", r.number, u.title())
				a.owners = append(a.owners, o)
			}
			break
		}
	}
	if a.owners == nil {
		a.without = fmt.Sprintf("no rule of the configuration is about %s", u.title())
	}
	return a
}
