package pullrequest

// bitbucket reads a build of Bitbucket Pipelines, by the variables on Atlassian's
// page "Variables and secrets".
func bitbucket(v *values) Event {
	e := Event{
		CI: "bitbucket", Name: "push", Kind: KindChanges,
		Repository: v.getenv("BITBUCKET_REPO_FULL_NAME"),
		Head:       v.wantedIn("BITBUCKET_COMMIT"),
	}
	if e.Repository != "" {
		e.Web = "https://bitbucket.org/" + e.Repository
	}
	e.Ref = v.branchOrTag("BITBUCKET_BRANCH", "BITBUCKET_TAG")
	if v.getenv("BITBUCKET_PR_ID") == "" {
		return e
	}
	e.Name = "pull_request"
	e.Number = v.number("BITBUCKET_PR_ID")
	e.Target = v.refIn("BITBUCKET_PR_DESTINATION_BRANCH")
	e.Fallback = e.Target
	// The destination's commit may be cut to 12 digits, by which no remote gives it.
	if base := v.getenv("BITBUCKET_PR_DESTINATION_COMMIT"); len(base) >= 40 || !isHex(base) {
		e.Base = v.commit("BITBUCKET_PR_DESTINATION_COMMIT", base)
	}
	return e
}
