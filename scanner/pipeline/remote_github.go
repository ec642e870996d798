package pipeline

import (
	"fmt"
	"net/url"
	"strings"
)

// githubRemote reads the variables of GitHub Actions, by
// https://docs.github.com/en/rest/actions/variables and …/actions/secrets.
func githubRemote() remoteSystem {
	return remoteSystem{
		name: "github", title: "GitHub",
		missing: func(o RemoteOptions) string {
			if o.Project != "" && strings.Count(o.Project, "/") != 1 {
				return "--repo: want OWNER/NAME"
			}
			return projectOrOrg(o)
		},
		read: func(r *remoteReading) {
			g := githubAPI{r}
			if r.opts.Org != "" {
				g.organization(r.opts.Org)
				return
			}
			g.repository(r.opts.Project)
			if r.opts.Alone {
				return
			}
			base := "repos/" + escaped(r.opts.Project)
			owner, _, _ := strings.Cut(r.opts.Project, "/")
			org := githubScope{name: "organization " + owner, flags: " --org " + owner}
			g.variables(base+"/actions/organization-variables", org, true) // a person's repository has none
			g.secrets(base+"/actions/organization-secrets", org.name)
			g.variables(base+"/agents/organization-variables", org.of("agents of the "), true)
		},
	}
}

type githubAPI struct{ *remoteReading }

// githubScope is where a variable holds.
type githubScope struct {
	name       string // "environment production of acme/web"
	flags      string // of gh, to name it
	repository string
}

func (s githubScope) of(prefix string) githubScope {
	s.name = prefix + s.name
	return s
}

// organization reads what the organisation has, and, unless that is to be read alone, each
// of its repositories.
func (g githubAPI) organization(org string) {
	base := "orgs/" + url.PathEscape(org)
	scope := githubScope{name: "organization " + org, flags: " --org " + org}
	g.variables(base+"/actions/variables", scope, false)
	g.variables(base+"/agents/variables", scope.of("agents of the "), true)
	g.secrets(base+"/actions/secrets", scope.name)
	g.secrets(base+"/dependabot/secrets", scope.name)
	if g.opts.Alone {
		return
	}
	// A struct of our own: one property of another form makes the library's fail.
	type repository struct {
		FullName string `json:"full_name"`
	}
	err := pages(g.remoteReading, base+"/repos?per_page=100", linked[[]repository], func(page *[]repository) {
		for _, repo := range *page {
			if g.ctx.Err() == nil {
				g.repository(repo.FullName)
			}
		}
	})
	if err != nil {
		g.gap("repositories of "+scope.name, err)
	}
}

// repository reads the variables of one repository and of its environments.
func (g githubAPI) repository(name string) {
	g.cov.Count("repositories", 1)
	base := "repos/" + escaped(name)
	scope := githubScope{name: "repository " + name, flags: " --repo " + name, repository: "https://github.com/" + name}
	if g.client.Host() != "api.github.com" {
		scope.repository = name
	}
	g.variables(base+"/actions/variables", scope, false)
	g.variables(base+"/agents/variables", scope.of("agents of the "), true)
	g.secrets(base+"/actions/secrets", scope.name)
	g.secrets(base+"/dependabot/secrets", scope.name)
	type list struct {
		Environments []struct{ Name string }
	}
	err := pages(g.remoteReading, base+"/environments?per_page=100", linked[list], func(page *list) {
		for _, e := range page.Environments {
			g.environment(base, e.Name, scope)
		}
	})
	if err != nil && !absent(err) {
		g.gap("environments of "+scope.name, err)
	}
}

// environment reads those of one environment, whose name may hold a slash.
func (g githubAPI) environment(base, name string, scope githubScope) {
	scope.name = "environment " + name + " of " + strings.TrimPrefix(scope.name, "repository ")
	scope.flags += " --env " + shellWord(name)
	base += "/environments/" + url.PathEscape(name)
	g.cov.Count("environments", 1)
	g.variables(base+"/variables", scope, false)
	g.secrets(base+"/secrets", scope.name)
}

// variables reads one list of variables. One that is optional may not be there.
func (g githubAPI) variables(path string, scope githubScope, optional bool) {
	type list struct {
		Variables []struct{ Name, Value string }
	}
	err := pages(g.remoteReading, path+"?per_page=30", linked[list], func(page *list) {
		var vs []variable
		for _, v := range page.Variables {
			hint := fmt.Sprintf("gh secret set %s%s, then gh variable delete %[1]s%[2]s; read it as secrets.%[1]s", v.Name, scope.flags)
			vs = append(vs, variable{
				name: v.Name, path: v.Name, scope: scope.name, hint: hint, value: v.Value, repository: scope.repository,
			})
		}
		g.hand(vs)
	})
	if err != nil && !(optional && absent(err)) {
		g.gap("variables of the "+scope.name, err)
	}
}

// secrets counts the names of secrets.
func (g githubAPI) secrets(path, scope string) {
	secrets, err := g.client.GitHubSecrets(g.ctx, path)
	if len(secrets) > 0 || err == nil {
		g.cov.Count("names of secrets", int64(len(secrets)))
	}
	if err != nil {
		g.unlisted("secrets of the "+scope, err)
	}
}

// escaped is a name of two parts for a path.
func escaped(name string) string {
	owner, repo, _ := strings.Cut(name, "/")
	return url.PathEscape(owner) + "/" + url.PathEscape(repo)
}

// shellWord quotes a word that is no plain one.
func shellWord(s string) string {
	if isName(strings.NewReplacer("-", "_", ".", "_").Replace(s)) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
