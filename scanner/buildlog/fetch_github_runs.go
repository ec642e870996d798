package buildlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner/forge"
)

// githubRun is what we need of a workflow run.
type githubRun struct {
	repo       string
	ID         int64     `json:"id"`
	Attempt    int       `json:"run_attempt"`
	Status     string    `json:"status"`
	Conclusion string    `json:"conclusion"`
	HTMLURL    string    `json:"html_url"`
	Created    time.Time `json:"created_at"`
}

func (r *githubRun) String() string { return fmt.Sprintf("%s run %d", r.repo, r.ID) }

// repository is the web address of the run's repository, else its name.
func (r *githubRun) repository() string {
	if web, _, ok := strings.Cut(r.HTMLURL, "/actions/runs/"); ok {
		return web
	}
	return r.repo
}

const (
	// githubCap is how many runs a filtered list names at most, whatever
	// total_count says.
	// https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
	githubCap     = 1000
	githubPerPage = 100
	// githubMaxPages bounds lists that have no cap of their own.
	githubMaxPages = 1000
)

var errEndless = errors.New("the list has more pages than it can have")

// org reads all repositories of an organisation.
func (r *githubReading) org(org string) error {
	path := fmt.Sprintf("orgs/%s/repos?type=all&sort=created&direction=asc&per_page=%d", url.PathEscape(org), githubPerPage)
	var stopped error
	_, err := r.client.GitHubRepositories(r.ctx, path, func(repo forge.GitHubRepository) error {
		if repo.Disabled {
			r.cov.Gap("logs of "+repo.FullName, "GitHub has disabled the repository", "ask GitHub to enable it")
			return nil
		}
		stopped = r.repo(repo.FullName)
		return stopped
	})
	if err != nil && stopped == nil {
		return r.miss("the list of repositories of "+org, err)
	}
	return stopped
}

// repo reads the runs of a repository that began within the window.
func (r *githubReading) repo(repo string) error {
	r.cov.Count("repositories", 1)
	to := r.opts.Now
	if to.IsZero() {
		to = time.Now()
	}
	to = to.UTC().Truncate(time.Second)
	return r.window(repo, to.Add(-r.opts.Since), to)
}

// single reads one run.
func (r *githubReading) single(repo string, id int64) error {
	run := githubRun{}
	path := apiPath(repo, "runs", strconv.FormatInt(id, 10))
	_, err := r.client.Get(r.ctx, path, &run)
	if err == nil && run.ID != id {
		err = errors.New("the answer tells of another run, or of none")
	}
	run.repo = repo
	if err != nil {
		return r.miss(fmt.Sprintf("%s run %d", repo, id), err)
	}
	return r.run(&run)
}

// window reads the runs that began from from to to, both included, in whole
// seconds. A window with more runs than a list names is read in two halves.
func (r *githubReading) window(repo string, from, to time.Time) error {
	what := fmt.Sprintf("runs of %s from %s to %s", repo, from.Format(time.RFC3339), to.Format(time.RFC3339))
	runs, total, err := r.list(repo, from, to)
	switch {
	case err != nil:
		// What the pages before named is read all the same.
		if err := r.miss(what, err); err != nil {
			return err
		}
	case total > githubCap && to.After(from):
		half := from.Add(to.Sub(from) / 2).Truncate(time.Second)
		if err := r.window(repo, half.Add(time.Second), to); err != nil {
			return err
		}
		return r.window(repo, from, half)
	case len(runs) < total:
		r.cov.Gap(what, fmt.Sprintf("GitHub says that they are %d and names only %d", total, len(runs)),
			"scan again; if it persists, narrow it down with --workflow or --branch")
	}
	for i := range runs {
		if err := r.run(&runs[i]); err != nil {
			return err
		}
	}
	return nil
}

// list names the runs of a window, and says how many there are. If they are more
// than can be named and the window can be halved, none is named.
func (r *githubReading) list(repo string, from, to time.Time) (runs []githubRun, total int, err error) {
	query := url.Values{
		"created":  {from.Format(time.RFC3339) + ".." + to.Format(time.RFC3339)},
		"per_page": {strconv.Itoa(githubPerPage)},
	}
	if r.opts.Branch != "" {
		query.Set("branch", r.opts.Branch)
	}
	path := apiPath(repo, "runs")
	if r.opts.Workflow != "" {
		path = apiPath(repo, "workflows", r.opts.Workflow, "runs")
	}
	pages, named := 0, map[int64]bool{}
	err = r.client.Pages(r.ctx, path+"?"+query.Encode(), func(page json.RawMessage) (bool, error) {
		var p struct {
			Total *int        `json:"total_count"`
			Runs  []githubRun `json:"workflow_runs"`
		}
		if err := json.Unmarshal(page, &p); err != nil || p.Total == nil {
			return false, errors.New("the list of runs is none")
		}
		total = *p.Total
		if total > githubCap && to.After(from) {
			return false, nil
		}
		if pages++; pages > githubCap/githubPerPage {
			return false, errEndless
		}
		for _, run := range p.Runs {
			if !named[run.ID] {
				named[run.ID] = true
				run.repo = repo
				runs = append(runs, run)
			}
		}
		return true, nil
	})
	return runs, total, err
}

// run reads all attempts of a run, and what it kept.
func (r *githubReading) run(run *githubRun) error {
	r.cov.Count("runs", 1)
	for n := 1; n <= max(run.Attempt, 1); n++ {
		if err := r.attempt(run, n); err != nil {
			return err
		}
	}
	if r.opts.Artifacts {
		return r.artifacts(run)
	}
	return nil
}
