package pullrequest

import (
	"github.com/leakguard/leakguard/scanner"
)

// Outcome is what a job has to tell.
type Outcome struct {
	Event  Event
	Result *scanner.Result // holds no secret in clear

	// Counts reports whether a secret makes the job fail.
	Counts func(*scanner.Secret) bool

	// Pending are changes to leakguard's own settings that Head brings and that did
	// not count: sentences, such as "`.leakguardignore` gets 2 more lines".
	Pending []string

	Version string // of leakguard
}

// Failing are the secrets that make the job fail, in the order of the result.
func (o *Outcome) Failing() []*scanner.Secret {
	var list []*scanner.Secret
	for i := range o.Result.Secrets {
		if s := &o.Result.Secrets[i]; o.Counts(s) {
			list = append(list, s)
		}
	}
	return list
}
