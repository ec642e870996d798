package buildlog

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// NewCircleCI returns the source of the step logs of a CircleCI project, or of
// the projects of an organisation that were built last.
func NewCircleCI(c *forge.Client, o RemoteOptions) scanner.Source {
	return newRemote(circleciSystem(), c, o)
}

func circleciSystem() remoteSystem {
	return remoteSystem{
		name: "circleci", title: "CircleCI", format: &CircleCI, variables: "CIRCLE",
		address: "https://circleci.com/", api: "api",
		permission: "to be the personal API token of a user who follows the project",
		authorize:  func(req *http.Request, _, token string) { req.Header.Set("Circle-Token", token) },
		fit:        projectOrOrg,
		list:       func(f *fetching) { circleAPI{f}.pipelines() },
	}
}

// circleAPI finds jobs by https://circleci.com/docs/api/v2/, which knows nothing of
// logs, and these by https://circleci.com/docs/api/v1/#single-job.
type circleAPI struct{ *fetching }

type circlePipeline struct {
	ID      string    `json:"id"`
	Number  int64     `json:"number"`
	Project string    `json:"project_slug"`
	Created time.Time `json:"created_at"`
	VCS     struct {
		Branch string `json:"branch"`
	} `json:"vcs"`
}

// pipelines reads the pipelines of the project or of the organisation, newest
// first.
func (c circleAPI) pipelines() {
	what, path, query := "", "", url.Values{}
	if c.opts.Project != "" {
		what, path = "pipelines of "+c.opts.Project, "v2/project/"+escapeSlug(c.opts.Project)+"/pipeline"
		if c.opts.Branch != "" {
			query.Set("branch", c.opts.Branch)
		}
	} else {
		what, path = "pipelines of "+c.opts.Org, "v2/pipeline"
		query.Set("org-slug", c.opts.Org)
	}
	circleList(c, what, path, query, func(p circlePipeline, fresh func(string) bool) bool {
		if p.Created.Before(c.opts.Since) {
			return false
		}
		if fresh(p.ID) && (c.opts.Branch == "" || p.VCS.Branch == c.opts.Branch) {
			c.build(func() { c.workflows(p) })
		}
		return true
	})
}

// circleList reads a paged list of the API until each returns false.
func circleList[T any](c circleAPI, what, path string, query url.Values, each func(item T, fresh func(string) bool) bool) {
	address := func(token string) string {
		if token != "" {
			query.Set("page-token", token)
		}
		return strings.TrimSuffix(path+"?"+query.Encode(), "?")
	}
	c.pages(what, address(""), func(path string, fresh func(string) bool) (string, error) {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next_page_token"`
		}
		if _, err := c.get(path, &page); err != nil {
			return "", err
		}
		if page.Items == nil {
			return "", errNoList("items")
		}
		for _, item := range page.Items {
			if !each(item, fresh) {
				return "", nil
			}
		}
		if page.Next == "" {
			return "", nil
		}
		return address(page.Next), nil
	})
}

func (c circleAPI) workflows(p circlePipeline) {
	type workflow struct {
		ID string `json:"id"`
	}
	run := fmt.Sprintf("%s pipeline %d", p.Project, p.Number)
	path := "v2/pipeline/" + url.PathEscape(p.ID) + "/workflow"
	circleList(c, "workflows of "+run, path, url.Values{}, func(w workflow, fresh func(string) bool) bool {
		if fresh(w.ID) {
			c.jobs(p.Project, run, w.ID)
		}
		return true
	})
}

type circleJob struct {
	ID     string `json:"id"`
	Number int64  `json:"job_number"` // 0: it never ran
	Name   string `json:"name"`
	Status string `json:"status"`
}

func (c circleAPI) jobs(project, run, workflow string) {
	path := "v2/workflow/" + url.PathEscape(workflow) + "/job"
	circleList(c, "jobs of "+run, path, url.Values{}, func(j circleJob, fresh func(string) bool) bool {
		if !fresh(j.ID) {
			return true
		}
		switch j.Status {
		case "running", "queued", "not_running", "blocked", "on_hold":
			c.unfinished()
		default:
			if j.Number != 0 {
				c.steps(project, run, j)
			}
		}
		return true
	})
}

type circleAction struct {
	Index     int    `json:"index"` // of the parallel container
	Step      int    `json:"step"`
	Name      string `json:"name"`
	HasOutput bool   `json:"has_output"`
	Output    string `json:"output_url"`
	Truncated bool   `json:"truncated"`
}

// steps reads the output of each step of a job, in each of its containers.
func (c circleAPI) steps(project, run string, j circleJob) {
	var detail struct {
		Page  string `json:"build_url"`
		Steps []struct {
			Name    string         `json:"name"`
			Actions []circleAction `json:"actions"`
		} `json:"steps"`
	}
	what := (&jobLog{run: run, job: j.Name}).String()
	_, err := c.get("v1.1/project/"+escapeSlug(project)+"/"+strconv.FormatInt(j.Number, 10), &detail)
	if err == nil && detail.Steps == nil {
		err = errNoList("steps")
	}
	if err != nil {
		c.missed(&c.lists, what, err)
		return
	}
	for _, s := range detail.Steps {
		for _, a := range s.Actions {
			l := jobLog{run: run, job: j.Name, step: s.Name, page: detail.Page}
			l.id = fmt.Sprintf("%s/%d/%d/%d", project, j.Number, a.Index, a.Step)
			if len(s.Actions) > 1 {
				l.job += fmt.Sprintf(" (container %d)", a.Index)
			}
			c.step(l, a)
		}
	}
}

func (c circleAPI) step(l jobLog, a circleAction) {
	if a.Output == "" {
		if a.HasOutput {
			c.missed(&c.logs, l.String(), errEmptyLog)
		}
		return
	}
	var err error
	if l.client, err = c.store(a.Output); err != nil {
		c.missed(&c.logs, l.String(), err)
		return
	}
	l.path = a.Output
	if a.Truncated {
		l.cut = errCircleCut{}
	}
	c.log(l)
}

// escapeSlug escapes the parts of a path.
func escapeSlug(slug string) string {
	parts := strings.Split(slug, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}
