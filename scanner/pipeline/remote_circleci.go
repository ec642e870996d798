package pipeline

import (
	"net/http"
	"net/url"
)

// circleciRemote lists the contexts and the project's variables of CircleCI, by
// https://circleci.com/docs/api/v2/. It never shows their values, so that there
// is nothing in them to find: they are counted.
func circleciRemote() remoteSystem {
	return remoteSystem{
		name: "circleci", title: "CircleCI",
		missing: projectOrOrg,
		read: func(r *remoteReading) {
			c := circleciAPI{r}
			if r.opts.Project != "" {
				slug := url.URL{Path: r.opts.Project}
				c.names("v2/project/"+slug.EscapedPath()+"/envvar", "variables of the project "+r.opts.Project)
				return
			}
			c.contexts(r.opts.Org)
		},
	}
}

type circleciAPI struct{ *remoteReading }

type circleciList struct {
	Items []struct{ ID, Name string }
	Next  string `json:"next_page_token"`
}

// following is the address of the next page of a list.
func following(path, query string) func(*http.Response, *circleciList) string {
	return func(_ *http.Response, page *circleciList) string {
		if page.Next == "" {
			return ""
		}
		return path + "?" + query + "page-token=" + url.QueryEscape(page.Next)
	}
}

// contexts lists those of an organisation, "gh/acme".
func (c circleciAPI) contexts(org string) {
	query := "owner-slug=" + url.QueryEscape(org) + "&"
	err := pages(c.remoteReading, "v2/context?"+query, following("v2/context", query), func(page *circleciList) {
		for _, item := range page.Items {
			c.cov.Count("contexts", 1)
			c.names("v2/context/"+url.PathEscape(item.ID)+"/environment-variable", "variables of the context "+item.Name)
		}
	})
	if err != nil {
		c.gap("contexts of "+org, err)
	}
}

// names counts a list of variables.
func (c circleciAPI) names(path, what string) {
	err := pages(c.remoteReading, path, following(path, ""), func(page *circleciList) {
		c.cov.Count("names of secrets", int64(len(page.Items)))
	})
	if err != nil {
		c.gap(what, err)
	}
}
