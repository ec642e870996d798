package git

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/leakguard/leakguard/scanner/git/pack"
)

// While a push is being received its objects are in quarantine: in a directory
// of their own, which GIT_OBJECT_DIRECTORY names, beside the repository's, which
// GIT_ALTERNATE_OBJECT_DIRECTORIES names (git-receive-pack(1), "Quarantine
// Environment"). They move in only if the pre-receive hook lets them.

// hookObjects opens the object database as git shows it to a hook: what is in
// quarantine, and what was there before.
func (r *Repository) hookObjects(limit int64, report func(pack.Fault)) (*pack.Store, error) {
	s, err := pack.Open(r.objectDir(), r.hash, limit, report)
	if err != nil {
		return nil, err
	}
	s.Promisor = s.Promisor || r.partial
	return s, r.borrow(s)
}

// hookObjectsForGet is hookObjects for reading a few objects by name.
func (r *Repository) hookObjectsForGet(limit int64, report func(pack.Fault)) (*pack.Store, error) {
	s := pack.OpenForGet(r.objectDir(), r.hash, limit, report)
	return s, r.borrow(s)
}

// borrow adds the directories that GIT_ALTERNATE_OBJECT_DIRECTORIES names. One
// that does not exist is passed over, as git does.
func (r *Repository) borrow(s *pack.Store) error {
	list, err := splitDirs(os.Getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES"))
	if err != nil {
		return err
	}
	for _, dir := range list {
		dir = relativeTo(r.Root, dir)
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			continue
		}
		if err := s.Borrow(dir); err != nil {
			return fmt.Errorf("object directory %s: %w", dir, err)
		}
	}
	return nil
}

// splitDirs reads a list of directories as git writes it: with the system's
// separator between them, those that hold one quoted as in C (git(1)).
func splitDirs(list string) (dirs []string, err error) {
	for list != "" {
		dir, rest, _ := strings.Cut(list, string(filepath.ListSeparator))
		if list[0] == '"' {
			quoted, err := strconv.QuotedPrefix(list)
			if err != nil {
				return nil, fmt.Errorf("GIT_ALTERNATE_OBJECT_DIRECTORIES: a quote in %s is not closed", list)
			}
			if dir, err = strconv.Unquote(quoted); err != nil {
				return nil, fmt.Errorf("GIT_ALTERNATE_OBJECT_DIRECTORIES: %s: %w", quoted, err)
			}
			rest = strings.TrimPrefix(list[len(quoted):], string(filepath.ListSeparator))
		}
		if dir != "" {
			dirs = append(dirs, dir)
		}
		list = rest
	}
	return dirs, nil
}
