package config

import (
	"fmt"
	"time"
)

// Ledger says where the ledger is and how long there is to deal with a secret.
type Ledger struct {
	Database  string               `toml:"database"`  // path of a SQLite file, or a postgres:// URL; "": in the user's state folder
	Deadlines map[string]Deadlines `toml:"deadlines"` // by severity
}

// Deadlines are the times to deal with a secret that is live, and with one of which
// that is not known.
type Deadlines struct {
	Live  Duration `toml:"live"`
	Other Duration `toml:"other"`
}

// Issues says where issues are opened and when they are closed.
type Issues struct {
	Tracker      string   `toml:"tracker"`       // github, gitlab, webhook or markdown
	Repository   string   `toml:"repository"`    // the one that all issues go to; "": each to its own, if that is private
	Advisories   bool     `toml:"advisories"`    // on GitHub, draft a security advisory where an issue of a public repository would give a secret away
	Label        string   `toml:"label"`         // that marks our issues
	ConfirmAfter Duration `toml:"confirm-after"` // between the two dead verdicts that close one
	RemindBefore Duration `toml:"remind-before"` // the deadline
	Escalate     []string `toml:"escalate"`      // who is told when the deadline has passed: @user or @org/team
	Runbooks     string   `toml:"runbooks"`      // a folder of templates, beside the config file
	Approval     bool     `toml:"approval"`      // whether the runbook has a line for an approval
	Webhook      string   `toml:"webhook"`       // the address that tracker webhook sends to
	Most         Count    `toml:"most"`          // issues that one run opens
}

// Owners says how the one is found who has to deal with a secret.
type Owners struct {
	Order []string    `toml:"order"`
	Rules []OwnerRule `toml:"rule"`
}

// OwnerRule names the owner of repositories, or of paths in them.
type OwnerRule struct {
	Repositories []string `toml:"repositories"` // globs on "owner/name"; none: all
	Paths        []Glob   `toml:"paths"`        // none: all
	Owner        string   `toml:"owner"`        // @user, @org/team, or the name of an application
}

// OwnerSources are the names that Owners.Order may have, in their default order.
var OwnerSources = []string{"config", "manager", "codeowners", "catalog", "properties", "identity", "committer", "author"}

func defaultIssues() Issues {
	return Issues{
		Tracker: "github", Label: "leakguard", ConfirmAfter: Duration(time.Hour), RemindBefore: Duration(24 * time.Hour),
		Runbooks: "runbooks", Most: 100,
	}
}

// decides reports whether the section says where anything goes, or who is told.
func (i *Issues) decides() bool {
	return i.Tracker != defaultIssues().Tracker || i.Repository != "" || i.Advisories || i.Webhook != "" || len(i.Escalate) > 0
}

func (o Owners) check() error {
	for _, name := range o.Order {
		known := false
		for _, s := range OwnerSources {
			known = known || s == name
		}
		if !known {
			return fmt.Errorf("owners.order: %q: want some of %v", name, OwnerSources)
		}
	}
	for i, r := range o.Rules {
		if r.Owner == "" {
			return fmt.Errorf("[[owners.rule]] %d: owner is missing", i+1)
		}
	}
	return nil
}
