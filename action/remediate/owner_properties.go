package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/leakguard/leakguard/action/ledger"
)

// ownerProperties asks for the custom properties of repositories, and remembers
// them.
type ownerProperties struct {
	ask func(ctx context.Context, repository string) (map[string][]string, error)

	mu    sync.Mutex
	known map[string]map[string][]string
}

// of reads the properties owner, team and application, in that order. The case of
// their names does not matter.
func (p *ownerProperties) of(ctx context.Context, u *use) (answer, error) {
	if p.ask == nil || u.address == "" {
		return answer{without: fmt.Sprintf("custom properties of %s: there is no way to ask for them", u.title())}, nil
	}
	values, err := p.values(ctx, u.address)
	if errors.Is(err, ErrNoCopy) {
		return answer{without: fmt.Sprintf("custom properties of %s: %v", u.title(), err)}, nil
	}
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", u.title(), err)
	}
	var a answer
	for _, key := range []string{"owner", "team", "application"} {
		for _, value := range values[key] {
			o := propertyOwner(key, strings.TrimSpace(value), u.organisation())
			if o.Name == "" {
				continue
			}
			o.Evidence = fmt.Sprintf("custom property %s of %s", key, u.title())
			a.owners = append(a.owners, o)
			if key == "application" && a.application == "" {
				a.application = o.Name
			}
		}
	}
	if a.owners == nil {
		a.without = fmt.Sprintf("no custom property owner, team or application of %s is set", u.title())
	}
	return a, nil
}

// values are the properties of a repository by name in lower case.
func (p *ownerProperties) values(ctx context.Context, repository string) (map[string][]string, error) {
	p.mu.Lock()
	values, known := p.known[repository]
	p.mu.Unlock()
	if known {
		return values, nil
	}
	asked, err := p.ask(ctx, repository)
	if err != nil {
		return nil, err
	}
	values = map[string][]string{}
	for key, list := range asked {
		key = strings.ToLower(key)
		values[key] = append(values[key], list...)
		slices.Sort(values[key])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= mostFiles {
		p.known = map[string]map[string][]string{}
	}
	p.known[repository] = values
	return values, nil
}

// propertyOwner reads the value of a property: an account, with or without @; of a
// bare word the team of that name, as most organisations have teams for owners; of
// the property application, its name.
func propertyOwner(key, value, organisation string) ledger.Owner {
	if key == "application" {
		return ledger.Owner{Kind: ownerApplication, Name: plain(value)}
	}
	if o, ok := accountOf(value); ok {
		return o
	}
	if strings.Contains(value, "/") {
		if o, ok := accountOf("@" + value); ok {
			return o
		}
	}
	if isLogin(value) {
		return teamOf(value, organisation)
	}
	return ledger.Owner{Kind: ownerTeam, Name: plain(value)}
}
