package pipeline

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// azureRemote reads the variable groups and the variables of pipelines of Azure
// DevOps, by
// https://learn.microsoft.com/en-us/rest/api/azure/devops/distributedtask/variablegroups
// and …/build/definitions.
func azureRemote() remoteSystem {
	return remoteSystem{
		name: "azure", title: "Azure DevOps",
		missing: projectAndOrg,
		read: func(r *remoteReading) {
			a := azureAPI{r}
			base := url.PathEscape(r.opts.Org) + "/" + url.PathEscape(r.opts.Project) + "/_apis/"
			a.list(base+"distributedtask/variablegroups?api-version=7.1", "variable group")
			a.list(base+"build/definitions?includeAllProperties=true&api-version=7.1", "pipeline")
		},
	}
}

type azureAPI struct{ *remoteReading }

type azureList struct {
	Value []struct {
		Name      string
		Variables map[string]struct {
			Value  *string
			Secret bool `json:"isSecret"`
		}
	}
}

func (a azureAPI) list(path, kind string) {
	next := func(resp *http.Response, _ *azureList) string {
		token := resp.Header.Get("X-Ms-Continuationtoken")
		if token == "" {
			return ""
		}
		return path + "&continuationToken=" + url.QueryEscape(token)
	}
	err := pages(a.remoteReading, path, next, func(page *azureList) {
		for _, group := range page.Value {
			a.cov.Count(kind+"s", 1)
			var vs []variable
			for _, name := range slices.Sorted(maps.Keys(group.Variables)) {
				v := group.Variables[name]
				switch {
				case v.Secret:
					a.cov.Count("names of secrets", 1)
				case v.Value != nil:
					hint := fmt.Sprintf("click the lock beside %s in %s %s, so that it is kept as a secret, or link a key vault", name, kind, group.Name)
					vs = append(vs, variable{name: name, path: name, scope: kind + " " + group.Name, hint: hint, value: *v.Value})
				}
			}
			a.hand(vs)
		}
	})
	if err != nil {
		a.gap(kind+"s of "+a.opts.Project, err)
	}
}
