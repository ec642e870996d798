package remediate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner/forge"
)

// This file settles where the issue of a secret is, or has to be.

// projectIssues is a project with the issues of ours that it has.
type projectIssues struct {
	Project
	tickets map[string]Ticket // by the secret's id
	err     error             // why nothing is known of it
}

// project asks about a project once: what it is like, and what issues it has.
func (s *syncer) project(ctx context.Context, name string) (*projectIssues, error) {
	if p, ok := s.projects[name]; ok {
		return p, p.err
	}
	p := &projectIssues{tickets: map[string]Ticket{}}
	if p.Project, p.err = s.tracker.Project(ctx, name); p.err == nil && !p.Disabled {
		var list []Ticket
		list, p.err = s.tracker.List(ctx, name)
		p.add(list)
	}
	var limit *forge.LimitError
	if ctx.Err() == nil && !errors.As(p.err, &limit) {
		s.projects[name] = p
	}
	return p, p.err
}

// add sorts issues by their secrets. Of several for one, somebody's copies, the oldest
// counts.
func (p *projectIssues) add(list []Ticket) {
	for _, t := range list {
		if has, ok := p.tickets[t.ID]; !ok || t.Number < has.Number {
			p.tickets[t.ID] = t
		}
	}
}

// refuses says why nothing may be written about a secret in a project.
func (p *projectIssues) refuses(name string, h *ledger.History) error {
	const elsewhere = "name a private one for all issues in issues.repository"
	switch {
	case p.Archived:
		return barred(name + " is archived and takes no issues: " + elsewhere)
	case p.Disabled:
		return barred(name + " has no issues: switch them on, or " + elsewhere)
	case p.Public && h.Verdict != verify.Dead:
		return barred(fmt.Sprintf("%s is public, and an issue would tell everybody of a secret that may be used (verdict: %s): %s", name, h.Verdict, elsewhere))
	}
	return nil
}

// locate finds the issue of a secret, or settles the project in which it is to be
// made: then the ticket is nil. Both are zero for a secret that needs none.
func (s *syncer) locate(ctx context.Context, h *ledger.History) (name string, t *Ticket, err error) {
	if h.Issue != nil && h.Issue.Tracker == s.tracker.Name() {
		t, err := s.known(ctx, h)
		if h.State.Closed() && !h.Issue.Open && s.projects[h.Issue.Project] != nil {
			err = nil // the project may be gone, and all is done
		}
		if t != nil || err != nil || h.State.Closed() {
			return h.Issue.Project, t, err
		}
	}
	home, err := s.home(h)
	// A run that ended between making an issue and recording it left a note.
	where := []string{attempted(h, s.tracker.Name())}
	if !h.State.Closed() {
		where = append(where, home)
	}
	for _, name := range where {
		if name == "" {
			continue
		}
		p, err := s.project(ctx, name)
		if err != nil {
			return name, nil, err
		}
		if t, ok := p.tickets[h.ID]; ok {
			return name, &t, nil
		}
	}
	if h.State.Closed() {
		return "", nil, nil
	}
	return home, nil, err
}

// known is the issue that the ledger knows, as it is now.
func (s *syncer) known(ctx context.Context, h *ledger.History) (*Ticket, error) {
	i := h.Issue
	if s.o.Unlisted {
		return &Ticket{ID: h.ID, Project: i.Project, Number: i.Number, URL: i.URL, Open: i.Open}, nil
	}
	p, err := s.project(ctx, i.Project)
	if err != nil {
		return nil, err
	}
	if t, ok := p.tickets[h.ID]; ok {
		return &t, nil
	}
	if s.o.Recreate || h.State.Closed() || p.Disabled {
		return nil, nil
	}
	return nil, fmt.Errorf("its issue %s is not among those of %s with the label %s: put the label back, or let a new one be made if it was deleted (--recreate)",
		cmp.Or(i.URL, fmt.Sprint("#", i.Number)), i.Project, s.o.Label)
}

// attempted is the project in which an issue was last going to be made and was not
// recorded, or "".
func attempted(h *ledger.History, tracker string) string {
	for _, e := range slices.Backward(h.Events) {
		switch e.Kind {
		case string(create):
			return ""
		case creating:
			if name, ok := strings.CutPrefix(e.Reason, tracker+" "); ok {
				return name
			}
		}
	}
	return ""
}

// home is the project that a secret's issue belongs to.
func (s *syncer) home(h *ledger.History) (string, error) {
	if s.o.Repository != "" {
		return s.o.Repository, nil
	}
	list := repositoriesOf(h)
	for _, r := range list {
		u, err := url.Parse(r)
		if err != nil || u.Host == "" || s.o.Host != "" && !strings.EqualFold(u.Host, s.o.Host) {
			continue
		}
		if name := strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git"); isProject(name) {
			return name, nil
		}
	}
	where := "no repository is known for it"
	if len(list) > 0 {
		where = fmt.Sprintf("it is in %s, which has no issues in this tracker", oneLine(list[0]))
	}
	return "", barred(where + ": name a private repository for all issues in issues.repository")
}

// isProject reports whether a name can be a project's: an owner or groups, and a name.
func isProject(name string) bool {
	parts := strings.Split(name, "/")
	return len(parts) > 1 && !slices.ContainsFunc(parts, func(p string) bool {
		return strings.Trim(p, ".") == "" || strings.ContainsFunc(p, func(r rune) bool {
			return !strings.ContainsRune("-._", r) && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
		})
	})
}

// repositoriesOf lists the repositories of a secret: those with the most occurrences
// first, of these the one in which it was found first.
func repositoriesOf(h *ledger.History) []string {
	count, found := map[string]int{}, map[string]time.Time{}
	for _, o := range h.Occurrences {
		if o.Repository == "" {
			continue
		}
		count[o.Repository]++
		if first, ok := found[o.Repository]; !ok || o.FoundAt.Before(first) {
			found[o.Repository] = o.FoundAt
		}
	}
	return slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), found[a].Compare(found[b]), strings.Compare(a, b))
	})
}
