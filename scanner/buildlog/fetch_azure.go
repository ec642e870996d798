package buildlog

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// NewAzure returns the source of the task logs of an Azure DevOps project, or of
// all projects of an organisation.
func NewAzure(c *forge.Client, o RemoteOptions) scanner.Source {
	return newRemote(azureSystem(), c, o)
}

func azureSystem() remoteSystem {
	return remoteSystem{
		name: "azure", title: "Azure DevOps", format: &Azure, variables: "AZURE_DEVOPS",
		address:    "https://dev.azure.com/",
		permission: "the scopes Build (Read) and Project and Team (Read)",
		authorize:  func(req *http.Request, _, token string) { req.SetBasicAuth("", token) },
		fit:        needsOrg,
		list:       func(f *fetching) { azureAPI{f}.projects() },
	}
}

func needsOrg(o RemoteOptions) string {
	if o.Org == "" {
		return "name the organisation"
	}
	return ""
}

// azureAPI reads by the API that https://learn.microsoft.com/rest/api/azure/devops/build/
// describes: Builds - List, Builds - Get Build Logs, Timeline - Get.
type azureAPI struct{ *fetching }

const azureVersion = "7.1"

// azureList is the form of all lists. The header X-Ms-Continuationtoken says
// where the next page begins.
type azureList[T any] struct {
	Value []T `json:"value"`
}

// azurePages reads a list, of which path may have no continuationToken yet.
func azurePages[T any](a azureAPI, what, path string, id func(T) string, each func(T)) {
	a.pages(what, path, func(at string, fresh func(string) bool) (string, error) {
		var page azureList[T]
		resp, err := a.get(at, &page)
		if err != nil {
			return "", err
		}
		if page.Value == nil {
			return "", errNoList("value")
		}
		for _, v := range page.Value {
			if fresh(id(v)) {
				each(v)
			}
		}
		token := resp.Header.Get("X-Ms-Continuationtoken")
		if token == "" {
			return "", nil
		}
		return path + "&continuationToken=" + url.QueryEscape(token), nil
	})
}

func (a azureAPI) projects() {
	if a.opts.Project != "" {
		a.buildList(a.opts.Project)
		return
	}
	type project struct {
		Name string `json:"name"`
	}
	path := url.PathEscape(a.opts.Org) + "/_apis/projects?$top=100&api-version=" + azureVersion
	azurePages(a, "projects of "+a.opts.Org, path, func(p project) string { return p.Name }, func(p project) { a.buildList(p.Name) })
}

type azureBuild struct {
	ID     int64  `json:"id"`
	Number string `json:"buildNumber"`
	Status string `json:"status"`
	Links  struct {
		Web struct {
			Href string `json:"href"`
		} `json:"web"`
	} `json:"_links"`
}

func (a azureAPI) buildList(project string) {
	query := url.Values{"api-version": {azureVersion}, "$top": {"100"}, "queryOrder": {"queueTimeDescending"}}
	if a.opts.Branch != "" {
		query.Set("branchName", "refs/heads/"+strings.TrimPrefix(a.opts.Branch, "refs/heads/"))
	}
	if !a.opts.Since.IsZero() { // of the time that the list is ordered by
		query.Set("minTime", a.opts.Since.UTC().Format(time.RFC3339))
	}
	base := url.PathEscape(a.opts.Org) + "/" + url.PathEscape(project) + "/_apis/build/builds"
	azurePages(a, "builds of "+project, base+"?"+query.Encode(),
		func(b azureBuild) string { return strconv.FormatInt(b.ID, 10) },
		func(b azureBuild) {
			if b.Status != "completed" {
				a.unfinished()
				return
			}
			a.build(func() { a.logs(project, base+"/"+strconv.FormatInt(b.ID, 10), b) })
		})
}

// azureRecord is a stage, a job or a task of a build.
type azureRecord struct {
	ID     string `json:"id"`
	Parent string `json:"parentId"`
	Type   string `json:"type"`
	Name   string `json:"name"`
	Log    *struct {
		ID int64 `json:"id"`
	} `json:"log"`
}

// logs reads all logs of a build. The timeline says whose they are; it lacks
// those of earlier attempts, which are read all the same.
func (a azureAPI) logs(project, path string, b azureBuild) {
	run := project + " build " + b.Number
	var timeline struct {
		Records []azureRecord `json:"records"`
	}
	version := "?api-version=" + azureVersion
	_, err := a.get(path+"/timeline"+version, &timeline)
	if err != nil {
		a.missed(&a.lists, "the steps of "+run, err) // its logs are read, without their names
	}
	owners, repeated := azureOwners(timeline.Records)
	type log struct {
		ID int64 `json:"id"`
	}
	azurePages(a, "logs of "+run, path+"/logs"+version, func(l log) string { return strconv.FormatInt(l.ID, 10) }, func(l log) {
		if repeated[l.ID] {
			return
		}
		o, ok := owners[l.ID]
		if !ok {
			o.step = fmt.Sprintf("log %d", l.ID)
		}
		j := jobLog{
			path: fmt.Sprintf("%s/logs/%d%s", path, l.ID, version),
			id:   fmt.Sprintf("%s/%s/%d/%d", a.opts.Org, project, b.ID, l.ID),
			run:  run, job: o.job, step: o.step, page: b.Links.Web.Href,
		}
		if o.view != "" && strings.Contains(j.page, "?") {
			j.page += o.view
			j.anchor = func(line int) string { return fmt.Sprintf("&l=%d", line) }
		}
		a.log(j)
	})
}

// azureOwner is whose log it is. view is what the address of the build's page
// needs behind it to show that log.
type azureOwner struct{ job, step, view string }

// azureOwners tells by its number whose log it is, and which logs only repeat
// those of the tasks below.
func azureOwners(records []azureRecord) (owners map[int64]azureOwner, repeated map[int64]bool) {
	names := map[string]string{}
	hasLogs := map[string]bool{} // by id: whether something right below has a log
	for _, r := range records {
		names[r.ID] = r.Name
		if r.Log != nil {
			hasLogs[r.Parent] = true
		}
	}
	owners, repeated = map[int64]azureOwner{}, map[int64]bool{}
	for _, r := range records {
		switch {
		case r.Log == nil:
		case r.Type == "Job" && hasLogs[r.ID]:
			repeated[r.Log.ID] = true
		case r.Type == "Task":
			view := "&view=logs&j=" + url.QueryEscape(r.Parent) + "&t=" + url.QueryEscape(r.ID)
			owners[r.Log.ID] = azureOwner{names[r.Parent], r.Name, view}
		default:
			owners[r.Log.ID] = azureOwner{job: r.Name}
		}
	}
	return owners, repeated
}
