package buildlog

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/leakguard/leakguard/scanner"
)

// githubPlace is the handle of a chunk: what its own source calls it, and where
// that came from.
type githubPlace struct {
	unit   *githubUnit
	file   string // that was read
	source scanner.Source
	place  any
}

func (p *githubPlace) String() string { return p.unit.what }

// logKey tells one log archive from all others, in terms of an occurrence.
type logKey struct{ repository, run, file string }

// githubNaming bounds how long the names of jobs are asked for after a scan.
const githubNaming = 2 * time.Minute

// Locate finds job, step and line of each hit. Names and links come from the API,
// which is asked only for attempts that have hits; without an answer they are
// what the archive calls them.
func (g *GitHubRuns) Locate(ctx context.Context, hits []scanner.Hit, cov *scanner.Coverage) ([]scanner.Located, error) {
	ctx, cancel := context.WithTimeout(ctx, githubNaming)
	defer cancel()
	var all []scanner.Located
	for _, same := range byUnit(hits) {
		u := hits[same[0]].Place.(*githubPlace)
		own := make([]scanner.Hit, len(same))
		for i, n := range same {
			own[i] = hits[n]
			own[i].Place = hits[n].Place.(*githubPlace).place
		}
		located, err := u.source.Locate(ctx, own, cov)
		if err != nil {
			return all, fmt.Errorf("%s: %w", u.unit.what, err)
		}
		jobs := g.jobs(ctx, u.unit)
		for _, l := range located {
			g.complete(&l.Occurrence, u, jobs)
			all = append(all, scanner.Located{Hit: same[l.Hit], Occurrence: l.Occurrence})
		}
	}
	return all, nil
}

// byUnit groups the indexes of hits by what was downloaded.
func byUnit(hits []scanner.Hit) [][]int {
	var groups [][]int
	at := map[*githubUnit]int{}
	for i, h := range hits {
		u := h.Place.(*githubPlace).unit
		n, ok := at[u]
		if !ok {
			n = len(groups)
			at[u] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], i)
	}
	return groups
}

// githubJob is what we need of a job.
type githubJob struct {
	Name    string `json:"name"`
	HTMLURL string `json:"html_url"`
	Steps   []struct {
		Name   string `json:"name"`
		Number int    `json:"number"`
	} `json:"steps"`
}

// jobs are those of the attempt that u holds the logs of, by the folder that the
// archive has for each; nil for two that would have the same one.
// https://docs.github.com/en/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run-attempt
func (g *GitHubRuns) jobs(ctx context.Context, u *githubUnit) map[string]*githubJob {
	if u.attempt == 0 {
		return nil
	}
	jobs := map[string]*githubJob{}
	list := fmt.Sprintf("%s?per_page=%d", apiPath(u.run.repo, "runs", strconv.FormatInt(u.run.ID, 10),
		"attempts", strconv.Itoa(u.attempt), "jobs"), githubPerPage)
	pages := 0
	_ = g.client.Pages(ctx, list, func(page json.RawMessage) (bool, error) {
		if pages++; pages > githubMaxPages {
			return false, errEndless
		}
		var p struct{ Jobs []githubJob }
		if err := json.Unmarshal(page, &p); err != nil {
			return false, err
		}
		for i := range p.Jobs {
			folder := jobFolder(p.Jobs[i].Name)
			if _, twice := jobs[folder]; twice {
				jobs[folder] = nil
				continue
			}
			jobs[folder] = &p.Jobs[i]
		}
		return true, nil
	}) // a place without the names that the API has is a place all the same
	return jobs
}

// maxFolder is the longest name of a job's folder, in UTF-16 code units.
const maxFolder = 90

// jobFolder is the folder that the archive of a run has for a job: its name
// without slashes and colons, and cut. Blanks are folded.
// https://github.com/cli/cli/blob/trunk/pkg/cmd/run/view/logs.go
func jobFolder(job string) string {
	job = strings.NewReplacer("/", "", ":", "").Replace(job)
	if units := utf16.Encode([]rune(job)); len(units) > maxFolder {
		job = string(utf16.Decode(units[:maxFolder]))
	}
	return foldBlanks(job)
}

func foldBlanks(s string) string { return strings.Join(strings.Fields(s), " ") }

// complete adds run, job, step and link to an occurrence.
func (g *GitHubRuns) complete(o *scanner.Occurrence, p *githubPlace, jobs map[string]*githubJob) {
	u := p.unit
	o.Kind = scanner.InLog
	o.Repository = u.run.repository()
	o.Path = rename(o.Path, p.file, u.file)
	o.Run = strconv.FormatInt(u.run.ID, 10)
	o.Date = u.run.Created
	if u.attempt == 0 {
		o.Link = u.run.HTMLURL + "#artifacts"
		return
	}
	o.Run += " attempt " + strconv.Itoa(u.attempt)
	o.Link = u.run.HTMLURL + "/attempts/" + strconv.Itoa(u.attempt)
	g.mu.Lock()
	g.logs[logKey{o.Repository, o.Run, u.file}] = *u.run
	g.mu.Unlock()

	folder, step := memberOf(o.Path)
	job := jobs[folder]
	if job == nil {
		return
	}
	o.Job, o.Link = job.Name, job.HTMLURL
	for _, s := range job.Steps {
		if s.Number == step {
			o.Step = s.Name
			o.Link += fmt.Sprintf("#step:%d:%d", step, o.StartLine)
		}
	}
}

// memberOf is the job's folder and the step's number that a member of a run's
// archive is of: of "a.zip!build/2_Run tests.txt" they are build and 2. The log
// of a whole job, "a.zip!0_build.txt", has step 0.
func memberOf(name string) (folder string, step int) {
	_, member, _ := strings.Cut(name, "!")
	dir, file := path.Split(member)
	number, rest, _ := strings.Cut(strings.TrimSuffix(file, ".txt"), "_")
	if dir == "" {
		return foldBlanks(rest), 0
	}
	step, err := strconv.Atoi(number)
	if err != nil {
		step = 0
	}
	return foldBlanks(strings.TrimSuffix(dir, "/")), step
}
