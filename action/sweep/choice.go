package sweep

import (
	"errors"
	"fmt"
	"strings"

	"github.com/riverqueue/river"

	"github.com/leakguard/leakguard/scanner/config"
)

// row is a row of sweep_repository that a sweep has for a repository, and its job.
type row struct {
	Repository
	kind Kind
	args river.JobArgs
	done *outcome // what is known without reading; nil: it is to be read
}

// rows are those of a repository. Wikis and gists have a history alone. stands is the
// result of an earlier sweep that its history still has, or nil.
func (run *Run) rows(r *Repository, stands *outcome) []row {
	if r.Disabled {
		stands = unread(r, &Unreadable{errors.New("its host has disabled it and serves it no more"), "ask the host, or --exclude it"})
	}
	all := []row{{*r, History, repositoryArgs{Run: run.ID, Repository: *r}, stands}}
	if r.Wiki || r.Gist || r.Disabled {
		return all
	}
	if run.Plan.Logs > 0 {
		all = append(all, row{*r, Logs, logsArgs{Run: run.ID, Repository: *r, Since: run.Began.Add(-run.Plan.Logs)}, nil})
	}
	if !run.Plan.Variables {
		return all
	}
	all = append(all, row{*r, Variables, variablesArgs{Run: run.ID, Repository: *r}, nil})
	for owner := r.Owner; owner != ""; owner = owner[:max(0, strings.LastIndexByte(owner, '/'))] {
		of := r.ofOwner(owner)
		all = append(all, row{of, Variables, variablesArgs{Run: run.ID, Repository: of, Owner: owner}, nil})
	}
	return all
}

// LeftOut returns what says why a repository is not swept, and what brings it in; "" if
// it is swept. Listers name every repository, so that those left out can
// be counted. The error is of a glob.
func (c Choice) LeftOut() (func(Repository) (why, fix string), error) {
	globs := make([]config.Glob, len(c.Exclude))
	for i, text := range c.Exclude {
		var err error
		if globs[i], err = config.NewGlob(text); err != nil {
			return nil, fmt.Errorf("--exclude: %w", err)
		}
	}
	return func(r Repository) (why, fix string) {
		switch {
		case r.Archived && !c.Archived:
			return "it is archived", "--archived"
		case r.Fork && !c.Forks:
			return "it is a fork", "--forks"
		}
		for i, g := range globs {
			if g.Match(r.Name) {
				return "--exclude " + c.Exclude[i], "sweep without that"
			}
		}
		return "", ""
	}, nil
}
