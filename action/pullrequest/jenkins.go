package pullrequest

import "strconv"

// jenkins reads a build of Jenkins, by the variables that its page "Pipeline
// Syntax: Global Variable Reference" lists for multibranch projects, and those of
// its Git plugin.
//
// A change is what leads to the working tree's commit and not to the target's
// branch: with the merge strategy that commit is a merge that Jenkins made itself.
func jenkins(v *values) Event {
	e := Event{CI: "jenkins", Name: "branch", Kind: KindChanges, Head: "HEAD"}
	if v.getenv("CHANGE_ID") != "" {
		e.Name = "change"
		// What is no number is the id of a review system's own.
		e.Number, _ = strconv.Atoi(v.getenv("CHANGE_ID"))
		e.Number = max(e.Number, 0)
		e.Target = v.refIn("CHANGE_TARGET")
		e.Fallback = e.Target
		e.Fork = v.getenv("CHANGE_FORK") != ""
		return e
	}
	if head := v.commitIn("GIT_COMMIT"); head != "" {
		e.Head = head
	}
	e.Base = v.commitIn("GIT_PREVIOUS_SUCCESSFUL_COMMIT")
	e.Ref = v.branchOrTag("BRANCH_NAME", "TAG_NAME")
	if v.getenv("BRANCH_IS_PRIMARY") == "true" {
		e.Fallback = v.refIn("BRANCH_NAME")
	}
	return e
}
