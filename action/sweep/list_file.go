package sweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// File lists the repositories of a file: a clone address a line, https://, ssh:// or
// file://; a line that begins with # is a comment. They are named by their addresses, in
// the order of the file, and nothing more is known of them. Lines that are none are an
// error of List, which then names no repository: all of them are told.
func File(path string) Lister { return fileLister(path) }

type fileLister string

// Name names the file.
func (f fileLister) Name() string { return "repositories of " + string(f) }

// List implements Lister. It has no gaps.
func (f fileLister) List(ctx context.Context, each func(Repository) error, _ func(what, why, fix string)) error {
	data, err := os.ReadFile(string(f))
	if err != nil {
		return fmt.Errorf("the list of repositories: %w", err)
	}
	all, err := parseAddresses(string(f), data)
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// parseAddresses reads the lines of the file called name.
func parseAddresses(name string, data []byte) (all []Repository, err error) {
	var bad []error
	known := map[string]bool{}
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		n++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' || known[text] {
			continue
		}
		known[text] = true
		u, err := cloneAddress(text, true)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s:%d: %w", name, n, err))
			continue
		}
		r := Repository{Name: text, Clone: text}
		if u.Scheme != "file" {
			r.Host = u.Host
		}
		all = append(all, r)
	}
	return all, errors.Join(bad...)
}
