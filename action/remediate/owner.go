package remediate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner/config"
)

// OwnerOptions settle where a Finder looks. Where there is nothing to ask with, a
// function is nil.
type OwnerOptions struct {
	Order []string           // of the sources; none: config.OwnerSources
	Rules []config.OwnerRule // of the configuration; the last one that fits holds

	// Fetch reads a file of a repository's base branch. The repository is called
	// as in the ledger's occurrences. The error is fs.ErrNotExist where there is
	// no such file, ErrNoCopy where the repository cannot be read from here, and
	// git.ErrTooLarge for a file that is too large to be read.
	Fetch func(ctx context.Context, repository, path string) ([]byte, error)

	// Properties returns the custom properties of a repository on GitHub, each
	// with its values; ErrNoCopy as for Fetch.
	Properties func(ctx context.Context, repository string) (map[string][]string, error)
}

// ErrNoCopy is the error of a Fetch, and of Properties, for a repository of another
// place than it asks.
var ErrNoCopy = errors.New("the repository cannot be read from here")

// Finder finds who has to deal with a secret. It is safe for concurrent use, and
// reads each file once.
type Finder struct {
	order      []string
	rules      []ownerRule
	invalid    error // what is wrong with the rules
	files      ownerFiles
	lists      ownerLists
	properties ownerProperties
}

// NewFinder returns a finder. A rule that is not valid is the error of its Owners.
func NewFinder(o OwnerOptions) *Finder {
	f := &Finder{order: o.Order, files: ownerFiles{fetch: o.Fetch}, properties: ownerProperties{ask: o.Properties}}
	if len(f.order) == 0 {
		f.order = config.OwnerSources
	}
	f.rules, f.invalid = compileOwnerRules(o.Rules)
	return f
}

// answer is what one source knows of one repository.
type answer struct {
	owners      []ledger.Owner
	without     string // why there are none
	application string // what the repository is, if the source says so
}

// Owners returns who has to deal with a secret: first whom the first source in the
// order names that knows somebody, then all others as further evidence. If the
// secret is in several repositories, all of their owners are named, and each of the
// repositories as an application that shares it. If no source knows anybody, the
// first owner is of kind "nobody", with what was looked at as its evidence.
//
// An error names what could not be read; the owners then are those that are known
// without it.
func (f *Finder) Owners(ctx context.Context, h *ledger.History) ([]ledger.Owner, error) {
	if f.invalid != nil {
		return nil, f.invalid
	}
	uses := usesOf(h)
	var owners []ledger.Owner
	var looked []string
	var errs []error
	applications := make([]string, len(uses))
	for _, source := range f.order {
		for i := range uses {
			a, err := f.ask(ctx, source, h, &uses[i])
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("owners: %s: %w", source, err))
				a.without = fmt.Sprintf("%s of %s could not be read", source, uses[i].title())
			}
			owners = append(owners, a.owners...)
			if a.without != "" {
				looked = append(looked, a.without)
			}
			if applications[i] == "" {
				applications[i] = a.application
			}
			if source == "identity" || source == "manager" { // of the secret, wherever it is used
				break
			}
		}
	}
	if len(owners) == 0 {
		owners = []ledger.Owner{{Kind: ownerNobody, Name: ownerNobody, Evidence: listed(looked, mostLooked)}}
	}
	return merged(append(owners, shared(uses, applications)...)), errors.Join(errs...)
}

// ask asks one source about one repository.
func (f *Finder) ask(ctx context.Context, source string, h *ledger.History, u *use) (answer, error) {
	switch source {
	case "config":
		return fromRules(f.rules, u), nil
	case "manager":
		return fromManager(h), nil
	case "codeowners":
		return f.fromCodeowners(ctx, u)
	case "catalog":
		return f.fromCatalog(ctx, u)
	case "properties":
		return f.properties.of(ctx, u)
	case "identity":
		return fromIdentity(h), nil
	case "committer":
		return fromCommitter(u), nil
	case "author":
		return fromAuthor(u), nil
	}
	return answer{}, fmt.Errorf("no such source; want some of %v", config.OwnerSources)
}

// shared are the applications that use a secret together: OWASP NHI9:2025, reuse.
func shared(uses []use, applications []string) []ledger.Owner {
	if len(uses) < 2 {
		return nil
	}
	var all []ledger.Owner
	for i := range uses {
		name, evidence := uses[i].title(), fmt.Sprintf("reuse (OWASP NHI9:2025): one of %d repositories that hold the secret", len(uses))
		if applications[i] != "" {
			name, evidence = applications[i], evidence+", "+uses[i].title()
		}
		all = append(all, ledger.Owner{Kind: ownerApplication, Name: name, Evidence: evidence})
	}
	return all
}

const (
	mostEvidence = 3  // pieces of evidence that an owner is recorded with
	mostLooked   = 12 // that nobody is recorded with
)

// merged has each owner once, at its first place, with all that was said of it.
func merged(all []ledger.Owner) []ledger.Owner {
	type key struct{ kind, name string }
	evidence := map[key][]string{}
	var once []ledger.Owner
	keyOf := func(o ledger.Owner) key { return key{o.Kind, strings.ToLower(o.Name)} }
	for _, o := range all {
		k := keyOf(o)
		if evidence[k] == nil {
			once = append(once, o)
		}
		evidence[k] = append(evidence[k], o.Evidence)
	}
	for i, o := range once {
		if all := evidence[keyOf(o)]; len(all) > 1 {
			once[i].Evidence = listed(all, mostEvidence)
		}
	}
	return once
}

// listed joins sentences, and counts those that are too many.
func listed(all []string, most int) string {
	if len(all) <= most {
		return strings.Join(all, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(all[:most], "; "), len(all)-most)
}
