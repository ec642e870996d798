package remediate

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/detectors/verify"
)

// Facts is what the template of a runbook is given. A field of which nothing is
// known is empty.
type Facts struct {
	ID          Text // the secret's name in the ledger: "lgk1-…"
	Fingerprint Text // "lg1s-…", where it is known: in leakguard rotate plan FINGERPRINT
	Rule        Text // "github-pat"
	RuleName    Text // "GitHub personal access token (classic)"
	Issuer      Issuer
	Severity    Text // info, low, medium, high, critical
	Redacted    Text // enough of the secret to recognise it by
	Name        Text // of the variable that it is assigned to
	Parts       []Part
	State       Text // open, rotating, dead, accepted, false-positive, reopened

	Verdict Text // live, dead, unknown, unverifiable, unverified
	Reason  Text // why the verdict is that
	Whose   Text // the identity that the issuer named
	Kind    Text // of that identity: machine, person
	Account Text // the account, organisation or tenant
	Access  Text // read, write, admin
	Scopes  []Text
	Risks   []Risk
	Created Text // days, as "2027-03-31": when it was issued,
	Expires Text // ends,
	Used    Text // and was last used

	ExposedSince Text // the day of the oldest known occurrence
	FoundAt      Text // the day on which a scan found it
	DeadSince    Text // the day on which it was first seen dead
	Deadline     Text

	Leaked           string       // "3 occurrences in 2 repositories"
	Repositories     []Repository // that it was found in, sorted, at most 50
	MoreRepositories int          // beyond these
	MorePlaces       bool         // whether a repository has more places than are listed
	Names            []Text       // of variables that hold it
	Hints            []Text       // how to move it to where the CI system keeps secrets
	Owners           []Owner      // the first above all
	Kept             []Keeper     // the entries of secrets managers that hold it, at most 20
	MoreKept         int          // beyond these

	Verifiable   bool   // whether its issuer can be asked about it
	Revocable    bool   // whether leakguard revoke can end it
	Effect       string // what happens when leakguard revoke does
	Contain      bool   // whether it is live with the access of an administrator
	Approval     string // the line that asks for an approval, if issues.approval is set
	ConfirmAfter Text   // issues.confirm-after
}

// Issuer is who issued a secret.
type Issuer struct {
	ID    Text   // of the provider: "github"
	Name  Text   // "GitHub"
	Docs  string // the page on its credentials, as Markdown
	URL   string // the page on which a credential is rotated, as Markdown
	Steps Steps
}

// Steps are an issuer's own, as Markdown: either the five in their places, or All.
type Steps struct {
	Find, Issue, Deploy, Revoke, Check string

	All []string
}

// Part is a part of a secret, such as its key id.
type Part struct{ Name, Redacted Text }

// Risk is what is wrong beside the leak, by the item of the OWASP NHI Top 10.
type Risk struct{ OWASP, Text Text }

// Owner is who has to deal with a secret.
type Owner struct{ Kind, Name, Evidence Text }

// Text is a text of others. However a template writes it, it is written by
// PlainText, or by the function code.
type Text string

func (t Text) String() string   { return PlainText(string(t)) }
func (t Text) GoString() string { return t.String() }

// maxText bounds a text of others, in characters.
const maxText = 300

// textOf makes a text of others short enough, and empty if nothing of it can be seen.
func textOf(s string) Text {
	s = oneLine(s)
	if runes := []rune(s); len(runes) > maxText {
		s = string(runes[:maxText]) + "…"
	}
	return Text(s)
}

func textsOf(list []string) []Text {
	var all []Text
	for _, s := range list {
		if t := textOf(s); t != "" {
			all = append(all, t)
		}
	}
	return all
}

func dayOf(t time.Time) Text {
	if t.IsZero() {
		return ""
	}
	return Text(t.UTC().Format(time.DateOnly))
}

// hoursOf writes a duration without what is zero at its end: "1h".
func hoursOf(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// approvalLine asks for an approval by comment, because our part of an issue is
// written anew.
const approvalLine = "**Approval needed** before anything is changed, containment apart: whoever may approve says so in a comment, with the number of " +
	"the change. A mark that is made in this text is lost when the issue is brought up to date."

// facts collects what the template is given.
func (r *Runbooks) facts(h *ledger.History, fingerprint string) *Facts {
	v := &h.Details.Verdict
	f := &Facts{
		ID: textOf(h.ID), Fingerprint: textOf(fingerprint), Rule: textOf(h.Rule), RuleName: textOf(h.RuleName), Issuer: r.issuer(h.Provider),
		Severity: textOf(h.Severity), Redacted: textOf(h.Redacted), Name: textOf(h.Name), State: textOf(string(h.State)),
		Verdict: textOf(string(h.Verdict)), Reason: textOf(v.Reason), Whose: whose(v.Identity), Kind: textOf(v.Identity.Kind),
		Account: textOf(v.Identity.Account), Access: textOf(string(v.Access)), Scopes: textsOf(v.Scopes),
		Created: dayOf(v.Created), Expires: dayOf(v.Expires), Used: dayOf(v.Used),
		ExposedSince: dayOf(h.ExposedSince), FoundAt: dayOf(h.FoundAt), DeadSince: dayOf(h.DeadSince), Deadline: dayOf(h.Deadline),
		Contain: h.Verdict == verify.Live && v.Access == verify.Admin,
	}
	for _, p := range h.Details.Parts {
		f.Parts = append(f.Parts, Part{textOf(p.Name), textOf(p.Redacted)})
	}
	for _, k := range h.Details.Risks {
		f.Risks = append(f.Risks, Risk{textOf(k.OWASP), textOf(k.Text)})
	}
	for _, o := range h.Owners {
		f.Owners = append(f.Owners, Owner{textOf(o.Kind), textOf(o.Name), textOf(o.Evidence)})
	}
	if rule := r.rule(h.Rule); rule != nil {
		f.Verifiable = verify.Verifiable(rule) && h.Verdict != verify.Unverifiable
		if how := rule.Provider.Revocation(rule.ID); how != nil {
			f.Revocable, f.Effect = true, quietMarkdown(how.Effect)
		}
	}
	if r.Approval {
		f.Approval = approvalLine
	}
	if r.ConfirmAfter > 0 {
		f.ConfirmAfter = Text(hoursOf(r.ConfirmAfter))
	}
	f.usedIn(h)
	f.keptIn(h)
	return f
}

func whose(i verify.Identity) Text {
	name, id := oneLine(i.Name), oneLine(i.ID)
	switch {
	case name == "" || name == id:
		return textOf(id)
	case id == "":
		return textOf(name)
	}
	return textOf(fmt.Sprintf("%s (%s)", name, id))
}

// issuer is what is known of a provider. One whose file is gone has its id only.
func (r *Runbooks) issuer(id string) Issuer {
	p := r.provider(id)
	if p == nil {
		return Issuer{ID: textOf(id), Name: textOf(id)}
	}
	return Issuer{ID: textOf(p.ID), Name: textOf(p.Name), Docs: linkTo(p.Docs), URL: linkTo(p.Rotate.URL), Steps: stepsOf(p.Rotate.Steps)}
}

// linkTo writes a web address as a link; anything else as text.
func linkTo(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(address, "<> \n\t") {
		return textOf(address).String()
	}
	return "<" + address + ">"
}

// stepsOf puts a provider's steps where they belong. A list of five that begins with
// finding and ends with checking is: find, issue, deploy, revoke, check. Of any other
// nobody knows what the steps are, so it stays together.
func stepsOf(steps []string) Steps {
	var all []string
	for _, s := range steps {
		all = append(all, quietMarkdown(s))
	}
	if len(all) == 5 && strings.HasPrefix(all[0], "Find ") && strings.HasPrefix(all[4], "Check ") {
		return Steps{Find: all[0], Issue: all[1], Deploy: all[2], Revoke: all[3], Check: all[4]}
	}
	return Steps{All: all}
}
