package buildlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/seen"
)

// RemoteOptions say which builds' logs are read through the API of a CI system.
type RemoteOptions struct {
	// Project is the project to read, as the CI system itself names it: "acme/web",
	// on Jenkins "folder/job", on CircleCI "gh/acme/web". A job folder will do on
	// Jenkins.
	Project string

	// Org is whose projects are all read if Project is "": a GitLab group, an
	// organisation, a Bitbucket workspace. Azure DevOps and Buildkite need it beside
	// Project too. Jenkins needs neither.
	Org string

	Since   time.Time // builds older than that are left out; zero: none
	Branch  string    // only builds of this branch; "": of all
	Workers int       // how many builds are read at once; 0: 1

	// State, if not nil, remembers the logs that were read with Ruleset, which stands
	// for all that decides what is found. A log in which something was found is not
	// remembered, so that what it holds is reported by each scan.
	State   *seen.State
	Ruleset string
}

// remoteSystem is a CI system whose logs are read through its API: one file
// fetch_NAME.go each, with its entry in remoteSystems.
type remoteSystem struct {
	name       string // as --from takes it
	title      string
	format     *Format
	variables  string // how the names of its environment variables begin: "GITLAB"
	address    string // of the public service; "": there is none
	api        string // where the API is below the address
	permission string // what the token has to be allowed
	needsUser  bool   // beside the token
	authorize  func(req *http.Request, user, token string)
	header     http.Header // that each request needs; nil: none

	// fit says what is missing in the options, or "".
	fit func(RemoteOptions) string

	// list finds the builds and hands each job's log to fetching.log, from within
	// fetching.build.
	list func(*fetching)

	// erased is what a log begins with if it was deleted, and the API does not say
	// so otherwise; "": nothing.
	erased string
}

func remoteSystems() []remoteSystem {
	return []remoteSystem{
		gitlabSystem(), jenkinsSystem(), circleciSystem(), travisSystem(),
		azureSystem(), buildkiteSystem(), bitbucketSystem(),
	}
}

func remoteSystemNamed(name string) (remoteSystem, error) {
	var names []string
	for _, s := range remoteSystems() {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	return remoteSystem{}, fmt.Errorf("no CI system %q: want one of %s", name, strings.Join(names, ", "))
}

// Remote returns the source of the build logs of the named CI system, which c
// talks to: gitlab, jenkins, circleci, travis, azure, buildkite or bitbucket.
func Remote(name string, c *forge.Client, o RemoteOptions) (scanner.Source, error) {
	s, err := remoteSystemNamed(name)
	if err != nil {
		return nil, err
	}
	if missing := s.fit(o); missing != "" {
		return nil, fmt.Errorf("%s: %s", s.title, missing)
	}
	return newRemote(s, c, o), nil
}

// remote is the logs of the builds of one CI system, as a source.
type remote struct {
	source
	system   remoteSystem
	client   *forge.Client
	opts     RemoteOptions
	maxPages int           // of one list
	stall    time.Duration // how long a log may bring nothing
	patience time.Duration // how long one log, or one answer, may take in all
}

func newRemote(s remoteSystem, c *forge.Client, o RemoteOptions) *remote {
	o.Workers = max(o.Workers, 1)
	return &remote{
		system: s, client: c, opts: o,
		maxPages: 1000, stall: time.Minute, patience: 30 * time.Minute,
	}
}

// Name says whose logs are read.
func (r *remote) Name() string {
	name := r.system.title + " build logs"
	if of := strings.Trim(r.opts.Org+"/"+r.opts.Project, "/"); of != "" {
		name += " of " + of
	}
	if r.opts.Branch != "" {
		name += ", branch " + r.opts.Branch
	}
	if !r.opts.Since.IsZero() {
		name += ", since " + r.opts.Since.UTC().Format(time.RFC3339)
	}
	return name
}

// Read lists the builds and reads their logs.
func (r *remote) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	within, giveUp := context.WithCancel(ctx)
	defer giveUp()
	f := &fetching{
		remote: r, ctx: within, giveUp: giveUp, scan: scan, cov: cov,
		builds: pool.New().WithMaxGoroutines(r.opts.Workers),
	}
	f.list()
	return cmp.Or(ctx.Err(), f.unwritten)
}

// fetching is one call of Read.
type fetching struct {
	*remote
	ctx    context.Context
	giveUp func() // ends ctx
	scan   func(scanner.Chunk) int
	cov    *scanner.Coverage
	builds *pool.Pool
	stores sync.Map // of *forge.Client by "scheme://host": log stores that need no credentials

	// How many requests for lists, and for logs, failed in a row for no reason of
	// the thing itself. A list that comes says nothing of whether a log will.
	lists, logs atomic.Int32
	mu          sync.Mutex
	unwritten   error // why the state file could not be written, the first time
}

func (f *fetching) list() {
	defer f.builds.Wait()
	f.system.list(f)
}

// build reads one build, as soon as a worker is free.
func (f *fetching) build(read func()) {
	f.builds.Go(func() {
		if f.ctx.Err() == nil {
			f.cov.Count("builds", 1)
			read()
		}
	})
}

// unfinished counts a job that has no complete log yet.
func (f *fetching) unfinished() {
	f.cov.Exclude("jobs that have not finished", "their logs are not complete yet", "scan again when they are done", 1)
}

// get asks for path and decodes the answer into v.
func (f *fetching) get(path string, v any) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(f.ctx, f.patience)
	defer cancel()
	resp, err := f.client.Get(ctx, path, v)
	if err == nil {
		f.lists.Store(0)
	}
	return resp, err
}

// pages reads a list that comes in pages: one reads the page at path and returns
// the path of the next, or "" if no more are wanted. It is to ask fresh of each
// item whether it is new: a page may repeat items of the one before while builds
// come in, but a list whose pages bring nothing new has no end. What of the list
// cannot be read is a gap by the name of what.
func (f *fetching) pages(what, path string, one func(path string, fresh func(id string) bool) (next string, err error)) {
	seen := map[string]bool{}
	fresh := func(id string) bool {
		old := seen[id]
		seen[id] = true
		return !old
	}
	for n := 0; path != "" && f.ctx.Err() == nil; n++ {
		if n == f.maxPages {
			f.cov.Gap(what, fmt.Sprintf("they have more than %d pages; the rest was not read", f.maxPages), "scan a shorter time, or one project at a time")
			return
		}
		before := len(seen)
		next, err := one(path, fresh)
		if err == nil && next != "" && len(seen) == before {
			err = errors.New("its pages repeat themselves")
		}
		if err != nil {
			f.missed(&f.lists, what, err)
			return
		}
		path = next
	}
}

// errNoList is an answer of the form of an empty one, in which the list is not
// even there.
func errNoList(key string) error {
	return fmt.Errorf("the answer has no %q", key)
}
