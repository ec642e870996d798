package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/leakguard/leakguard/detectors/rules"
)

// declared asks as a provider file says.
type declared struct {
	programs *programs
	question *rules.Verify
}

// Verify sends the requests in their order until one settles the verdict. Of those
// behind it only those are sent that tell more.
func (d *declared) Verify(ctx context.Context, ask *Asker, c *Credential) Verdict {
	vars := valuesOf(c)
	var v Verdict
	for i := range d.question.Requests {
		r := &d.question.Requests[i]
		if v.State == Live && r.Live != "" {
			continue // it would settle the verdict, which is settled
		}
		what := label(r)
		answer, err := d.send(ctx, ask, vars, r, what)
		if v.State == Live {
			if err == nil && !answer.isHTML() && answer.Status < 300 {
				d.take(&v, r, factsOf(answer, vars), vars)
			}
			continue
		}
		if err != nil {
			return d.unsent(ask, err, what)
		}
		if reason := inconclusive(answer); reason != "" {
			return Verdict{State: Unknown, Reason: reason, Endpoint: what}
		}
		f := factsOf(answer, vars)
		switch {
		case d.programs.holds(r.Dead, f):
			v = dead(fmt.Sprintf("answered %d, and %s", answer.Status, r.Dead))
			v.Endpoint = what
			return v
		case d.programs.holds(r.Live, f):
			v = live(fmt.Sprintf("answered %d, and %s", answer.Status, r.Live))
			v.Endpoint = what
			d.take(&v, r, f, vars)
		case d.programs.holds(r.Next, f):
			d.take(&v, r, f, vars)
		default:
			return Verdict{State: Unknown, Endpoint: what, Reason: fmt.Sprintf("the answer, %d %s, is neither the issuer's yes nor its no", answer.Status, http.StatusText(answer.Status))}
		}
	}
	if v.State == "" {
		return unknown("no answer settled it")
	}
	return v
}

func (d *declared) send(ctx context.Context, ask *Asker, vars values, r *rules.Request, what string) (*Answer, error) {
	req, err := vars.build(ctx, r)
	if err != nil {
		return nil, err
	}
	return ask.Do(req, what)
}

// unsent is the verdict when there is no answer.
func (d *declared) unsent(ask *Asker, err error, what string) Verdict {
	var missing *errMissing
	if errors.As(err, &missing) {
		return unverifiable(err.Error())
	}
	return ask.failed(err, what)
}

// inconclusive says why an answer tells nothing whatever stands in it, or "".
func inconclusive(a *Answer) string {
	switch {
	case a.Status == http.StatusTooManyRequests:
		return "the issuer wants fewer questions (429)"
	case a.Status >= 500:
		return fmt.Sprintf("the issuer fails (%d)", a.Status)
	case a.Status >= 300 && a.Status < 400:
		return fmt.Sprintf("the issuer redirects (%d); redirects are not followed", a.Status)
	case a.isHTML():
		return fmt.Sprintf("a web page answers (%d), not the issuer's API", a.Status)
	case a.Cut:
		return "the answer is too long to be the issuer's"
	}
	return ""
}

// take keeps what an answer tells of the credential.
func (d *declared) take(v *Verdict, r *rules.Request, f facts, vars values) {
	for _, s := range r.Set {
		if text := asText(d.programs.value(s.Value, f)); text != "" {
			vars[s.Name] = text
		}
	}
	f.Vars = maps.Clone(vars)
	for _, t := range r.Take {
		value := d.programs.value(t.Value, f)
		text := asText(value)
		switch t.Name {
		case "id":
			setText(&v.Identity.ID, text)
		case "name":
			setText(&v.Identity.Name, text)
		case "kind":
			if text == rules.Machine.String() || text == rules.Person.String() {
				v.Identity.Kind = text
			}
		case "account":
			setText(&v.Identity.Account, text)
		case "scopes":
			v.Scopes = append(v.Scopes, asList(value)...)
		case "access":
			if rank(Access(text)) > rank(v.Access) {
				v.Access = Access(text)
			}
		case "created":
			v.Created = asTime(value)
		case "expires":
			v.Expires = asTime(value)
		case "used":
			v.Used = asTime(value)
		}
	}
}

func setText(to *string, text string) {
	if text != "" {
		*to = text
	}
}
