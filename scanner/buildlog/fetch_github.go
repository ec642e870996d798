package buildlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/files"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/seen"
)

// GitHubOptions settle which workflow runs are read, and how.
type GitHubOptions struct {
	// Repo is OWNER/NAME. If it is "", all repositories of Org are read.
	Repo, Org string

	Since     time.Duration // how far back; 0: 7 days
	Workflow  string        // only of this workflow: its file's name or its id
	Branch    string        // only of this branch
	Run       int64         // only this run of Repo, whenever it was
	Artifacts bool          // read what runs kept, too

	Logs        Options       // how a log is read that was fetched
	Files       files.Options // how an artifact is read that was fetched
	MaxDownload int64         // bytes of one archive; 0: 4 GiB

	// State, if not nil, remembers what was read with Ruleset, which stands for
	// all that decides what is found.
	State   *seen.State
	Ruleset string

	Now time.Time // the window's end; zero: when reading begins
}

const (
	githubWindow      = 7 * 24 * time.Hour
	githubMaxDownload = 4 << 30
)

// GitHubRuns is the source of the logs of GitHub Actions, and of the artifacts.
// Runs, attempts and logs: https://docs.github.com/en/rest/actions/workflow-runs
type GitHubRuns struct {
	client *forge.Client
	opts   GitHubOptions

	mu      sync.Mutex
	pending []remembered         // read whole, but what was found is in no report yet
	logs    map[logKey]githubRun // of the logs in which something was found
	failed  error                // of the state file, the first
}

// remembered is what is to be written to the state file.
type remembered struct {
	id    string
	found int
}

// NewGitHub returns the source of the logs that o tells of, fetched with c.
func NewGitHub(c *forge.Client, o GitHubOptions) *GitHubRuns {
	o.Since = cmp.Or(o.Since, githubWindow)
	o.MaxDownload = cmp.Or(o.MaxDownload, githubMaxDownload)
	o.Files.Kind = scanner.InLog
	return &GitHubRuns{client: c, opts: o, logs: map[logKey]githubRun{}}
}

// Name says what is read.
func (g *GitHubRuns) Name() string {
	switch {
	case g.opts.Run != 0:
		return fmt.Sprintf("GitHub Actions logs of %s, run %d", g.opts.Repo, g.opts.Run)
	case g.opts.Repo != "":
		return "GitHub Actions logs of " + g.opts.Repo
	}
	return "GitHub Actions logs of the organization " + g.opts.Org
}

// Kind is the kind of its occurrences.
func (g *GitHubRuns) Kind() scanner.Kind { return scanner.InLog }

// Reported is to be called when the result was written to where it is kept: only
// then are the logs in which something was found taken for read, so that a scan
// which dies before loses no finding. The error is the first that the state file
// gave, in the whole scan.
func (g *GitHubRuns) Reported() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.pending {
		if err := g.opts.State.Add(p.id, g.opts.Ruleset, p.found); err != nil && g.failed == nil {
			g.failed = err
		}
	}
	g.pending = nil
	return g.failed
}

// remember records that the unit of that id was read whole.
func (g *GitHubRuns) remember(id string, found int) {
	if g.opts.State == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if found > 0 {
		g.pending = append(g.pending, remembered{id, found})
		return
	}
	if err := g.opts.State.Add(id, g.opts.Ruleset, 0); err != nil && g.failed == nil {
		g.failed = err
	}
}

// known reports whether the unit of that id was read before, and what it held.
func (g *GitHubRuns) known(id string) (found int, ok bool) {
	if g.opts.State == nil {
		return 0, false
	}
	return g.opts.State.Has(id, g.opts.Ruleset)
}

// githubReading is one call of Read.
type githubReading struct {
	*GitHubRuns
	ctx      context.Context
	scan     func(scanner.Chunk) int
	cov      *scanner.Coverage
	dir      string // of the one file that is held at a time
	failures int    // in a row
}

// Read fetches the logs one after the other and hands out their text.
func (g *GitHubRuns) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	dir, err := os.MkdirTemp("", "leakguard-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &githubReading{GitHubRuns: g, ctx: ctx, scan: scan, cov: cov, dir: dir}
	switch {
	case g.opts.Run != 0:
		err = r.single(g.opts.Repo, g.opts.Run)
	case g.opts.Repo != "":
		err = r.repo(g.opts.Repo)
	default:
		err = r.org(g.opts.Org)
	}
	return cmp.Or(ctx.Err(), err)
}

// apiPath is a path of the API below a repository.
func apiPath(repo string, parts ...string) string {
	owner, name, _ := strings.Cut(repo, "/")
	path := "repos/" + url.PathEscape(owner) + "/" + url.PathEscape(name) + "/actions"
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

// githubMaxFailures is how many requests in a row may fail for no reason of their own
// before the server is given up.
const githubMaxFailures = 5

// miss records that what could not be read because of err. It returns an error
// if there is no use in going on.
func (r *githubReading) miss(what string, err error) error {
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	r.cov.Gap(what, githubWhy(err), githubFix(err))
	switch status := forge.StatusOf(err); {
	case status == http.StatusUnauthorized, rateLimited(err):
		return &githubStopped{githubWhy(err), err}
	case status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusGone, errors.Is(err, errOwnFault):
		r.failures = 0
		return nil
	}
	if r.failures++; r.failures == githubMaxFailures {
		return &githubStopped{fmt.Sprintf("%d requests in a row failed", githubMaxFailures), err}
	}
	return nil
}

// githubWhy is err without its address, so that the same reason of a thousand
// logs is the same text, and can be told once.
func githubWhy(err error) string {
	var e *forge.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	why := fmt.Sprintf("GitHub answers %d %s", e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		why += ": " + e.Message
	}
	return why
}

// errOwnFault marks what is wrong with one archive and tells nothing of the next.
var errOwnFault = errors.New("")

// githubStopped is why the rest was not asked for.
type githubStopped struct {
	why string
	err error
}

func (s *githubStopped) Error() string { return "the rest was not asked for: " + s.why }
func (s *githubStopped) Unwrap() error { return s.err }

// Fix says what the user can do about it.
func (s *githubStopped) Fix() string { return githubFix(s.err) }

// rateLimited tells a rate limit from a missing permission; GitHub may answer
// both with 403.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
func rateLimited(err error) bool {
	var e *forge.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusTooManyRequests ||
		e.Status == http.StatusForbidden && strings.Contains(strings.ToLower(e.Message), "rate limit")
}

// githubFix says what closes the gap that err left.
func githubFix(err error) string {
	switch status := forge.StatusOf(err); {
	case status == http.StatusUnauthorized:
		return "give a valid token in GH_TOKEN or GITHUB_TOKEN, or with --token-file"
	case rateLimited(err):
		return "scan again later: what was read is remembered"
	case status == http.StatusForbidden:
		return "give a token that has the permission Actions: read"
	case status == http.StatusNotFound:
		return "correct the name, or give a token that may read it"
	case status == http.StatusGone:
		return "nothing can: it was deleted, or its time of retention is over; scan more often"
	}
	return "scan again: what was read is remembered"
}
