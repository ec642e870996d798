package forge

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// GitHubAppOptions settle which GitHub App signs in, where it is installed, and what
// its tokens are good for.
type GitHubAppOptions struct {
	// ID is the App's id or its client id; "" is what GITHUB_APP_ID says.
	ID string

	// KeyFile holds the App's private key, in PEM; "" takes the key itself from the
	// environment variable GITHUB_APP_PRIVATE_KEY, with line ends or with \n for them.
	KeyFile string

	// One of these says where the App is installed.
	Org, User    string
	Installation int64

	// Repositories are those of the installation that the tokens are good for, by
	// their names without the owner, 500 at most; none: all.
	Repositories []string

	// Write are permissions that are wanted for writing, beside those for reading that
	// a scan needs: "issues". Of all, only what the installation has is asked for.
	Write []string

	// API says where the API is. Its token is not used, nor one of the environment.
	API GitHubOptions
}

const (
	githubJWTAge    = 9 * time.Minute // GitHub takes none of more than ten minutes
	githubClockSkew = time.Minute
	githubRenewal   = 5 * time.Minute // what a token has left when it is renewed
	githubMostRepos = 500
)

// GitHubApp signs in as a GitHub App, with tokens of one installation that live for an
// hour and are renewed in time. It is safe for concurrent use.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
type GitHubApp struct {
	opts   GitHubAppOptions
	key    *rsa.PrivateKey
	app    *Client // signs in as the App itself
	client *Client // signs in as the installation

	turn   chan struct{} // held by who reads or changes what follows
	found  *githubInstallation
	tokens []githubAppToken // that live, the newest last
}

// githubInstallation is what is needed of one.
type githubInstallation struct {
	ID          int64             `json:"id"`
	Suspended   *time.Time        `json:"suspended_at"`
	Permissions map[string]string `json:"permissions"`
}

type githubAppToken struct {
	Value   string    `json:"token"`
	Expires time.Time `json:"expires_at"`
}

// NewGitHubApp reads the key. Nothing is asked of GitHub before a token is needed.
func NewGitHubApp(o GitHubAppOptions) (*GitHubApp, error) {
	if o.API.Getenv == nil {
		o.API.Getenv = os.Getenv
	}
	if o.API.Now == nil {
		o.API.Now = time.Now
	}
	o.ID = cmp.Or(o.ID, o.API.Getenv("GITHUB_APP_ID"))
	if err := o.check(); err != nil {
		return nil, err
	}
	a := &GitHubApp{opts: o, turn: make(chan struct{}, 1)}
	var err error
	if a.key, err = o.readKey(); err != nil {
		return nil, err
	}
	if a.app, err = o.connect("GitHub App", a.sign); err != nil {
		return nil, err
	}
	a.client, err = o.connect(o.place(), a.Token)
	return a, err
}

func (o *GitHubAppOptions) check() error {
	where := 0
	for _, given := range []bool{o.Org != "", o.User != "", o.Installation != 0} {
		if given {
			where++
		}
	}
	switch {
	case o.ID == "":
		return errors.New("no GitHub App is named: give its id or client id, or put it into GITHUB_APP_ID")
	case where != 1:
		return fmt.Errorf("GitHub App %s: want one place where it is installed: an organisation, a user, or the installation's id", o.ID)
	case len(o.Repositories) > githubMostRepos:
		return fmt.Errorf("GitHub App %s: a token is good for %d named repositories at most, not for %d", o.ID, githubMostRepos, len(o.Repositories))
	}
	return nil
}

// readKey reads the private key, in PKCS #1 or PKCS #8. Errors never quote it.
func (o *GitHubAppOptions) readKey() (*rsa.PrivateKey, error) {
	const variable = "GITHUB_APP_PRIVATE_KEY"
	from, text := variable, []byte(strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(o.API.Getenv(variable)))
	if o.KeyFile != "" {
		data, err := os.ReadFile(o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("GitHub App %s: its private key: %w", o.ID, err)
		}
		from, text = o.KeyFile, data
	}
	if len(text) == 0 {
		return nil, fmt.Errorf("GitHub App %s: no private key: name its file, or put it into %s", o.ID, variable)
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM(text)
	if err != nil {
		return nil, fmt.Errorf("GitHub App %s: %s holds no RSA private key in PEM", o.ID, from)
	}
	return key, nil
}

// connect returns a client of the API that signs each request with a token. GitHub limits
// the App itself and each installation apart.
func (o *GitHubAppOptions) connect(account string, token func(context.Context) (string, error)) (*Client, error) {
	api := o.API
	api.TokenFile, api.Account = "", account
	api.Getenv = func(name string) string {
		if name == "GH_TOKEN" || name == "GITHUB_TOKEN" {
			return ""
		}
		return o.API.Getenv(name)
	}
	c, err := NewGitHub(api)
	if err != nil {
		return nil, err
	}
	if err := private(c.base.String()); err != nil {
		return nil, err
	}
	c.http.Transport = &tokenTransport{c.http.Transport, c.base, token}
	return c, nil
}

// tokenTransport adds a token to what goes to the API's own host. Unlike
// Options.Authorize it can fail: without a token GitHub would list what is public, and
// that would pass for all there is.
type tokenTransport struct {
	next  http.RoundTripper
	base  *url.URL
	token func(context.Context) (string, error)
}

// RoundTrip implements http.RoundTripper.
func (t *tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != t.base.Host || req.URL.Scheme != t.base.Scheme {
		return t.next.RoundTrip(req)
	}
	token, err := t.token(req.Context())
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+token)
	return t.next.RoundTrip(req)
}

// sign makes the token with which the App itself signs in (RFC 7519).
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
func (a *GitHubApp) sign(context.Context) (string, error) {
	now := a.opts.API.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer:    a.opts.ID,
		IssuedAt:  jwt.NewNumericDate(now.Add(-githubClockSkew)),
		ExpiresAt: jwt.NewNumericDate(now.Add(githubJWTAge)),
	}).SignedString(a.key)
	if err != nil {
		return "", fmt.Errorf("GitHub App %s: its key cannot sign: %w", a.opts.ID, err)
	}
	return token, nil
}

// Client is a client of the REST API that signs in as the installation.
func (a *GitHubApp) Client() *Client { return a.client }

// Token is a token of the installation that is good for five more minutes at least; git
// takes it as the password of the user x-access-token. Callers wait while one of them
// has it renewed.
func (a *GitHubApp) Token(ctx context.Context) (string, error) {
	if err := a.enter(ctx); err != nil {
		return "", err
	}
	defer a.leave()
	now := a.opts.API.Now()
	if n := len(a.tokens); n > 0 && a.tokens[n-1].Expires.Sub(now) >= githubRenewal {
		return a.tokens[n-1].Value, nil
	}
	token, err := a.renew(ctx)
	if err != nil {
		return "", fmt.Errorf("GitHub App %s, %s: %w", a.opts.ID, a.opts.place(), err)
	}
	// Who was given an older one may be using it still.
	a.tokens = slices.DeleteFunc(a.tokens, func(t githubAppToken) bool { return !t.Expires.After(now) })
	a.tokens = append(a.tokens, token)
	return token.Value, nil
}

func (a *GitHubApp) enter(ctx context.Context) error {
	select {
	case a.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *GitHubApp) leave() { <-a.turn }

// renew asks for a token.
// https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
func (a *GitHubApp) renew(ctx context.Context) (githubAppToken, error) {
	var token githubAppToken
	if err := a.find(ctx); err != nil {
		return token, err
	}
	wanted := struct {
		Repositories []string          `json:"repositories,omitempty"`
		Permissions  map[string]string `json:"permissions"`
	}{a.opts.Repositories, a.opts.permissions(a.found.Permissions)}
	w := NewWriter(a.app, WriterOptions{Now: a.opts.API.Now})
	err := w.Post(ctx, fmt.Sprintf("app/installations/%d/access_tokens", a.found.ID), wanted, &token, nil)
	switch {
	case StatusOf(err) != 0:
		a.found = nil // its permissions may have changed, or it was removed
		return token, err
	case err == nil && (token.Value == "" || token.Expires.IsZero()):
		err = errors.New("GitHub answers without a token, or does not say when it expires")
	}
	return token, err
}

// find asks for the installation, once.
func (a *GitHubApp) find(ctx context.Context) error {
	if a.found != nil {
		return nil
	}
	i := new(githubInstallation)
	_, err := a.app.Get(ctx, a.opts.path(), i)
	switch {
	case StatusOf(err) == http.StatusUnauthorized:
		return fmt.Errorf("GitHub does not take what its key signed; is it this App's, and is the clock right? %w", err)
	case StatusOf(err) == http.StatusNotFound:
		return fmt.Errorf("it is not installed there: %w", err)
	case err != nil:
		return err
	case i.ID == 0:
		return errors.New("the answer tells of no installation")
	case i.Suspended != nil:
		return fmt.Errorf("the installation is suspended since %s", i.Suspended.UTC().Format(time.RFC3339))
	case i.Permissions["contents"] == "":
		return errors.New("the App may not read repositories: give it the permission Contents: read, and have the installation accept it")
	}
	a.found = i
	return nil
}

// path is that of the installation in the API.
func (o *GitHubAppOptions) path() string {
	switch {
	case o.Org != "":
		return "orgs/" + url.PathEscape(o.Org) + "/installation"
	case o.User != "":
		return "users/" + url.PathEscape(o.User) + "/installation"
	}
	return fmt.Sprintf("app/installations/%d", o.Installation)
}

// place names the installation to the user.
func (o *GitHubAppOptions) place() string {
	if account := cmp.Or(o.Org, o.User); account != "" {
		return "installation of " + account
	}
	return fmt.Sprintf("installation %d", o.Installation)
}

// permissions are those to ask for: what a scan reads and Write names, as far as it was
// granted. GitHub refuses a request for more.
func (o *GitHubAppOptions) permissions(granted map[string]string) map[string]string {
	ask := map[string]string{}
	for _, name := range []string{
		"actions", "actions_variables", "contents", "dependabot_secrets", "environments", "members", "metadata", "organization_actions_variables",
		"organization_dependabot_secrets", "organization_secrets", "pull_requests", "secrets",
	} {
		if granted[name] != "" {
			ask[name] = "read"
		}
	}
	for _, name := range o.Write {
		if granted[name] != "" {
			ask[name] = granted[name]
		}
	}
	return ask
}

// Revoke revokes the tokens that were given out and live still, at the end of the
// work. Another call of Token would get a new one.
// https://docs.github.com/en/rest/apps/installations#revoke-an-installation-access-token
func (a *GitHubApp) Revoke(ctx context.Context) error {
	if err := a.enter(ctx); err != nil {
		return err
	}
	tokens := a.tokens
	a.tokens = nil
	a.leave()
	o := a.opts
	o.API.Budget = nil // what is spent must not keep them alive
	var failed []error
	for _, t := range tokens {
		if !t.Expires.After(a.opts.API.Now()) {
			continue
		}
		c, err := o.connect(o.place(), func(context.Context) (string, error) { return t.Value, nil })
		if err == nil {
			err = c.Delete(ctx, "installation/token")
		}
		if err != nil && StatusOf(err) != http.StatusUnauthorized { // that is, it is dead
			failed = append(failed, fmt.Errorf("GitHub App %s: a token that expires at %s is not revoked: %w", a.opts.ID, t.Expires.UTC().Format(time.RFC3339), err))
		}
	}
	return errors.Join(failed...)
}
