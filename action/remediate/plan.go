package remediate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
)

// action is something that is done about the issue of a secret, by the name that its
// event has in the ledger.
type action string

const (
	prove    action = "dead" // closes the secret in the ledger, before its issue
	create   action = "issue-created"
	update   action = "issue-updated"
	remind   action = "issue-reminded"
	escalate action = "issue-escalated"
	shut     action = "issue-closed"
	reopen   action = "issue-reopened"
)

// creating is the event of an issue that is about to be made.
const creating = "issue-creating"

// actor is who does it, in events.
const actor = "issues sync"

// step is one thing to be done. All but prove, create and update comment.
type step struct {
	do     action
	reason string // in one line
	text   string // of the comment
}

// plan is what is to be done so that tracker and ledger agree about one secret.
type plan struct {
	h      *ledger.History
	place          // of the issue
	ticket *Ticket // nil: it is to be made
	issue  ledger.Issue
	draft  Draft
	digest string
	steps  []step // in their order; none: they agree
}

// plan compares what the ledger says of a secret with its issue. h is changed to what
// it will be: with its owners, and closed if it is proven dead. After an error the
// plan is what can be done all the same: that a secret is dead does not depend on
// whether its issue can be written.
func (s *syncer) plan(ctx context.Context, h *ledger.History) (*plan, error) {
	p := &plan{h: h}
	if proof, proven := h.Proven(s.o.ConfirmAfter); proven && !h.State.Closed() {
		h.State, h.ClosedAt = ledger.Dead, s.o.Now()
		p.steps = append(p.steps, step{do: prove, reason: apart(proof)})
	}
	proven := p.steps
	err := s.planIssue(ctx, p)
	if err != nil {
		p.steps = proven
	}
	return p, err
}

// planIssue adds what is to be done about the issue.
func (s *syncer) planIssue(ctx context.Context, p *plan) (err error) {
	h := p.h
	if p.place, p.ticket, err = s.locate(ctx, h); err != nil {
		return err
	}
	if h.State.Closed() && (p.ticket == nil || p.ticket.Public) {
		return nil
	}
	if p.ticket != nil && p.ticket.Public {
		return barred(p.ticket.URL + " was published, and everybody reads it: nothing more is written to it")
	}
	if h.Issue != nil && p.ticket != nil && h.Issue.Tracker == p.tracker.Name() {
		p.issue = *h.Issue
	}
	if h.State.Closed() && !p.ticket.Open && !p.issue.Open && p.issue.Tracker != "" {
		return nil // it is all done
	}
	if err := s.compose(ctx, p); err != nil {
		return err
	}
	before := len(p.steps)
	s.compare(p)
	if len(p.steps) == before {
		return nil
	}
	in, err := s.project(ctx, p.place)
	if err != nil {
		return err
	}
	return in.refuses(p.project, h)
}

// compose settles the owners and the draft.
func (s *syncer) compose(ctx context.Context, p *plan) error {
	h := p.h
	if s.o.Owners != nil && !h.State.Closed() {
		if err := s.findOwners(ctx, h); err != nil {
			return err
		}
	}
	taken := 0
	if p.ticket != nil {
		taken = len(Replaced(p.ticket.Body, h.ID, ""))
	}
	if p.advisory() {
		taken += logRoom
	}
	var err error
	if p.draft, err = s.draft(h, p.project, taken); err != nil {
		return err
	}
	if p.advisory() {
		p.draft.Labels, p.draft.Assignees = nil, nil
	}
	p.digest, err = s.digest(h, p.project)
	return err
}

// findOwners brings the owners up to date. That some cannot be found is no reason to
// leave a secret without an issue.
func (s *syncer) findOwners(ctx context.Context, h *ledger.History) error {
	owners, err := s.o.Owners(ctx, h)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		s.trouble(h.ID, err)
	}
	if err != nil && len(owners) == 0 || slices.Equal(owners, h.Owners) {
		return nil
	}
	h.Owners = owners
	if s.o.DryRun {
		return nil
	}
	return s.ledger.SetOwners(ctx, h.ID, owners)
}

// compare adds the steps that make the issue as the ledger has it.
func (s *syncer) compare(p *plan) {
	if p.ticket == nil {
		p.steps = append(p.steps, step{do: create})
		return
	}
	adopted := p.issue.Tracker == ""
	if adopted {
		p.issue = ledger.Issue{Tracker: p.tracker.Name(), Project: p.project, Number: p.ticket.Number, URL: p.ticket.URL, Open: p.ticket.Open, OpenedAt: s.o.Now()}
	}
	if p.issue.Digest != p.digest {
		p.steps = append(p.steps, step{do: update})
	}
	switch {
	case p.h.State.Closed():
		p.steps = append(p.steps, s.closing(p.h))
	case !p.ticket.Open:
		p.steps = append(p.steps, s.reopening(p.h, p.issue.Open || adopted))
	case !p.issue.Open: // a person opened it before we did
		p.steps = append(p.steps, s.reopening(p.h, false))
	default:
		p.steps = append(p.steps, s.nudges(p.h)...)
	}
}

// nudges are the reminder before the deadline and the escalation after it, each once
// since the secret was opened.
func (s *syncer) nudges(h *ledger.History) []step {
	if h.Deadline.IsZero() {
		return nil
	}
	done := func(do action) bool {
		return slices.ContainsFunc(h.Events, func(e ledger.Event) bool { return e.Kind == string(do) && !e.At.Before(h.OpenedAt) })
	}
	// A deadline that is shorter than the time before it is no reason to remind at once.
	from := h.Deadline.Add(-min(s.o.RemindBefore, h.Deadline.Sub(h.OpenedAt)/2))
	now, until := s.o.Now(), moment(h.Deadline)
	assign, mention := Mentions(h.Owners)
	owners := strings.Join(append(atSigns(assign), mention...), " ")
	switch {
	case !now.Before(h.Deadline) && !done(escalate):
		to := cmp.Or(strings.Join(s.o.Escalate, " "), owners)
		text := strings.TrimSpace(to + " The deadline of this secret passed on " + until + ". " + s.stateOf(h))
		return []step{{escalate, "the deadline passed on " + until, text}}
	case now.Before(h.Deadline) && !now.Before(from) && !done(remind):
		text := strings.TrimSpace(owners + " This secret is to be dealt with until " + until + ". " + s.stateOf(h))
		return []step{{remind, "the deadline is on " + until, text}}
	}
	return nil
}

// stateOf says how it stands with a secret that is not closed, and what closes it.
func (s *syncer) stateOf(h *ledger.History) string {
	text := "It was not verified yet. "
	if h.Verdict != verify.Unverified {
		text = fmt.Sprintf("The last verdict is **%s**, of %s. ", h.Verdict, moment(h.VerdictAt))
	}
	return text + fmt.Sprintf("leakguard closes this issue when its issuer has refused the secret twice, at least %s apart.", span(s.o.ConfirmAfter))
}

// reopening opens an issue again: because of the secret or, if byPerson, because
// somebody closed it.
func (s *syncer) reopening(h *ledger.History, byPerson bool) step {
	if byPerson {
		return step{reopen, "it was closed, and the secret is not dead",
			"A closed issue is no fix, and neither is a deleted line: the secret is not proven dead. " + s.stateOf(h) +
				"\n\nWhoever takes the risk says so with `leakguard ledger accept " + h.ID + " --until DAY --reason WHY`."}
	}
	why, _ := saidBy(h, "reopened")
	why = cmp.Or(why, "the secret is not dead")
	return step{reopen, oneLine(why), "Opened again: " + PlainText(why) + ". It is to be dealt with until " + moment(h.Deadline) + ". " + s.stateOf(h)}
}

// closing closes an issue, and says why.
func (s *syncer) closing(h *ledger.History) step {
	switch h.State {
	case ledger.Accepted:
		why, who := saidBy(h, "accepted")
		return step{shut, "the risk is accepted " + oneLine(why), fmt.Sprintf("Closed: %s accepts the risk %s.\n\nThe secret is not dead. This issue is opened again when that time is over.", PlainText(who), PlainText(why))}
	case ledger.FalsePositive:
		why, who := saidBy(h, "false-positive")
		return step{shut, "a false positive: " + oneLine(why), fmt.Sprintf("Closed: %s says that this is no secret: %s", PlainText(who), PlainText(why))}
	}
	proof := ledger.Proof{First: h.DeadSince, Second: h.DeadAt}
	text := "Closed: the issuer refused this secret twice, " + apart(proof) + ", and never took it between.\n"
	for _, at := range []time.Time{proof.First, proof.Second} {
		text += "\n- " + moment(at) + evidenceAt(h, at)
	}
	return step{shut, "proven dead: refused twice, " + apart(proof), text}
}

// evidenceAt is what the dead verdict of a time rests on.
func evidenceAt(h *ledger.History, at time.Time) string {
	text := ""
	for _, v := range h.Verdicts {
		if v.State != verify.Dead || !v.When.Equal(at) {
			continue
		}
		text = ""
		if v.Endpoint != "" {
			text += ", " + clipped(v.Endpoint)
		}
		if why := cmp.Or(v.Evidence, v.Reason); why != "" {
			text += ": " + clipped(why)
		}
	}
	return text
}

// saidBy is the reason of the last event of a kind, and whose it is.
func saidBy(h *ledger.History, kind string) (why, who string) {
	for _, e := range slices.Backward(h.Events) {
		if e.Kind == kind {
			return e.Reason, e.Actor
		}
	}
	return "", "somebody"
}

func apart(p ledger.Proof) string { return span(p.Second.Sub(p.First)) + " apart" }

// span is a duration to the second, without units that are zero: "26h", "1h30m".
func span(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// moment is a time, for a person.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func atSigns(logins []string) []string {
	list := make([]string, len(logins))
	for i, l := range logins {
		list[i] = "@" + strings.TrimPrefix(l, "@")
	}
	return list
}
