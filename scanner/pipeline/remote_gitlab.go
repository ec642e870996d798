package pipeline

import (
	"fmt"
	"net/url"
	"strings"
)

// gitlabRemote reads the CI/CD variables of GitLab, by
// https://docs.gitlab.com/api/project_level_variables/, …/group_level_variables/
// and …/instance_level_ci_variables/.
func gitlabRemote() remoteSystem {
	return remoteSystem{
		name: "gitlab", title: "GitLab",
		missing: projectOrOrg,
		read: func(r *remoteReading) {
			g := gitlabAPI{r}
			switch {
			case r.opts.Alone && r.opts.Org != "":
				g.groupVariables(r.opts.Org)
			case r.opts.Alone:
				g.project(r.opts.Project)
				return
			case r.opts.Org != "":
				g.group(r.opts.Org)
			default:
				g.project(r.opts.Project)
				// A project has the variables of all groups above it too.
				for group, _ := lastSlash(r.opts.Project); group != ""; group, _ = lastSlash(group) {
					g.groupVariables(group)
				}
			}
			g.instance()
		},
	}
}

func lastSlash(path string) (before, after string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

type gitlabAPI struct{ *remoteReading }

type gitlabVariable struct {
	Key, Value                string
	Protected, Masked, Hidden bool
	Environment               string `json:"environment_scope"`
}

// group reads a group, the groups below it, and all their projects.
func (g gitlabAPI) group(name string) {
	g.groupVariables(name)
	base := "groups/" + url.PathEscape(name)
	type group struct {
		Path string `json:"full_path"`
	}
	err := pages(g.remoteReading, base+"/descendant_groups?per_page=100", linked[[]group], func(page *[]group) {
		for _, sub := range *page {
			g.groupVariables(sub.Path)
		}
	})
	if err != nil {
		g.gap("groups below "+name, err)
	}
	type project struct {
		Path string `json:"path_with_namespace"`
	}
	err = pages(g.remoteReading, base+"/projects?include_subgroups=true&per_page=100", linked[[]project], func(page *[]project) {
		for _, p := range *page {
			g.project(p.Path)
		}
	})
	if err != nil {
		g.gap("projects of "+name, err)
	}
}

func (g gitlabAPI) project(name string) {
	g.cov.Count("projects", 1)
	if err := g.variables("projects/"+url.PathEscape(name)+"/variables", "project "+name); err != nil {
		g.gap("variables of the project "+name, err)
	}
}

func (g gitlabAPI) groupVariables(name string) {
	err := g.variables("groups/"+url.PathEscape(name)+"/variables", "group "+name)
	if absent(err) && g.opts.Org == "" {
		return // a person's namespace is no group
	}
	if err != nil {
		g.gap("variables of the group "+name, err)
		return
	}
	g.cov.Count("groups", 1)
}

// instance reads those of the whole installation, which only its administrators
// may.
func (g gitlabAPI) instance() {
	if err := g.variables("admin/ci/variables", "instance"); err != nil && g.ctx.Err() == nil {
		g.cov.Exclude("variables of the instance", "only its administrators may read them", "give a token of an administrator", 1)
	}
}

func (g gitlabAPI) variables(path, scope string) error {
	return pages(g.remoteReading, path+"?per_page=100", linked[[]gitlabVariable], func(page *[]gitlabVariable) {
		var vs []variable
		for _, v := range *page {
			if v.Hidden {
				g.cov.Count("names of secrets", 1)
				continue
			}
			vs = append(vs, variable{name: v.Key, path: v.Key, scope: scope + v.weakness(), hint: v.hint(), value: v.Value})
		}
		g.hand(vs)
	})
}

// weakness says for which environment the variable is, and who can read it.
func (v *gitlabVariable) weakness() string {
	var s string
	if v.Environment != "" && v.Environment != "*" {
		s = ", environment " + v.Environment
	}
	if !v.Masked {
		s += ", unmasked: shown in logs"
	}
	if !v.Protected {
		s += ", unprotected: given to every branch"
	}
	return s
}

func (v *gitlabVariable) hint() string {
	if v.Masked && v.Protected {
		return "make it hidden: delete " + v.Key + " and add it anew as masked and hidden; or take it from an external secrets manager"
	}
	return fmt.Sprintf("glab variable update %s --masked --protected reads the value from standard input; give it the rotated one", v.Key)
}
