package buildlog

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// NewGitLab returns the source of the job logs of a GitLab project, or of all
// projects of a group and its subgroups.
func NewGitLab(c *forge.Client, o RemoteOptions) scanner.Source {
	return newRemote(gitlabSystem(), c, o)
}

func gitlabSystem() remoteSystem {
	return remoteSystem{
		name: "gitlab", title: "GitLab", format: &GitLab, variables: "GITLAB",
		address: "https://gitlab.com/", api: "api/v4",
		permission: "the scope read_api and the role Developer in the project",
		authorize:  func(req *http.Request, _, token string) { req.Header.Set("PRIVATE-TOKEN", token) },
		fit:        projectOrOrg,
		list:       func(f *fetching) { gitlabAPI{f}.projects() },
	}
}

func projectOrOrg(o RemoteOptions) string {
	if o.Project == "" && o.Org == "" {
		return "name the project, or whose projects to read"
	}
	return ""
}

// gitlabAPI reads by the API that https://docs.gitlab.com/api/pipelines/ and
// https://docs.gitlab.com/api/jobs/ describe.
type gitlabAPI struct{ *fetching }

// projects reads the one project, or those of the group:
// https://docs.gitlab.com/api/groups/#list-projects
func (g gitlabAPI) projects() {
	if g.opts.Project != "" {
		g.pipelines(g.opts.Project)
		return
	}
	path := "groups/" + url.PathEscape(g.opts.Org) + "/projects?include_subgroups=true&per_page=100"
	g.pages("projects of "+g.opts.Org, path, func(path string, fresh func(string) bool) (string, error) {
		var page []struct {
			Path string `json:"path_with_namespace"`
		}
		resp, err := g.get(path, &page)
		if err != nil {
			return "", err
		}
		for _, p := range page {
			if fresh(p.Path) {
				g.pipelines(p.Path)
			}
		}
		return forge.NextPage(resp.Header), nil
	})
}

// pipelines reads the project's pipelines. Child pipelines are not among them
// unless they are asked for.
func (g gitlabAPI) pipelines(project string) {
	query := url.Values{"per_page": {"100"}}
	if g.opts.Branch != "" {
		query.Set("ref", g.opts.Branch)
	}
	if !g.opts.Since.IsZero() {
		query.Set("updated_after", g.opts.Since.UTC().Format(time.RFC3339))
	}
	path := "projects/" + url.PathEscape(project) + "/pipelines?"
	g.pipelineList("pipelines of "+project, project, path+query.Encode())
	query.Set("source", "parent_pipeline")
	g.pipelineList("child pipelines of "+project, project, path+query.Encode())
}

func (g gitlabAPI) pipelineList(what, project, path string) {
	g.pages(what, path, func(path string, fresh func(string) bool) (string, error) {
		var page []struct {
			ID int64 `json:"id"`
		}
		resp, err := g.get(path, &page)
		if err != nil {
			return "", err
		}
		for _, p := range page {
			if fresh(strconv.FormatInt(p.ID, 10)) {
				g.build(func() { g.jobs(project, p.ID) })
			}
		}
		return forge.NextPage(resp.Header), nil
	})
}

type gitlabJob struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Started string `json:"started_at"`
	Erased  string `json:"erased_at"`
	Page    string `json:"web_url"`
}

// jobs reads a pipeline's jobs, also those that were run again.
func (g gitlabAPI) jobs(project string, pipeline int64) {
	run := fmt.Sprintf("%s pipeline %d", project, pipeline)
	path := fmt.Sprintf("projects/%s/pipelines/%d/jobs?include_retried=true&per_page=100", url.PathEscape(project), pipeline)
	g.pages("jobs of "+run, path, func(path string, fresh func(string) bool) (string, error) {
		var page []gitlabJob
		resp, err := g.get(path, &page)
		if err != nil {
			return "", err
		}
		for _, j := range page {
			if fresh(strconv.FormatInt(j.ID, 10)) {
				g.job(project, run, j)
			}
		}
		return forge.NextPage(resp.Header), nil
	})
}

func (g gitlabAPI) job(project, run string, j gitlabJob) {
	l := jobLog{
		path: fmt.Sprintf("projects/%s/jobs/%d/trace", url.PathEscape(project), j.ID),
		id:   fmt.Sprintf("%s/jobs/%d", project, j.ID),
		run:  run, job: j.Name, page: j.Page, anchor: hashL,
	}
	switch j.Status {
	case "success", "failed", "canceled":
		switch {
		case j.Erased != "":
			g.missed(&g.logs, l.String(), errEmptyLog)
		case j.Started != "": // else it never ran
			g.log(l)
		}
	case "skipped", "manual": // it did not run
	default:
		g.unfinished()
	}
}
