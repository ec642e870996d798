package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/leakguard/leakguard/scanner/git"
)

// policy returns the settings for what others push: those of --config or, without
// it, of the commit that HEAD names. If these are wrong that is told and the
// defaults hold: whoever can push them must not stop the pushes of all others.
// remove is to be called in the end.
func (f *scanFlags) policy(cmd *cobra.Command, repo *git.Repository) (s *settings, remove func(), err error) {
	if f.config != "" {
		s, err = f.settings(repo.Root)
		return s, func() {}, err
	}
	rev := "HEAD"
	if !repo.HasCommit(cmd.Context(), rev) {
		rev = "" // the first push
	}
	b, remove, wrong := newBase(cmd.Context(), repo, rev, "")
	if wrong == nil {
		if s, wrong = f.policyIn(b); wrong == nil {
			return s, remove, nil
		}
		remove()
	}
	// If it is a flag that is wrong, the defaults fail with it too.
	if b, remove, err = newBase(cmd.Context(), repo, "", ""); err != nil {
		return nil, nil, err
	}
	if s, err = f.settings(b.dir); err != nil {
		remove()
		return nil, nil, err
	}
	s.warnings = append(s.warnings, wrong.Error()+"; until that is corrected the default config holds")
	return s, remove, nil
}

// policyIn reads the settings of HEAD that were laid out in a folder, and all that
// they name. What is wrong with them is told by their names in HEAD.
func (f *scanFlags) policyIn(b *base) (*settings, error) {
	s, err := f.settings(b.dir)
	if err != nil {
		return nil, errors.New(b.says(err.Error()))
	}
	for _, name := range []string{s.cfg.Suppress.IgnoreFile, s.cfg.Suppress.Baseline} {
		if filepath.IsAbs(name) { // a file of the server's is no business of those who push
			return nil, fmt.Errorf("HEAD:%s: %q is not in the repository", configName, name)
		}
	}
	if _, err = s.suppressions(nil, true); err != nil {
		return nil, errors.New(b.says(err.Error()))
	}
	for i, w := range s.warnings {
		s.warnings[i] = b.says(w)
	}
	return s, nil
}
