package offboard

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
)

// Archive is what is left in the archived repositories of an organisation.
type Archive struct {
	Org          string               `json:"organization"`
	Archived     int                  `json:"archived"`     // repositories, all of them
	Repositories []ArchivedRepository `json:"repositories"` // with secrets that are not dead, the most live ones first
}

// ArchivedRepository is one with secrets that are not dead.
type ArchivedRepository struct {
	Name    string `json:"repository"`
	Web     string `json:"web"`
	Live    int    `json:"live"`
	Secrets []Item `json:"secrets"` // that are not dead, what lives first
}

// Archived lists the archived repositories of an organisation in which secrets of
// the ledger were seen that are not dead. It is an error if GitHub does not list
// the repositories.
func Archived(ctx context.Context, s Sources, org string) (*Archive, error) {
	a := &Archive{Org: org, Repositories: []ArchivedRepository{}}
	all, err := s.Ledger.History(ctx, ledger.Filter{})
	if err != nil {
		return nil, err
	}
	err = s.GitHub.Pages(ctx, "orgs/"+url.PathEscape(org)+"/repos?per_page=100", func(data json.RawMessage) (bool, error) {
		var page []repository
		if err := json.Unmarshal(data, &page); err != nil {
			return false, err
		}
		for _, repo := range page {
			if repo.Archived {
				a.add(repo, all, s)
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(a.Repositories, func(x, y ArchivedRepository) int {
		return cmp.Or(y.Live-x.Live, len(y.Secrets)-len(x.Secrets), cmp.Compare(x.Name, y.Name))
	})
	return a, nil
}

func (a *Archive) add(repo repository, all []ledger.History, s Sources) {
	a.Archived++
	at := address{hostOf(repo.HTMLURL), []string{repo.FullName}}
	r := ArchivedRepository{Name: repo.FullName, Web: repo.HTMLURL}
	for i := range all {
		item, ok := leaked(&all[i], at, s.Rule)
		if !ok || item.Dead {
			continue
		}
		if item.Verdict == verify.Live {
			r.Live++
		}
		r.Secrets = append(r.Secrets, item)
	}
	if len(r.Secrets) > 0 {
		sortItems(r.Secrets)
		a.Repositories = append(a.Repositories, r)
	}
}
