package remediate

import "fmt"

// Refusal is what a tracker does not let us do, and what it would take.
type Refusal struct {
	Project string
	Action  string // "open an issue"
	Need    string
	Err     error // a *forge.Error, for forge.StatusOf
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s: cannot %s: %s (%v)", r.Project, r.Action, r.Need, r.Err)
}

func (r *Refusal) Unwrap() error { return r.Err }
