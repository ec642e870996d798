// Package sweep scans the repositories of a whole organisation: it lists them, and for
// each keeps a mirror, scans what is new in it, and brings the ledger up to date.
//
// The work is held by a durable queue (River) in the same database as the ledger, so
// that a sweep goes on where it was killed, and several machines share one. What was
// scanned is remembered by object, for all repositories together (package seen): a fork
// costs what it does not share.
package sweep

import (
	"cmp"
	"context"
	"time"
)

// Repository is one that is to be swept.
type Repository struct {
	Name     string    `json:"name"`            // "acme/shop"; of a plain clone address, that
	Clone    string    `json:"clone"`           // the address that git clones: https://, ssh:// or file://
	Web      string    `json:"web,omitempty"`   // its page
	Host     string    `json:"host,omitempty"`  // of its forge; "" for file://
	Private  bool      `json:"private"`         // whether outsiders cannot read it
	Archived bool      `json:"archived"`        // it takes no pushes and no issues any more
	Disabled bool      `json:"disabled"`        // its host serves it no more
	Fork     bool      `json:"fork"`            //
	Wiki     bool      `json:"wiki,omitempty"`  // it is the wiki of a repository
	Gist     bool      `json:"gist,omitempty"`  // it is a gist
	Forge    string    `json:"forge,omitempty"` // that lists it: github or gitlab; "" is not known
	Owner    string    `json:"owner,omitempty"` // the organisation or group that it has variables of
	Size     int64     `json:"size,omitempty"`  // in bytes, about; 0 is not known
	Pushed   time.Time `json:"pushed,omitzero"` // when it was last pushed to; zero is not known
}

// address is what people know it by: its page, else where it is cloned from.
func (r *Repository) address() string { return cmp.Or(r.Web, r.Clone) }

// Kind is what of a repository is read.
type Kind string

// The kinds.
const (
	History   Kind = "history"   // all that is in git
	Logs      Kind = "logs"      // of builds
	Variables Kind = "variables" // of pipelines
)

// Lister lists repositories. It calls each for every one, in the order in which they are
// best swept, and stops at its error. What the lister may not see of them is for gap to
// be told.
type Lister interface {
	// Name says what is listed: "organisation acme on github.com".
	Name() string
	List(ctx context.Context, each func(Repository) error, gap func(what, why, fix string)) error
}

// Which repositories are left out of a sweep.
type Choice struct {
	Archived, Forks, Wikis, Gists bool // whether these are swept, too
	Exclude                       []string
}
