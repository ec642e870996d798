package main

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/pipeline"
	"github.com/leakguard/leakguard/scanner/seen"
)

// sweepPipelines reads the build logs of repositories and the variables of their pipelines,
// through the APIs of their forges.
type sweepPipelines struct {
	lists    *sweepLists
	settings *settings
	options  scanner.Options
	memory   logMemory
	rules    string // names all that decides what is found, and the ledger that has it
}

// logs are the build logs of a repository.
func (p *sweepPipelines) logs(ctx context.Context, r sweep.Repository, since time.Time) (*sweep.Reading, error) {
	of, c, err := p.lists.api(ctx, r)
	if err != nil {
		return nil, err
	}
	state, err := p.memory.open()
	if err != nil {
		return nil, err
	}
	if of == "gitlab" {
		src := buildlog.NewGitLab(c, buildlog.RemoteOptions{Project: projectOf(r), Since: since, State: state, Ruleset: p.rules})
		return &sweep.Reading{Result: p.scan(ctx, src)}, nil
	}
	src := buildlog.NewGitHub(c, buildlog.GitHubOptions{
		Repo: projectOf(r), Since: time.Since(since), Logs: p.settings.logOptions(1), State: state, Ruleset: p.rules,
	})
	return &sweep.Reading{Result: p.scan(ctx, src), Recorded: src.Reported}, nil
}

// variables are those of a repository, or of its owner. Those of owners have readings of
// their own where the lister has told who they are.
func (p *sweepPipelines) variables(ctx context.Context, r sweep.Repository, owner string) (*sweep.Reading, error) {
	of, c, err := p.lists.api(ctx, r)
	if err != nil {
		return nil, err
	}
	o := pipeline.RemoteOptions{Project: projectOf(r), Alone: r.Forge != ""}
	if owner != "" {
		o.Project, o.Org = "", owner
	}
	src, err := pipeline.NewRemote(of, c, o)
	if err != nil {
		return nil, &sweep.Unreadable{Err: err, Remedy: "correct the address"}
	}
	return &sweep.Reading{Result: p.scan(ctx, src)}, nil
}

func (p *sweepPipelines) scan(ctx context.Context, src scanner.Source) *scanner.Result {
	return scanner.Run(ctx, []scanner.Source{src}, p.options)
}

// api is the client of the forge that has a repository, as pipeline.NewRemote calls it.
func (l *sweepLists) api(ctx context.Context, r sweep.Repository) (of string, c *forge.Client, err error) {
	switch {
	case r.Forge == "gitlab" || r.Forge == "" && r.Host == l.host(true):
		of = "gitlab"
		c, err = l.clients.gitlab()
	case r.Forge == "github" || r.Host == l.host(false):
		of = "github"
		c, err = l.githubOf(ctx, r)
	default:
		err = &sweep.Unreadable{
			Err:    errors.New("it is on no forge that is known here, and nobody can be asked for its logs and variables"),
			Remedy: "name its forge with --url, or read them with leakguard scan logs and leakguard scan variables",
		}
	}
	return of, c, err
}

// githubOf is the client of GitHub for a repository, or for an owner in its place.
func (l *sweepLists) githubOf(ctx context.Context, r sweep.Repository) (*forge.Client, error) {
	if l.apps == nil {
		return l.clients.github()
	}
	owner, _, _ := strings.Cut(projectOf(r), "/")
	app, _, err := l.apps.signedIn(ctx, owner)
	if err != nil {
		return nil, err
	}
	return app.Client(), nil
}

// projectOf is how a forge calls a repository: OWNER/NAME. One of a list of addresses is
// named by its own.
func projectOf(r sweep.Repository) string {
	if r.Forge != "" {
		return r.Name
	}
	u, err := url.Parse(r.Clone)
	if err != nil {
		return r.Name // no forge has it
	}
	return strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
}

// logMemory is the file that remembers the logs that sweeps have read. What leakguard scan
// logs remembers is another: no ledger need have what that found.
type logMemory struct {
	mu    sync.Mutex
	state *seen.State // nil: it was not needed yet
}

func (m *logMemory) open() (*seen.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state != nil {
		return m.state, nil
	}
	path, err := seen.DefaultPath("sweep-logs.jsonl")
	if err != nil {
		return nil, err
	}
	m.state, err = seen.Open(path)
	return m.state, err
}

func (m *logMemory) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state == nil {
		return nil
	}
	return m.state.Close()
}
