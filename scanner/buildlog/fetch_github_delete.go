package buildlog

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/leakguard/leakguard/scanner"
)

// LeakingRun is a workflow run whose logs hold secrets that count.
type LeakingRun struct {
	Repo    string // OWNER/NAME
	ID      int64
	Secrets int
	Page    string // on the web
}

// Leaking returns the runs of this source whose logs hold secrets of the result,
// those that are suppressed not among them. It is for after the scan.
func (g *GitHubRuns) Leaking(res *scanner.Result) []LeakingRun {
	g.mu.Lock()
	defer g.mu.Unlock()
	type id struct {
		repo string
		run  int64
	}
	leaks := map[id]*LeakingRun{}
	for i := range res.Secrets {
		counted := map[id]bool{}
		for _, o := range res.Secrets[i].Occurrences {
			file, _, _ := strings.Cut(o.Path, "!")
			run, ok := g.logs[logKey{o.Repository, o.Run, file}]
			key := id{run.repo, run.ID}
			if !ok || o.Suppression != nil || counted[key] {
				continue
			}
			counted[key] = true
			if leaks[key] == nil {
				leaks[key] = &LeakingRun{Repo: run.repo, ID: run.ID, Page: run.HTMLURL}
			}
			leaks[key].Secrets++
		}
	}
	var all []LeakingRun
	for _, l := range leaks {
		all = append(all, *l)
	}
	slices.SortFunc(all, func(a, b LeakingRun) int {
		return cmp.Or(strings.Compare(a.Repo, b.Repo), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// DeleteLogs deletes the logs of all attempts of a run, for good. It needs the
// permission Actions: write.
// https://docs.github.com/en/rest/actions/workflow-runs#delete-workflow-run-logs
func (g *GitHubRuns) DeleteLogs(ctx context.Context, run LeakingRun) error {
	return g.client.Delete(ctx, apiPath(run.Repo, "runs", strconv.FormatInt(run.ID, 10), "logs"))
}
