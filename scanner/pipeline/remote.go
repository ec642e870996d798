package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// RemoteOptions say whose variables are read.
type RemoteOptions struct {
	Project string // repository or project, as the CI system names it: "acme/web"
	Org     string // organisation, group or workspace

	// Alone leaves out, on GitHub and GitLab, what a project is given by those above it,
	// and what is below an organisation or group.
	Alone bool
}

// remoteSystem is a CI system whose variables are read through its API.
type remoteSystem struct {
	name  string // as --from takes it
	title string

	// missing says what the options lack, or "".
	missing func(RemoteOptions) string

	// read hands out the variables. What cannot be read is a gap of its own.
	read func(*remoteReading)
}

func remotes() []remoteSystem {
	return []remoteSystem{
		githubRemote(), gitlabRemote(), circleciRemote(), azureRemote(), bitbucketRemote(), buildkiteRemote(), jenkinsRemote(),
	}
}

// RemoteNames are the CI systems that NewRemote knows.
func RemoteNames() []string {
	var names []string
	for _, s := range remotes() {
		names = append(names, s.name)
	}
	return names
}

// NewRemote returns the source of the variables that the named CI system keeps,
// which c talks to. Of what it keeps as secrets only names are read, and counted.
func NewRemote(name string, c *forge.Client, o RemoteOptions) (scanner.Source, error) {
	for _, s := range remotes() {
		if s.name != name {
			continue
		}
		if missing := s.missing(o); missing != "" {
			return nil, fmt.Errorf("%s: %s", s.title, missing)
		}
		return &remote{system: s, client: c, opts: o}, nil
	}
	return nil, fmt.Errorf("no CI system %q: want one of %s", name, strings.Join(RemoteNames(), ", "))
}

func projectOrOrg(o RemoteOptions) string {
	if (o.Project == "") == (o.Org == "") {
		return "name either --repo or --org"
	}
	return ""
}

func projectAndOrg(o RemoteOptions) string {
	if o.Project == "" || o.Org == "" {
		return "name both --org and --repo"
	}
	return ""
}

type remote struct {
	source
	system remoteSystem
	client *forge.Client
	opts   RemoteOptions
}

// Name says whose variables are read.
func (r *remote) Name() string {
	name := r.system.title + " variables"
	if of := strings.TrimSpace(r.opts.Org + " " + r.opts.Project); of != "" {
		name += " of " + of
	}
	return name
}

// Read hands out the variables.
func (r *remote) Read(ctx context.Context, scan func(scanner.Chunk) int, cov *scanner.Coverage) error {
	cov.Count("variables", 0)
	r.system.read(&remoteReading{remote: r, ctx: ctx, scan: scan, cov: cov})
	return ctx.Err()
}

// remoteReading is one call of Read.
type remoteReading struct {
	*remote
	ctx  context.Context
	scan func(scanner.Chunk) int
	cov  *scanner.Coverage
}

// Limits of what a server may send.
const (
	maxPages   = 1000 // of one list
	oneRequest = 20 * time.Minute
)

// get asks for one answer, within a time limit that allows for waiting when the
// server says so.
func (r *remoteReading) get(path string, v any) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.ctx, oneRequest)
	defer cancel()
	return r.client.Get(ctx, path, v)
}

// pages asks for path and for each page behind it that next names. What breaks
// off is an error, and what came until then was handed out.
func pages[T any](r *remoteReading, path string, next func(*http.Response, *T) string, each func(*T)) error {
	seen := map[string]bool{}
	for n := 0; path != ""; n++ {
		switch {
		case seen[path]:
			return fmt.Errorf("%s: its pages go in a circle", bare(path))
		case n == maxPages:
			return fmt.Errorf("%s: it has more than %d pages; the rest was not read", bare(path), maxPages)
		}
		seen[path] = true
		page := new(T)
		resp, err := r.get(path, page)
		if err != nil {
			return err
		}
		each(page)
		path = next(resp, page)
	}
	return nil
}

// linked is the next page that the Link header names.
func linked[T any](resp *http.Response, _ *T) string { return forge.NextPage(resp.Header) }

func bare(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}

// gap says that what could not be read.
func (r *remoteReading) gap(what string, err error) {
	if r.ctx.Err() != nil {
		return // Read says it
	}
	fix := "correct the cause and scan again"
	switch forge.StatusOf(err) {
	case http.StatusUnauthorized:
		fix = "give a token that is valid"
	case http.StatusForbidden:
		fix = "give a token that may read variables; see docs/variables.md"
	case http.StatusNotFound:
		fix = "correct the name, or give a token that may see it"
	}
	r.cov.Gap(what, "it could not be read: "+err.Error(), fix)
}

// absent reports whether the server has no such thing.
func absent(err error) bool { return forge.StatusOf(err) == http.StatusNotFound }

// unlisted says that names of secrets may not be listed. Nobody can read their
// values, so that this hides nothing from a scan: it is no gap.
func (r *remoteReading) unlisted(what string, err error) {
	if r.ctx.Err() == nil && !absent(err) {
		r.cov.Exclude("names of "+what, "they may not be listed with this token; their values cannot be read with any", "give a token that may list them", 1)
	}
}

// hand gives the variables of one scope to the detectors.
func (r *remoteReading) hand(vs []variable) {
	kept := vs[:0]
	for _, v := range vs {
		if strings.TrimSpace(literal(v.value)) != "" {
			kept = append(kept, v)
		}
	}
	emit(nil, kept, r.scan, r.cov)
}

// textOf is a JSON value as the text of a variable.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}
