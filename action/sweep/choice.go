package sweep

import (
	"fmt"

	"github.com/leakguard/leakguard/scanner/config"
)

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
