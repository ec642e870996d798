package pullrequest

import (
	"fmt"
	"strings"
)

// buildkite reads a job of Buildkite, by the variables on Buildkite's page
// "Environment variables".
func buildkite(v *values) Event {
	repo := v.getenv("BUILDKITE_REPO")
	e := Event{CI: "buildkite", Name: v.getenv("BUILDKITE_SOURCE"), Kind: KindChanges, Web: webPage(repo)}
	e.Head = "HEAD" // as BUILDKITE_COMMIT is for a build that somebody started
	if v.getenv("BUILDKITE_COMMIT") != "HEAD" {
		e.Head = v.wantedIn("BUILDKITE_COMMIT")
	}
	e.Fallback = v.refIn("BUILDKITE_PIPELINE_DEFAULT_BRANCH")
	if pull := v.getenv("BUILDKITE_PULL_REQUEST"); pull != "" && pull != "false" {
		v.buildkitePull(&e, repo)
		return e
	}
	e.Ref = v.branchOrTag("BUILDKITE_BRANCH", "BUILDKITE_TAG")
	if e.Name == "schedule" || e.Name == "ui" {
		e.Kind = KindAll
	}
	return e
}

func (v *values) buildkitePull(e *Event, repo string) {
	e.Name = "pull_request"
	e.Number = v.number("BUILDKITE_PULL_REQUEST")
	if e.Target = v.refIn("BUILDKITE_PULL_REQUEST_BASE_BRANCH"); e.Target != "" {
		e.Fallback = e.Target
	}
	source := v.getenv("BUILDKITE_PULL_REQUEST_REPO")
	e.Fork = source != "" && !sameRepository(source, repo)
	switch {
	case strings.Contains(repo, "github"):
		e.Ref = fmt.Sprintf("refs/pull/%d/head", e.Number)
	case !e.Fork: // else the branch is "eve:feature", which is no ref
		e.Ref = prefixed(branches, v.refIn("BUILDKITE_BRANCH"))
	}
}

// sameRepository compares two addresses of repositories, which may be those of
// different protocols: "git@github.com:acme/shop.git", "git://github.com/acme/shop".
func sameRepository(a, b string) bool {
	return strings.EqualFold(hostAndPath(a), hostAndPath(b))
}

func hostAndPath(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		rest = strings.Replace(address, ":", "/", 1)
	}
	if _, after, ok := strings.Cut(rest, "@"); ok {
		rest = after
	}
	return strings.TrimSuffix(strings.TrimSuffix(rest, "/"), ".git")
}
