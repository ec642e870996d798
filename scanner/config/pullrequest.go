package config

// PullRequest says how far the changes of a pull request are trusted by leakguard pr.
// It counts as the branch has it that the changes are going to.
type PullRequest struct {
	Inline      bool `toml:"inline"`       // whether marks in the changed text count before the merge
	VerifyForks bool `toml:"verify-forks"` // whether --verify asks about secrets in changes from a fork
}
