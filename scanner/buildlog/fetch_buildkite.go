package buildlog

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// NewBuildkite returns the source of the job logs of a Buildkite pipeline, or of
// all pipelines of an organisation.
func NewBuildkite(c *forge.Client, o RemoteOptions) scanner.Source {
	return newRemote(buildkiteSystem(), c, o)
}

func buildkiteSystem() remoteSystem {
	return remoteSystem{
		name: "buildkite", title: "Buildkite", format: &Buildkite, variables: "BUILDKITE",
		address: "https://api.buildkite.com/", api: "v2",
		permission: "the scopes read_builds and read_build_logs, and access to the organisation",
		authorize:  bearer,
		fit:        needsOrg,
		list:       func(f *fetching) { buildkiteAPI{f}.buildList() },
	}
}

// buildkiteAPI reads by the API that https://buildkite.com/docs/apis/rest-api/builds
// and https://buildkite.com/docs/apis/rest-api/jobs describe.
type buildkiteAPI struct{ *fetching }

type buildkiteBuild struct {
	ID       string `json:"id"`
	Number   int64  `json:"number"`
	Pipeline struct {
		Slug string `json:"slug"`
	} `json:"pipeline"`
	Jobs []buildkiteJob `json:"jobs"`
}

type buildkiteJob struct {
	ID       string `json:"id"`
	Type     string `json:"type"` // "script" runs a command; others have no log
	Name     string `json:"name"`
	Page     string `json:"web_url"`
	Started  string `json:"started_at"`
	Finished string `json:"finished_at"`
}

// buildList reads the builds of the pipeline, or of the organisation, with the
// jobs of each, also those that were run again.
func (k buildkiteAPI) buildList() {
	what, path := "builds of "+k.opts.Org, "organizations/"+url.PathEscape(k.opts.Org)
	if k.opts.Project != "" {
		what += "/" + k.opts.Project
		path += "/pipelines/" + url.PathEscape(k.opts.Project)
	}
	query := url.Values{"per_page": {"100"}, "include_retried_jobs": {"true"}}
	if k.opts.Branch != "" {
		query.Set("branch", k.opts.Branch)
	}
	if !k.opts.Since.IsZero() {
		query.Set("created_from", k.opts.Since.UTC().Format(time.RFC3339))
	}
	k.pages(what, path+"/builds?"+query.Encode(), func(path string, fresh func(string) bool) (string, error) {
		var page []buildkiteBuild
		resp, err := k.get(path, &page)
		if err != nil {
			return "", err
		}
		for _, b := range page {
			if fresh(b.ID) {
				k.build(func() { k.jobs(b) })
			}
		}
		return forge.NextPage(resp.Header), nil
	})
}

func (k buildkiteAPI) jobs(b buildkiteBuild) {
	pipeline := b.Pipeline.Slug
	if pipeline == "" {
		pipeline = k.opts.Project
	}
	for _, j := range b.Jobs {
		switch {
		case j.Type != "script":
		case j.Started != "" && j.Finished != "":
			k.log(jobLog{
				path: fmt.Sprintf("organizations/%s/pipelines/%s/builds/%d/jobs/%s/log.txt",
					url.PathEscape(k.opts.Org), url.PathEscape(pipeline), b.Number, url.PathEscape(j.ID)),
				id:  fmt.Sprintf("%s/%s/%d/%s", k.opts.Org, pipeline, b.Number, j.ID),
				run: pipeline + " #" + strconv.FormatInt(b.Number, 10), job: j.Name, page: j.Page,
			})
		case j.Finished == "":
			k.unfinished()
		}
	}
}
