package scanner

import (
	"time"

	"github.com/leakguard/leakguard/detectors/generic"
	"github.com/leakguard/leakguard/detectors/rules"
	"github.com/leakguard/leakguard/detectors/verify"
)

// Result is all that comes out of a scan, and all that package action sees.
// It holds no secret in clear unless the scan was asked to reveal them.
type Result struct {
	RulesetHash string // of the rules and of the settings that decide what is found
	RuleCount   int
	Coverage    []*Coverage
	Secrets     []Secret // what counts, worst first; a stable order
	Suppressed  []Secret // what a suppression took out, each with its reasons

	// Rejected are near misses, if the scan was asked for them: generic values that
	// are not thought to be secrets, but nearly.
	Rejected []Secret

	// Unused are suppressions that matched nothing, have expired, or cover too
	// much: each a sentence with its file and line.
	Unused []string

	// Interrupted is set when the scan was stopped early; its sources then have
	// gaps that say so.
	Interrupted bool
}

// Complete reports whether every source was read whole.
func (r *Result) Complete() bool {
	for _, c := range r.Coverage {
		if !c.Complete() {
			return false
		}
	}
	return !r.Interrupted
}

// Secret is one credential that was found, however many times it was pasted.
type Secret struct {
	Fingerprint string // of its content; see Fingerprint
	Rule        *rules.Rule
	Severity    rules.Severity
	Confidence  rules.Confidence
	Score       float32          // see detectors.Match
	Reasons     []generic.Reason // of the score, if the engine was asked for them
	Redacted    string           // enough to recognise it by, not enough to use it
	Entropy     float64          // bits a character
	Length      int              // in bytes
	Name        string           // of the variable that it was assigned to, if any
	Verdict     verify.Verdict
	Risks       []Risk // what the verdict shows to be wrong beside the leak
	Parts       []RedactedPart
	Unclear     []UnclearPart // parts that it lacks, though values for them stand apart
	Kept        []Keeper      // where secrets managers keep it, or one of its parts
	Occurrences []Occurrence
	Suppression *Suppression // why it does not count; nil if it does

	// Value and Match are the secret and all that the rule matched: in clear if
	// the scan was asked to reveal them, else both as Redacted.
	Value, Match string

	parts map[string][]string // candidates for the parts, in clear, until concealed
	apart []string            // the names of those that do not stand near it
	part  bool                // whether it is a part of another secret
}

// RedactedPart is a part of a secret, such as the key id beside a secret key.
type RedactedPart struct {
	Name     string `json:"name"`
	Redacted string `json:"redacted"`
	At       string `json:"at,omitempty"` // where it stands, if not near the secret: "config/ids.env:3"
}

// Keeper is an entry of a secrets manager that holds a secret.
type Keeper struct {
	Manager string `json:"manager"` // "vault https://vault.acme.example"
	Entry   string `json:"entry"`   // "secret/shop/stripe#api_key"
	Link    string `json:"link,omitempty"`
	Owner   string `json:"owner,omitempty"` // as the manager has it
}

// Suppression says what keeps a secret, or one occurrence of it, from counting.
type Suppression struct {
	Kind   string `json:"kind"` // inline, ignore-file, baseline, allowlist
	Where  string `json:"where,omitempty"`
	Reason string `json:"reason,omitempty"`
	Until  string `json:"until,omitempty"`
	Owner  string `json:"owner,omitempty"`
}

// Kind is the kind of place in which an occurrence lies.
type Kind string

// The kinds of occurrence.
const (
	InGit      Kind = "git"
	InFile     Kind = "file"
	InStaged   Kind = "staged"
	InStdin    Kind = "stdin"
	InLog      Kind = "log"
	InVariable Kind = "variable"
)

// Occurrence is a place that a person can open.
type Occurrence struct {
	Kind       Kind   `json:"kind"`
	Repository string `json:"repository"`       // its remote's web address if known, else its path
	Commit     string `json:"commit,omitempty"` // the commit that introduced the secret here
	Blob       string `json:"blob,omitempty"`   // the object that holds it
	Path       string `json:"path,omitempty"`   // slash-separated, from the repository's root; archive members as "a.zip!b/c.txt"
	Field      string `json:"field,omitempty"`  // where it is no file: "message", "author", "committer", "tag message", …
	Region
	Author      string       `json:"author,omitempty"`
	Email       string       `json:"email,omitempty"`
	Date        time.Time    `json:"date,omitzero"`         // the author's, of that commit
	InHead      bool         `json:"inHead,omitempty"`      // whether HEAD still has it at this path
	Unreachable bool         `json:"unreachable,omitempty"` // whether no ref leads to the commit any more
	Ref         string       `json:"ref,omitempty"`         // a ref from which the commit is reachable, if known
	Link        string       `json:"link,omitempty"`        // the web page that shows the line, if the remote is known
	Snippet     string       `json:"snippet,omitempty"`     // the line, every secret in it redacted
	Decoded     []string     `json:"decoded,omitempty"`
	Suppression *Suppression `json:"suppression,omitempty"`

	// Run, Job and Step are where a build log is from.
	Run  string `json:"run,omitempty"`
	Job  string `json:"job,omitempty"`
	Step string `json:"step,omitempty"`

	// Variable is the name of a pipeline variable, as a path where it is set in a
	// file ("jobs.deploy.env.API_KEY"); Scope is where it holds: "repository",
	// "organization acme", "environment production", "process".
	Variable string `json:"variable,omitempty"`
	Scope    string `json:"scope,omitempty"`

	// Hint says how to move the value where it belongs in this CI system.
	Hint string `json:"hint,omitempty"`
}
