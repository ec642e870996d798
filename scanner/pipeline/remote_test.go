package pipeline

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/time/rate"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// fake answers each path (as it stands in the request, escapes kept, with its
// query) from a table: a JSON text with PASS for a password. What is not in it
// is 404.
func fake(t *testing.T, answers map[string]string) *forge.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if next := answers["next "+r.URL.RequestURI()]; next != "" {
			w.Header().Set("Link", fmt.Sprintf("<http://%s%s>; rel=\"next\"", r.Host, next))
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, filled(t, body))
	}))
	t.Cleanup(srv.Close)
	c, err := forge.New(forge.Options{BaseURL: srv.URL, Rate: rate.Inf})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func remoteScan(t *testing.T, system string, c *forge.Client, o RemoteOptions) *scanner.Result {
	t.Helper()
	s, err := NewRemote(system, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return scanned(t, s)
}

func TestRemotes(t *testing.T) {
	const none = `{"variables": [], "secrets": []}`
	for _, tt := range []struct {
		system  string
		opts    RemoteOptions
		answers map[string]string
		want    []string
		gaps    []string
	}{
		{"github", RemoteOptions{Project: "acme/web"}, map[string]string{
			"/repos/acme/web/actions/variables?per_page=30":                none,
			"next /repos/acme/web/actions/variables?per_page=30":           "/repos/acme/web/actions/variables?per_page=30&page=2",
			"/repos/acme/web/actions/variables?per_page=30&page=2":         `{"variables": [{"name": "DB_PASSWORD", "value": "PASS"}]}`,
			"/repos/acme/web/actions/organization-variables?per_page=30":   `{"variables": [{"name": "ADMIN_PASSWORD", "value": "PASS"}]}`,
			"/repos/acme/web/environments?per_page=100":                    `{"environments": [{"name": "prod/eu"}]}`,
			"/repos/acme/web/environments/prod%2Feu/variables?per_page=30": `{"variables": [{"name": "ROOT_PASSWORD", "value": "PASS"}]}`,
			"/repos/acme/web/environments/prod%2Feu/secrets?per_page=100":  none,
			"/repos/acme/web/actions/secrets?per_page=100":                 `{"secrets": [{"name": "A"}]}`,
		}, []string{
			"variable DB_PASSWORD of the repository acme/web", "variable ADMIN_PASSWORD of the organization acme",
			"variable ROOT_PASSWORD of the environment prod/eu of acme/web",
		}, nil},
		{"github", RemoteOptions{Org: "acme"}, map[string]string{
			"/orgs/acme/actions/variables?per_page=30": `{"variables": [{"name": "DB_PASSWORD", "value": "PASS"}]}`,
		}, []string{"variable DB_PASSWORD of the organization acme"}, []string{"repositories of organization acme: it could not be read"}},
		{"gitlab", RemoteOptions{Project: "acme/web"}, map[string]string{
			"/projects/acme%2Fweb/variables?per_page=100": `[{"key": "DB_PASSWORD", "value": "PASS", "protected": true}, {"key": "H", "value": null, "hidden": true}]`,
			"/groups/acme/variables?per_page=100":         `[{"key": "ADMIN_PASSWORD", "value": "PASS", "masked": true, "protected": true}]`,
		}, []string{
			"variable DB_PASSWORD of the project acme/web, unmasked: shown in logs", "variable ADMIN_PASSWORD of the group acme",
		}, nil},
		{"github", RemoteOptions{Org: "acme", Alone: true}, map[string]string{
			"/orgs/acme/actions/variables?per_page=30":      `{"variables": [{"name": "DB_PASSWORD", "value": "PASS"}]}`,
			"/orgs/acme/repos?per_page=100":                 `[{"full_name": "acme/web"}]`,
			"/repos/acme/web/actions/variables?per_page=30": `{"variables": [{"name": "WEB_PASSWORD", "value": "PASS"}]}`,
		}, []string{"variable DB_PASSWORD of the organization acme"}, nil},
		{"github", RemoteOptions{Project: "acme/web", Alone: true}, map[string]string{
			"/repos/acme/web/actions/variables?per_page=30":              `{"variables": [{"name": "WEB_PASSWORD", "value": "PASS"}]}`,
			"/repos/acme/web/actions/organization-variables?per_page=30": `{"variables": [{"name": "DB_PASSWORD", "value": "PASS"}]}`,
		}, []string{"variable WEB_PASSWORD of the repository acme/web"}, nil},
		{"gitlab", RemoteOptions{Org: "acme", Alone: true}, map[string]string{
			"/groups/acme/variables?per_page=100":                       `[{"key": "ADMIN_PASSWORD", "value": "PASS", "masked": true, "protected": true}]`,
			"/projects/acme%2Fweb/variables?per_page=100":               `[{"key": "DB_PASSWORD", "value": "PASS", "protected": true, "masked": true}]`,
			"/groups/acme/projects?include_subgroups=true&per_page=100": `[{"path_with_namespace": "acme/web"}]`,
		}, []string{"variable ADMIN_PASSWORD of the group acme"}, nil},
		{"gitlab", RemoteOptions{Project: "acme/web", Alone: true}, map[string]string{
			"/projects/acme%2Fweb/variables?per_page=100": `[{"key": "DB_PASSWORD", "value": "PASS", "protected": true, "masked": true}]`,
			"/groups/acme/variables?per_page=100":         `[{"key": "ADMIN_PASSWORD", "value": "PASS", "masked": true, "protected": true}]`,
		}, []string{"variable DB_PASSWORD of the project acme/web"}, nil},
		{"circleci", RemoteOptions{Org: "gh/acme"}, map[string]string{
			"/v2/context?owner-slug=gh%2Facme&":  `{"items": [{"id": "1", "name": "prod"}], "next_page_token": null}`,
			"/v2/context/1/environment-variable": `{"items": [{"variable": "A"}], "next_page_token": null}`,
		}, nil, nil},
		{"azure", RemoteOptions{Org: "acme", Project: "web"}, map[string]string{
			"/acme/web/_apis/distributedtask/variablegroups?api-version=7.1":              `{"value": [{"name": "prod", "variables": {"DB_PASSWORD": {"value": "PASS"}, "B": {"value": null, "isSecret": true}}}]}`,
			"/acme/web/_apis/build/definitions?includeAllProperties=true&api-version=7.1": `{"value": []}`,
		}, []string{"variable DB_PASSWORD of the variable group prod"}, nil},
		{"bitbucket", RemoteOptions{Project: "acme/web"}, map[string]string{
			"/repositories/acme/web/pipelines_config/variables?pagelen=100": `{"values": [{"key": "DB_PASSWORD", "value": "PASS"}, {"key": "B", "secured": true}]}`,
			"/repositories/acme/web/environments?pagelen=100":               `{"values": []}`,
		}, []string{"variable DB_PASSWORD of the repository acme/web"}, nil},
		{"buildkite", RemoteOptions{Org: "acme"}, map[string]string{
			"/organizations/acme/pipelines?per_page=100": `[{"slug": "web", "env": {"DB_PASSWORD": "PASS"}, "configuration": "env:\n  ADMIN_PASSWORD: PASS\n"}]`,
		}, []string{"variable DB_PASSWORD of the pipeline web", "variable env.ADMIN_PASSWORD of the pipeline of pipeline web"}, nil},
		{"jenkins", RemoteOptions{Project: "web"}, map[string]string{
			"/job/web/api/json?tree=jobs%5Bname%5D%2Cproperty%5BparameterDefinitions%5Bname%2Ctype%2CdefaultParameterValue%5Bvalue%5D%5D%5D": `{"property": [{"parameterDefinitions": [{"name": "DB_PASSWORD", "type": "StringParameterDefinition", "defaultParameterValue": {"value": "PASS"}}]}]}`,
		}, []string{"variable DB_PASSWORD of the job web"}, nil},
	} {
		t.Run(tt.system, func(t *testing.T) {
			r := remoteScan(t, tt.system, fake(t, tt.answers), tt.opts)
			wantPlaces(t, r, tt.want...)
			for _, g := range tt.gaps {
				if !slices.ContainsFunc(r.Coverage[0].Gaps, func(have scanner.Gap) bool {
					return strings.HasPrefix(have.What+": "+have.Why, g)
				}) {
					t.Errorf("no gap %q among %v", g, r.Coverage[0].Gaps)
				}
			}
			if tt.gaps == nil {
				wantGaps(t, r)
			}
		})
	}
}

func TestRemotePagesInACircle(t *testing.T) {
	c := fake(t, map[string]string{
		"/projects/web/variables?per_page=100":             `[{"key": "DB_PASSWORD", "value": "PASS"}]`,
		"next /projects/web/variables?per_page=100":        "/projects/web/variables?per_page=100&page=2",
		"/projects/web/variables?per_page=100&page=2":      `[]`,
		"next /projects/web/variables?per_page=100&page=2": "/projects/web/variables?per_page=100&page=2",
	})
	r := remoteScan(t, "gitlab", c, RemoteOptions{Project: "web"})
	if len(r.Secrets) != 1 || len(r.Coverage[0].Gaps) != 1 {
		t.Errorf("%d secrets and gaps %v; want what came before, and a gap", len(r.Secrets), r.Coverage[0].Gaps)
	}
}
