package verify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/leakguard/leakguard/detectors/redact"
	"github.com/leakguard/leakguard/detectors/rules"
)

// Plan is what revoking a credential would send.
type Plan struct {
	Effect   string   // what dies or breaks with it
	Docs     string   // the issuer's page
	Requests []string // each as it would be sent, the secret redacted
}

// Revoker makes a credential invalid at an issuer that HTTP templates cannot
// express.
type Revoker interface {
	// Plan says what Revoke would send.
	Plan(c *Credential) (Plan, error)
	// Revoke sends it. A nil error is the issuer's word that it is done.
	Revoke(ctx context.Context, ask *Asker, c *Credential) error
}

// Revocable reports whether there is a way to revoke what a rule finds.
func Revocable(r *rules.Rule) bool { return r.Provider.Revocation(r.ID) != nil }

// Plan says what Revoke would send for a credential.
func (e *Engine) Plan(c *Credential) (Plan, error) {
	how := c.Rule.Provider.Revocation(c.Rule.ID)
	if how == nil {
		return Plan{}, fmt.Errorf("%s: no way to revoke it is known; its runbook: %s", c.Rule.ID, c.Rule.Provider.Rotate.URL)
	}
	plan := Plan{Effect: how.Effect, Docs: how.Docs}
	if how.Verifier != "" {
		own, err := revoker(how.Verifier).Plan(c)
		if err != nil {
			return Plan{}, err
		}
		plan.Requests = own.Requests
		return plan, nil
	}
	masked := valuesOf(c)
	for name, value := range masked {
		masked[name] = redact.Secret([]byte(value))
	}
	for i := range how.Requests {
		for _, s := range how.Requests[i].Set {
			masked[s.Name] = "<" + s.Name + ">"
		}
	}
	for i := range how.Requests {
		text, err := planned(masked, &how.Requests[i])
		if err != nil {
			return Plan{}, err
		}
		plan.Requests = append(plan.Requests, text)
	}
	return plan, nil
}

// planned is a request as it would be sent, with masked values.
func planned(masked values, r *rules.Request) (string, error) {
	var b strings.Builder
	fmt.Fprintln(&b, label(r))
	switch {
	case r.Bearer != "":
		token, err := masked.expand(r.Bearer, verbatim)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "Authorization: Bearer %s\n", token)
	case r.Basic != nil:
		user, err := masked.expand(strings.Join(r.Basic, ":"), verbatim)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "Authorization: Basic %s\n", user)
	}
	for _, f := range r.Headers {
		value, err := masked.expand(f.Value, verbatim)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s: %s\n", f.Name, value)
	}
	reader, kind, err := masked.body(r)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(reader)
	if err != nil {
		return "", err
	}
	if len(body) > 0 {
		fmt.Fprintf(&b, "Content-Type: %s\n\n%s\n", kind, body)
	}
	return b.String(), nil
}

// Revoke makes a credential invalid. A nil error is the issuer's word that it is
// done; whether it is, a verification tells.
func (e *Engine) Revoke(ctx context.Context, c *Credential) error {
	how := c.Rule.Provider.Revocation(c.Rule.ID)
	if how == nil {
		return fmt.Errorf("%s: no way to revoke it is known", c.Rule.ID)
	}
	if e.opts.Offline {
		return errOffline
	}
	ctx, cancel := context.WithTimeout(ctx, e.limits.Budget)
	defer cancel()
	ask := &Asker{engine: e, cred: c, hosts: requestHosts(how.Hosts, how.Requests), named: how.HostFromText, audit: "revoke"}
	if how.Verifier != "" {
		return ask.concealed(revoker(how.Verifier).Revoke(ctx, ask, c))
	}
	return ask.concealed(e.revokeDeclared(ctx, ask, c, how))
}

func (e *Engine) revokeDeclared(ctx context.Context, ask *Asker, c *Credential, how *rules.Revoke) error {
	vars := valuesOf(c)
	d := &declared{programs: &e.programs}
	var v Verdict
	for i := range how.Requests {
		r := &how.Requests[i]
		what := label(r)
		answer, err := d.send(ctx, ask, vars, r, what)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		f := factsOf(answer, vars)
		last := i+1 == len(how.Requests)
		if last && e.programs.holds(r.Done, f) {
			return nil
		}
		if last || !e.programs.holds(r.Next, f) {
			return fmt.Errorf("%s: the issuer answers %d %s: it is not revoked", what, answer.Status, http.StatusText(answer.Status))
		}
		d.take(&v, r, f, vars)
	}
	return nil
}

// conceal covers the credential and its parts in a text.
func (a *Asker) conceal(text string) string {
	secrets := [][]byte{[]byte(a.cred.Value), bytes.TrimSpace([]byte(a.cred.Value))}
	return redact.NewVeil(secrets).Cover(text)
}

// concealedError is an error whose text shows nothing of the credential.
type concealedError struct {
	text string
	err  error
}

func (e *concealedError) Error() string { return e.text }
func (e *concealedError) Unwrap() error { return e.err }

func (a *Asker) concealed(err error) error {
	if err == nil {
		return nil
	}
	return &concealedError{a.conceal(err.Error()), err}
}
