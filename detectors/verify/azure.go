package verify

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// entraCloud is one of Microsoft's clouds: where a token is asked for, and what
// for. National clouds are asked only where the text names them
// (https://learn.microsoft.com/en-us/entra/identity-platform/authentication-national-cloud).
type entraCloud struct{ login, scope string }

func entraCloudOf(host string) entraCloud {
	switch strings.ToLower(host) {
	case "login.microsoftonline.us":
		return entraCloud{"login.microsoftonline.us", "https://graph.microsoft.us/.default"}
	case "login.partner.microsoftonline.cn", "login.chinacloudapi.cn":
		return entraCloud{"login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn/.default"}
	}
	return entraCloud{"login.microsoftonline.com", "https://graph.microsoft.com/.default"}
}

// verifyEntra asks for a token of the app itself, which shows in its sign-in log
// (https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow).
func verifyEntra(ctx context.Context, ask *Asker, c *Credential) Verdict {
	tenant, client := c.Part("tenant_id"), c.Part("client_id")
	if tenant == "" || client == "" {
		return unverifiable("it takes the tenant and the client id of its app to ask, and they do not both stand near it")
	}
	cloud := entraCloudOf(c.Part("login_host"))
	endpoint := "https://" + cloud.login + "/" + url.PathEscape(tenant) + "/oauth2/v2.0/token"
	answer, failed := requestToken(ctx, ask, endpoint, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client},
		"client_secret": {strings.TrimSpace(c.Value)}, "scope": {cloud.scope},
	})
	if failed != nil {
		return *failed
	}
	v := entraVerdict(answer)
	v.Endpoint = "POST " + endpoint
	if v.State == Live {
		v.Identity = Identity{ID: client, Kind: "machine", Account: tenant}
	}
	return v
}

// entraVerdict reads Microsoft's answer by its own numbers
// (https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes).
func entraVerdict(a *tokenAnswer) Verdict {
	has := func(code int) bool { return a.code != "" && slices.Contains(a.codes, code) }
	switch {
	case a.granted:
		return live("answered 200 with an access token")
	case has(7000215):
		return dead(fmt.Sprintf("answered %d, AADSTS7000215: the app has no such client secret", a.status))
	case has(7000222):
		return dead(fmt.Sprintf("answered %d, AADSTS7000222: the client secret has expired", a.status))
	case has(700016):
		return strayed("the app that stands near it is not known in the tenant that does (AADSTS700016): they may not be its own")
	case has(90002):
		return strayed("the tenant that stands near it does not exist (AADSTS90002): it may not be its own")
	}
	return unknown(fmt.Sprintf("the answer, %d, is neither Microsoft's yes nor its no", a.status))
}
