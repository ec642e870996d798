package pullrequest

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// circleci reads a job of CircleCI, by the variables on CircleCI's page "Project
// values and variables". None of them says where a pull request goes to: it is
// compared with the default branch.
func circleci(v *values) Event {
	e := Event{CI: "circleci", Name: "push", Kind: KindChanges, Head: v.wantedIn("CIRCLE_SHA1")}
	if owner, name := v.getenv("CIRCLE_PROJECT_USERNAME"), v.getenv("CIRCLE_PROJECT_REPONAME"); owner != "" && name != "" {
		e.Repository = owner + "/" + name
	}
	page := v.getenv("CIRCLE_PULL_REQUEST") // "https://github.com/acme/shop/pull/7"
	e.Number = v.number("CIRCLE_PR_NUMBER") // only for forks, as the next two
	e.Fork = e.Number > 0 || v.getenv("CIRCLE_PR_USERNAME") != "" || v.getenv("CIRCLE_PR_REPONAME") != ""
	if e.Number == 0 && page != "" {
		n, err := strconv.Atoi(path.Base(page))
		if err != nil || n < 1 {
			v.fail("CIRCLE_PULL_REQUEST", page, "the address of a pull request")
		}
		e.Number = n
	}
	if e.Number > 0 {
		e.Name = "pull_request"
	}
	if web, _, ok := strings.Cut(page, "/pull/"); ok {
		e.Web = web
	}
	e.Ref = v.branchOrTag("CIRCLE_BRANCH", "CIRCLE_TAG")
	if e.Fork && e.Number > 0 {
		// CIRCLE_BRANCH is "pull/7" then, which is no branch.
		e.Ref = fmt.Sprintf("refs/pull/%d/head", e.Number)
	}
	return e
}
