package buildlog

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/forge"
)

// NewJenkins returns the source of the console logs of a Jenkins job, of a
// folder with all below it, or of the whole server.
func NewJenkins(c *forge.Client, o RemoteOptions) scanner.Source {
	return newRemote(jenkinsSystem(), c, o)
}

func jenkinsSystem() remoteSystem {
	return remoteSystem{
		name: "jenkins", title: "Jenkins", format: &Jenkins, variables: "JENKINS",
		permission: "the permissions Overall/Read and Job/Read",
		needsUser:  true,
		authorize:  func(req *http.Request, user, token string) { req.SetBasicAuth(user, token) },
		fit:        func(RemoteOptions) string { return "" },
		list:       func(f *fetching) { (&jenkinsAPI{fetching: f}).root() },
	}
}

// jenkinsAPI reads by the API that https://www.jenkins.io/doc/book/using/remote-access-api/
// and each server's own page /api/ describe. What an item has below it, and
// which of its builds are wanted, is said with "tree".
type jenkinsAPI struct {
	*fetching
	items int // how many were read so far
}

const (
	jenkinsDepth = 16      // how deep folders may be nested
	jenkinsItems = 100_000 // how many folders and jobs are read
	jenkinsPage  = 100     // builds
)

type jenkinsBuild struct {
	Number   int64  `json:"number"`
	URL      string `json:"url"`
	Time     int64  `json:"timestamp"` // of its start, in milliseconds
	Building bool   `json:"building"`
}

// jenkinsItem is a folder, a multibranch project, a job, or a configuration of a
// matrix job. Only what it has is there.
type jenkinsItem struct {
	Class          string         `json:"_class"`
	Jobs           []jenkinsChild `json:"jobs"`
	Configurations []jenkinsChild `json:"activeConfigurations"`
	Builds         []jenkinsBuild `json:"allBuilds"`
}

type jenkinsChild struct {
	Name string `json:"name"`
}

// root reads what the options name, which may be nothing: then all.
func (j *jenkinsAPI) root() {
	path, name := "", strings.Trim(j.opts.Org+"/"+j.opts.Project, "/")
	for _, part := range strings.Split(name, "/") {
		if part != "" {
			path += "job/" + url.PathEscape(part) + "/"
		}
	}
	j.item(path, name, 0)
}

// item reads the item at path and all below it.
func (j *jenkinsAPI) item(path, name string, depth int) {
	what := "Jenkins item " + name
	if name == "" {
		what = "Jenkins"
	}
	if j.items++; depth > jenkinsDepth || j.items > jenkinsItems {
		j.cov.Gap(what, fmt.Sprintf("it lies more than %d deep, or behind %d others", jenkinsDepth, jenkinsItems), "scan its folder by itself")
		return
	}
	var it jenkinsItem
	j.pages(what, jenkinsQuery(path, 0), func(query string, fresh func(string) bool) (string, error) {
		page := jenkinsItem{}
		if _, err := j.get(query, &page); err != nil {
			return "", err
		}
		if page.Jobs == nil && page.Builds == nil && page.Configurations == nil {
			return "", errors.New("the answer is of neither a folder nor a job")
		}
		if it.Class == "" {
			it = page
		}
		return j.buildPage(path, name, query, page.Builds, fresh), nil
	})
	for _, c := range it.Configurations { // the matrix job's own log does not hold theirs
		j.item(path+url.PathEscape(c.Name)+"/", name+"/"+c.Name, depth+1)
	}
	for _, c := range it.Jobs {
		if j.wanted(it.Class, c.Name) {
			j.item(path+"job/"+url.PathEscape(c.Name)+"/", strings.TrimPrefix(name+"/"+c.Name, "/"), depth+1)
		}
	}
}

// jenkinsQuery asks for an item and the builds behind the first from.
func jenkinsQuery(path string, from int) string {
	tree := fmt.Sprintf("_class,jobs[name],activeConfigurations[name],allBuilds[number,url,timestamp,building]{%d,%d}", from, from+jenkinsPage)
	return path + "api/json?tree=" + url.QueryEscape(tree) + "&from=" + strconv.Itoa(from)
}

// buildPage reads the builds of one page, newest first, and returns the path of
// the next page.
func (j *jenkinsAPI) buildPage(path, name, query string, page []jenkinsBuild, fresh func(string) bool) string {
	for _, b := range page {
		if time.UnixMilli(b.Time).Before(j.opts.Since) {
			return ""
		}
		if fresh(strconv.FormatInt(b.Number, 10)) {
			j.build(func() { j.console(path, name, b) })
		}
	}
	if len(page) < jenkinsPage {
		return ""
	}
	_, from, _ := strings.Cut(query, "&from=")
	n, _ := strconv.Atoi(from)
	return jenkinsQuery(path, n+jenkinsPage)
}

// wanted reports whether a child is to be read: of a multibranch project, whose
// children are named for their branches, only the branch that was asked for.
// Other jobs do not say which branch they build.
func (j *jenkinsAPI) wanted(class, child string) bool {
	if j.opts.Branch == "" || !strings.HasSuffix(class, "MultiBranchProject") {
		return true
	}
	branch, err := url.PathUnescape(child)
	return err == nil && branch == j.opts.Branch || child == j.opts.Branch
}

func (j *jenkinsAPI) console(path, name string, b jenkinsBuild) {
	if b.Building {
		j.unfinished()
		return
	}
	page := b.URL
	if page != "" {
		page = strings.TrimSuffix(page, "/") + "/console"
	}
	j.log(jobLog{
		path: path + strconv.FormatInt(b.Number, 10) + "/consoleText",
		id:   fmt.Sprintf("%s/%d", name, b.Number),
		run:  fmt.Sprintf("%s #%d", name, b.Number), job: name, page: page,
	})
}
