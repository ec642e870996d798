package verify_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/leakguard/leakguard/detectors/verify"
)

var entraHosts = []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"}

func init() {
	farms = append(farms, func(t *testing.T) []farmed {
		c := cloudCredential(t, "azure-entra-client-secret", "tenant_id", "client_id")
		return []farmed{{
			cred: c, hosts: entraHosts, steps: 1, id: c.Part("client_id"),
			accept: entraApp{c.Part("tenant_id"), c.Part("client_id"), c.Value, "https://graph.microsoft.com/.default"},
			refuse: entraError(7000215, "Invalid client secret provided."),
		}}
	})
}

// entraApp is an app registration that the fake token endpoint knows.
type entraApp struct{ tenant, client, secret, scope string }

func (a entraApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/"+a.tenant+"/oauth2/v2.0/token":
		entraError(90002, "Tenant not found.")(w, r)
	case r.PostFormValue("client_id") != a.client:
		entraError(700016, "Application was not found in the directory.")(w, r)
	case r.PostFormValue("client_secret") != a.secret:
		entraError(7000215, "Invalid client secret provided.")(w, r)
	case r.PostFormValue("grant_type") != "client_credentials", r.PostFormValue("scope") != a.scope:
		entraError(70011, "The provided scope is not valid.")(w, r)
	default:
		reply(200, "application/json", `{"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "a token"}`)(w, r)
	}
}

func entraError(code int, text string) http.HandlerFunc {
	kind, status := "invalid_client", 401
	if code == 700016 || code == 90002 {
		kind, status = "unauthorized_client", 400
	}
	return reply(status, "application/json", fmt.Sprintf(`{"error": %q, "error_description": "AADSTS%d: %s Trace ID: 0", "error_codes": [%d], "error_uri": "https://login.microsoftonline.com/error?code=%d"}`, kind, code, text, code, code))
}

func TestEntraVerdicts(t *testing.T) {
	c := cloudCredential(t, "azure-entra-client-secret", "tenant_id", "client_id")
	tenant, client := c.Part("tenant_id"), c.Part("client_id")
	const graph = "https://graph.microsoft.com/.default"
	at := func(host string) *verify.Credential {
		one := *c
		one.Parts = map[string][]string{"tenant_id": {tenant}, "client_id": {client}, "login_host": {host}}
		return &one
	}
	with := func(tenants, clients []string) *verify.Credential {
		one := *c
		one.Parts = map[string][]string{"tenant_id": tenants, "client_id": clients}
		return &one
	}
	tests := []struct {
		name   string
		cred   *verify.Credential
		server http.Handler
		state  verify.State
		reason string
	}{
		{"accepted", c, entraApp{tenant, client, c.Value, graph}, verify.Live, ""},
		{"US Government", at("login.microsoftonline.us"), entraApp{tenant, client, c.Value, "https://graph.microsoft.us/.default"}, verify.Live, ""},
		{"China", at("login.partner.microsoftonline.cn"), entraApp{tenant, client, c.Value, "https://microsoftgraph.chinacloudapi.cn/.default"}, verify.Live, ""},
		{"replaced", c, entraApp{tenant, client, "other", graph}, verify.Dead, "refuses"},
		{"expired", c, entraError(7000222, "The provided client secret keys for app are expired."), verify.Dead, "refuses"},
		{"app of another tenant", c, entraApp{tenant, "other", c.Value, graph}, verify.Unknown, "may not be its own"},
		{"no such tenant", c, entraApp{"other", client, c.Value, graph}, verify.Unknown, "may not be its own"},
		{"blocked by a policy", c, entraError(53003, "Access has been blocked by Conditional Access policies."), verify.Unknown, "neither"},
		{"the second app near it is its own", with([]string{tenant}, []string{"11111111-2222-4333-8444-555555555555", client}), entraApp{tenant, client, c.Value, graph}, verify.Live, ""},
		{"two apps near it, both refuse it", with([]string{tenant}, []string{client, "11111111-2222-4333-8444-555555555555"}), entraError(7000215, "Invalid client secret provided."), verify.Unknown, "may not be its own"},
		{"no tenant", with(nil, []string{client}), nil, verify.Unverifiable, "tenant"},
		{"no app", with([]string{tenant}, nil), nil, verify.Unverifiable, "client id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := tt.server
			if server == nil {
				server = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
			}
			v := farmed{cred: tt.cred, hosts: entraHosts}.ask(t, server, nil)
			if v.State != tt.state || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("%s (%s), want %s (%s)", v.State, v.Reason, tt.state, tt.reason)
			}
			if v.State == verify.Live && v.Identity.Account != tenant {
				t.Errorf("account %q", v.Identity.Account)
			}
		})
	}
}
