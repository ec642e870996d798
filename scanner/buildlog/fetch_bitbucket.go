package buildlog

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// NewBitbucket returns the source of the step logs of a Bitbucket Cloud
// repository ("workspace/repository"), or of all repositories of a workspace.
func NewBitbucket(c *forge.Client, o RemoteOptions) scanner.Source {
	return newRemote(bitbucketSystem(), c, o)
}

func bitbucketSystem() remoteSystem {
	return remoteSystem{
		name: "bitbucket", title: "Bitbucket", format: &Bitbucket, variables: "BITBUCKET",
		address: "https://api.bitbucket.org/", api: "2.0",
		permission: "the scopes read:pipeline:bitbucket and read:repository:bitbucket",
		authorize: func(req *http.Request, user, token string) {
			if user == "" { // of a repository, a project or a workspace
				bearer(req, user, token)
				return
			}
			req.SetBasicAuth(user, token)
		},
		fit:  projectOrOrg,
		list: func(f *fetching) { bitbucketAPI{f}.repositories() },
	}
}

// bitbucketAPI reads by the API that
// https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/ describes.
type bitbucketAPI struct{ *fetching }

// bitbucketPages reads a paged list until each returns false. Lists of pipelines
// count their items instead of naming the next page.
func bitbucketPages[T any](b bitbucketAPI, what, path string, id func(T) string, each func(T) bool) {
	b.pages(what, path, func(at string, fresh func(string) bool) (string, error) {
		var page struct {
			Values []T    `json:"values"`
			Next   string `json:"next"`
			Page   int    `json:"page"`
			Length int    `json:"pagelen"`
			Size   int    `json:"size"`
		}
		if _, err := b.get(at, &page); err != nil {
			return "", err
		}
		if page.Values == nil {
			return "", errNoList("values")
		}
		for _, v := range page.Values {
			if fresh(id(v)) && !each(v) {
				return "", nil
			}
		}
		if page.Next == "" && page.Page > 0 && page.Page*page.Length < page.Size {
			return fmt.Sprintf("%s&page=%d", path, page.Page+1), nil
		}
		return page.Next, nil
	})
}

func (b bitbucketAPI) repositories() {
	if b.opts.Project != "" {
		b.pipelines(b.opts.Project)
		return
	}
	type repository struct {
		Name string `json:"full_name"`
	}
	bitbucketPages(b, "repositories of "+b.opts.Org, "repositories/"+url.PathEscape(b.opts.Org)+"?pagelen=100",
		func(r repository) string { return r.Name },
		func(r repository) bool { b.pipelines(r.Name); return true })
}

type bitbucketPipeline struct {
	UUID    string    `json:"uuid"`
	Number  int64     `json:"build_number"`
	Created time.Time `json:"created_on"`
}

// pipelines reads a repository's pipelines, newest first.
func (b bitbucketAPI) pipelines(repository string) {
	if !strings.Contains(repository, "/") && b.opts.Org != "" {
		repository = b.opts.Org + "/" + repository
	}
	query := url.Values{"sort": {"-created_on"}, "pagelen": {"100"}}
	if b.opts.Branch != "" {
		query.Set("target.branch", b.opts.Branch)
	}
	path := "repositories/" + escapeSlug(repository) + "/pipelines"
	bitbucketPages(b, "pipelines of "+repository, path+"?"+query.Encode(),
		func(p bitbucketPipeline) string { return p.UUID },
		func(p bitbucketPipeline) bool {
			if p.Created.Before(b.opts.Since) {
				return false
			}
			b.build(func() { b.steps(repository, path+"/"+url.PathEscape(p.UUID), p) })
			return true
		})
}

type bitbucketStep struct {
	UUID    string `json:"uuid"`
	Name    string `json:"name"`
	Started string `json:"started_on"`
	State   struct {
		Name string `json:"name"`
	} `json:"state"`
}

func (b bitbucketAPI) steps(repository, path string, p bitbucketPipeline) {
	run := fmt.Sprintf("%s pipeline %d", repository, p.Number)
	bitbucketPages(b, "steps of "+run, path+"/steps?pagelen=100", func(s bitbucketStep) string { return s.UUID }, func(s bitbucketStep) bool {
		switch {
		case s.State.Name != "COMPLETED":
			b.unfinished()
		case s.Started != "": // else it never ran
			b.log(jobLog{
				path: path + "/steps/" + url.PathEscape(s.UUID) + "/log",
				id:   fmt.Sprintf("%s/%d/%s", repository, p.Number, strings.Trim(s.UUID, "{}")),
				run:  run, job: s.Name,
				page: fmt.Sprintf("https://bitbucket.org/%s/pipelines/results/%d/steps/%s", escapeSlug(repository), p.Number, url.PathEscape(s.UUID)),
			})
		}
		return true
	})
}
