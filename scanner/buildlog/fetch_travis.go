package buildlog

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// NewTravis returns the source of the job logs of a repository on Travis CI, or
// of all repositories of an owner.
func NewTravis(c *forge.Client, o RemoteOptions) scanner.Source {
	return newRemote(travisSystem(), c, o)
}

func travisSystem() remoteSystem {
	return remoteSystem{
		name: "travis", title: "Travis CI", format: &Travis, variables: "TRAVIS",
		address:    "https://api.travis-ci.com/",
		permission: "to be of a user who may read the repository",
		authorize:  func(req *http.Request, _, token string) { req.Header.Set("Authorization", "token "+token) },
		header:     http.Header{"Travis-Api-Version": {"3"}},
		fit:        projectOrOrg,
		list:       func(f *fetching) { travisAPI{f}.repositories() },
		erased:     "Log removed by ",
	}
}

// travisAPI reads by the API that https://developer.travis-ci.com/ describes, in
// version 3.
type travisAPI struct{ *fetching }

// travisPage is where the next page of a list begins; there is none on the last.
type travisPage struct {
	Next *struct {
		Offset int `json:"offset"`
	} `json:"next"`
}

func (p travisPage) path(of string) string {
	if p.Next == nil {
		return ""
	}
	return of + "&offset=" + strconv.Itoa(p.Next.Offset)
}

func (t travisAPI) repositories() {
	if t.opts.Project != "" {
		t.builds(t.opts.Project)
		return
	}
	all := "owner/" + url.PathEscape(t.opts.Org) + "/repos?limit=100"
	t.pages("repositories of "+t.opts.Org, all, func(path string, fresh func(string) bool) (string, error) {
		var page struct {
			Repositories []struct {
				Slug string `json:"slug"`
			} `json:"repositories"`
			Pagination travisPage `json:"@pagination"`
		}
		if _, err := t.get(path, &page); err != nil {
			return "", err
		}
		if page.Repositories == nil {
			return "", errNoList("repositories")
		}
		for _, r := range page.Repositories {
			if fresh(r.Slug) {
				t.builds(r.Slug)
			}
		}
		return page.Pagination.path(all), nil
	})
}

type travisBuild struct {
	ID      int64      `json:"id"`
	Number  string     `json:"number"`
	Started *time.Time `json:"started_at"` // nil: not yet
	Jobs    []struct {
		ID      int64      `json:"id"`
		Number  string     `json:"number"`
		State   string     `json:"state"`
		Started *time.Time `json:"started_at"`
	} `json:"jobs"`
}

// builds reads a repository's builds, those first that started last: one that
// was started again is among the newest.
func (t travisAPI) builds(slug string) {
	query := url.Values{"limit": {"100"}, "sort_by": {"started_at:desc"}, "include": {"build.jobs"}}
	if t.opts.Branch != "" {
		query.Set("branch.name", t.opts.Branch)
	}
	all := "repo/" + url.PathEscape(slug) + "/builds?" + query.Encode()
	t.pages("builds of "+slug, all, func(path string, fresh func(string) bool) (string, error) {
		var page struct {
			Builds     []travisBuild `json:"builds"`
			Pagination travisPage    `json:"@pagination"`
		}
		resp, err := t.get(path, &page)
		if err != nil {
			return "", err
		}
		if page.Builds == nil {
			return "", errNoList("builds")
		}
		for _, b := range page.Builds {
			if b.Started != nil && b.Started.Before(t.opts.Since) {
				return "", nil
			}
			if fresh(strconv.FormatInt(b.ID, 10)) {
				t.build(func() { t.jobs(slug, b, travisWeb(resp.Request.URL)) })
			}
		}
		return page.Pagination.path(all), nil
	})
}

func (t travisAPI) jobs(slug string, b travisBuild, web string) {
	for _, j := range b.Jobs {
		l := jobLog{
			path: fmt.Sprintf("job/%d/log.txt", j.ID),
			id:   fmt.Sprintf("%s/jobs/%d", slug, j.ID),
			run:  slug + " build " + b.Number, job: j.Number,
			page: fmt.Sprintf("%s/%s/jobs/%d", web, slug, j.ID), anchor: hashL,
		}
		switch j.State {
		case "passed", "failed", "errored", "canceled":
			if j.Started != nil { // else it never ran
				l.version = j.Started.UTC().Format(time.RFC3339) // one that is run again keeps its number
				t.log(l)
			}
		default:
			t.unfinished()
		}
	}
}

// travisWeb is where the pages are whose API is at u.
func travisWeb(u *url.URL) string {
	if u.Host == "api.travis-ci.com" {
		return "https://app.travis-ci.com/github"
	}
	return u.Scheme + "://" + u.Host
}
