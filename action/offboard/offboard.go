// Package offboard tells what is left of a repository whose application is retired:
// the secrets that were ever seen in it and are not dead, and the credentials that
// its settings hold. It is what OWASP's NHI1:2025, Improper Offboarding, asks for
// (https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/).
package offboard

import (
	"context"
	"fmt"
	"strings"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// Sources are where it is asked what is left.
type Sources struct {
	Ledger *ledger.Ledger
	GitHub *forge.Client               // nil: not asked, which is a gap
	Rule   func(id string) *rules.Rule // nil for one that is not known
}

// Report is what is left of one repository.
type Report struct {
	Repository string `json:"repository"` // "acme/web", as GitHub names it now
	Web        string `json:"web,omitempty"`
	Archived   bool   `json:"archived"`

	Secrets   []Item        `json:"secrets"`   // of the ledger, what lives first
	Settings  []Item        `json:"settings"`  // credentials that the repository's settings hold
	Variables []Variable    `json:"variables"` // names alone: a scan reads the values
	Apps      []App         `json:"apps"`      // that reach the repository, or may
	Gaps      []scanner.Gap `json:"gaps"`
}

// Item is a credential that is to be dead.
type Item struct {
	Kind      string       `json:"kind"` // "leaked secret", "deploy key"
	Name      string       `json:"name"`
	Where     string       `json:"where"`
	Ledger    string       `json:"ledgerId,omitempty"`
	Verdict   verify.State `json:"verdict"`
	Reason    string       `json:"reason"`
	Dead      bool         `json:"dead"`
	Do        string       `json:"do,omitempty"`
	Elsewhere []string     `json:"elsewhere,omitempty"` // other repositories that hold the same secret
}

// Variable is a pipeline variable.
type Variable struct {
	Name  string `json:"name"`
	Where string `json:"where"`
}

// App is an installation of a GitHub App.
type App struct {
	Name    string `json:"name"`
	Reaches string `json:"reaches"`
	Do      string `json:"do"`
}

// Progress counts the credentials that are dead, of all.
func (r *Report) Progress() (dead, all int) {
	for _, list := range [][]Item{r.Secrets, r.Settings} {
		for _, i := range list {
			if i.Dead {
				dead++
			}
		}
		all += len(list)
	}
	return dead, all
}

// Repository tells what is left of OWNER/NAME. What could not be asked is a gap of
// the report; an error is one of the ledger.
func Repository(ctx context.Context, s Sources, name string) (*Report, error) {
	if !isName(name) {
		return nil, fmt.Errorf("%q is no repository: want OWNER/NAME", name)
	}
	all, err := s.Ledger.History(ctx, ledger.Filter{})
	if err != nil {
		return nil, err
	}
	r := &Report{Repository: name, Secrets: []Item{}, Settings: []Item{}, Variables: []Variable{}, Apps: []App{}, Gaps: []scanner.Gap{}}
	settings := &settings{ctx: ctx, client: s.GitHub, report: r}
	address := settings.find(name)
	for i := range all {
		if item, ok := leaked(&all[i], address, s.Rule); ok {
			r.Secrets = append(r.Secrets, item)
		}
	}
	sortItems(r.Secrets)
	settings.read()
	return r, ctx.Err()
}

func isName(name string) bool {
	owner, repo, ok := strings.Cut(name, "/")
	return ok && owner != "" && repo != "" && !strings.ContainsAny(repo, "/?#%") && !strings.ContainsAny(owner, "?#%") && repo != "." && repo != ".."
}
