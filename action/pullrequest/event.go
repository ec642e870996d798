// Package pullrequest is how leakguard takes part in a CI job: what started the job
// settles what is scanned (Event), and what was found is told where people look:
// beside the changed lines, in the job's summary, in one comment.
//
// Whoever opens a pull request may mean ill. Nothing that the changes hold decides
// what is found, and no text of theirs reaches the runner as a command.
package pullrequest

// Event is why a CI job runs, as its CI system tells it: what changed, and who may
// see what was found in it.
type Event struct {
	CI         string // "github", "gitlab", "jenkins", "circleci", "azure", "bitbucket", "buildkite"; "" outside of CI
	Name       string // in the words of the CI system: "pull_request", "merge_request_event"
	Kind       Kind
	Repository string // "acme/shop"; "" if not known
	Web        string // its page: "https://github.com/acme/shop"; "" if not known
	Number     int    // of the pull request; 0 if there is none

	// Fork is set where the changes come from a repository whose owners need not
	// be those of this one. No secret is in reach then, and nothing can be written.
	Fork bool

	// Base and Head are commits, by id or by a name that git knows: what leads to
	// Head and not to Base was changed. Base is "" where all that leads to Head
	// is new to the CI system; see Fallback.
	Base, Head string

	// Fallback is the branch whose history is known where Base is not, or is not to
	// be had any more: a new branch, a forced push. It is the default branch.
	Fallback string

	// Ref is what the remote calls Head, to fetch it by: "refs/pull/7/head".
	Ref string

	// Target is the branch that the changes are going to, whose config counts:
	// "main". "" for what is on its branch already.
	Target string

	Commits int  // in the range, if the event says so; 0 is not known
	Forced  bool // whether a push took commits away

	// Run and Attempt name a finished workflow run (KindLogs).
	Run     int64
	Attempt int
}

// Kind is what an event asks to be scanned.
type Kind string

// The kinds of event.
const (
	KindChanges Kind = "changes" // the commits Base..Head
	KindAll     Kind = "all"     // everything: a schedule, a run by hand
	KindLogs    Kind = "logs"    // the logs of a finished run
	KindNothing Kind = "nothing" // a branch was deleted
)
