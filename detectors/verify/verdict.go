package verify

import (
	"time"

	"github.com/leakguard/leakguard/detectors/rules"
)

// State is what is known of whether a secret works.
type State string

const (
	// Unverified: nobody was asked.
	Unverified State = "unverified"
	// Live: the issuer gave evidence that only a working secret gets.
	Live State = "live"
	// Dead: the issuer refused it in its own words, or the secret itself says that
	// its time is over.
	Dead State = "dead"
	// Unknown: the issuer was asked, or was to be asked, and nothing can be concluded.
	Unknown State = "unknown"
	// Unverifiable: there is no way to ask, or none that is allowed.
	Unverifiable State = "unverifiable"
)

// Verdict is what the issuer, or the secret itself, says of a secret. It never
// holds the secret.
type Verdict struct {
	State    State     `json:"state"`
	Reason   string    `json:"reason,omitempty"`   // for a person
	Evidence string    `json:"evidence,omitempty"` // the fact that settled it
	Endpoint string    `json:"endpoint,omitempty"` // what was asked: "GET https://api.acme.com/me"
	When     time.Time `json:"checkedAt,omitzero"`

	Identity Identity  `json:"identity,omitzero"`
	Scopes   []string  `json:"scopes,omitempty"`
	Access   Access    `json:"access,omitempty"`
	Created  time.Time `json:"createdAt,omitzero"`
	Expires  time.Time `json:"expiresAt,omitzero"`
	Used     time.Time `json:"lastUsedAt,omitzero"`

	// strayed says that the parts it was asked with are not its own, so that it is
	// worth while to ask with others.
	strayed bool
}

// Identity is whose a secret is.
type Identity struct {
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	Kind    string `json:"kind,omitempty"`    // "machine" or "person"
	Account string `json:"account,omitempty"` // the account, organisation or tenant
}

// Access is the most that a secret may do.
type Access string

// The kinds of access, least first.
const (
	Read  Access = "read"
	Write Access = "write"
	Admin Access = "admin" // also billing, and the root of a cloud account
)

// unknown is the verdict that nothing can be concluded.
func unknown(reason string) Verdict { return Verdict{State: Unknown, Reason: reason} }

// strayed is the verdict that the parts that stand near it are not its own.
func strayed(reason string) Verdict { return Verdict{State: Unknown, Reason: reason, strayed: true} }

// unverifiable is the verdict that there is no way to ask.
func unverifiable(reason string) Verdict { return Verdict{State: Unverifiable, Reason: reason} }

// dead is the verdict of a refusal in the issuer's own words.
func dead(evidence string) Verdict {
	return Verdict{State: Dead, Reason: "its issuer refuses it", Evidence: evidence}
}

// live is the verdict of an issuer that accepts the secret.
func live(evidence string) Verdict {
	return Verdict{State: Live, Reason: "its issuer accepts it", Evidence: evidence}
}

// Severity is how bad the leak is in the light of the verdict: access of an
// administrator or to billing makes it critical, write access one step worse, read
// access alone one step better. Where nothing is known of the access it stays.
func (v *Verdict) Severity(base rules.Severity) rules.Severity {
	if v.State != Live || base == rules.Info {
		return base
	}
	switch v.Access {
	case Admin:
		return rules.Critical
	case Write:
		return min(base+1, rules.Critical)
	case Read:
		return max(base-1, rules.Low)
	}
	return base
}
