package git

import (
	"context"
	"strings"
)

// DefaultBranch is the default branch of the remote origin, as far as is known here:
// what refs/remotes/origin/HEAD says, else main or master if there is one. "" is not
// known.
func (r *Repository) DefaultBranch(ctx context.Context) string {
	out, err := git(ctx, r.Root, "symbolic-ref", "--quiet", remoteRefs+"HEAD")
	if name, ok := strings.CutPrefix(strings.TrimSpace(string(out)), remoteRefs); err == nil && ok {
		return name
	}
	for _, name := range []string{"main", "master"} {
		if r.HasCommit(ctx, remoteRefs+name) {
			return name
		}
	}
	return ""
}
