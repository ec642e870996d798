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

// place is a project of a tracker.
type place struct {
	tracker Tracker
	project string
}

func (p place) String() string { return p.tracker.Name() + " " + p.project }

// advisory reports whether issues there are security advisories.
func (p place) advisory() bool {
	_, ok := p.tracker.(*Advisories)
	return ok
}

// projectIssues is a project with the issues of ours that it has.
type projectIssues struct {
	Project
	tickets map[string]Ticket // by the secret's id
	err     error             // why nothing is known of it
}

// project asks about a project once: what it is like, and what issues it has.
func (s *syncer) project(ctx context.Context, at place) (*projectIssues, error) {
	if p, ok := s.projects[at.String()]; ok {
		return p, p.err
	}
	p := &projectIssues{tickets: map[string]Ticket{}}
	if p.Project, p.err = at.tracker.Project(ctx, at.project); p.err == nil && !p.Disabled {
		var list []Ticket
		list, p.err = at.tracker.List(ctx, at.project)
		p.add(list)
	}
	p.err = s.barring(at, p.err)
	var limit *forge.LimitError
	if ctx.Err() == nil && !errors.As(p.err, &limit) {
		s.projects[at.String()] = p
	}
	return p, p.err
}

// barring makes an error a reason to write about no secret of a project, if its
// advisories are what the token is not allowed.
func (s *syncer) barring(at place, err error) error {
	var refusal *Refusal
	if !at.advisory() || !errors.As(err, &refusal) {
		return err
	}
	err = barred(err.Error() + ": " + elsewhere)
	if p := s.projects[at.String()]; p != nil {
		p.err = err
	}
	return err
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

// elsewhere is what helps whose project takes no issues.
const elsewhere = "name a private one for all issues in issues.repository"

// refuses says why nothing may be written about a secret in a project.
func (p *projectIssues) refuses(name string, h *ledger.History) error {
	switch {
	case p.Archived:
		return barred(name + " is archived and takes no issues: " + elsewhere)
	case p.Disabled:
		return barred(name + " has no issues: switch them on, or " + elsewhere)
	case p.givesAway(h):
		return barred(fmt.Sprintf("%s is public, and an issue would tell everybody of a secret that may be used (verdict: %s): %s", name, h.Verdict, elsewhere))
	}
	return nil
}

// givesAway reports whether an issue of the project would tell everybody of a secret
// that may be used.
func (p *projectIssues) givesAway(h *ledger.History) bool {
	return p.Public && h.Verdict != verify.Dead
}

// locate finds the issue of a secret, or settles where it is to be made: then the
// ticket is nil. Both are zero for a secret that needs none.
func (s *syncer) locate(ctx context.Context, h *ledger.History) (at place, t *Ticket, err error) {
	if h.Issue != nil {
		at = place{s.trackers()[h.Issue.Tracker], h.Issue.Project}
	}
	if at.tracker != nil {
		t, err := s.known(ctx, at, h)
		if h.State.Closed() && !h.Issue.Open && s.projects[at.String()] != nil {
			err = nil // the project may be gone, and all is done
		}
		if t != nil || err != nil || h.State.Closed() {
			return at, t, err
		}
	}
	// A run that ended between making an issue and recording it left a note.
	if at := s.attempted(h); at.tracker != nil {
		if t, err := s.find(ctx, at, h); t != nil || err != nil {
			return at, t, err
		}
	}
	if h.State.Closed() {
		return place{}, nil, nil
	}
	at = place{tracker: s.tracker}
	if at.project, err = s.home(h); err != nil {
		return at, nil, err
	}
	in, err := s.project(ctx, at)
	if err != nil {
		return at, nil, err
	}
	if _, there := in.tickets[h.ID]; !there && in.givesAway(h) && s.o.Advisories != nil && s.o.Repository == "" {
		at.tracker = s.o.Advisories
	}
	t, err = s.find(ctx, at, h)
	return at, t, err
}

// trackers are those that the issues of this run can be in, by name.
func (s *syncer) trackers() map[string]Tracker {
	all := map[string]Tracker{s.tracker.Name(): s.tracker}
	if s.o.Advisories != nil {
		all[s.o.Advisories.Name()] = s.o.Advisories
	}
	return all
}

// find looks for the issue of a secret in a project.
func (s *syncer) find(ctx context.Context, at place, h *ledger.History) (*Ticket, error) {
	p, err := s.project(ctx, at)
	if err != nil {
		return nil, err
	}
	if t, ok := p.tickets[h.ID]; ok {
		return &t, nil
	}
	return nil, nil
}

// known is the issue that the ledger knows, as it is now.
func (s *syncer) known(ctx context.Context, at place, h *ledger.History) (*Ticket, error) {
	i := h.Issue
	if s.o.Unlisted {
		return &Ticket{ID: h.ID, Project: i.Project, Number: i.Number, URL: i.URL, Open: i.Open}, nil
	}
	p, err := s.project(ctx, at)
	if err != nil {
		return nil, err
	}
	if t, ok := p.tickets[h.ID]; ok {
		return &t, nil
	}
	if s.o.Recreate || h.State.Closed() || p.Disabled {
		return nil, nil
	}
	if at.advisory() {
		return nil, fmt.Errorf("its security advisory %s is not among those that the token sees: give the token back what it may read, or let a new one be made if it lost our part (--recreate)", i.URL)
	}
	return nil, fmt.Errorf("its issue %s is not among those of %s with the label %s: put the label back, or let a new one be made if it was deleted (--recreate)",
		cmp.Or(i.URL, fmt.Sprint("#", i.Number)), i.Project, s.o.Label)
}

// attempted is where an issue was last going to be made and was not recorded, or zero.
func (s *syncer) attempted(h *ledger.History) place {
	for _, e := range slices.Backward(h.Events) {
		switch e.Kind {
		case string(create):
			return place{}
		case creating:
			name, project, _ := strings.Cut(e.Reason, " ")
			if tracker := s.trackers()[name]; tracker != nil {
				return place{tracker, project}
			}
		}
	}
	return place{}
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
