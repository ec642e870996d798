package remediate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
	"github.com/leakguard/leakguard/scanner/forge"
)

// SyncOptions settle what Sync does.
type SyncOptions struct {
	DryRun       bool          // write nothing anywhere, and give an account of what would be written
	ConfirmAfter time.Duration // least time between the two dead verdicts that close an issue
	RemindBefore time.Duration // before the deadline; never before half of the time that there is
	Escalate     []string      // who is told when a deadline has passed: "@user", "@org/team"
	Most         int           // issues to make in one run; 0: no limit
	Label        string        // of our issues

	// Repository is the one project that all issues go to; "": each to that of its
	// repository, which must be of Host unless that is "" too.
	Repository, Host string

	// Advisories get what an issue in its own, public repository would give away; nil:
	// nothing is written about it.
	Advisories *Advisories

	// Unlisted is for a tracker that cannot list its issues: the ledger alone knows
	// them.
	Unlisted bool

	// Recreate makes a new issue where the one that the ledger knows is gone from
	// the tracker.
	Recreate bool

	// Runbook is the last part of the body; nil: none.
	Runbook func(h *ledger.History) (string, error)

	// Owners finds who has to deal with a secret; nil: whom the ledger knows.
	Owners func(ctx context.Context, h *ledger.History) ([]ledger.Owner, error)

	Now func() time.Time // nil: time.Now
	Out io.Writer        // gets the account: a line for each write or, of a dry run, all of it; nil: none
}

// Report counts what Sync did or, of a dry run, would have done.
type Report struct {
	Created, Updated, Reopened, Closed, Reminded, Escalated int

	Unchanged int // secrets about which nothing was to be done
	Refused   int // that may not be written about where they would have to be
	Failed    int // about which something went wrong
	Left      int // that were left to another run

	Troubles []Trouble // why, of all that did not go as it should
}

// Trouble is something that did not go as it should.
type Trouble struct {
	Secret string // its id; "" if it is not of one
	Why    string
}

// Agreed reports whether tracker and ledger agree now, as far as they are to.
func (r *Report) Agreed() bool { return r.Refused+r.Failed+r.Left == 0 }

func (r *Report) String() string {
	return fmt.Sprintf("%d created, %d updated, %d reopened, %d closed, %d reminded, %d escalated; %d unchanged, %d refused, %d failed, %d left to another run",
		r.Created, r.Updated, r.Reopened, r.Closed, r.Reminded, r.Escalated, r.Unchanged, r.Refused, r.Failed, r.Left)
}

// barred is the error of a secret that may not be written about.
type barred string

func (b barred) Error() string { return string(b) }

// failuresInARow is after how many secrets that fail one after the other Sync gives
// up: then it is not they that are at fault.
const failuresInARow = 20

// Sync makes a tracker agree with a ledger: one issue a secret, brought up to date,
// closed by proof alone and opened again when the secret comes back. What is done is
// recorded in the ledger step by step, so that a run that was stopped is taken up by
// the next. Runs on one ledger take turns.
//
// An error is one of the ledger or of the context. What goes wrong with one secret is
// told in the report, and the others are dealt with.
func Sync(ctx context.Context, l *ledger.Ledger, t Tracker, o SyncOptions) (Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	s := &syncer{ledger: l, tracker: t, o: o, projects: map[string]*projectIssues{}}
	if o.DryRun {
		err := s.run(ctx)
		return s.report, err
	}
	held, release, err := l.Exclusive(ctx, "issues sync")
	if err != nil {
		return s.report, err
	}
	defer release()
	if _, err := l.Expire(held); err != nil {
		return s.report, err
	}
	err = s.run(held)
	return s.report, err
}

// syncer is a run of Sync.
type syncer struct {
	ledger   *ledger.Ledger
	tracker  Tracker
	o        SyncOptions
	projects map[string]*projectIssues // by their places
	report   Report
}

func (s *syncer) run(ctx context.Context) error {
	secrets, err := s.ledger.Secrets(ctx, ledger.Filter{})
	if err != nil {
		return err
	}
	slices.SortStableFunc(secrets, worstFirst)
	failures := 0
	for i := range secrets {
		unchanged := s.report.Unchanged
		err := s.one(ctx, secrets[i].ID)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var limit *forge.LimitError
		var refused barred
		switch {
		case err == nil:
			if s.report.Unchanged == unchanged {
				failures = 0
			}
			continue
		case errors.As(err, &refused):
			s.report.Refused++
		case errors.As(err, &limit):
			s.trouble("", err)
			s.report.Left += len(secrets) - i
			return nil
		default:
			s.report.Failed++
			failures++
		}
		s.trouble(secrets[i].ID, err)
		if failures == failuresInARow {
			s.report.Left += len(secrets) - i - 1
			s.trouble("", fmt.Errorf("gave up after %d failures in a row", failures))
			return nil
		}
	}
	return nil
}

func (s *syncer) trouble(id string, err error) {
	s.report.Troubles = append(s.report.Troubles, Trouble{id, err.Error()})
}

// worstFirst orders live secrets before others, then by severity. It leaves the
// ledger's order, in which they were found, within these.
func worstFirst(a, b ledger.Secret) int {
	rank := func(s *ledger.Secret) int {
		var severity rules.Severity
		if severity.UnmarshalText([]byte(s.Severity)) != nil {
			severity = rules.High
		}
		if s.Verdict == verify.Live {
			return 100 + int(severity)
		}
		return int(severity)
	}
	return cmp.Compare(rank(&b), rank(&a))
}

// one deals with one secret. What the ledger knows of it is read anew: a run can take
// hours.
func (s *syncer) one(ctx context.Context, id string) error {
	all, err := s.ledger.History(ctx, ledger.Filter{IDs: []string{id}})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return ledger.ErrNotFound
	}
	h := &all[0]
	if h.State == ledger.Accepted && !h.AcceptedUntil.After(s.o.Now()) {
		h.State = ledger.Reopened // a dry run does not have the ledger do it
	}
	p, blocked := s.plan(ctx, h)
	switch {
	case len(p.steps) == 0 && blocked == nil:
		s.report.Unchanged++
		return nil
	case len(p.steps) == 0:
		return blocked
	case p.steps[0].do == create && s.o.Most > 0 && s.report.Created == s.o.Most:
		if s.report.Left == 0 {
			s.trouble("", fmt.Errorf("%s made, the most of one run: run it again for the others", count(s.o.Most, "issue")))
		}
		s.report.Left++
		return nil
	case s.o.DryRun:
		err = s.account(p)
	default:
		err = s.perform(ctx, p)
	}
	return cmp.Or(err, blocked)
}

// perform takes the steps of a plan, and records each before the next.
func (s *syncer) perform(ctx context.Context, p *plan) error {
	for _, st := range p.steps {
		if err := s.take(ctx, p, st); err != nil {
			return err
		}
		s.report.count(st.do)
		if _, err := fmt.Fprintf(s.o.Out, "%s\n", p.headline(st, true)); err != nil {
			return err
		}
	}
	return nil
}

func (s *syncer) take(ctx context.Context, p *plan, st step) (err error) {
	switch st.do {
	case prove:
		_, err = s.ledger.CloseDead(ctx, p.h.ID, actor, s.o.ConfirmAfter)
		return err
	case create:
		return s.create(ctx, p)
	case update:
		return s.update(ctx, p)
	}
	if err := p.tracker.Comment(ctx, *p.ticket, st.text); err != nil {
		return err
	}
	switch st.do {
	case remind, escalate:
		p.issue.Reminded = s.o.Now()
	case shut, reopen:
		if open := st.do == reopen; p.ticket.Open != open {
			if err := p.tracker.SetOpen(ctx, *p.ticket, open); err != nil {
				return err
			}
		}
		p.issue.Open, p.issue.ClosedAt = st.do == reopen, time.Time{}
		if st.do == shut {
			p.issue.ClosedAt = s.o.Now()
		}
	}
	return s.record(ctx, p, st.do, st.reason)
}

// create makes the issue. The ledger knows where before it is there: whoever comes
// after a crash looks for it.
func (s *syncer) create(ctx context.Context, p *plan) error {
	if err := s.ledger.Note(ctx, p.h.ID, actor, creating, p.place.String()); err != nil {
		return err
	}
	d, err := s.assignable(ctx, p)
	if err != nil {
		return err
	}
	t, err := p.tracker.Create(ctx, p.project, d)
	if err != nil {
		return s.barring(p.place, err)
	}
	p.ticket = &t
	p.issue = ledger.Issue{Tracker: p.tracker.Name(), Project: p.project, Number: t.Number, URL: t.URL, Open: true, Digest: p.digest, OpenedAt: s.o.Now()}
	return s.record(ctx, p, create, t.URL)
}

func (s *syncer) update(ctx context.Context, p *plan) error {
	d, err := s.assignable(ctx, p)
	if err != nil {
		return err
	}
	t, err := p.tracker.Update(ctx, *p.ticket, d)
	if err != nil {
		return err
	}
	p.ticket = &t
	p.issue.Number, p.issue.URL, p.issue.Digest = t.Number, t.URL, p.digest
	return s.record(ctx, p, update, t.URL)
}

// assignable is the draft with those alone whom the issue can be assigned to.
func (s *syncer) assignable(ctx context.Context, p *plan) (Draft, error) {
	d := p.draft
	if len(d.Assignees) == 0 {
		return d, nil
	}
	var err error
	d.Assignees, err = p.tracker.Assignable(ctx, p.project, d.Assignees)
	return d, err
}

func (s *syncer) record(ctx context.Context, p *plan, do action, reason string) error {
	return s.ledger.SetIssue(ctx, p.h.ID, p.issue, string(do), reason)
}

func (r *Report) count(do action) {
	switch do {
	case create:
		r.Created++
	case update:
		r.Updated++
	case reopen:
		r.Reopened++
	case shut:
		r.Closed++
	case remind:
		r.Reminded++
	case escalate:
		r.Escalated++
	}
}
