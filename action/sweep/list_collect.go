package sweep

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

// listing is one call of List. It collects all repositories before it hands out the
// first, for no forge lists them in the order in which they are best swept without
// losing some.
type listing struct {
	ctx   context.Context
	forge string // "GitHub"
	gap   func(what, why, fix string)
	repos []listed
	known map[string]bool // by clone address
	err   error           // the first that asking again may mend
}

// listed is a repository and when something was last done to it, for the order.
type listed struct {
	Repository
	active time.Time
}

func newListing(ctx context.Context, of string, gap func(what, why, fix string)) *listing {
	return &listing{ctx: ctx, forge: of, gap: gap, known: map[string]bool{}}
}

// add takes a repository in, once. That its clone address is none is a gap.
func (l *listing) add(r Repository, active time.Time) {
	u, err := cloneAddress(r.Clone, false)
	if err != nil {
		l.gap("repository "+r.Name, fmt.Sprintf("%s gives no address to clone it from: %v", l.forge, err), "clone it by hand and scan that")
		return
	}
	r.Host = u.Host
	if !l.known[r.Clone] {
		l.known[r.Clone] = true
		l.repos = append(l.repos, listed{r, active})
	}
}

// hand calls each for all repositories: what changed last comes first, and of the same
// time what is public. Errors of the list that may pass come after what it did name.
func (l *listing) hand(each func(Repository) error) error {
	slices.SortStableFunc(l.repos, func(a, b listed) int {
		return cmp.Or(b.active.Compare(a.active), order(a.Private, b.Private), cmp.Compare(a.Name, b.Name))
	})
	for i := range l.repos {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if err := each(l.repos[i].Repository); err != nil {
			return err
		}
	}
	return cmp.Or(l.ctx.Err(), l.err)
}

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// missed says that a list could not be read, or not to its end. What the forge refuses
// is a gap; the rest is worth another try.
func (l *listing) missed(what string, err error) {
	if err == nil {
		return
	}
	fix := ""
	switch forge.StatusOf(err) {
	case http.StatusUnauthorized:
		fix = "give a token that is valid"
	case http.StatusForbidden:
		fix = "give a token that may list them"
	case http.StatusNotFound, http.StatusMovedPermanently:
		fix = "correct the name, or give a token that may see it"
	default:
		l.err = cmp.Or(l.err, fmt.Errorf("%s: %w", what, err))
		return
	}
	l.gap(what, err.Error(), fix)
}
