package pipeline

import (
	"fmt"
	"net/http"
	"net/url"
)

// bitbucketRemote reads the variables of Bitbucket Pipelines, by
// https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/.
func bitbucketRemote() remoteSystem {
	return remoteSystem{
		name: "bitbucket", title: "Bitbucket",
		missing: projectOrOrg,
		read: func(r *remoteReading) {
			b := bitbucketAPI{r}
			if r.opts.Org != "" {
				b.workspace(r.opts.Org)
				return
			}
			b.repository(r.opts.Project)
		},
	}
}

type bitbucketAPI struct{ *remoteReading }

type bitbucketList struct {
	Values []struct {
		Key, Value     string
		Secured        bool
		UUID, Name     string
		RepositoryName string `json:"full_name"`
	}
	Next string
}

func (b bitbucketAPI) each(what, path string, each func(*bitbucketList)) {
	next := func(_ *http.Response, page *bitbucketList) string { return page.Next }
	if err := pages(b.remoteReading, path, next, each); err != nil {
		b.gap(what, err)
	}
}

func (b bitbucketAPI) workspace(name string) {
	b.variables("workspaces/"+url.PathEscape(name)+"/pipelines-config/variables?pagelen=100", "workspace "+name)
	b.each("repositories of "+name, "repositories/"+url.PathEscape(name)+"?pagelen=100", func(page *bitbucketList) {
		for _, repo := range page.Values {
			b.repository(repo.RepositoryName)
		}
	})
}

func (b bitbucketAPI) repository(name string) {
	b.cov.Count("repositories", 1)
	base := "repositories/" + escaped(name)
	b.variables(base+"/pipelines_config/variables?pagelen=100", "repository "+name)
	b.each("deployment environments of "+name, base+"/environments?pagelen=100", func(page *bitbucketList) {
		for _, e := range page.Values {
			b.variables(base+"/deployments_config/environments/"+url.PathEscape(e.UUID)+"/variables?pagelen=100",
				"deployment environment "+e.Name+" of "+name)
		}
	})
}

func (b bitbucketAPI) variables(path, scope string) {
	b.each("variables of the "+scope, path, func(page *bitbucketList) {
		var vs []variable
		for _, v := range page.Values {
			if v.Secured {
				b.cov.Count("names of secrets", 1)
				continue
			}
			hint := fmt.Sprintf("delete %s from the variables of the %s and add the rotated value with Secured ticked", v.Key, scope)
			vs = append(vs, variable{name: v.Key, path: v.Key, scope: scope, hint: hint, value: v.Value})
		}
		b.hand(vs)
	})
}
