package rules

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"slices"
)

// GitleaksDefault is the config of gitleaks 8.30.1 that holds where no other is
// given: github.com/gitleaks/gitleaks, MIT licence; see gitleaks-LICENSE beside it.
//
//go:embed gitleaks/gitleaks.toml
var GitleaksDefault []byte

// GitleaksDefaultName is what GitleaksDefault is called in messages.
const GitleaksDefaultName = "gitleaks' default config"

// mostExtended is how many configs one may extend, each the one before it: gitleaks
// does not follow a further one.
const mostExtended = 2

// extend merges into f what its [extend] names.
func (r *gitleaksReader) extend(name string, f *gitleaksFile, t *looseTable, depth int) error {
	path, builtin, disabled := t.text("path"), t.truth("useDefault"), t.list("disabledRules")
	if t.text("url") != "" {
		r.warn(name, "extend.url is not followed, by gitleaks neither: a config from the network could change what is found")
	}
	var base *gitleaksFile
	var err error
	switch {
	case path != "" && builtin:
		return &ConfigError{File: name, Err: errors.New("extend: path and useDefault exclude each other")}
	case path == "" && !builtin:
		return nil
	case depth == mostExtended:
		r.warn(name, "extend is not followed: at most %d files may extend one another", mostExtended)
		return nil
	case builtin:
		base, err = r.file(GitleaksDefaultName, GitleaksDefault, depth+1)
	default:
		var data []byte
		if data, err = r.open(path); err != nil {
			return &ConfigError{File: name, Err: fmt.Errorf("extend.path: %w", err)}
		}
		base, err = r.file(path, data, depth+1)
	}
	if err != nil {
		return err
	}
	for _, id := range disabled {
		if base.rules[id] == nil {
			r.warn(name, "extend.disabledRules: there is no rule %q", id)
		}
		delete(base.rules, id)
	}
	if len(base.aimed) > 0 {
		r.warn(name, "the allowlists with targetRules of the config that it extends have no effect, as with gitleaks")
	}
	f.inherit(base)
	return nil
}

// inherit merges base into f: what f says of a rule counts where it says something,
// lists are joined, and what a rule requires and whether it is reported stay base's.
func (f *gitleaksFile) inherit(base *gitleaksFile) {
	for id, b := range base.rules {
		own := f.rules[id]
		if own == nil {
			f.rules[id] = b
			continue
		}
		f.rules[id] = &Rule{
			ID: id, Name: cmp.Or(own.Name, b.Name), Pattern: cmp.Or(own.Pattern, b.Pattern),
			Path: cmp.Or(own.Path, b.Path), Entropy: cmp.Or(own.Entropy, b.Entropy),
			Keywords: slices.Concat(b.Keywords, own.Keywords),
			Gitleaks: &Gitleaks{
				SecretGroup: cmp.Or(own.Gitleaks.SecretGroup, b.Gitleaks.SecretGroup),
				Tags:        slices.Concat(b.Gitleaks.Tags, own.Gitleaks.Tags),
				Allow:       slices.Concat(b.Gitleaks.Allow, own.Gitleaks.Allow),
				Required:    b.Gitleaks.Required, SkipReport: b.Gitleaks.SkipReport,
			},
		}
	}
	f.allow = slices.Concat(f.allow, base.allow)
}
