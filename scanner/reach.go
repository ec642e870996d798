package scanner

import (
	"cmp"
	"fmt"
	"path"
	"strings"
)

// reach is how far apart a secret and its part stand. What is found in a nearer one
// ends the search.
type reach int

const (
	ownText    reach = iota
	sameFolder       // at the same commit; of a log: the same job; of variables: the same scope
	sameScope        // the same commit; of a log: the same run; of variables: the same file, or project
	sameTree         // the same folder at any commit
	reaches
)

// surroundings name what an occurrence lies in, by reach; "" is nothing that holds
// several texts.
func surroundings(o *Occurrence) (around [reaches]string) {
	in := func(names ...string) string { return string(o.Kind) + "\x00" + strings.Join(names, "\x00") }
	switch o.Kind {
	case InVariable:
		around[sameFolder] = in(o.Repository, o.Path, o.Scope)
		around[sameScope] = in(o.Repository, o.Path)
	case InLog:
		run := cmp.Or(o.Run, o.Path)
		around[sameFolder] = in(o.Repository, run, o.Job)
		around[sameScope] = in(o.Repository, run)
	default:
		if o.Path != "" {
			around[sameFolder] = in(o.Repository, o.Commit, path.Dir(o.Path))
		}
		if o.Commit != "" || o.Kind == InStaged {
			around[sameScope] = in(o.Repository, o.Commit)
			if o.Path != "" {
				around[sameTree] = in(o.Repository, "", path.Dir(o.Path))
			}
		}
	}
	return around
}

// standsAt says in words where a part stands in the text of an occurrence: under
// which name, and how many lines below the occurrence. A part that stands near
// another secret stands there.
func standsAt(o *Occurrence, name string, below int) string {
	line := o.StartLine + below
	switch {
	case o.Kind == InVariable:
		return variableAt(o, name)
	case o.Path != "":
		return fmt.Sprintf("%s:%d", o.Path, line)
	case o.Job != "":
		return fmt.Sprintf("job %s, line %d", o.Job, line)
	}
	return fmt.Sprintf("%s, line %d", cmp.Or(o.Field, "the same text"), line)
}

func variableAt(o *Occurrence, name string) string {
	at := "variables"
	if name != "" {
		at = "variable " + name
	}
	if o.Scope != "" {
		at += " of the " + o.Scope
	}
	if o.Path != "" {
		at += " in " + o.Path
	}
	return at
}
