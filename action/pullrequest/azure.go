package pullrequest

import (
	"fmt"
	"net/url"
	"strings"
)

// azure reads a run of Azure Pipelines, by the variables on Microsoft's page "Use
// predefined variables".
func azure(v *values) Event {
	e := Event{CI: "azure", Name: v.getenv("BUILD_REASON"), Repository: v.getenv("BUILD_REPOSITORY_NAME")}
	e.Web = webPage(v.getenv("BUILD_REPOSITORY_URI"))
	switch e.Name {
	case "PullRequest":
		e.Kind = KindChanges
		e.Head = v.wantedIn("SYSTEM_PULLREQUEST_SOURCECOMMITID")
		e.Target = v.branchIn("SYSTEM_PULLREQUEST_TARGETBRANCH")
		e.Fallback = e.Target
		e.Fork = strings.EqualFold(v.getenv("SYSTEM_PULLREQUEST_ISFORK"), "true")
		// GitHub's number is not the id that Azure gives the pull request.
		if e.Number = v.number("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER"); e.Number == 0 {
			e.Number = v.number("SYSTEM_PULLREQUEST_PULLREQUESTID")
		}
		switch {
		case v.getenv("BUILD_REPOSITORY_PROVIDER") == "GitHub" && e.Number > 0:
			e.Ref = fmt.Sprintf("refs/pull/%d/head", e.Number)
		case !e.Fork:
			e.Ref = prefixed(branches, v.branchIn("SYSTEM_PULLREQUEST_SOURCEBRANCH"))
		}
	case "IndividualCI", "BatchedCI":
		e.Kind, e.Head, e.Ref = KindChanges, v.wantedIn("BUILD_SOURCEVERSION"), v.refIn("BUILD_SOURCEBRANCH")
	default: // Schedule, Manual, and whatever comes after another run
		e.Kind, e.Head, e.Ref = KindAll, v.wantedIn("BUILD_SOURCEVERSION"), v.refIn("BUILD_SOURCEBRANCH")
	}
	return e
}

// webPage is the page of the repository that is cloned from an HTTPS address; ""
// for another address.
func webPage(clone string) string {
	u, err := url.Parse(clone)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return "https://" + u.Host + strings.TrimSuffix(strings.TrimSuffix(u.EscapedPath(), "/"), ".git")
}
