package scanner

import (
	"context"
	"slices"
	"sync"

	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

// verify asks about each secret once, however many its occurrences. All are asked
// about at the same time: how many questions a server gets at once is the
// verifier's business, and one that hangs is to keep nobody waiting.
func (r *run) verify(ctx context.Context, secrets []Secret) {
	if r.opts.Verify == nil {
		return
	}
	var all sync.WaitGroup
	for i := range secrets {
		all.Go(func() { r.ask(ctx, &secrets[i]) })
	}
	all.Wait()
	slices.SortFunc(secrets, compareSecrets) // severities may have changed
}

func (r *run) ask(ctx context.Context, s *Secret) {
	s.Verdict = r.opts.Verify.Verify(ctx, s.Credential())
	if r.opts.Severity == nil || r.opts.Severity(s.Rule) == 0 {
		s.Severity = s.Verdict.Severity(s.Severity)
	}
	s.Risks = risksOf(s)
}

// Credential is what its issuer is asked about. It is whole only before a result
// is concealed, in Options.Suppress for example.
func (s *Secret) Credential() *verify.Credential {
	return &verify.Credential{Rule: s.Rule, Value: s.Value, Name: s.Name, Fingerprint: s.Fingerprint, Parts: s.parts, Apart: s.apart}
}

// Risk is something that a verdict shows to be wrong with a credential beside its
// leak, by the item of the OWASP Non-Human Identities Top 10 (2025).
type Risk struct {
	OWASP string `json:"owasp"` // "NHI7:2025"
	Text  string `json:"text"`
}

// longLived is the age, or the time left, from which a credential is called so:
// NIST SP 800-57 and most issuers' guides want a key replaced within a year.
const longLived = 366 * 24 // hours

// risksOf reads the risks out of a live secret's verdict.
func risksOf(s *Secret) []Risk {
	v := &s.Verdict
	if v.State != verify.Live {
		return nil
	}
	var risks []Risk
	if v.Access == verify.Admin {
		risks = append(risks, Risk{"NHI5:2025", "it has the access of an administrator: give each use no more than it needs"})
	}
	switch {
	case !v.Created.IsZero() && v.When.Sub(v.Created).Hours() > longLived:
		risks = append(risks, Risk{"NHI7:2025", "it is older than a year"})
	case !v.Expires.IsZero() && v.Expires.Sub(v.When).Hours() > longLived:
		risks = append(risks, Risk{"NHI7:2025", "it stays valid for more than a year"})
	}
	if v.Identity.Kind == rules.Person.String() && inAutomation(s) {
		risks = append(risks, Risk{"NHI10:2025", "it is a person's, and a machine uses it: give the job an identity of its own"})
	}
	return risks
}

// inAutomation reports whether the secret was found where only machines use it.
func inAutomation(s *Secret) bool {
	for i := range s.Occurrences {
		if k := s.Occurrences[i].Kind; k == InLog || k == InVariable {
			return true
		}
	}
	return false
}
