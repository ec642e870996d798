package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner/buildlog"
	"github.com/leakguard/leakguard/scanner/forge"
)

// sweepLists say which repositories are swept, and how their forges are asked.
type sweepLists struct {
	files, orgs, users, groups []string
	choice                     sweep.Choice
	issues                     bool

	url, tokenFile string
}

// register registers the flags that make up the plan.
func (l *sweepLists) register(fs *pflag.FlagSet) {
	fs.Var((*list)(&l.files), "repos", "file that lists repositories, a clone address a line, repeatable")
	fs.Var((*list)(&l.orgs), "org", "organisation on GitHub, repeatable")
	fs.Var((*list)(&l.users), "user", "user on GitHub, repeatable")
	fs.Var((*list)(&l.groups), "gitlab-group", "group on GitLab, with its subgroups, repeatable")
	fs.BoolVar(&l.choice.Archived, "archived", false, "also archived repositories")
	fs.BoolVar(&l.choice.Forks, "forks", false, "also forks")
	fs.BoolVar(&l.choice.Wikis, "wikis", false, "also wikis")
	fs.BoolVar(&l.choice.Gists, "gists", false, "also the gists of users")
	fs.Var((*list)(&l.choice.Exclude), "exclude", "glob of repositories to leave out, such as acme/old-*, repeatable")
	fs.BoolVar(&l.issues, "issues", false, "at the end make the tracker agree with the ledger, as issues sync does")
}

// registerForge registers those that say how forges are asked, and cloned from.
func (l *sweepLists) registerForge(fs *pflag.FlagSet) {
	fs.StringVar(&l.url, "url", "", "address of a forge of your own; for GitHub, of its API")
	fs.StringVar(&l.tokenFile, "token-file", "", "file that holds the token (default: an environment variable, such as GITHUB_TOKEN)")
}

// plan is what the flags ask for.
func (l *sweepLists) plan(ctx context.Context) (sweep.Plan, error) {
	p := sweep.Plan{Choice: l.choice, Issues: l.issues}
	if _, err := l.choice.LeftOut(); err != nil {
		return p, err
	}
	for _, name := range l.files {
		path, err := filepath.Abs(name)
		if err != nil {
			return p, err
		}
		// What is wrong in it is told before anything begins.
		every := func(sweep.Repository) error { return nil }
		if err := sweep.File(path).List(ctx, every, func(_, _, _ string) {}); err != nil {
			return p, fmt.Errorf("--repos: %w", err)
		}
		p.Sources = append(p.Sources, "file:"+path)
	}
	for _, of := range []struct {
		kind  string
		names []string
	}{{"org", l.orgs}, {"user", l.users}, {"gitlab-group", l.groups}} {
		for _, name := range of.names {
			p.Sources = append(p.Sources, of.kind+":"+name)
		}
	}
	switch {
	case len(p.Sources) == 0:
		return p, errors.New("say what to sweep: --repos, --org, --user or --gitlab-group")
	case len(l.groups) > 0 && len(l.orgs)+len(l.users) > 0 && l.url != "":
		return p, errors.New("--url is of one forge: sweep GitHub and GitLab one after the other")
	case len(p.Sources) > len(l.files) && os.Getenv(offlineVariable) != "":
		return p, fmt.Errorf("--offline: no forge is asked (%s is set)", offlineVariable)
	}
	return p, nil
}

// lister is the lister of a source of a plan.
func (l *sweepLists) lister(source string, choice sweep.Choice) (sweep.Lister, error) {
	kind, name, _ := strings.Cut(source, ":")
	switch kind {
	case "file":
		return sweep.File(name), nil
	case "gitlab-group":
		c, err := l.gitlab()
		if err != nil {
			return nil, &sweep.Unreadable{Err: err}
		}
		return sweep.GitLabGroup(c, name, choice), nil
	}
	c, err := forge.NewGitHub(forge.GitHubOptions{URL: l.url, TokenFile: l.tokenFile})
	if err != nil {
		return nil, &sweep.Unreadable{Err: err}
	}
	if kind == "user" {
		return sweep.GitHubUser(c, name, choice), nil
	}
	return sweep.GitHubOrg(c, name, choice), nil
}

func (l *sweepLists) gitlab() (*forge.Client, error) {
	auth, err := buildlog.RemoteAuth("gitlab", (&remoteFlags{tokenFile: l.tokenFile}).getenv)
	if err != nil {
		return nil, err
	}
	if l.url != "" {
		if auth.BaseURL, err = buildlog.RemoteAddress("gitlab", l.url); err != nil {
			return nil, err
		}
	}
	return forge.New(auth)
}
