// Package rules holds the model of what a secret looks like: providers
// (issuers), the credentials they issue, and the readers that turn TOML into
// them. It compiles nothing at load time: a rule's regular expression is
// compiled when its first keyword is met, so that a clean commit pays for none.
package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Provider is one issuer: everything that leakguard knows about it, as read
// from its TOML file.
type Provider struct {
	ID       string   // short, lower case, stable: "github"
	Name     string   // as the issuer writes itself: "GitHub"
	Docs     string   // URL of the issuer's page on its credentials
	Identity Identity // whose identity its credentials usually carry
	OWASP    []string // OWASP Non-Human Identities Top 10 items, such as "NHI2:2025"
	Severity Severity // default for its credentials
	Rotate   Runbook
	Rules    []*Rule
	Verify   []Verify // how their secrets are verified
	Revoke   []Revoke // and revoked
	Digest   string   // Sum, where it was computed before

	GitleaksAllow []GitleaksAllow // of a gitleaks config, for all of its rules
}

// Sum identifies what the provider's rules find.
func (p *Provider) Sum() string {
	h := sha256.New()
	for _, r := range p.Rules {
		fmt.Fprintf(h, "%q %q %q %q %v %q %q %v %v\n",
			r.ID, r.Pattern, r.Detector, r.Keywords, r.Entropy, r.Checksum, r.Path, r.Parts, r.Allow)
		if r.Gitleaks != nil {
			fmt.Fprintf(h, "%+v\n", *r.Gitleaks)
		}
	}
	if len(p.GitleaksAllow) > 0 {
		fmt.Fprintf(h, "%+v\n", p.GitleaksAllow)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Runbook says how a leaked credential is replaced without breaking what uses it.
type Runbook struct {
	URL   string   // the issuer's page where, or on how, to rotate
	Steps []string // in order: issue new, deploy, revoke old; Markdown
}

// Rule is one credential: a kind of key that a provider issues.
type Rule struct {
	ID         string    // provider id, "-", credential id; unique: "github-pat"
	Provider   *Provider // never nil
	Name       string    // "GitHub personal access token (classic)"
	Source     string    // URL that documents the format
	Pattern    string    // RE2; built from near and value where the file gives those
	Near       []string  // the names that a value without a shape stands near, if that is how it is found
	Detector   string    // instead of a pattern: a reader of package generic
	Keywords   []string  // lower case; one of them is in every match of Pattern
	Entropy    float64   // floor in bits a character (Shannon) over the secret; 0: none
	Checksum   string    // a scheme of package checksum, or ""
	Parts      []Part    // other credentials that belong to this one, such as a key's id
	Allow      []Allow
	Path       string // RE2 on the path; "" is everywhere
	Severity   Severity
	Confidence Confidence
	Publish    bool     // made to be public (a publishable or test key): reported as info
	Match      []string // templates (see Expand) that the rule must find
	Ignore     []string // templates in which it must find nothing

	Gitleaks *Gitleaks // of a rule of a gitleaks config; nil: it is one of ours

	lazy compiled
}

// Part names a credential that completes another: the key id beside a secret key.
type Part struct {
	Name    string // "key_id"
	Rule    string // rule id of the part, or
	Pattern string // RE2 of a part that is no credential; its group, if any, is the part
	Lines   int    // how many lines apart at most
	Context bool   // whether it only tells of the credential: a certificate beside a key
}

// Allow is an allowlist: what the rule's author knows to be no secret.
// Any of the three suffices, unless All is set, when each given one must hold.
type Allow struct {
	Reason    string
	Paths     []string // RE2 on the path
	Regexes   []string // RE2 on the secret
	Stopwords []string // case-insensitive substrings of the secret
	All       bool
}

// Severity is how bad a live leak of a credential is.
type Severity int

// The severities, least first.
const (
	Info Severity = iota + 1
	Low
	Medium
	High
	Critical
)

// Confidence is how sure a detector is that a match is a secret at all.
type Confidence int

// The confidences, least first.
const (
	Doubtful Confidence = iota + 1
	Likely
	Certain
)

// Identity is whose identity a credential carries.
type Identity int

// Kinds of identity.
const (
	EitherIdentity Identity = iota
	Machine
	Person
)

var (
	severityNames   = []string{"", "info", "low", "medium", "high", "critical"}
	confidenceNames = []string{"", "low", "medium", "high"}
	identityNames   = []string{"either", "machine", "person"}
)

func (s Severity) String() string   { return severityNames[s] }
func (c Confidence) String() string { return confidenceNames[c] }
func (k Identity) String() string   { return identityNames[k] }

// MarshalText and its siblings let the three be written and read by name.
func (s Severity) MarshalText() ([]byte, error)   { return []byte(s.String()), nil }
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
func (k Identity) MarshalText() ([]byte, error)   { return []byte(k.String()), nil }

func (s *Severity) UnmarshalText(b []byte) error {
	n, err := named("severity", severityNames, b)
	*s = Severity(n)
	return err
}

func (c *Confidence) UnmarshalText(b []byte) error {
	n, err := named("confidence", confidenceNames, b)
	*c = Confidence(n)
	return err
}

func (k *Identity) UnmarshalText(b []byte) error {
	n, err := named("identity", identityNames, b)
	*k = Identity(n)
	return err
}

func named(what string, names []string, b []byte) (int, error) {
	for i, n := range names {
		if n != "" && n == string(b) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%s %q: want one of %s", what, b, strings.Join(nonEmpty(names), ", "))
}

func nonEmpty(names []string) []string {
	if names[0] == "" {
		return names[1:]
	}
	return names
}
