package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// githubAPI is GitHub's REST API. An endpoint that is configured for its host, such
// as https://github.acme.com/api/v3, is that of a GitHub Enterprise Server.
const githubAPI = "https://api.github.com"

// verifyGitHub asks whose a token is: of those that act for a user GET /user, of
// installation tokens the repositories that they see.
// https://docs.github.com/en/rest/users/users#get-the-authenticated-user
func verifyGitHub(ctx context.Context, ask *Asker, c *Credential) Verdict {
	token := strings.TrimSpace(c.Value)
	if strings.HasPrefix(token, "ghs_") {
		return githubInstallation(ctx, ask, token)
	}
	return githubUser(ctx, ask, token)
}

func githubUser(ctx context.Context, ask *Asker, token string) Verdict {
	answer, what, err := askGitHub(ctx, ask, "/user", token)
	if err != nil {
		return ask.failed(err, what)
	}
	var user struct {
		Login     string `json:"login"`
		ID        int64  `json:"id"`
		Type      string `json:"type"`
		SiteAdmin bool   `json:"site_admin"`
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &user) != nil || user.Login == "" || user.ID == 0 {
		return githubRefusal(answer, what)
	}
	v := live("answered 200 with login and id")
	v.Endpoint = what
	v.Identity = Identity{ID: fmt.Sprint(user.ID), Name: user.Login, Kind: "person"}
	if user.Type == "Bot" {
		v.Identity.Kind = "machine"
	}
	if user.SiteAdmin {
		v.Access = Admin
	}
	// Fine-grained tokens have permissions instead of scopes, which nothing tells.
	v.Scopes = asList(answer.Header.Get("X-OAuth-Scopes"))
	v.Expires = asTime(answer.Header.Get("GitHub-Authentication-Token-Expiration"))
	return v
}

// githubInstallation asks about a GitHub App's token for one installation.
// https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation
func githubInstallation(ctx context.Context, ask *Asker, token string) Verdict {
	answer, what, err := askGitHub(ctx, ask, "/installation/repositories?per_page=1", token)
	if err != nil {
		return ask.failed(err, what)
	}
	var seen struct {
		Total        *int `json:"total_count"`
		Repositories []struct {
			Owner struct {
				Login string `json:"login"`
			} `json:"owner"`
		} `json:"repositories"`
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &seen) != nil || seen.Total == nil || seen.Repositories == nil {
		return githubRefusal(answer, what)
	}
	v := live(fmt.Sprintf("answered 200 with total_count %d", *seen.Total))
	v.Endpoint = what
	v.Identity.Kind = "machine"
	if len(seen.Repositories) > 0 {
		v.Identity.Account = seen.Repositories[0].Owner.Login
	}
	return v
}

// githubAppTime is how long the token lives that a GitHub App's key is tried with;
// GitHub takes none of more than ten minutes.
const githubAppTime = 9 * time.Minute

// verifyGitHubApp signs a token with a GitHub App's private key and asks which App
// it is of. The App's id is the part app_id; its client id will do too.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
func verifyGitHubApp(ctx context.Context, ask *Asker, c *Credential) Verdict {
	id := c.Part("app_id")
	if id == "" {
		return unverifiable((&errMissing{"app_id"}).Error())
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(c.Value)))
	if err != nil {
		return unverifiable("it cannot be read as an RSA key, which those of GitHub Apps are")
	}
	now := ask.engine.now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer:    id,
		IssuedAt:  jwt.NewNumericDate(now.Add(-time.Minute)), // clocks differ
		ExpiresAt: jwt.NewNumericDate(now.Add(githubAppTime)),
	}).SignedString(key)
	if err != nil {
		return unverifiable("its key cannot sign: " + err.Error())
	}
	answer, what, err := askGitHub(ctx, ask, "/app", token)
	if err != nil {
		return ask.failed(err, what)
	}
	return githubApp(answer, what)
}

// githubApp concludes from the answer of GET /app.
func githubApp(answer *Answer, what string) Verdict {
	var app struct {
		ID    int64  `json:"id"`
		Slug  string `json:"slug"`
		Owner struct {
			Login string `json:"login"`
		} `json:"owner"`
		Permissions map[string]string `json:"permissions"`
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &app) != nil || app.ID == 0 || app.Permissions == nil {
		return githubRefusal(answer, what)
	}
	v := live("answered 200 with id and permissions")
	v.Endpoint = what
	v.Identity = Identity{ID: fmt.Sprint(app.ID), Name: app.Slug, Kind: "machine", Account: app.Owner.Login}
	for name, access := range app.Permissions {
		v.Scopes = append(v.Scopes, name+":"+access)
	}
	slices.Sort(v.Scopes)
	if app.Permissions["administration"] == "write" || app.Permissions["organization_administration"] == "write" {
		v.Access = Admin
	}
	return v
}

func askGitHub(ctx context.Context, ask *Asker, path, token string) (answer *Answer, what string, err error) {
	what = "GET " + githubAPI + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, githubAPI+path, nil)
	if err != nil {
		return nil, what, err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	req.Header.Set("Authorization", "Bearer "+token)
	answer, err = ask.Do(req, what)
	return answer, what, err
}

// githubRefusal concludes from an answer that is not what was asked for. GitHub
// says in words of its own that it does not know a token, and that it knows one
// which may not be used for this or from here.
func githubRefusal(a *Answer, what string) Verdict {
	var body struct {
		Message string `json:"message"`
		Docs    string `json:"documentation_url"`
	}
	if json.Unmarshal(a.Body, &body) != nil {
		return neither(a, what)
	}
	var v Verdict
	switch {
	case a.Status == http.StatusUnauthorized && body.Docs != "" &&
		(body.Message == "Bad credentials" || body.Message == "A JSON web token could not be decoded"):
		v = dead(fmt.Sprintf("answered 401, message %q", body.Message))
	case a.Status == http.StatusForbidden && strings.HasPrefix(body.Message, "Although you appear to have the correct authorization credentials"):
		v = live("answered 403: the credentials are right, but the organisation's IP allow list keeps this address out")
	case a.Status == http.StatusForbidden && strings.HasPrefix(body.Message, "Resource not accessible by "):
		v = live("answered 403: the token is known, but may not do this")
	default:
		return neither(a, what)
	}
	v.Endpoint = what
	return v
}
