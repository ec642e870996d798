package verify

import (
	"errors"
	"fmt"
	"time"
)

// Record is one line of the audit record: who was asked about what, and how it
// went. It never holds the secret.
type Record struct {
	Time        time.Time `json:"time"`
	Purpose     string    `json:"purpose"` // "verify" or "revoke"
	Host        string    `json:"host"`    // that was asked
	Request     string    `json:"request"` // without the secret
	Rule        string    `json:"rule"`
	Fingerprint string    `json:"fingerprint,omitempty"`
	Outcome     string    `json:"outcome"` // "answered 200", or why there was no answer
}

func (a *Asker) record(host, label string, answer *Answer, err error) {
	if a.engine.opts.Audit == nil {
		return
	}
	outcome := "answered"
	switch {
	case err != nil:
		outcome = a.conceal(cleaned(err).Error())
	case answer != nil:
		outcome = fmt.Sprintf("answered %d", answer.Status)
	}
	a.engine.auditing.Lock()
	defer a.engine.auditing.Unlock()
	a.engine.opts.Audit(Record{
		Time: a.engine.now().UTC(), Purpose: a.audit, Host: host, Request: label,
		Rule: a.cred.Rule.ID, Fingerprint: a.cred.Fingerprint, Outcome: outcome,
	})
}

// failed is the verdict of a question that got no answer.
func (a *Asker) failed(err error, label string) Verdict {
	var host *errHost
	var refused *refusedAddress
	state := Unknown
	if errors.As(err, &host) || errors.As(err, &refused) || errors.Is(err, errOffline) {
		state = Unverifiable // it was not asked
	}
	return Verdict{State: state, Reason: a.conceal(err.Error()), Endpoint: label}
}
