package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// NamesAt lists the entries of a folder as the commit that rev names has it, in git's
// order; of a folder that is not there, none. FileAt says which are regular files.
func (r *Repository) NamesAt(ctx context.Context, rev, dir string) ([]string, error) {
	out, err := git(ctx, r.Root, "ls-tree", "-z", "--name-only", "--full-tree", rev+":"+dir)
	if err != nil {
		if _, missing := r.FileAt(ctx, rev, dir); errors.Is(missing, fs.ErrNotExist) {
			return nil, nil // it is no folder
		}
		return nil, fmt.Errorf("%s: %s:%s: %w", r.Root, rev, dir, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
}
