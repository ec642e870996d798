package main

import (
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/forge"
)

// newGitLab is a client of GitLab at the address of its pages; "": the one in the
// environment, else gitlab.com. Its token is from where a scan of its logs has it. The
// budget may be nil.
func newGitLab(address, tokenFile string, budget *forge.Budget) (*forge.Client, error) {
	o, err := buildlog.RemoteAuth("gitlab", (&remoteFlags{tokenFile: tokenFile}).getenv)
	if err != nil {
		return nil, err
	}
	if address != "" {
		if o.BaseURL, err = buildlog.RemoteAddress("gitlab", address); err != nil {
			return nil, err
		}
	}
	o.Budget = budget
	return forge.New(o)
}
