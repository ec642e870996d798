package remediate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/leakguard/leakguard/action/ledger"
)

// The bounds of a catalog file.
const (
	catalogFile         = "catalog-info.yaml"
	maxCatalog          = 1 << 20 // bytes
	maxCatalogDocuments = 100
)

// catalogEntity is what a document of a catalog file says of an owner
// (https://backstage.io/docs/features/software-catalog/descriptor-format).
type catalogEntity struct {
	Kind     string `yaml:"kind"`
	Metadata struct {
		Name string `yaml:"name"`
	} `yaml:"metadata"`
	Spec struct {
		Owner string `yaml:"owner"`
	} `yaml:"spec"`
}

// fromCatalog asks the catalog file at the repository's root.
func (f *Finder) fromCatalog(ctx context.Context, u *use) (answer, error) {
	file, err := f.files.first(ctx, u, maxCatalog, catalogFile)
	if err != nil || file.data == nil {
		return answer{without: file.without}, err
	}
	entities, err := readCatalog(file.data)
	note := ""
	if err != nil {
		note = fmt.Sprintf(" (%s)", plain(err.Error()))
	}
	var a answer
	for _, e := range entities {
		name := plain(e.Metadata.Name)
		if a.application == "" && !strings.EqualFold(e.Kind, "api") {
			a.application = name
		}
		owner, ok := catalogOwner(e.Spec.Owner, u.organisation())
		if !ok {
			continue
		}
		owner.Evidence = fmt.Sprintf("%s of %s, %s %s%s", catalogFile, u.title(), strings.ToLower(e.Kind), name, note)
		a.owners = append(a.owners, owner)
	}
	if a.owners == nil {
		a.without = fmt.Sprintf("%s of %s names no owner%s", catalogFile, u.title(), note)
	}
	return a, nil
}

// readCatalog returns the documents that are about what can have an owner: a
// component, a system or an API. A document with other types than these is passed
// over; what is no YAML ends the file, with an error beside what was read before it.
func readCatalog(data []byte) ([]catalogEntity, error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var all []catalogEntity
	for range maxCatalogDocuments {
		var e catalogEntity
		err := d.Decode(&e)
		var types *yaml.TypeError
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case errors.As(err, &types):
			continue
		case err != nil:
			return all, err
		}
		switch strings.ToLower(e.Kind) {
		case "component", "system", "api":
			all = append(all, e)
		}
	}
	return all, fmt.Errorf("only the first %d documents were read", maxCatalogDocuments)
}

// catalogOwner reads an entity reference, "[kind:][namespace/]name"
// (https://backstage.io/docs/features/software-catalog/references). Without a kind it
// is a group. A group is a team of the organisation that the namespace names or,
// without one, of the repository's.
func catalogOwner(ref, organisation string) (ledger.Owner, bool) {
	kind, name, found := strings.Cut(strings.TrimSpace(ref), ":")
	if !found {
		kind, name = "group", kind
	}
	if namespace, rest, found := strings.Cut(name, "/"); found {
		name = rest
		if !strings.EqualFold(namespace, "default") {
			organisation = namespace
		}
	}
	switch {
	case !isLogin(name):
		return ledger.Owner{}, false
	case strings.EqualFold(kind, "user"):
		return ledger.Owner{Kind: ownerPerson, Name: "@" + name}, true
	case strings.EqualFold(kind, "group"):
		return teamOf(name, organisation), true
	}
	return ledger.Owner{}, false
}

// teamOf is a team of an organisation; of an unknown one it is only text.
func teamOf(name, organisation string) ledger.Owner {
	if o, ok := accountOf("@" + organisation + "/" + name); ok {
		return o
	}
	return ledger.Owner{Kind: ownerTeam, Name: plain(name)}
}
