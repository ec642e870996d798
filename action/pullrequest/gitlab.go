package pullrequest

import "fmt"

// gitlab reads a job of GitLab CI/CD, by the variables on GitLab's page
// "Predefined CI/CD variables reference".
func gitlab(v *values) Event {
	e := Event{
		CI: "gitlab", Name: v.getenv("CI_PIPELINE_SOURCE"),
		Repository: v.getenv("CI_PROJECT_PATH"), Web: v.getenv("CI_PROJECT_URL"),
		Head: v.wantedIn("CI_COMMIT_SHA"),
	}
	e.Ref = v.branchOrTag("CI_COMMIT_BRANCH", "CI_COMMIT_TAG")
	switch {
	case v.getenv("CI_MERGE_REQUEST_IID") != "": // of a child pipeline too
		v.gitlabMergeRequest(&e)
	case e.Name == "push":
		e.Kind = KindChanges
		e.Base = v.commitIn("CI_COMMIT_BEFORE_SHA") // zeros for a new branch or tag
		e.Fallback = v.refIn("CI_DEFAULT_BRANCH")
	default:
		e.Kind = KindAll
	}
	return e
}

func (v *values) gitlabMergeRequest(e *Event) {
	e.Kind = KindChanges
	e.Number = v.number("CI_MERGE_REQUEST_IID")
	e.Base = v.wantedIn("CI_MERGE_REQUEST_DIFF_BASE_SHA")
	// With merged results and in merge trains CI_COMMIT_SHA is a merge that GitLab
	// made; only then this one is set.
	if head := v.commitIn("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"); head != "" {
		e.Head = head
	}
	e.Target = v.refIn("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
	e.Fallback = e.Target
	e.Ref = fmt.Sprintf("refs/merge-requests/%d/head", e.Number)
	source, target := v.getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), v.getenv("CI_MERGE_REQUEST_PROJECT_ID")
	here := v.getenv("CI_PROJECT_ID")
	e.Fork = source != here || target != "" && source != target
	if target != "" && target != here {
		// The pipeline runs in the fork, whose remote has no ref of the merge request.
		e.Ref = prefixed(branches, v.refIn("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"))
	}
}
