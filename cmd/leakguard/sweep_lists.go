package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/leakguard/leakguard/action/sweep"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/git"
)

// sweepLists say which repositories are swept, and how their forges are asked.
type sweepLists struct {
	files, orgs, users, groups, enterprises []string

	choice    sweep.Choice
	issues    bool
	logs      bool
	since     window // of logs
	variables bool

	url, tokenFile string                 // of GitLab if ofGitLab, else of GitHub
	app            forge.GitHubAppOptions // as flags have it
	apps           *githubApps            // nil: no GitHub App signs in
	budget         int                    // requests to APIs an hour; 0: as many as they allow
	clients        forgeClients
}

// forgeClients are the clients of forges that sign in with a token. Each is made when it is
// needed.
type forgeClients struct {
	budget         *forge.Budget
	github, gitlab func() (*forge.Client, error)
}

// logWindow is how far back logs are read unless --since says so.
const logWindow = window(7 * 24 * time.Hour)

// leastBudget is what the largest repository's variables should do with.
const leastBudget = 100

// register registers the flags that make up the plan.
func (l *sweepLists) register(fs *pflag.FlagSet) {
	fs.Var((*list)(&l.files), "repos", "file that lists repositories, a clone address a line, repeatable")
	fs.Var((*list)(&l.orgs), "org", "organisation on GitHub, repeatable")
	fs.Var((*list)(&l.users), "user", "user on GitHub, repeatable")
	fs.Var((*list)(&l.enterprises), "enterprise", "enterprise on GitHub, by the slug in its address: all its organisations, repeatable")
	fs.Var((*list)(&l.groups), "gitlab-group", "group on GitLab, with its subgroups, repeatable")
	fs.BoolVar(&l.choice.Archived, "archived", false, "also archived repositories")
	fs.BoolVar(&l.choice.Forks, "forks", false, "also forks")
	fs.BoolVar(&l.choice.Wikis, "wikis", false, "also wikis")
	fs.BoolVar(&l.choice.Gists, "gists", false, "also the gists of users")
	fs.Var((*list)(&l.choice.Exclude), "exclude", "glob of repositories to leave out, such as acme/old-*, repeatable")
	l.since = logWindow
	fs.BoolVar(&l.logs, "logs", false, "also the build logs that the forges of repositories keep")
	fs.Var(&l.since, "since", "with --logs: how far back, such as 7d or 12h")
	fs.BoolVar(&l.variables, "variables", false, "also the variables that forges keep for pipelines, of repositories and of their owners")
	fs.BoolVar(&l.issues, "issues", false, "at the end make the tracker agree with the ledger, as issues sync does")
}

// registerForge registers those that say how forges are asked, and cloned from.
func (l *sweepLists) registerForge(fs *pflag.FlagSet) {
	fs.StringVar(&l.url, "url", "", "address of a forge of your own; for GitHub, of its API")
	fs.StringVar(&l.tokenFile, "token-file", "", "file that holds the token (default: an environment variable, such as GITHUB_TOKEN)")
	fs.IntVar(&l.budget, "api-budget", 0, "how many requests an hour the APIs of forges get from this process, all together; 0: as many as they allow")
	fs.StringVar(&l.app.ID, "github-app", "", "sign in to GitHub as this App, by its id or client id (default: GITHUB_APP_ID)")
	fs.StringVar(&l.app.KeyFile, "github-app-key", "", "file that holds the App's private key (default: the key in GITHUB_APP_PRIVATE_KEY)")
}

// plan is what the flags ask for.
func (l *sweepLists) plan(ctx context.Context) (sweep.Plan, error) {
	p := sweep.Plan{Choice: l.choice, Issues: l.issues, Variables: l.variables}
	if l.logs {
		p.Logs = time.Duration(l.since)
	}
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
	}{{"org", l.orgs}, {"user", l.users}, {"enterprise", l.enterprises}, {"gitlab-group", l.groups}} {
		for _, name := range of.names {
			p.Sources = append(p.Sources, of.kind+":"+name)
		}
	}
	switch {
	case len(p.Sources) == 0:
		return p, errors.New("say what to sweep: --repos, --org, --user, --enterprise or --gitlab-group")
	case len(l.groups) > 0 && l.listsGitHub() && l.url+l.tokenFile != "":
		return p, errors.New("--url and --token-file are of one forge: sweep GitHub and GitLab one after the other")
	case !l.logs && l.since != logWindow:
		return p, errors.New("--since is how far back logs are read: give --logs, too")
	case (len(p.Sources) > len(l.files) || l.logs || l.variables) && os.Getenv(offlineVariable) != "":
		return p, fmt.Errorf("--offline: no forge is asked (%s is set)", offlineVariable)
	}
	return p, nil
}

// listsGitHub reports whether flags name something on GitHub.
func (l *sweepLists) listsGitHub() bool { return len(l.orgs)+len(l.users)+len(l.enterprises) > 0 }

// lister is the lister of a source of a plan.
func (l *sweepLists) lister(source string, choice sweep.Choice) (sweep.Lister, error) {
	kind, name, _ := strings.Cut(source, ":")
	switch kind {
	case "file":
		return sweep.File(name), nil
	case "gitlab-group":
		c, err := l.clients.gitlab()
		if err != nil {
			return nil, &sweep.Unreadable{Err: err}
		}
		return sweep.GitLabGroup(c, name, choice), nil
	}
	c, err := l.github(name, kind == "user")
	switch {
	case err != nil:
		return nil, &sweep.Unreadable{Err: err}
	case kind == "enterprise":
		return sweep.GitHubEnterprise(c, name, choice), nil
	case kind == "user" && l.apps != nil:
		return sweep.GitHubAppUser(c, name, choice), nil
	case kind == "user":
		return sweep.GitHubUser(c, name, choice), nil
	}
	return sweep.GitHubOrg(c, name, choice), nil
}

// github is a client of GitHub for what an owner has: an organisation, or a user.
func (l *sweepLists) github(owner string, user bool) (*forge.Client, error) {
	if l.apps == nil {
		return l.clients.github()
	}
	app, err := l.apps.installation(owner, user)
	if err != nil {
		return nil, err
	}
	return app.Client(), nil
}

// of is what --url and --token-file say of a forge: they are of one.
func (l *sweepLists) of(gitlab bool) (address, tokenFile string) {
	if gitlab != l.ofGitLab() {
		return "", ""
	}
	return l.url, l.tokenFile
}

// ofGitLab reports whether --url and --token-file are of GitLab. Where no flag names
// something on either forge, the environment tells: it has what is GitLab's alone.
func (l *sweepLists) ofGitLab() bool {
	if len(l.groups) > 0 || l.listsGitHub() {
		return len(l.groups) > 0
	}
	set := func(name string) bool { return os.Getenv(name) != "" }
	return slices.ContainsFunc([]string{"GITLAB_TOKEN", "GITLAB_TOKEN_FILE", "GITLAB_URL"}, set) &&
		!slices.ContainsFunc([]string{"GH_TOKEN", "GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_APP_ID"}, set) && l.app.ID == ""
}

// host is the one that people know of a forge.
func (l *sweepLists) host(gitlab bool) string {
	variable, standard := "GITHUB_API_URL", "github.com"
	if gitlab {
		variable, standard = "GITLAB_URL", "gitlab.com"
	}
	address, _ := l.of(gitlab)
	u, err := url.Parse(cmp.Or(address, os.Getenv(variable)))
	if err != nil || u.Host == "" {
		return standard
	}
	return strings.TrimPrefix(u.Host, "api.")
}

// cloning is what the server of a repository is given: the token of its forge, for as
// long as it is good; and another server nothing.
func (l *sweepLists) cloning(ctx context.Context, clone string) (git.Auth, error) {
	u, err := url.Parse(clone)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return git.Auth{}, nil // whether it can be cloned is for others to say
	}
	auth := git.Auth{Server: u.Scheme + "://" + u.Host}
	switch u.Host {
	case l.host(false):
		if l.apps != nil {
			owner, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
			auth.Token, err = l.apps.token(ctx, owner)
			break
		}
		_, tokenFile := l.of(false)
		auth.Token, err = forge.ReadToken(tokenFile, os.Getenv, "GH_TOKEN", "GITHUB_TOKEN")
	case l.host(true):
		_, tokenFile := l.of(true)
		auth.User = "oauth2"
		auth.Token, err = forge.ReadToken(cmp.Or(tokenFile, os.Getenv("GITLAB_TOKEN_FILE")), os.Getenv, "GITLAB_TOKEN")
	}
	return auth, err
}

// signIn makes ready for signing in: with tokens, or as a GitHub App, if there is one. What
// is wrong with its key is told before anything begins.
func (l *sweepLists) signIn() error {
	if l.budget < 0 || l.budget > 0 && l.budget < leastBudget {
		return fmt.Errorf("--api-budget %d: want at least %d requests an hour, or 0 for as many as the APIs allow", l.budget, leastBudget)
	}
	budget := forge.NewBudget(l.budget, nil)
	address, tokenFile := l.of(false)
	l.clients = forgeClients{
		budget: budget,
		github: sync.OnceValues(func() (*forge.Client, error) {
			return forge.NewGitHub(forge.GitHubOptions{URL: address, TokenFile: tokenFile, Budget: budget})
		}),
		gitlab: sync.OnceValues(func() (*forge.Client, error) {
			address, tokenFile := l.of(true)
			return newGitLab(address, tokenFile, budget)
		}),
	}
	flags := l.app.ID+l.app.KeyFile != ""
	switch {
	case flags && tokenFile != "":
		return errors.New("--github-app and --token-file: one of them signs in")
	case !flags && (tokenFile != "" || os.Getenv("GITHUB_APP_ID") == ""):
		return nil
	case len(l.enterprises) > 0:
		return errors.New("--enterprise needs a member's token with the scope read:enterprise: take away --github-app, or GITHUB_APP_ID")
	}
	l.app.API.URL, l.app.API.Budget = address, budget
	l.apps = &githubApps{options: l.app, known: map[appPlace]*forge.GitHubApp{}}
	return l.apps.check()
}

// signOutTime is how long GitHub is given to revoke tokens.
const signOutTime = 30 * time.Second

// signOut revokes the tokens that are left.
func (l *sweepLists) signOut() error {
	if l.apps == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), signOutTime) // that of the command may be over
	defer cancel()
	return l.apps.revoke(ctx)
}

// githubApps signs in as a GitHub App, which each owner of repositories has installed on
// their own. It is safe for concurrent use.
type githubApps struct {
	options forge.GitHubAppOptions // of all, without a place

	mu    sync.Mutex
	known map[appPlace]*forge.GitHubApp
}

// appPlace is where an App is installed.
type appPlace struct {
	owner string
	user  bool // not an organisation
}

// check says what is wrong with the App, as far as GitHub need not be asked.
func (a *githubApps) check() error {
	o := a.options
	o.Installation = 1
	_, err := forge.NewGitHubApp(o)
	return err
}

// installation is that of an organisation, or of a user.
func (a *githubApps) installation(owner string, user bool) (*forge.GitHubApp, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	where := appPlace{strings.ToLower(owner), user}
	if app := a.known[where]; app != nil {
		return app, nil
	}
	o := a.options
	if o.Org = owner; user {
		o.Org, o.User = "", owner
	}
	app, err := forge.NewGitHubApp(o)
	if err == nil {
		a.known[where] = app
	}
	return app, err
}

// token is one that is good for the repositories of an owner. Its errors are those of
// signedIn.
func (a *githubApps) token(ctx context.Context, owner string) (string, error) {
	_, token, err := a.signedIn(ctx, owner)
	return token, err
}

// signedIn is the installation at an owner, be it an organisation or a user, with a token.
// Its error is a *sweep.Unreadable where GitHub refuses.
func (a *githubApps) signedIn(ctx context.Context, owner string) (app *forge.GitHubApp, token string, err error) {
	for _, user := range []bool{false, true} {
		if app, err = a.installation(owner, user); err != nil {
			return nil, "", err
		}
		token, err = app.Token(ctx)
		switch forge.StatusOf(err) {
		case http.StatusNotFound: // it is no organisation, or the App is not there
		case http.StatusUnauthorized, http.StatusForbidden:
			return nil, "", &sweep.Unreadable{Err: err, Remedy: "correct the App's id and key, or what it may do"}
		default:
			return app, token, err
		}
	}
	return nil, "", &sweep.Unreadable{Err: err, Remedy: "have " + owner + " install the App, or sweep without it"}
}

// revoke revokes the tokens of all installations.
func (a *githubApps) revoke(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var failed []error
	for _, app := range a.known {
		failed = append(failed, app.Revoke(ctx))
	}
	return errors.Join(failed...)
}
